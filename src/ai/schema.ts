import type { LayerOf, SpecOf } from '../model/fields.js';
import { choice, decimal, defaulted, flag, integer, list, map, openChoice, required, text } from '../model/fields.js';
import { table } from '../model/layer.js';
import { secretField } from '../model/secret-field.js';

export const dtypes = ['auto', 'half', 'float16', 'bfloat16', 'float', 'float32'] as const;
export const kvCacheDtypes = ['auto', 'float16', 'bfloat16', 'fp8', 'fp8_e4m3', 'fp8_e5m2'] as const;
export const quantizations = [
  'awq',
  'awq_marlin',
  'gptq',
  'gptq_marlin',
  'fp8',
  'bitsandbytes',
  'compressed-tensors',
  'modelopt',
] as const;

/** What a `VllmContainer` says of its server. */
export const vllmTable = table('VllmContainer', {
  model: required(
    text('Model: a repository of Hugging Face, or a folder inside the container.', {
      pattern: /^[A-Za-z0-9_/][A-Za-z0-9._~/-]*$/,
      expects: 'a name such as Qwen/Qwen2.5-7B-Instruct-AWQ, or an absolute path',
    }),
  ),
  revision: text('Commit, tag or branch of the model. A commit stays what it is.', {
    pattern: /^[A-Za-z0-9_][A-Za-z0-9._/-]*$/,
    expects: 'a commit, tag or branch',
  }),
  servedModelName: text('Name that clients ask for.', {
    pattern: /^[^\s-]\S*$/,
    expects: 'a name without blanks that does not begin with a dash',
  }),
  task: choice('What the server is for.', ['generate', 'embed', 'classify', 'score']),
  quantization: openChoice('How the weights are quantized, where the model itself does not say.', quantizations),
  dtype: defaulted(choice('Type of weights and activations.', dtypes), 'auto'),
  kvCacheDtype: defaulted(openChoice('Type of the KV cache.', kvCacheDtypes), 'auto'),
  maxModelLen: integer('Longest sequence, prompt and answer together.', { min: 1, unit: 'tokens' }),
  maxNumSeqs: integer('Most sequences at a time.', { min: 1 }),
  maxNumBatchedTokens: integer('Most tokens in one step.', { min: 1, unit: 'tokens' }),
  gpuMemoryUtilization: defaulted(
    decimal("Share of each card's memory that this server may take.", { above: 0, max: 1 }),
    0.9,
  ),
  tensorParallelSize: integer('Number of cards that each layer is split over.', { min: 1 }),
  pipelineParallelSize: defaulted(integer('Number of groups of cards that the layers are spread over.', { min: 1 }), 1),
  trustRemoteCode: defaulted(flag("Whether code from the model's repository may run."), false),
  port: defaulted(integer('TCP port of the server.', { min: 1, max: 65_535 }), 8000),
  modelFolder: defaulted(
    text('Folder inside the container where models are kept.', {
      pattern: /^\/[^,\s]*[^,\s/]$/,
      expects: 'an absolute path without commas and blanks',
    }),
    '/models',
  ),
  environment: defaulted(map('Further environment variables of the server. No secrets.', text('Value.')), {}),
  apiKey: secretField('Key that clients have to show.'),
  hfToken: secretField('Token of Hugging Face, for models that ask for one.'),
  extraArgs: defaulted(list('Further words of the command line, as they are.', text('A word.'), 'append'), []),
});

export type VllmLayer = LayerOf<(typeof vllmTable)['fields']>;
export type VllmValues = SpecOf<(typeof vllmTable)['fields']>;
