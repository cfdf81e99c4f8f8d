import { PhoenixError } from '../base/errors.js';
import { urlFault } from '../base/fetch-url.js';
import { Script } from '../guest/script.js';
import { required, text } from '../model/fields.js';
import { table } from '../model/layer.js';
import { readProps } from '../model/read-props.js';

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

const runtimeTable = table('VllmContainer.runtime', {
  vllm: required(text('Version of vLLM.')),
  indexUrl: text('Package index that Python fetches from.'),
});

/** A script that puts vLLM of one version into a container: a Python environment in /opt/vllm, and the user that servers run as. */
export function vllmRuntime(options: VllmRuntimeOptions): Script {
  const { vllm, indexUrl } = readProps(runtimeTable, options, 'VllmContainer.runtime');
  if (!/^\d+\.\d+\.\d+([a-z0-9.]+)?$/.test(vllm)) {
    throw new PhoenixError({
      code: 'vllm/version',
      message: `${JSON.stringify(vllm)} is no version of vLLM`,
      value: vllm,
      fix: 'give it in full: 0.15.1',
    });
  }
  const fault = indexUrl === undefined ? undefined : urlFault(indexUrl);
  if (fault !== undefined) {
    throw new PhoenixError({ code: 'vllm/index-url', ...fault });
  }
  const index = indexUrl === undefined ? '' : ` --index-url '${indexUrl}'`;
  return Script.text(
    'vllm',
    `export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# vLLM compiles kernels when it starts, so that the compiler has to stay
apt-get -y -q install --no-install-recommends gcc g++ libc6-dev python3-dev python3-venv
getent group vllm >/dev/null || groupadd --system --gid ${vllmUser.gid} vllm
getent passwd vllm >/dev/null || useradd --system --uid ${vllmUser.uid} --gid vllm --home-dir /var/lib/vllm --shell /usr/sbin/nologin vllm
python3 -m venv /opt/vllm
/opt/vllm/bin/pip install --no-cache-dir --disable-pip-version-check${index} 'vllm==${vllm}'
/opt/vllm/bin/vllm --version
`,
    { timeout: '2h' },
  );
}
