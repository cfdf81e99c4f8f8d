import { environmentAssignment, execWords } from '../format/systemd.js';
import { loadTemplate } from '../format/template.js';
import type { LxcService } from '../lxc/spec.js';
import { type Content, renderContent } from '../model/content.js';
import type { VllmValues } from './schema.js';
import { vllmCommand } from './vllm-command.js';

interface VllmUnit {
  readonly model: string;
  readonly environment: readonly string[];
  readonly credentials: readonly string[];
  readonly command: string;
}

const unit = loadTemplate<VllmUnit>('ai/templates/vllm.service.hbs');

const unitPath = '/etc/systemd/system/vllm.service';

/** The server as a service of a guest: its unit, the script that brings a new unit into force, and the endpoint that has to answer. */
export function vllmService(values: VllmValues, cards: number, address: string | undefined): LxcService {
  const credentials = credentialsOf(values);
  const text = unit({
    model: values.model,
    environment: [...environment(values), ...credentials.flatMap(({ environment = [] }) => environment)],
    credentials: credentials.map(({ name, target }) => `${name}:${target}`),
    // %d is the folder of the credentials, which systemd fills in
    command: [execWords(vllmCommand(values, cards)), ...credentials.flatMap(({ words = [] }) => words)].join(' '),
  });
  return {
    name: 'vllm',
    files: [
      { target: unitPath, text, secrets: [], mode: '0644', uid: 0, gid: 0 },
      ...credentials.map(({ target, content }) => ({
        target,
        ...renderContent(content),
        mode: '0600',
        uid: 0,
        gid: 0,
      })),
    ],
    script: {
      name: 'vllm-service',
      text: 'systemctl daemon-reload\nsystemctl enable vllm.service\nsystemctl restart vllm.service\n',
      timeoutSeconds: 180,
      inputs: [],
    },
    // the model is loaded before the server answers; large ones take minutes
    endpoint:
      address === undefined
        ? undefined
        : { url: `http://${address}:${values.port}/health`, status: 200, retries: 120, intervalSeconds: 5 },
    gpuShare: values.gpuMemoryUtilization,
  };
}

/** A file that only root reads, which systemd hands to the server alone. */
interface Credential {
  readonly name: string;
  readonly target: string;
  readonly content: Content;
  readonly words?: readonly string[];
  readonly environment?: readonly string[];
}

/** Both are read by the server itself, so that they stand in no command line and no environment. */
function credentialsOf({ apiKey, hfToken }: VllmValues): Credential[] {
  const key: Credential[] =
    apiKey === undefined
      ? []
      : [
          {
            name: 'api-key.yaml',
            target: '/etc/vllm/api-key.yaml',
            content: ['api-key: "', { secret: apiKey, encoding: 'yaml' }, '"\n'],
            words: ['--config %d/api-key.yaml'],
          },
        ];
  const token: Credential[] =
    hfToken === undefined
      ? []
      : [
          {
            name: 'hf-token',
            target: '/etc/vllm/hf-token',
            content: [{ secret: hfToken, encoding: 'raw' }],
            environment: ['HF_TOKEN_PATH=%d/hf-token'],
          },
        ];
  return [...key, ...token];
}

function environment(values: VllmValues): string[] {
  const variables: Record<string, string> = {
    HF_HOME: `${values.modelFolder}/huggingface`,
    VLLM_CACHE_ROOT: '/var/cache/vllm',
    VLLM_NO_USAGE_STATS: '1',
    ...values.environment,
  };
  return Object.keys(variables)
    .sort()
    .map((name) => environmentAssignment(name, variables[name] ?? ''));
}
