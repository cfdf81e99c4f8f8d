import type { Outcome, Place } from '../core/resource.js';
import { driverIdentity } from '../lxc/gpu-devices.js';
import type { Probe, Step } from '../model/step.js';

/** The driver of a host's NVIDIA cards, complete. */
export interface NvidiaDriverSpec {
  readonly host: string;
  readonly version: string;
  readonly flavor: 'open' | 'proprietary';
  /** Numbers of the device files of the host's NVIDIA cards. */
  readonly cards: readonly number[];
}

/** The driver has to be of the version; then the device files are made, which the driver alone does not do. */
export function describeNvidiaDriver(spec: NvidiaDriverSpec, place: Place): Outcome {
  const identity = driverIdentity(spec.host);
  const base = { kind: 'run', resource: identity, path: place.path } as const;
  const steps: Step[] = [
    {
      ...base,
      id: `${identity}/version`,
      title: `driver ${spec.version}`,
      needs: [],
      probes: [
        {
          probe: 'file',
          path: '/proc/driver/nvidia/version',
          matches: loadedDriver(spec.version),
        },
      ],
      commands: [],
      fix: `install NVIDIA driver ${spec.version} (${spec.flavor} kernel modules) on the host, reboot, and run again`,
    },
    {
      ...base,
      id: `${identity}/device-files`,
      title: 'device files',
      why: 'Proxmox refuses a device that is not there when it is set, and loading the driver does not make the files.',
      needs: [`${identity}/version`],
      probes: deviceFiles(spec.cards).map((path): Probe => ({ probe: 'file', path })),
      commands: spec.cards.map((card) => ['nvidia-modprobe', '-c', String(card), '-u']),
    },
  ];
  return { files: [], steps };
}

/** What /proc/driver/nvidia/version says of a driver of that version, as a pattern. The line also holds a day and a time. */
export function loadedDriver(version: string): string {
  return `^NVRM version:.* ${version.replaceAll('.', '\\.')} `;
}

function deviceFiles(cards: readonly number[]): string[] {
  return [...cards.map((card) => `/dev/nvidia${card}`), '/dev/nvidiactl', '/dev/nvidia-uvm', '/dev/nvidia-uvm-tools'];
}
