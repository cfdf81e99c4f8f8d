import type { Construct } from 'constructs';
import { collectProblems, PhoenixError, type Problem } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import type { Check } from '../core/resource.js';
import { pathIn } from '../core/scope.js';
import { Port } from '../firewall/port.js';
import type { Script } from '../guest/script.js';
import { unprivilegedOwner } from '../guest/unprivileged-owner.js';
import { LxcContainer } from '../lxc/lxc-container.js';
import { LxcGuest } from '../lxc/lxc-guest.js';
import type { LxcContainerProps, LxcMount } from '../lxc/props.js';
import { lxcTable } from '../lxc/schema.js';
import type { Assert, PropsMatch } from '../model/equality.js';
import type { Layered } from '../model/explain.js';
import { completeSpec, readLayer } from '../model/layer.js';
import type { Layer } from '../model/merge.js';
import { propsOf } from '../model/read-props.js';
import type { SecretRef } from '../model/secret-ref.js';
import { DatasetFolder } from '../zfs/dataset-folder.js';
import { ZfsDataset } from '../zfs/zfs-dataset.js';
import {
  type dtypes,
  type kvCacheDtypes,
  type quantizations,
  type VllmLayer,
  type VllmValues,
  vllmTable,
} from './schema.js';
import { tensorParallel } from './vllm-command.js';
import { type VllmRuntimeOptions, vllmRuntime, vllmUser } from './vllm-runtime.js';
import { vllmService } from './vllm-service.js';

/** What a server is, whatever it runs in. */
export interface VllmServerProps {
  /** Model: a repository of Hugging Face such as `Qwen/Qwen2.5-7B-Instruct-AWQ`, or a folder inside the container. */
  readonly model: string;
  /**
   * Commit, tag or branch of the model. A commit stays what it is.
   * @default - the repository's main branch, whatever it is at the first start
   */
  readonly revision?: string;
  /**
   * Name that clients ask for.
   * @default - the name of the model
   */
  readonly servedModelName?: string;
  /**
   * What the server is for.
   * @default - what the model is made for
   */
  readonly task?: 'generate' | 'embed' | 'classify' | 'score';
  /**
   * How the weights are quantized, where the model itself does not say.
   * @default - what the model says
   */
  readonly quantization?: (typeof quantizations)[number] | (string & {});
  /**
   * Type of weights and activations.
   * @default 'auto'
   */
  readonly dtype?: (typeof dtypes)[number];
  /**
   * Type of the KV cache.
   * @default 'auto'
   */
  readonly kvCacheDtype?: (typeof kvCacheDtypes)[number] | (string & {});
  /**
   * Longest sequence, prompt and answer together. Unit: tokens.
   * @default - what the model can
   */
  readonly maxModelLen?: number;
  /**
   * Most sequences at a time.
   * @default - vLLM's own, by card
   */
  readonly maxNumSeqs?: number;
  /**
   * Most tokens in one step. Unit: tokens.
   * @default - vLLM's own, by card
   */
  readonly maxNumBatchedTokens?: number;
  /**
   * Share of each card's memory that this server may take, above 0 and up to 1. The shares of all servers on a card may not exceed 1; above 0.95 a finding warns, because CUDA needs room of its own.
   * @default 0.9
   */
  readonly gpuMemoryUtilization?: number;
  /**
   * Number of cards that each layer is split over.
   * @default - all cards of the container
   */
  readonly tensorParallelSize?: number;
  /**
   * Number of groups of cards that the layers are spread over.
   * @default 1
   */
  readonly pipelineParallelSize?: number;
  /**
   * Whether code from the model's repository may run. Only with a `revision` that is a commit.
   * @default false
   */
  readonly trustRemoteCode?: boolean;
  /**
   * TCP port of the server.
   * @default 8000
   */
  readonly port?: number;
  /**
   * Folder inside the container where models are kept.
   * @default '/models'
   */
  readonly modelFolder?: `/${string}`;
  /**
   * Further environment variables of the server. No secrets: every user of the container can read them.
   * @default - none
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Key that clients have to show as a bearer token, for what vLLM protects with it (its API, not `/health` and `/metrics`). It reaches the
   * server as a credential of systemd: in no command line and no environment.
   * @default - whoever reaches the port may ask
   */
  readonly apiKey?: SecretRef;
  /**
   * Token of Hugging Face, for models that ask for one; as a credential of systemd too.
   * @default - models are fetched without one
   */
  readonly hfToken?: SecretRef;
  /**
   * Further words of the command line, as they are.
   * @default - none
   */
  readonly extraArgs?: readonly string[];
}

/** Server props and field table say the same; a key that one of them lacks does not compile. */
export type VllmPropsMatchTable = Assert<PropsMatch<VllmServerProps, VllmLayer>>;

export interface VllmContainerProps extends LxcContainerProps, VllmServerProps {
  /**
   * Dataset or folder of the host where models are kept; mounted at `modelFolder`. Its owner has to be `VllmContainer.modelOwner`.
   * @default - models lie on the container's own root disk
   */
  readonly models?: NonNullable<LxcMount['source']>;
}

/**
 * A container that serves a model with vLLM.
 *
 * Its root disk, or the template it is cloned from, has to hold vLLM: `provision: [VllmContainer.runtime({ vllm: '0.15.1' })]`.
 *
 * @see https://docs.vllm.ai/en/stable/cli/serve/
 */
export class VllmContainer extends LxcContainer {
  /** Owner of model folders, as an unprivileged container's host sees it. */
  static readonly modelOwner = unprivilegedOwner(vllmUser.uid, vllmUser.gid);

