import { mkdirSync, symlinkSync } from 'node:fs';

/** A card of a simulated node, in PCI's own numbers. */
export interface SimulatedDisplayDevice {
  /** PCI address: `0000:01:00.0`. */
  readonly address: string;
  /** Four hexadecimal digits. Default: `10de`, NVIDIA. */
  readonly vendor?: string;
  /** Four hexadecimal digits. Default: `2684`. */
  readonly device?: string;
  /** Driver of the kernel that holds it. Default: `nvidia` for a card of NVIDIA on a node with that driver, otherwise none. */
  readonly driver?: string;
  /** Default: none. */
  readonly iommuGroup?: number;
  /** What NVIDIA's driver calls it. Default: `NVIDIA GeForce RTX 4090`. */
  readonly model?: string;
}

/** What a simulated node is as a machine and in its cluster. */
export interface SimulatedMachineOptions {
  /**
   * Driver version, number of cards, and which kernel modules (default: open). The device nodes appear only by `nvidia-modprobe`.
   * Default: no driver.
   */
  readonly nvidia?: { readonly version: string; readonly cards: number; readonly flavor?: 'open' | 'proprietary' };
  /** Cards on the PCI bus. Default: those of `nvidia`, from 0000:01:00.0 on. */
  readonly displayDevices?: readonly SimulatedDisplayDevice[];
  /** Processor threads. Default: 16. */
  readonly cores?: number;
  /** Main memory as the kernel counts it. Default: 62.6, of a machine with 64. */
  readonly memoryGiB?: number;
  /** The cluster that the node is in, with its other members. Default: none. */
  readonly cluster?: { readonly name: string; readonly others: readonly SimulatedMember[] };
}

/** Another node of the cluster. */
export interface SimulatedMember {
  readonly name: string;
  readonly address: string;
  /** Default: true. */
  readonly online?: boolean;
}

/** What of a simulated node these functions write to. */
interface HostFiles {
  path(hostPath: string): string;
  writeFile(hostPath: string, text: string): void;
}

/** What the kernel shows of the machine below /proc and /sys: processors, memory, modules, cards. */
export function layOutMachine(node: HostFiles, options: SimulatedMachineOptions): void {
  const { cores = 16, memoryGiB = 62.6, nvidia } = options;
  const kib = Math.round(memoryGiB * 1024 ** 2);
  node.writeFile('/proc/sys/kernel/osrelease', '6.17.2-1-pve\n');
  node.writeFile('/proc/meminfo', `MemTotal:       ${kib} kB\nMemFree:        ${kib >> 1} kB\n`);
  node.writeFile('/sys/devices/system/cpu/online', cores === 1 ? '0\n' : `0-${cores - 1}\n`);
  for (const folder of ['/sys/module/zfs', '/sys/bus/pci/devices']) {
    mkdirSync(node.path(folder), { recursive: true });
  }
  if (nvidia !== undefined) {
    const modules = nvidia.flavor === 'proprietary' ? 'x86_64 Kernel Module' : 'Open Kernel Module for x86_64';
    node.writeFile(
      '/proc/driver/nvidia/version',
      `NVRM version: NVIDIA UNIX ${modules}  ${nvidia.version}  simulated\n`,
    );
  }
  let minor = 0;
  for (const device of devicesOf(options)) {
    layOutDevice(node, device);
    if (device.driver === 'nvidia') {
      layOutCard(node, device, minor++);
    }
  }
}

/** `/etc/pve/.members` as pmxcfs shows it; without a cluster it names the node alone. */
export function membersText(name: string, { cluster }: SimulatedMachineOptions): string {
  const head = `"nodename": "${name}",\n"version": 4`;
  if (cluster === undefined) {
    return `{\n${head}\n}\n`;
  }
  const members: SimulatedMember[] = [{ name, address: '10.0.0.13' }, ...cluster.others];
  const count = members.length;
  const lines = members.map(
    (member, index) =>
      `  "${member.name}": { "id": ${index + 1}, "online": ${member.online === false ? 0 : 1}, "ip": "${member.address}"}`,
  );
  return [
    `{\n${head},`,
    `"cluster": { "name": "${cluster.name}", "version": ${count}, "nodes": ${count}, "quorate": 1 },`,
    `"nodelist": {\n${lines.join(',\n')}\n  }\n}\n`,
  ].join('\n');
}

function devicesOf({ displayDevices, nvidia }: SimulatedMachineOptions): SimulatedDisplayDevice[] {
  const cards = Array.from({ length: nvidia?.cards ?? 0 }, (_, index) => ({
    address: `0000:${String(index + 1).padStart(2, '0')}:00.0`,
    iommuGroup: 14 + index,
  }));
  const given: readonly SimulatedDisplayDevice[] = displayDevices ?? cards;
  return given.map((device) => ({
    ...(nvidia !== undefined && (device.vendor ?? '10de') === '10de' ? { driver: 'nvidia' } : {}),
    ...device,
  }));
}

function layOutDevice(node: HostFiles, device: SimulatedDisplayDevice): void {
  const { address, vendor = '10de', device: id = '2684', driver, iommuGroup } = device;
  const folder = `/sys/bus/pci/devices/${address}`;
  const values = { class: '030000', vendor, device: id, subsystem_vendor: '1043', subsystem_device: '889a' };
  for (const [name, value] of Object.entries(values)) {
    node.writeFile(`${folder}/${name}`, `0x${value}\n`);
  }
  if (driver !== undefined) {
    symlinkSync(`../../../bus/pci/drivers/${driver}`, node.path(`${folder}/driver`));
  }
  if (iommuGroup !== undefined) {
    symlinkSync(`../../../kernel/iommu_groups/${iommuGroup}`, node.path(`${folder}/iommu_group`));
  }
}

/** As NVIDIA's driver shows a card that it holds. */
function layOutCard(node: HostFiles, device: SimulatedDisplayDevice, minor: number): void {
  const { address, model = 'NVIDIA GeForce RTX 4090' } = device;
  const lines = [
    `Model: \t\t ${model}`,
    'IRQ:   \t\t 140',
    'Bus Type: \t PCIe',
    `Bus Location: \t ${address}`,
    `Device Minor: \t ${minor}`,
  ];
  node.writeFile(`/proc/driver/nvidia/gpus/${address}/information`, `${lines.join('\n')}\n`);
}
