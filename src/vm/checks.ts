import type { Check, Completed, World } from '../core/resource.js';
import { guestChecks } from '../guest/checks.js';
import { type GuestNics, nicChecks } from '../guest/nic-checks.js';
import type { Finding } from '../model/finding.js';
import type { ContentKind } from '../storage/schema.js';
import { Storage } from '../storage/storage.js';
import { cloudInitExtraCheck } from './cloud-init.js';
import { cpuCheck } from './cpu-check.js';
import { gpuPassthroughCheck } from './gpu-checks.js';
import { vmGpuFactsCheck } from './gpu-facts-check.js';
import { isVmResource } from './roles.js';
import type { VmSpec } from './spec.js';
import { vmVersionGateCheck } from './version-gates.js';

/** Rules over all machines of the app. */
export const vmChecks: readonly Check[] = [
  { name: 'vm/storage-content', test: storageContent },
  { name: 'vm/firmware', test: firmware },
  { name: 'vm/without-effect', test: withoutEffect },
  { name: 'vm/own-words', test: ownWords },
  { name: 'vm/console', test: console },
  cloudInitExtraCheck,
  cpuCheck,
  vmVersionGateCheck,
  gpuPassthroughCheck,
  vmGpuFactsCheck,
  ...nicChecks('machine', nicsOf),
  ...guestChecks,
];

function nicsOf(world: World): GuestNics[] {
  return world.of(isVmResource).map(({ path, spec, home }) => ({ path, host: home.host, nics: spec.nics }));
}

function* storageContent(world: World): Iterable<Finding> {
  const storages = new Map(
    world.of(Storage.isStorage).map((entry) => [storageKey(entry, entry.spec.storage), entry.spec]),
  );
  for (const entry of world.of(isVmResource)) {
    for (const [storage, content, what] of placesOf(entry.spec)) {
      const spec = storages.get(storageKey(entry, storage));
      if (spec !== undefined && !spec.imported && !spec.content.includes(content)) {
        yield {
          code: 'storage/content',
          severity: 'error',
          path: entry.path,
          message: `storage ${storage} takes ${spec.content.join(', ')}, but no ${what}`,
          value: storage,
          fix: `add \`${content}\` to the content of the storage, or use another storage`,
        };
      }
    }
  }
}

/** Storages that a machine makes use of, each with what has to be allowed there. */
function placesOf(spec: VmSpec): (readonly [storage: string, content: ContentKind, what: string])[] {
  const storageOf = (volume: string) => volume.split(':', 1)[0] ?? '';
  const snippets = [spec.hookscript, ...Object.values(spec.cloudInit?.custom ?? {})];
  return [
    ...[...new Set(spec.volumes.map(({ storage }) => storage))].map((it) => [it, 'images', 'disks'] as const),
    ...spec.cdroms
      .filter(({ iso }) => iso.includes(':'))
      .map(({ iso }) =>
        iso.includes(':iso/')
          ? ([storageOf(iso), 'iso', 'ISO images'] as const)
          : ([storageOf(iso), 'images', 'disks'] as const),
      ),
    ...snippets.flatMap((it) => (it === undefined ? [] : [[storageOf(it), 'snippets', 'snippets'] as const])),
  ];
}

function* firmware(world: World): Iterable<Finding> {
  for (const { path, spec } of world.of(isVmResource)) {
    const hasDisk = spec.volumes.some(({ key }) => key === 'efidisk0');
    if (spec.bios === 'ovmf' && !hasDisk) {
      yield {
        code: 'vm/no-efi-disk',
        severity: 'warning',
        path,
        message:
          'boots by UEFI without a disk for its settings: what is set there, boot entries too, is lost at every stop',
        fix: 'give `efi: { storage }`',
      };
    }
    if (spec.bios !== 'ovmf' && hasDisk && spec.source.from !== 'adopted') {
      yield {
        code: 'vm/without-effect',
        severity: 'warning',
        path,
        message: 'has a disk for the settings of UEFI, and does not boot by it',
        value: 'efi',
        fix: "give `bios: 'ovmf'`, or leave out `efi`",
      };
    }
  }
}

/** What Proxmox takes and QEMU never sees. */
function* withoutEffect(world: World): Iterable<Finding> {
  for (const { path, spec } of world.of(isVmResource)) {
    for (const nic of spec.nics.filter(({ model }) => model !== 'virtio')) {
      for (const key of (['mtu', 'queues', 'hostTunnel'] as const).filter((it) => nic[it] !== undefined)) {
        yield {
          code: 'vm/without-effect',
          severity: 'warning',
          path,
          message: `\`${key}\` of ${nic.name} is for cards of the model virtio, and this one is ${nic.model}`,
          value: key,
          fix: "leave it out, or use model 'virtio'",
        };
      }
    }
  }
}

function* ownWords(world: World): Iterable<Finding> {
  for (const { path, spec } of world.of(isVmResource)) {
    if (spec.args !== undefined) {
      yield {
        code: 'vm/own-words',
        severity: 'info',
        path,
        message: `QEMU is started with words of the program's own: ${spec.args}`,
        value: spec.args,
        fix: 'use a prop, if there is one; Proxmox checks none of these words, and they may not fit its next release',
      };
    }
  }
}

/** Many images for clouds write to the first serial port only, and some stop without one. */
function* console(world: World): Iterable<Finding> {
  for (const { path, spec } of world.of(isVmResource)) {
    const isCloudImage = spec.volumes.some(({ filled }) => typeof filled === 'object');
    if (isCloudImage && (spec.serial ?? []).length === 0) {
      yield {
        code: 'vm/no-serial-console',
        severity: 'info',
        path,
        message: 'is made from an image for clouds and has no serial port, which many of them show their console on',
        fix: "give `serial: ['socket']` and `vga: 'serial0'`",
      };
    }
  }
}

function storageKey(entry: Completed, name: string): string {
  return `${entry.home.host.node.path}\n${name}`;
}
