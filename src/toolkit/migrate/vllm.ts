import { dtypes } from '../../ai/schema.js';
import { featuresOf } from './fleet.js';
import type { GuestReader } from './guest-reader.js';
import type { Entry } from './input.js';
import { booleanOf, decimalOf, integerOf, textOf, type Value, type Values } from './values.js';

/** One place that says a setting: a key, or words of the command line. */
interface Said {
  readonly entry: Entry;
  readonly value: Value | undefined;
}

/** Settings of the server, said in up to three places: once. Undefined for a guest that serves no model. */
export function vllmValues(reader: GuestReader): Values | undefined {
  const { entry } = reader.guest;
  const model = reader.take('vllm_model');
  const name = textOf(model);
  wrongObject(reader);
  if (name === undefined || reader.isTemplate) {
    return undefined;
  }
  const said = new Map<string, Said[]>();
  const add = (key: string, one: Said) => said.set(key, [...(said.get(key) ?? []), one]);
  const extra = args(reader, add);
  for (const one of reader.take('vllm_parameters')?.members() ?? []) {
    single(one, one.key, add, reader);
  }
  for (const one of entry.members()) {
    const key = one.key.startsWith('vllm_') ? one.key.slice('vllm_'.length) : undefined;
    if (key !== undefined && !['model', 'parameters', 'args'].includes(key)) {
      single(one, key, add, reader);
    }
  }
  if (!featuresOf(entry).includes('vllm')) {
    reader.ledger.set(model, 'suspicious', 'a model, though the feature vllm is missing');
  }
  return { model: name, ...decided(said, reader), ...(extra.length === 0 ? {} : { extraArgs: extra }) };
}

/** Keys of `kind: vllm` by the names that vLLM has for them. */
const settings: Readonly<Record<string, { readonly key: string; readonly read: (entry: Entry) => Value | undefined }>> =
  {
    served_model_name: { key: 'servedModelName', read: textOf },
    model_type: {
      key: 'task',
      read: (entry) =>
        ({ chat: 'generate', embedding: 'embed', generate: 'generate', embed: 'embed' })[textOf(entry) ?? ''],
    },
    task: {
      key: 'task',
      read: (entry) =>
        ({ embedding: 'embed', embed: 'embed', generate: 'generate', classify: 'classify', score: 'score' })[
          textOf(entry) ?? ''
        ],
    },
    quantization: { key: 'quantization', read: textOf },
    dtype: { key: 'dtype', read: (entry) => dtypes.find((one) => one === textOf(entry)) },
    kv_cache_dtype: { key: 'kvCacheDtype', read: textOf },
    max_model_len: { key: 'maxModelLen', read: integerOf },
    max_num_seqs: { key: 'maxNumSeqs', read: integerOf },
    max_num_batched_tokens: { key: 'maxNumBatchedTokens', read: integerOf },
    gpu_memory_utilization: { key: 'gpuMemoryUtilization', read: decimalOf },
    tensor_parallel_size: { key: 'tensorParallelSize', read: integerOf },
    pipeline_parallel_size: { key: 'pipelineParallelSize', read: integerOf },
    trust_remote_code: { key: 'trustRemoteCode', read: booleanOf },
    port: { key: 'port', read: integerOf },
    revision: { key: 'revision', read: textOf },
  };

function single(entry: Entry, name: string, add: (key: string, one: Said) => void, reader: GuestReader): void {
  const setting = settings[name.replaceAll('-', '_')];
  if (setting === undefined) {
    return;
  }
  const value = setting.read(entry);
  if (value === undefined) {
    reader.ledger.set(entry, 'suspicious', `no value for \`${setting.key}\`; left out`);
  } else {
    add(setting.key, { entry, value });
  }
}

/** The command line, which is what ran: it comes first. Words that no key is for stay words. */
function args(reader: GuestReader, add: (key: string, one: Said) => void): string[] {
  const list = reader.take('vllm_args');
  const words = list?.members() ?? [];
  const extra: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const [word, next] = [words[at], words[at + 1]];
    const text = word === undefined ? '' : (textOf(word) ?? '');
    const setting = settings[text.replace(/^--/, '').replaceAll('-', '_')];
    const hasValue = next !== undefined && !(textOf(next) ?? '--').startsWith('--');
    if (word === undefined || text === '') {
      continue;
    }
    if (setting === undefined || (!hasValue && setting.key !== 'trustRemoteCode')) {
      const isSecret = hasValue === false && next !== undefined && textOf(next) === undefined;
      if (!isSecret) {
        extra.push(text);
        reader.ledger.set(word, 'mapped', 'a further word of the command line');
      } else {
        reader.ledger.set(word, 'dropped', 'its value is a secret, which no command line may hold');
      }
      continue;
    }
    reader.ledger.set(word, 'mapped', `\`${setting.key}\``);
    const value = hasValue ? setting.read(next) : true;
    add(setting.key, { entry: hasValue ? next : word, value });
    at += hasValue ? 1 : 0;
  }
  return extra;
}

function decided(said: ReadonlyMap<string, readonly Said[]>, reader: GuestReader): Values {
  const values: Record<string, Value> = {};
  const order = [...new Set(Object.values(settings).map(({ key }) => key))];
  for (const key of order) {
    const [first, ...others] = said.get(key) ?? [];
    if (first?.value === undefined) {
      continue;
    }
    values[key] = first.value;
    reader.ledger.set(first.entry, 'mapped', `\`${key}\``);
    for (const other of others) {
      const isSame = other.value === first.value;
      reader.ledger.set(
        other.entry,
        isSame ? 'dropped' : 'contradictory',
        isSame
          ? `\`${key}\` is said once now`
          : `\`${first.entry.path}\` says otherwise, and was taken, as it came first on the command line`,
      );
    }
  }
  return values;
}

function wrongObject(reader: GuestReader): void {
  const entry = reader.guest.entry.member('vllm');
  if (entry !== undefined) {
    reader.ledger.setAll(
      entry,
      'suspicious',
      'tests, beside the settings in place of among `tests`; nothing read them. Kept aside',
    );
  }
}
