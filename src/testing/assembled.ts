import type { App } from '../core/app.js';
import { assemble } from '../core/assembly.js';
import { type LockEntries, renderLockFile } from '../core/lock-file.js';
import type { Synthesis } from '../core/synth.js';
import { vaultReader } from '../core/vault-reader.js';
import type { Artifact } from '../model/artifact.js';

/** An app's assembly in memory, and the synth that it comes from. `runtime`: the applier and its library, where it is to be run. */
export function assembled(
  app: App,
  options: { readonly pinned?: LockEntries; readonly runtime?: readonly Artifact[] } = {},
): { readonly files: readonly Artifact[]; readonly synthesis: Synthesis } {
  const synthesis = app.synthesize(options.pinned);
  const files = assemble({
    app: app.name,
    generator: { name: 'phoenix-cdk', version: '0.0.0' },
    root: app,
    synthesis,
    runtime: options.runtime ?? [],
    vault: vaultReader(app.vault),
    lockText: synthesis.pinned.size === 0 ? undefined : renderLockFile(synthesis.pinned),
  });
  return { files, synthesis };
}
