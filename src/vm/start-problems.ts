import type { Problem } from '../base/errors.js';
import { Size } from '../base/units.js';
import { is32BitCpu } from '../format/qemu-cpus.js';
import { firstOfNewController, hasNewUsb, isPcieBoard } from '../format/qemu-properties.js';
import { keyNumbers, overriddenNumbers } from '../guest/key-numbers.js';
import type { VmSpec } from './spec.js';

type Rule = (spec: VmSpec, path: string) => readonly (Problem | false | undefined)[];

/** What Proxmox keeps in the config, and refuses when the machine starts. */
export function startProblems(spec: VmSpec, path: string): Problem[] {
  return rules.flatMap((rule) => rule(spec, path)).filter((found) => typeof found === 'object');
}

const rules: readonly Rule[] = [firmware, memoryHotplug, hostNodes, usbNumbers, folders, oldGraphics, ideDrives];

function firmware({ bios, cpu, arch }: VmSpec, path: string): ReturnType<Rule> {
  return [
    bios === 'ovmf' &&
      arch !== 'aarch64' &&
      is32BitCpu(cpu?.type) && {
        code: 'vm/cpu-bits',
        message: `${path} boots by UEFI, and its processor ${cpu?.type} is one of 32 bits`,
        path,
        value: cpu?.type ?? null,
        fix: "use a processor of 64 bits, or leave out `bios: 'ovmf'`",
      },
  ];
}

/** What is there before any memory is plugged in, for each socket if pages are of 1 GiB. */
const staticMemory = Size.gib(1).toBytes();

function memoryHotplug(spec: VmSpec, path: string): ReturnType<Rule> {
  const { hotplug = [], numaNodes = [], virtiofs = [], memoryBytes, hugepages, sockets = 1 } = spec;
  if (!hotplug.includes('memory')) {
    return [];
  }
  const least = staticMemory * (hugepages === '1024' ? sockets : 1);
  const against = [
    ...(virtiofs.length > 0 ? ['`virtiofs`'] : []),
    ...(numaNodes.length > 0 ? ['`numaNodes`'] : []),
    ...(memoryBytes < least ? [`less than ${Size.bytes(least)} of memory`] : []),
  ];
  return against.map((what) => ({
    code: 'vm/memory-hotplug',
    message: `plugging memory into ${path} does not go with ${what}`,
    path,
    value: 'memory',
    fix: "take 'memory' out of `hotplug`, or change the other",
  }));
}

function hostNodes({ numaNodes = [], hugepages }: VmSpec, path: string): ReturnType<Rule> {
  return numaNodes.flatMap((node, index) => [
    node.hostNodes !== undefined &&
      node.policy === undefined && {
        code: 'vm/numa-nodes',
        message: `node ${index} of ${path} lies on nodes ${node.hostNodes} of the host, and nothing says how memory is taken from them`,
        path,
        value: node.hostNodes,
        fix: "give the node its `policy`: 'bind' for these nodes and no others",
      },
    node.hostNodes === undefined &&
      hugepages !== undefined && {
        code: 'vm/numa-nodes',
        message: `node ${index} of ${path} has large pages, and nothing says from which node of the host`,
        path,
        value: index,
        fix: 'give the node its `hostNodes` and `policy`',
      },
  ]);
}

function usbNumbers(spec: VmSpec, path: string): ReturnType<Rule> {
  const { usb = [], ostype = 'other', machine } = spec;
  const numbers = keyNumbers(
    usb.map(({ number }) => number),
    overriddenNumbers('usb', spec),
  );
  const highest = Math.max(-1, ...numbers);
  return [
    highest >= firstOfNewController &&
      !hasNewUsb(ostype, machine?.type) && {
        code: 'vm/usb-number',
        message: `usb${highest} of ${path} needs a system and a board that know the controller of USB 3, and they are ${ostype} and ${machine?.type ?? 'pc'}`,
        path,
        value: highest,
        fix: "give at most 5 devices, under numbers up to 4, or `ostype: 'l26'` or a Windows from win8 on and a board since 7.1",
      },
  ];
}

function folders({ virtiofs = [], ostype = 'other' }: VmSpec, path: string): ReturnType<Rule> {
  return virtiofs.map(
    ({ mapping, exposeAcl }) =>
      exposeAcl === true &&
      /^w/.test(ostype) && {
        code: 'vm/virtiofs-acl',
        message: `Windows in ${path} cannot mount ${mapping} with its access control lists`,
        path,
        value: mapping,
        fix: 'leave out `exposeAcl`',
      },
  );
}

function oldGraphics({ hostPci }: VmSpec, path: string): ReturnType<Rule> {
  const old = hostPci.filter(({ legacyIgd }) => legacyIgd === true);
  const against = [
    ...(old.length > 1 ? ['a second such device'] : []),
    ...(old.some(({ xVga }) => xVga === true) ? ['`xVga`'] : []),
    ...(old.some(({ rombar }) => rombar === false) ? ['`rombar: false`'] : []),
    ...(old.some(({ mdev }) => mdev !== undefined) ? ['`mdev`'] : []),
  ];
  return against.map((what) => ({
    code: 'vm/legacy-igd',
    message: `graphics of Intel in the old mode in ${path} do not go with ${what}`,
    path,
    value: what,
    fix: 'leave one of them out',
  }));
}

/** QEMU itself ends: the boards of this architecture have no such bus. */
function ideDrives({ arch, machine, volumes, cdroms }: VmSpec, path: string): ReturnType<Rule> {
  const isVirt = arch === 'aarch64' && (machine?.type === undefined || isPcieBoard(machine.type));
  return [...volumes, ...cdroms].map(
    ({ key }) =>
      isVirt &&
      key.startsWith('ide') && {
        code: 'vm/no-ide',
        message: `${key} of ${path} is an IDE drive, and a machine of aarch64 has no such bus`,
        path,
        value: key,
        fix: "use a key such as scsi1; the drive for cloud-init has it by `cloudInit: { key: 'scsi1' }`",
      },
  );
}
