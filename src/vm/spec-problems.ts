import { collectProblems, type Problem } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import { Size } from '../base/units.js';
import { isPcieBoard } from '../format/qemu-properties.js';
import { keyNumbers, overriddenNumbers } from '../guest/key-numbers.js';
import { vmConfigKeys, vmLastKeys } from './conf-keys.js';
import { smbiosText } from './device-texts.js';
import type { VmSpec } from './spec.js';
import { startProblems } from './start-problems.js';

/** What Proxmox or QEMU would refuse of a machine whose keys are each right by themselves. */
export function specProblems(spec: VmSpec, path: string): Problem[] {
  return [
    ...bootProblems(spec, path),
    ...boardProblems(spec, path),
    ...processorProblems(spec, path),
    ...memoryProblems(spec, path),
    ...deviceProblems(spec, path),
    ...smbiosProblems(spec, path),
    ...startProblems(spec, path),
    ...overridesProblems(spec, path),
  ];
}

function bootProblems(spec: VmSpec, path: string): Problem[] {
  const devices = [
    ...spec.volumes.map(({ key }) => key),
    ...spec.cdroms.map(({ key }) => key),
    ...spec.nics.map(({ number }) => `net${number}`),
    ...numberedKeys(spec, 'hostpci', spec.hostPci),
    ...numberedKeys(spec, 'usb', spec.usb ?? []),
  ];
  return (spec.boot ?? [])
    .filter((key) => !devices.includes(key))
    .map((key) => ({
      code: 'vm/boot-device',
      message: `${path} boots from ${key}, which it does not have`,
      path,
      value: key,
      fix: `name one of ${devices.join(', ') || 'its devices; it has none yet'}${nearest(key, devices) === undefined ? '' : `; did you mean ${nearest(key, devices)}?`}`,
    }));
}

function numberedKeys(
  spec: VmSpec,
  stem: string,
  devices: readonly { readonly number?: number | undefined }[],
): string[] {
  const numbers = keyNumbers(
    devices.map(({ number }) => number),
    overriddenNumbers(stem, spec),
  );
  return numbers.map((number) => `${stem}${number}`);
}

function boardProblems({ machine, hostPci, vga }: VmSpec, path: string): Problem[] {
  const isPcie = isPcieBoard(machine?.type);
  const problems: Problem[] = [];
  if (!isPcie && hostPci.some(({ pcie }) => pcie === true)) {
    problems.push(
      problem('vm/needs-q35', `a device of ${path} is PCIe, which its board is not`, path, "give `machine: 'q35'`"),
    );
  }
  if (!isPcie && machine?.viommu === 'intel') {
    problems.push(
      problem(
        'vm/needs-q35',
        `the IOMMU of Intel in ${path} needs a board with PCIe`,
        path,
        "give `machine.type: 'q35'`",
      ),
    );
  }
  problems.push(...addressWidth(machine, path));
  if (hostPci.some(({ legacyIgd }) => legacyIgd === true) && (isPcie || vga?.type !== 'none')) {
    problems.push(
      problem(
        'vm/legacy-igd',
        `graphics of Intel in the old mode need the board pc and no other display in ${path}`,
        path,
        "give `machine: 'pc'` and `vga: 'none'`",
      ),
    );
  }
  return problems;
}

function addressWidth(machine: VmSpec['machine'], path: string): Problem[] {
  const { viommu, awBits } = machine ?? {};
  const isRefused =
    awBits !== undefined && (viommu === undefined || (viommu === 'intel' && ![39, 48].includes(awBits)));
  return isRefused
    ? [
        {
          code: 'vm/viommu-bits',
          message: `the IOMMU within ${path} ${viommu === undefined ? 'is not there, and has no' : `is Intel's, and does not have ${awBits}`} bits of addresses`,
          path,
          value: awBits,
          fix:
            viommu === undefined ? 'give `machine.viommu`, or leave out `awBits`' : 'give `awBits: 39` or `awBits: 48`',
        },
      ]
    : [];
}

function processorProblems(spec: VmSpec, path: string): Problem[] {
  const { cores = 1, sockets = 1, vcpus, amdSev, intelTdx, bios } = spec;
  const problems: Problem[] = [];
  if (vcpus !== undefined && vcpus > cores * sockets) {
    problems.push({
      code: 'vm/vcpus',
      message: `${path} has ${vcpus} processors plugged in, and room for ${cores * sockets}`,
      path,
      value: vcpus,
      fix: 'raise `cores` or `sockets`, or lower `vcpus`',
    });
  }
  if (amdSev !== undefined && intelTdx !== undefined) {
    problems.push(
      problem('vm/encryption', `${path} has memory encrypted by AMD and by Intel`, path, 'keep `amdSev` or `intelTdx`'),
    );
  }
  if ((amdSev !== undefined || intelTdx !== undefined) && bios !== 'ovmf') {
    problems.push(problem('vm/encryption', `encrypted memory of ${path} needs UEFI`, path, "give `bios: 'ovmf'`"));
  }
  // one that is there already is looked past
  const isMade =
    spec.source.from !== 'adopted' && spec.volumes.some(({ key, cloned }) => key === 'efidisk0' && !cloned);
  if ((amdSev?.type === 'snp' || intelTdx !== undefined) && isMade) {
    problems.push(
      problem(
        'vm/encryption',
        `the firmware for encrypted memory of ${path} keeps no settings, and has no disk for them`,
        path,
        'leave out `efi`',
      ),
    );
  }
  return problems;
}