  /** A script that puts vLLM into a container or template. Throws `vllm/version`. */
  static runtime(options: VllmRuntimeOptions): Script {
    return vllmRuntime(options);
  }

  /** Where clients reach the server, without the address: `{ protocol: 'http', port: 8000 }`. */
  readonly endpoint: { readonly protocol: 'http'; readonly port: number };

  /** Whether the server gets secrets, which reach it as credentials of systemd. */
  readonly hasCredentials: boolean;

  private readonly serverLayer: Layer;

  /** Throws `config/*`, `scope/other-host` and `vllm/*` with everything that is wrong with the props. */
  constructor(scope: Construct, id: string, props: VllmContainerProps) {
    const { container, server, models } = split(props);
    const path = pathIn(scope, id);
    const problems = collectProblems([() => readLayer(vllmTable, server, path)]);
    super(scope, id, container, problems);
    this.serverLayer = { name: path, values: readLayer(vllmTable, server, path) };
    const values = completeSpec(vllmTable, [this.serverLayer], path);
    this.endpoint = { protocol: 'http', port: values.port };
    this.hasCredentials = values.apiKey !== undefined || values.hfToken !== undefined;
    if (models !== undefined) {
      this.mount(models, values.modelFolder as `/${string}`);
    }
    this.addService(({ address, gpus }) => {
      refuse(serverProblems(values, gpus, path));
      return vllmService(values, gpus, address);
    }, Port.tcp(values.port));
    const foreign = notOfServer(models);
    if (foreign !== undefined) {
      this.addFinding(
        'warning',
        'vllm/model-owner',
        `${foreign} is not given to the user that the server runs as, which has to write models there`,
        "mount a folder made for it: dataset.folder('vllm', { owner: VllmContainer.modelOwner })",
      );
    }
    if (values.trustRemoteCode && !/^[0-9a-f]{40}$/.test(values.revision ?? '')) {
      this.addFinding(
        'warning',
        'vllm/remote-code',
        "code from the model's repository runs, whatever it is on the day of the start",
        'leave out `trustRemoteCode`, or pin `revision` to a commit',
      );
    }
  }

  override checks(): readonly Check[] {
    return [...super.checks(), credentialsCheck];
  }

  override layered(): readonly Layered[] {
    return [...super.layered(), { fields: vllmTable.fields, layers: [this.serverLayer] }];
  }
}

const credentialsCheck: Check = {
  name: 'vllm-credentials',
  *test(world) {
    for (const { path, spec, resource } of world.of(LxcGuest.isLxcGuest)) {
      const isServer = resource instanceof VllmContainer && resource.hasCredentials;
      if (isServer && spec.unprivileged && spec.features?.nesting !== true) {
        yield {
          code: 'vllm/no-nesting',
          severity: 'warning',
          path,
          message:
            'without nesting systemd may not be able to give the server its credentials, and then does not start it',
          fix: 'features: { nesting: true }',
        };
      }
    }
  },
};

/** The folder, if the program does not give it to the server's user. Of a dataset as a whole no program can say the owner. */
function notOfServer(models: VllmContainerProps['models']): string | undefined {
  if (ZfsDataset.isZfsDataset(models)) {
    return models.mountpoint;
  }
  const ours = VllmContainer.modelOwner.uid;
  return DatasetFolder.isDatasetFolder(models) && models.owner?.uid !== ours ? models.path : undefined;
}

/** Props of the container, of the server, and the folder of models, which is a mount. */
function split(props: VllmContainerProps): {
  container: LxcContainerProps;
  server: VllmServerProps;
  models: VllmContainerProps['models'];
} {
  const { models, ...rest } = propsOf(props);
  const container: Record<string, unknown> = {};
  const server: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(rest)) {
    (isOfServer(key) ? server : container)[key] = value;
  }
  return { container: container as LxcContainerProps, server: server as unknown as VllmServerProps, models };
}

/** A key that nobody knows is refused where the key that was meant would be. */
function isOfServer(key: string): boolean {
  const known = [...Object.keys(vllmTable.fields), ...Object.keys(lxcTable.fields), 'profiles', 'startAfter'];
  const meant = known.includes(key) ? key : nearest(key, known);
  return meant !== undefined && meant in vllmTable.fields;
}

/** What does not go together, once the container's cards are known. */
function serverProblems(values: VllmValues, cards: number, path: string): Problem[] {
  const { pipelineParallelSize, maxNumSeqs, maxNumBatchedTokens } = values;
  const split = tensorParallel(values, cards) * pipelineParallelSize;
  const problems: Problem[] = [];
  if (cards === 0) {
    problems.push({
      code: 'vllm/no-gpu',
      message: `${path} serves a model and has no card`,
      path,
      fix: 'give it cards: gpus: [host.gpu(0)]',
    });
  } else if (split !== cards) {
    problems.push({
      code: 'vllm/gpu-count',
      message: `the model is split over ${split} cards, the container has ${cards}`,
      path,
      value: split,
      fix: 'tensorParallelSize × pipelineParallelSize has to be the number of `gpus`',
    });
  }
  if (maxNumSeqs !== undefined && maxNumBatchedTokens !== undefined && maxNumBatchedTokens < maxNumSeqs) {
    problems.push({
      code: 'vllm/batch',
      message: `maxNumBatchedTokens ${maxNumBatchedTokens} is below maxNumSeqs ${maxNumSeqs}`,
      path,
      value: maxNumBatchedTokens,
      fix: 'a step has to take at least one token of each sequence',
    });
  }
  return problems;
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
}
