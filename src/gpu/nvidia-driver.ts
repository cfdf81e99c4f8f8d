import type { Construct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import { urlFault } from '../base/fetch-url.js';
import { type Check, type Completion, type Outcome, type Place, Resource } from '../core/resource.js';
import { Script } from '../guest/script.js';
import { PveNode } from '../host/pve-node.js';
import { driverIdentity } from '../lxc/gpu-devices.js';
import { choice, defaulted, required, type SpecOf, text } from '../model/fields.js';
import type { Finding } from '../model/finding.js';
import { table } from '../model/layer.js';
import { readProps } from '../model/read-props.js';
import { driverFactsCheck } from './facts-check.js';
import { describeNvidiaDriver, loadedDriver, type NvidiaDriverSpec } from './plan.js';

export interface NvidiaDriverProps {
  /** Version of the driver on the host and in all its guests: `580.76.05`. */
  readonly version: string;
  /**
   * Kernel modules. `open` is for Turing and newer, and a must for Blackwell.
   * @default 'open'
   */
  readonly flavor?: 'open' | 'proprietary';
  /**
   * Where the installer for guests is fetched from.
   * @default - NVIDIA's own server
   */
  readonly url?: string;
  /**
   * SHA-256 of the installer, 64 hexadecimal digits. Checked before it runs.
   * @default - not checked; a finding says so
   */
  readonly sha256?: string;
}

const marker = Symbol.for('phoenix-cdk.NvidiaDriver');

/**
 * The NVIDIA driver of a host: one version for the host and all its guests, said once.
 *
 * For now the host's driver is not installed: it has to be there in this version, or the run stops and says so.
 */
export class NvidiaDriver extends Resource<NvidiaDriverSpec> {
  readonly version: string;
  private readonly props: SpecOf<(typeof driverTable)['fields']>;

  /** Throws `config/*`, `gpu/driver-version`, `gpu/driver-checksum`, `gpu/driver-url` and `gpu/driver-flavor`. */
  constructor(scope: Construct, id: string, props: NvidiaDriverProps) {
    super(scope, id);
    Object.defineProperty(this, marker, { value: true });
    const { path } = this.node;
    this.props = readProps(driverTable, props, path);
    this.version = this.props.version;
    this.check();
  }

  get identity(): string {
    return driverIdentity(this.host.hostName);
  }

  /** A script that brings the driver's libraries into a guest, in the host's version and without kernel modules. */
  userspace(): Script {
    const file = `NVIDIA-Linux-x86_64-${this.version}.run`;
    const url = this.props.url ?? `https://us.download.nvidia.com/XFree86/Linux-x86_64/${this.version}/${file}`;
    const check =
      this.props.sha256 === undefined ? '' : `echo '${this.props.sha256}  '"$installer" | sha256sum --check --quiet\n`;
    return Script.text(
      'nvidia-userspace',
      `if ! grep -q '${loadedDriver(this.version)}' /proc/driver/nvidia/version; then
  echo 'the program says driver ${this.version}, the host runs' >&2
  cat /proc/driver/nvidia/version >&2
  exit 1
fi
installer=$(mktemp --suffix=.run)
trap 'rm -f "$installer"' EXIT
curl --fail --location --silent --show-error --retry 3 --output "$installer" '${url}'
${check}sh "$installer" --silent --no-kernel-module --no-nouveau-check --no-x-check
ldconfig
nvidia-smi --query-gpu=name,driver_version --format=csv,noheader
`,
    );
  }

  complete(_completion: Completion): NvidiaDriverSpec {
    const { gpus, hostName } = PveNode.of(this);
    return {
      host: hostName,
      version: this.version,
      flavor: this.props.flavor,
      cards: gpus.flatMap((gpu) => gpu.nvidiaNumber ?? []),
    };
  }

  describe(spec: NvidiaDriverSpec, place: Place): Outcome {
    return describeNvidiaDriver(spec, place);
  }

  override checks(): readonly Check[] {
    return [driverFactsCheck(isNvidiaDriver)];
  }

  override findings(): readonly Finding[] {
    if (this.props.sha256 !== undefined) {
      return super.findings();
    }
    return [
      ...super.findings(),
      {
        code: 'gpu/driver-unchecked',
        severity: 'info',
        path: this.node.path,
        message: `the installer of driver ${this.version} is run in guests as root without its checksum being known`,
        fix: 'give `sha256`',
      },
    ];
  }

  private check(): void {
    const { path } = this.node;
    const blackwell = PveNode.of(this).gpus.find((gpu) => Number(gpu.model.computeCapability ?? 0) >= 10);
    const fault = this.props.url === undefined ? undefined : urlFault(this.props.url);
    const problems = [
      ...(/^\d{3,4}\.\d+(\.\d+)?$/.test(this.version)
        ? []
        : [
            {
              code: 'gpu/driver-version',
              message: `${JSON.stringify(this.version)} is no version of the driver`,
              path,
              value: this.version,
              fix: 'give it in full, as `nvidia-smi` prints it: 580.76.05',
            },
          ]),
      ...(this.props.sha256 === undefined || /^[0-9a-f]{64}$/.test(this.props.sha256)
        ? []
        : [
            {
              code: 'gpu/driver-checksum',
              message: `${JSON.stringify(this.props.sha256)} is no SHA-256`,
              path,
              value: this.props.sha256,
              fix: 'give the 64 hexadecimal digits that `sha256sum` prints',
            },
          ]),
      ...(fault === undefined ? [] : [{ code: 'gpu/driver-url', path, ...fault }]),
      ...(blackwell === undefined || this.props.flavor === 'open'
        ? []
        : [
            {
              code: 'gpu/driver-flavor',
              message: `${blackwell.model.name} runs with the open kernel modules only`,
              path,
              value: this.props.flavor,
              fix: "use flavor: 'open'",
            },
          ]),
    ];
    if (problems.length > 0) {
      throw new PhoenixError(problems);
    }
  }
}

function isNvidiaDriver(construct: unknown): construct is NvidiaDriver {
  return typeof construct === 'object' && construct !== null && marker in construct;
}

/** What a `NvidiaDriver` says of the driver; what the texts have to look like is checked by the construct. */
export const driverTable = table('NvidiaDriver', {
  version: required(text('Version of the driver on the host and in all its guests.')),
  flavor: defaulted(choice('Kernel modules.', ['open', 'proprietary']), 'open'),
  url: text('Where the installer for guests is fetched from.'),
  sha256: text('SHA-256 of the installer.'),
});