function memoryProblems(spec: VmSpec, path: string): Problem[] {
  const { balloon = 0, memoryBytes, numa, numaNodes, hotplug = [], hugepages } = spec;
  const problems: Problem[] = [];
  if (balloon > memoryBytes) {
    problems.push({
      code: 'vm/balloon',
      message: `${path} keeps at least ${Size.bytes(balloon)} of its ${Size.bytes(memoryBytes)} of memory`,
      path,
      value: balloon,
      fix: 'give `balloon` no more than `memory`',
    });
  }
  if (numa !== true && (hotplug.includes('memory') || hugepages !== undefined || numaNodes !== undefined)) {
    const what = hugepages !== undefined ? 'large pages' : hotplug.includes('memory') ? 'plugging in memory' : 'nodes';
    problems.push(problem('vm/needs-numa', `${what} in ${path} need nodes of memory`, path, 'give `numa: true`'));
  }
  const sum = (numaNodes ?? []).reduce((total, node) => total + (node.memory ?? 0), 0);
  if (numaNodes !== undefined && numaNodes.length > 0 && (sum !== memoryBytes || numaNodes.length > 8)) {
    problems.push({
      code: 'vm/numa-nodes',
      message: `the ${numaNodes.length} nodes of ${path} have ${Size.bytes(sum)} of memory, the machine ${Size.bytes(memoryBytes)}`,
      path,
      value: sum,
      fix: 'give each of at most 8 nodes its `memory`, together as much as the machine has',
    });
  }
  return problems;
}

function deviceProblems(spec: VmSpec, path: string): Problem[] {
  const { hostPci, usb = [], virtiofs = [], serial = [], parallel = [], vga } = spec;
  const problems: Problem[] = [];
  for (const [what, named] of [
    ['hostPci', hostPci.map(({ pci, mapping }) => [pci, mapping])],
    ['usb', usb.map(({ host, mapping }) => [host, mapping])],
  ] as const) {
    if (named.some((names) => names.filter((name) => name !== undefined).length !== 1)) {
      problems.push({
        code: 'vm/device-source',
        message: `a device in \`${what}\` of ${path} is named twice or not at all`,
        path,
        value: what,
        fix: `give each ${what === 'usb' ? '`host`' : '`pci`'} or \`mapping\``,
      });
    }
  }
  const counts = { hostPci: [hostPci, 16], usb: [usb, 14], virtiofs: [virtiofs, 10], serial: [serial, 4] } as const;
  for (const [what, [given, most]] of Object.entries({ ...counts, parallel: [parallel, 3] as const })) {
    if (given.length > most) {
      problems.push({
        code: 'vm/too-many',
        message: `${path} has ${given.length} of \`${what}\`, Proxmox takes ${most}`,
        path,
        value: given.length,
        fix: 'give it fewer',
      });
    }
  }
  const port = /^serial(\d)$/.exec(vga?.type ?? '')?.[1];
  if (port !== undefined && serial[Number(port)] === undefined) {
    problems.push({
      code: 'vm/no-serial',
      message: `${path} shows serial port ${port}, which it does not have`,
      path,
      value: vga?.type ?? null,
      fix: "give `serial: ['socket']`",
    });
  }
  return problems;
}

/** What overrides make of the config, tried here so that every check may read it. */
function overridesProblems(spec: VmSpec, path: string): Problem[] {
  const problems =
    spec.overrides.length === 0 ? [] : collectProblems([() => void vmConfigKeys(spec), () => void vmLastKeys(spec)]);
  return problems.map((problem) => ({ ...problem, path }));
}

const smbiosLimit = 512;

function smbiosProblems(spec: VmSpec, path: string): Problem[] {
  const { length } = smbiosText(spec);
  return length <= smbiosLimit
    ? []
    : [
        {
          code: 'vm/smbios-length',
          message: `\`smbios\` of ${path} comes to ${length} characters, encoded and with its keys, and Proxmox takes ${smbiosLimit}`,
          path,
          value: length,
          fix: 'shorten its texts: each three characters take four',
        },
      ];
}

function problem(code: string, message: string, path: string, fix: string): Problem {
  return { code, message, path, fix };
}
