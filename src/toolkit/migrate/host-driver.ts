import type { Ledger } from './ledger.js';
import type { Monolith } from './read-monolith.js';
import { textOf, type Values } from './values.js';

/** The driver of the cards, said once for the host. */
export function migratedDriver(monolith: Monolith, ledger: Ledger): Values | undefined {
  const section = monolith.section('nvidia_driver', 'nvidia');
  const version = section?.member('version') ?? section?.member('driver_version');
  const again = monolith.section('nvidia_driver_version');
  const wanted = textOf(version) ?? textOf(again);
  ledger.set(version, 'mapped', 'one version for the host and all its guests');
  if (again !== undefined) {
    textOf(again) === wanted
      ? ledger.set(again, 'dropped', 'the driver is said once, for the host')
      : ledger.set(again, 'contradictory', `another version than the host's, which was taken: ${wanted}`);
  }
  for (const entry of [section?.member('runfile_url'), monolith.section('nvidia_runfile_url')]) {
    ledger.set(
      entry,
      textOf(entry)?.includes(wanted ?? '') === false ? 'contradictory' : 'dropped',
      'the library fetches the installer of the version from NVIDIA',
    );
  }
  ledger.set(monolith.section('nvidia_repo_url'), 'dropped', 'no package of that repository is needed');
  ledger.set(
    section?.member('install'),
    'changed',
    'the driver of the host is not installed: it has to be there in this version, or the run stops',
  );
  ledger.set(section?.member('cuda_version'), 'dropped', 'vLLM and Ollama bring the libraries of CUDA that they need');
  ledger.set(section?.member('install_vllm_libs'), 'dropped', 'the script `vllm-runtime` brings what vLLM needs');
  if (wanted === undefined) {
    return undefined;
  }
  ledger.todo(
    'give the SHA-256 of the installer of the driver (`nvidiaDriver.sha256`): without it nothing checks what is fetched',
    version ?? again,
  );
  return { version: wanted };
}
