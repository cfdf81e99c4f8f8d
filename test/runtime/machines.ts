import type { KeyRequirement, Step, StepOf } from '../../src/model/step.js';
import { Bench } from './bench.js';
import type { HandMadeHost } from './hand-made.js';
import { exact, marker } from './steps.js';

/** Identity of the machine with this VMID, as `qm create` would have made it up. */
export const uuid = (vmid: number) => `00000000-0000-4000-8000-${String(vmid).padStart(12, '0')}`;
export const genid = (vmid: number) => `11111111-0000-4000-8000-${String(vmid).padStart(12, '0')}`;

const gib = 1024 ** 3;

/** A machine of ours by hand: with a root disk on ZFS, or with the disks that the config given names. */
export function machineByHand(
  host: HandMadeHost,
  vmid: number,
  config: string,
  options: { disk?: boolean; marker?: string; guid?: string; volsize?: number; node?: string } = {},
): void {
  const line = options.marker ?? marker(vmid, `vm/m${vmid}`);
  const lines = [
    ...(line === '' ? [] : [`#${line}`]),
    `smbios1: uuid=${uuid(vmid)}`,
    `vmgenid: ${genid(vmid)}`,
    'meta: creation-qemu=10.1.2,ctime=1760000000',
    ...(options.disk === false ? [] : [`scsi0: local-zfs:vm-${vmid}-disk-0,iothread=1,size=4G`]),
  ];
  const place = `/etc/pve/nodes/${options.node ?? 'pve'}/qemu-server/${vmid}.conf`;
  host.write(place, `${lines.join('\n')}\n${config}`);
  if (options.disk !== false) {
    zvol(host, `rpool/data/vm-${vmid}-disk-0`, options.guid ?? String(vmid), options.volsize ?? 4 * gib);
  }
}

export function zvol(host: HandMadeHost, name: string, guid: string, volsize = 4 * gib, creation = 0): void {
  host.dataset(name, { guid, volsize: String(volsize), refquota: '-', creation: String(creation) });
}

/** The journal's record that a machine is ours, by its root disk or by its UUIDs. */
export const machineKnown = (vmid: number, guid = String(vmid), volume = `local-zfs:vm-${vmid}-disk-0`) => [
  'guest',
  vmid,
  'qemu',
  guid,
  volume,
  '-',
];

/** Makes a machine one that runs; `command` is the command line of the process that its pid file names. */
export function runs(
  host: HandMadeHost,
  vmid: number,
  command = `/usr/bin/kvm\0-id\0${vmid}\0-name\0m${vmid}\0`,
): void {
  const pid = 10_000 + vmid;
  host.write(`/run/qemu-server/${vmid}.pid`, `${pid}\n`);
  host.write(`/proc/${pid}/cmdline`, command);
}

export const disk = (
  key: string,
  size: number,
  options = '',
  extra: Partial<Extract<KeyRequirement, { is: 'volume' }>> = {},
): KeyRequirement => ({
  is: 'volume',
  key,
  storage: 'local-zfs',
  bytes: size * gib,
  options,
  impact: 'restart',
  added: 'live',
  ...extra,
});

/** The config step of a machine that exists already. */
export function machineConfig(
  vmid: number,
  keys: readonly KeyRequirement[],
  extra: Partial<StepOf<'guest-config'>> = {},
): Step {
  const id = `guest/${vmid}/config`;
  return {
    kind: 'guest-config',
    id,
    resource: `guest/${vmid}`,
    path: `vm/m${vmid}`,
    title: 'config',
    needs: [],
    vmid,
    type: 'qemu',
    keys,
    ...extra,
  };
}

export interface MachineOptions {
  readonly from?: { template: number; digest: string; mode?: 'linked' | 'full' };
  readonly keys?: readonly KeyRequirement[];
  readonly needs?: readonly string[];
  /** Digest of the template that it becomes, without ever running. */
  readonly seal?: string;
  readonly state?: 'running' | 'stopped';
  readonly startedWith?: string;
  /** Steps that its config needs besides. */
  readonly documents?: readonly string[];
}

/** All steps of a machine of ours. */
export function machine(vmid: number, name: string, options: MachineOptions = {}): Step[] {
  const path = `vm/${name}`;
  const id = (part: string) => `guest/${vmid}/${part}`;
  const base = (part: string, title: string, needs: readonly string[]) => ({
    id: id(part),
    resource: `guest/${vmid}`,
    path,
    title,
    needs: [...needs],
    vmid,
    type: 'qemu' as const,
  });
  const until = options.seal === undefined ? {} : { until: { template: vmid } };
  const steps: Step[] = [
    {
      ...base('create', 'machine', options.needs ?? []),
      ...until,
      kind: 'guest-create',
      marker: marker(vmid, path),
      hostname: name,
      source:
        options.from === undefined
          ? { from: 'nothing' }
          : {
              from: 'clone',
              vmid: options.from.template,
              mode: options.from.mode ?? 'linked',
              digest: options.from.digest,
            },
    },
    {
      ...base('config', 'config', [id('create'), ...(options.documents ?? [])]),
      ...until,
      kind: 'guest-config',
      keys: [
        exact('name', name),
        { is: 'marker', key: 'description', value: marker(vmid, path), impact: 'live' },
        ...(options.keys ?? []),
      ],
      ...(options.from === undefined ? {} : { cleanClone: true }),
    },
  ];
  if (options.seal !== undefined) {
    steps.push({ ...base('template', 'template', [id('config')]), kind: 'guest-template', digest: options.seal });
  } else {
    const state = options.state ?? 'running';
    steps.push({
      ...base('state', state, [id('config')]),
      kind: 'guest-state',
      state,
      mounts: [],
      timeoutSeconds: 5,
      ...(options.startedWith === undefined ? {} : { startedWith: options.startedWith }),
    });
  }
  return steps;
}

const storages = [
  'dir: local\n\tpath /var/lib/vz\n\tcontent iso,vztmpl,import,snippets,images\n',
  'zfspool: local-zfs\n\tpool rpool/data\n\tcontent images,rootdir\n',
].join('\n');

/** The head of a qcow2 image that holds a disk of this size: all that an import asks for. */
function qcow2(bytes: number): Uint8Array {
  const head = Buffer.alloc(112);
  head.write('QFI\xfb', 'latin1');
  head.writeUInt32BE(3, 4);
  head.writeUInt32BE(16, 20);
  head.writeBigUInt64BE(BigInt(bytes), 24);
  return head;
}

/** A bench with a storage for everything and an image to make disks of. */
export function machineBench(): Bench {
  const made = new Bench({ storages });
  made.node.writeFile('/var/lib/vz/import/debian.qcow2', qcow2(2 * gib));
  return made;
}
