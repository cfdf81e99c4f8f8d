import { VllmContainer } from '../../ai/vllm-container.js';
import { baseTools } from '../../guest/base-tools.js';
import { text } from '../../model/fields.js';
import type { LoadContext } from '../load-context.js';
import type { ConfigSection } from '../section.js';

/** Programs that are put into templates, by the version that is wanted, and the scripts that do it. */
export const softwareSection: ConfigSection = {
  key: 'software',
  doc: 'Versions of what the scripts of the library install: `vllm` for the script `vllm-runtime`.',
  fields: { vllm: text('Version of vLLM.') },
  named: false,
  load: ({ vllm }, place, context) => {
    if (vllm !== undefined) {
      const at = { ...place, keys: [...place.keys, 'vllm'] };
      context.declare(
        'script',
        'vllm-runtime',
        context.attempt(at, () => VllmContainer.runtime({ vllm: String(vllm) })),
      );
    }
  },
};

/** Scripts that need nothing to be said of them. */
export function declareScripts(context: LoadContext): void {
  context.declare('script', 'base-tools', baseTools());
}
