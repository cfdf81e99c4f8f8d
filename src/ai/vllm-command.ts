import type { VllmValues } from './schema.js';

/** Where `VllmContainer.runtime` puts vLLM inside a container. */
export const vllmProgram = '/opt/vllm/bin/vllm';

/** The words of the command that starts the server. Only what was asked for: defaults of vLLM move between its releases. */
export function vllmCommand(values: VllmValues, cards: number): string[] {
  return [
    vllmProgram,
    'serve',
    values.model,
    ...option('--host', '0.0.0.0'),
    ...option('--port', values.port),
    ...option('--revision', values.revision),
    ...option('--served-model-name', values.servedModelName),
    // newer releases find out by themselves; the explicit runner is what older ones understand too
    ...(values.task === undefined || values.task === 'generate' ? [] : ['--runner', 'pooling']),
    ...option('--quantization', values.quantization),
    ...option('--dtype', values.dtype === 'auto' ? undefined : values.dtype),
    ...option('--kv-cache-dtype', values.kvCacheDtype === 'auto' ? undefined : values.kvCacheDtype),
    ...option('--max-model-len', values.maxModelLen),
    ...option('--max-num-seqs', values.maxNumSeqs),
    ...option('--max-num-batched-tokens', values.maxNumBatchedTokens),
    ...option('--gpu-memory-utilization', values.gpuMemoryUtilization),
    ...option(
      '--tensor-parallel-size',
      tensorParallel(values, cards) === 1 ? undefined : tensorParallel(values, cards),
    ),
    ...option('--pipeline-parallel-size', values.pipelineParallelSize === 1 ? undefined : values.pipelineParallelSize),
    ...(values.trustRemoteCode ? ['--trust-remote-code'] : []),
    ...values.extraArgs,
  ];
}

/** Cards that each layer is split over: what was given, or else all that the pipeline leaves. */
export function tensorParallel(values: VllmValues, cards: number): number {
  return values.tensorParallelSize ?? Math.max(1, Math.floor(cards / values.pipelineParallelSize));
}

function option(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [name, String(value)];
}
