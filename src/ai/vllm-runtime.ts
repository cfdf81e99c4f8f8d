import { PhoenixError } from '../base/errors.js';
import { urlFault } from '../base/fetch-url.js';
import { Script } from '../guest/script.js';

export interface VllmRuntimeOptions {
  /** Version of vLLM, in full: `0.15.1`. */
  readonly vllm: string;
  /**
   * Package index that Python fetches from: a mirror, where the container has no way out.
   * @default - PyPI
   */
  readonly indexUrl?: string;
}

/** Numbers of the user that servers run as inside a container. */
export const vllmUser = { uid: 990, gid: 990 } as const;

/** A script that puts vLLM of one version into a container: a Python environment in /opt/vllm, and the user that servers run as. */
export function vllmRuntime(options: VllmRuntimeOptions): Script {
  if (!/^\d+\.\d+\.\d+([a-z0-9.]+)?$/.test(options.vllm)) {
    throw new PhoenixError({
      code: 'vllm/version',
      message: `${JSON.stringify(options.vllm)} is no version of vLLM`,
      value: options.vllm,
      fix: 'give it in full: 0.15.1',
    });
  }
  const fault = options.indexUrl === undefined ? undefined : urlFault(options.indexUrl);
  if (fault !== undefined) {
    throw new PhoenixError({ code: 'vllm/index-url', ...fault });
  }
  const index = options.indexUrl === undefined ? '' : ` --index-url '${options.indexUrl}'`;
  return Script.text(
    'vllm',
    `export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# vLLM compiles kernels when it starts, so that the compiler has to stay
apt-get -y -q install --no-install-recommends gcc g++ libc6-dev python3-dev python3-venv
getent group vllm >/dev/null || groupadd --system --gid ${vllmUser.gid} vllm
getent passwd vllm >/dev/null || useradd --system --uid ${vllmUser.uid} --gid vllm --home-dir /var/lib/vllm --shell /usr/sbin/nologin vllm
python3 -m venv /opt/vllm
/opt/vllm/bin/pip install --no-cache-dir --disable-pip-version-check${index} 'vllm==${options.vllm}'
/opt/vllm/bin/vllm --version
`,
    { timeout: '2h' },
  );
}
