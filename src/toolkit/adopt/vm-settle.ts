import { Size } from '../../base/units.js';
import { isPcieBoard } from '../../format/qemu-properties.js';
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
  ['intelTdx', ({ bios }) => bios !== 'ovmf', 'Encrypted memory needs UEFI.'],
  [
    'numaNodes',
    ({ numa, numaNodes, memory }) => numa !== true || !isWhole(listOf(numaNodes), memory),
    'The nodes are not all memory of the machine.',
  ],
  ['hugepages', ({ numa }) => numa !== true, 'Large pages need nodes of memory.'],
  [
    'hotplug',
    ({ numa, hotplug }) => numa !== true && Array.isArray(hotplug) && hotplug.includes('memory'),
    'Plugging in memory needs nodes of memory.',
  ],
];

function hasPcie({ machine }: Props): boolean {
  const type = typeof machine === 'string' ? machine : partOf(machine, 'type');
  return isPcieBoard(typeof type === 'string' ? type : undefined);
}

function isOldGraphics(props: Props): boolean {
  const { hostPci, vga } = props;
  const isAlone = (typeof vga === 'string' ? vga : partOf(vga, 'type')) === 'none';
  return listOf(hostPci).some(({ legacyIgd }) => legacyIgd === true) && (hasPcie(props) || !isAlone);
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

function partOf(literal: Literal | undefined, name: string): Literal | undefined {
  return typeof literal === 'object' && !Array.isArray(literal) ? (literal as LiteralRecord)[name] : undefined;
}

function listOf(literal: Literal | undefined): readonly LiteralRecord[] {
  return Array.isArray(literal) ? (literal as readonly LiteralRecord[]) : [];
}

function bytesOf(literal: Literal | undefined): number {
  return typeof literal === 'string' ? Size.parse(literal).toBytes() : 0;
}
