import { Size } from '../../base/units.js';
import { is32BitCpu } from '../../format/qemu-cpus.js';
import { firstOfNewController, hasNewUsb, isPcieBoard } from '../../format/qemu-properties.js';
import type { Draft } from './draft.js';
import type { Literal, LiteralRecord } from './literal.js';

/**
 * Takes back props that do not go together: each is right by itself, and the construct would refuse them all. Proxmox keeps such configs
 * and refuses the start, or looks past them.
 */
export function settle(draft: Draft): void {
  for (const [prop, isWrong, why] of rules) {
    if (draft.props[prop] !== undefined && isWrong(draft.props)) {
      draft.takeBack(prop, why);
    }
  }
}

type Props = Readonly<Record<string, Literal>>;

/** In this order: what is taken back may be what another one lacks. */
const rules: readonly (readonly [prop: string, isWrong: (props: Props) => boolean, why: string])[] = [
  [
    'vcpus',
    ({ vcpus, cores = 1, sockets = 1 }) => Number(vcpus) > Number(cores) * Number(sockets),
    'There are not as many processors.',
  ],
  ['balloon', ({ balloon, memory }) => bytesOf(balloon) > bytesOf(memory ?? '2GiB'), 'It is more than all memory.'],
  [
    'machine',
    (props) => partOf(props['machine'], 'viommu') === 'intel' && !hasPcie(props),
    'The IOMMU of Intel needs PCIe.',
  ],
  ['machine', hasNoSuchWidth, 'The IOMMU does not have as many bits.'],
  [
    'hostPci',
    (props) => listOf(props['hostPci']).some(({ pcie }) => pcie === true) && !hasPcie(props),
    'The board has no PCIe.',
  ],
  [
    'hostPci',
    ({ hostPci }) => listOf(hostPci).some(({ pci, mapping }) => (pci === undefined) === (mapping === undefined)),
    'It names a device twice or not at all.',
  ],
  ['hostPci', isOldGraphics, 'Graphics of Intel in the old mode need the board pc and no other display.'],
  [
    'usb',
    ({ usb }) => listOf(usb).some(({ host, mapping }) => (host === undefined) === (mapping === undefined)),
    'It names a device twice or not at all.',
  ],
  ['vga', hasNoPort, 'It shows a serial port that is not there.'],
  [
    'amdSev',
    ({ bios, intelTdx }) => bios !== 'ovmf' || intelTdx !== undefined,
    'Encrypted memory needs UEFI, and is of one maker.',
  ],
  [
    'cpu',
    ({ bios, cpu, arch }) => bios === 'ovmf' && arch !== 'aarch64' && is32BitCpu(typeOf(cpu)),
    'UEFI needs 64 bits.',
  ],
  ['usb', hasHighUsb, 'The system or the board has no controller for so many.'],
  [
    'virtiofs',
    ({ virtiofs, ostype }) => /^w/.test(String(ostype)) && listOf(virtiofs).some(({ exposeAcl }) => exposeAcl === true),
    'Windows cannot mount a folder with access control lists.',
  ],
  ['intelTdx', ({ bios }) => bios !== 'ovmf', 'Encrypted memory needs UEFI.'],
  [
    'numaNodes',
    ({ numa, numaNodes, memory }) => numa !== true || !isWhole(listOf(numaNodes), memory),
    'The nodes are not all memory of the machine.',
  ],
  ['numaNodes', isHalfPlaced, 'Nodes of the host go with a policy, and large pages with nodes of the host.'],
  ['hugepages', ({ numa }) => numa !== true, 'Large pages need nodes of memory.'],
  [
    'hotplug',
    ({ numa, hotplug }) => numa !== true && Array.isArray(hotplug) && hotplug.includes('memory'),
    'Plugging in memory needs nodes of memory.',
  ],
  [
    'hotplug',
    ({ hotplug, virtiofs, numaNodes, memory = '2GiB', hugepages, sockets = 1 }) =>
      Array.isArray(hotplug) &&
      hotplug.includes('memory') &&
      (virtiofs !== undefined || numaNodes !== undefined || bytesOf(memory) < leastMemory(hugepages, sockets)),
    'Plugging in memory goes neither with folders of the host nor with nodes that are laid out, and begins at 1 GiB.',
  ],
];

function hasPcie({ machine }: Props): boolean {
  return isPcieBoard(typeOf(machine));
}

function isOldGraphics(props: Props): boolean {
  const { hostPci, vga } = props;
  const isAlone = (typeof vga === 'string' ? vga : partOf(vga, 'type')) === 'none';
  const old = listOf(hostPci).filter(({ legacyIgd }) => legacyIgd === true);
  const isOdd = old.some(({ xVga, rombar, mdev }) => xVga === true || rombar === false || mdev !== undefined);
  return old.length > 0 && (hasPcie(props) || !isAlone || old.length > 1 || isOdd);
}

function hasNoSuchWidth({ machine }: Props): boolean {
  const [viommu, bits] = [partOf(machine, 'viommu'), partOf(machine, 'awBits')];
  return bits !== undefined && (viommu === undefined || (viommu === 'intel' && bits !== 39 && bits !== 48));
}

function hasHighUsb({ usb, ostype, machine }: Props): boolean {
  const highest = Math.max(-1, ...listOf(usb).map(({ number }, index) => Number(number ?? index)));
  return highest >= firstOfNewController && !hasNewUsb(String(ostype), typeOf(machine));
}

function isHalfPlaced({ numaNodes, hugepages }: Props): boolean {
  return listOf(numaNodes).some(({ hostNodes, policy }) =>
    hostNodes === undefined ? hugepages !== undefined : policy === undefined,
  );
}

function leastMemory(hugepages: Literal | undefined, sockets: Literal): number {
  return Size.gib(1).toBytes() * (hugepages === '1024' ? Number(sockets) : 1);
}

function hasNoPort({ vga, serial }: Props): boolean {
  const type = typeof vga === 'string' ? vga : partOf(vga, 'type');
  const port = /^serial(\d)$/.exec(typeof type === 'string' ? type : '')?.[1];
  return port !== undefined && !(Array.isArray(serial) && Number(port) < serial.length);
}

function isWhole(nodes: readonly LiteralRecord[], memory: Literal = '2GiB'): boolean {
  const sum = nodes.reduce((total, node) => total + bytesOf(node['memory'] ?? '0MiB'), 0);
  return nodes.length <= 8 && sum === bytesOf(memory);
}

/** Of what may be said by its type alone. */
function typeOf(literal: Literal | undefined): string | undefined {
  const type = typeof literal === 'string' ? literal : partOf(literal, 'type');
  return typeof type === 'string' ? type : undefined;
}

function partOf(literal: Literal | undefined, name: string): Literal | undefined {
  return typeof literal === 'object' && !Array.isArray(literal) ? (literal as LiteralRecord)[name] : undefined;
}

function listOf(literal: Literal | undefined): readonly LiteralRecord[] {
  return Array.isArray(literal) ? (literal as readonly LiteralRecord[]) : [];
}

function bytesOf(literal: Literal | undefined): number {
  return typeof literal === 'string' ? Size.parse(literal).toBytes() : 0;
}
