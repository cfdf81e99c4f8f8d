import { GpuProfile, LxcContainer, Port, Profile, type Stack, VllmContainer } from 'phoenix-cdk';
import type { Gateway } from './gateway.js';
import type { HostStack } from './host.js';
import type { Machine } from './machine.js';
import { script } from './scripts.js';
import type { TemplateStack } from './templates.js';

/** What the model servers stand on. */
export interface ModelServerNeeds {
  readonly machine: Machine;
  readonly host: HostStack;
  readonly templates: TemplateStack;
  readonly gateway: Gateway;
}

export interface ModelServers {
  readonly qwen: VllmContainer;
  readonly embed: VllmContainer;
  readonly ollama: LxcContainer;
  readonly llamacpp: LxcContainer;
}

/**
 * Guests that use the cards, each of 15.9 GiB.
 *
 *     card 0   950 qwen 0.80   951 embed 0.12     vLLM keeps to its share
 *     card 1   955 ollama      957 llamacpp       bounded by their settings, about 8 + 6 GiB
 *
 * 955 was on card 0, unbounded, beside 0.85 + 0.10 of the vLLM servers: whoever started last did not start.
 */
export function modelServers(ai: Stack, { machine, host, templates, gateway }: ModelServerNeeds): ModelServers {
  const { lan } = machine;
  const card = new GpuProfile(ai, 'gpu');
  const inference = new Profile(ai, 'inference', {
    cores: 6,
    // 128 GiB before, four times. Weights lie in the model folders; what is left on the root disk is vLLM or CUDA, and caches.
    rootfs: { size: '64GiB' },
    onboot: true,
    tags: ['inference'],
  });
  const profiles = [card, inference];

  const qwen = new VllmContainer(ai, 'qwen', {
    vmid: 950,
    hostname: 'vllm-qwen2-5-7b-awq', // the dot in qwen2.5 made a domain of the rest
    address: lan.ip(150),
    mac: '52:54:00:67:89:B0',
    cloneFrom: templates.vllm,
    profiles,
    // The process takes about 6 GiB and once 5.2 GiB more while it copies the weights to the card. 72,000 MiB were never near.
    memory: '16GiB',
    gpus: [machine.gpu(0)],
    // The next in order shares the card and measures what is free when it starts: it has to wait until this one has taken its part. 5 seconds did not do.
    startup: { order: 3, up: 90 },
    startAfter: [gateway],
    model: 'Qwen/Qwen2.5-7B-Instruct-AWQ',
    revision: 'b25037543e9394b818fdfca67ab2a00ecc7dd641',
    servedModelName: 'qwen2.5-7b-awq',
    task: 'generate',
    quantization: 'awq_marlin',
    dtype: 'float16',
    maxModelLen: 32_768,
    maxNumSeqs: 1,
    maxNumBatchedTokens: 8192,
    // 12.7 GiB: 5.2 of weights, 1.5 of activations and context, and 1.75 of KV cache a sequence of full length; the rest keeps prefixes.
    gpuMemoryUtilization: 0.8,
    modelFolder: '/vllm_models',
    models: host.modelFolders.vllm,
  });
  const embed = new VllmContainer(ai, 'embed', {
    vmid: 951,
    hostname: 'vllm-granite-embed-r2',
    address: lan.ip(151),
    mac: '52:54:00:67:89:B1',
    cloneFrom: templates.vllm,
    profiles,
    memory: '8GiB', // 149 million parameters; it is Python and CUDA that take the memory
    gpus: [machine.gpu(0)],
    startup: { order: 3, up: 5 },
    startAfter: [gateway, qwen],
    model: 'ibm-granite/granite-embedding-english-r2',
    servedModelName: 'ibm-granite/granite-embedding-english-r2',
    task: 'embed',
    maxModelLen: 1024,
    // 1.9 GiB. 0.10 left 0.4 GiB beside CUDA's own, too little once the batch is full.
    gpuMemoryUtilization: 0.12,
    modelFolder: '/vllm_models',
    models: host.modelFolders.vllm,
  });
  const ollama = new LxcContainer(ai, 'ollama', {
    vmid: 955,
    hostname: 'ollama-owui',
    address: lan.ip(155),
    mac: '52:54:00:67:89:B5',
    cloneFrom: templates.gpu,
    profiles,
    // What does not fit on its part of the card is worked on by the processor and lies in here.
    memory: '10GiB',
    gpus: [machine.gpu(1)],
    startup: { order: 2, up: 5 },
    startAfter: [gateway],
    mounts: [{ target: '/ollama_models', source: host.modelFolders.ollama }],
    provision: [script('ollama')],
  });
  const llamacpp = new LxcContainer(ai, 'llamacpp', {
    vmid: 957,
    address: lan.ip(157),
    mac: '52:54:00:67:89:B7',
    cloneFrom: templates.gpu,
    profiles,
    // The weights go to the card; four compilers at a time want this much, once.
    memory: '10GiB',
    gpus: [machine.gpu(1)],
    startup: { order: 2, up: 5 },
    startAfter: [gateway],
    mounts: [{ target: '/llamacpp_models', source: host.modelFolders.llamacpp }],
    provision: [script('llamacpp', {}, { timeout: '2h' })],
  });

  // The applier asks from the host whether the servers answer, and their firewalls let nobody in by themselves.
  for (const server of [qwen, embed]) {
    server.connections.allowFrom(machine, Port.tcp(server.endpoint.port), 'health');
  }
  return { qwen, embed, ollama, llamacpp };
}
