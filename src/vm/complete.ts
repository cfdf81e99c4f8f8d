import { collectProblems, PhoenixError, type Problem } from '../base/errors.js';
import { sha256, stableJson } from '../base/stable.js';
import { Size } from '../base/units.js';
import type { Completion } from '../core/resource.js';
import type { Permission } from '../firewall/connections.js';
import { guestFirewall } from '../firewall/guest-firewall.js';
import { clusterEntriesNeed } from '../firewall/plan.js';
import { isPcieBoard } from '../format/qemu-properties.js';
import type { GuestOverride } from '../guest/guest.js';
import { defaultHostname } from '../guest/hostname.js';
import type { NicGrants } from '../guest/nic-grants.js';
import { guestIdentity } from '../guest/owner.js';
import type { PveNode } from '../host/pve-node.js';
import { bridgesOf } from '../network/nic-rules.js';
import type { Subnet } from '../network/subnet.js';
import { imageIdentity, storageIdentity } from '../storage/plan.js';
import { vmDocuments, withoutDocuments } from './cloud-init.js';
import { volumesOf } from './disks.js';
import { vmNics } from './nics.js';
import { passedDevices } from './passed-devices.js';
import { isVmCloneSource, type VmCloneSource } from './roles.js';
import type { VmValues } from './schema.js';
import { unchangedKeys, type VmHostPciSpec, type VmSource, type VmSpec, type VmVolume } from './spec.js';
import { specProblems } from './spec-problems.js';

/** All that a machine knows of itself when its values are merged and allocated. */
export interface VmParts {
  readonly path: string;
  readonly template: boolean;
  readonly vmid: number;
  readonly values: VmValues;
  readonly node: PveNode;
  readonly subnetOf: (network: string | undefined) => Subnet | undefined;
  readonly grants: NicGrants;
  readonly permissions: readonly Permission[];
  readonly overrides: readonly GuestOverride[];
  readonly startAfter: readonly string[];
}

/** The complete spec. Throws with everything that does not go together. */
export function completeVm(parts: VmParts, completion: Completion): VmSpec {
  const { values, path, node } = parts;
  refuse(originProblems(values, path));
  const source = templateOf(parts, completion);
  const template = source === undefined ? undefined : completion.specOf(source);
  const isAdopted = values.from === 'adopted';
  const scsiController = values.scsiController ?? (isAdopted ? undefined : 'virtio-scsi-single');
  const { volumes, problems } = volumesOf({ path, values, template, scsiController });
  const nics = vmNics(values, parts.subnetOf, parts.grants, path);
  const hostPci = parts.template ? [] : hostPciOf(values, node, isAdopted);
  const spec: VmSpec = {
    ...hardwareOf(values),
    cloudInit: parts.template ? withoutDocuments(values.cloudInit) : values.cloudInit,
    vmid: parts.vmid,
    template: parts.template,
    pveVersion: node.pveVersion,
    hostname: values.hostname ?? defaultHostname(values.renamedFrom ?? path),
    source: sourceOf(values, source, template),
    ostype: values.ostype ?? (isAdopted ? undefined : 'l26'),
    scsiController,
    numa: values.numa ?? (values.numaNodes === undefined || isAdopted ? undefined : true),
    memoryBytes: values.memory,
    volumes,
    cdroms: values.cdroms,
    boot: values.boot ?? (isAdopted ? undefined : bootOrder(volumes, values, nics)),
    nics,
    nameservers: values.nameservers ?? parts.subnetOf(values.network)?.dns ?? [],
    hostPci,
    gpus: [],
    onboot: !parts.template && values.onboot,
    startup: parts.template ? undefined : values.startup,
    protection: !parts.template && values.protection,
    removalPolicy: values.removalPolicy,
    tags: [...new Set(values.tags)].sort(),
    firewall:
      values.firewall === undefined
        ? undefined
        : guestFirewall(values.firewall, parts.permissions, clusterEntriesNeed(completion, parts.node), nics),
    documents: undefined,
    overrides: parts.overrides,
    started: !parts.template && (values.started ?? !isAdopted),
    needs: [],
    startAfter: parts.startAfter,
  };
  let documents: VmSpec['documents'];
  const ofDocuments = collectProblems([
    () => {
      documents = vmDocuments(spec, path);
    },
  ]);
  refuse([...problems, ...specProblems(spec, path), ...cloneProblems(spec, template, path), ...ofDocuments]);
  return { ...spec, gpus: gpusOf(spec, node), documents, needs: needsOf({ ...spec, documents }, node, completion) };
}

/** Digest of all that is on a template's disks: clones remember it, and so know when their template has changed. */
export function vmTemplateDigest({ source, volumes, cloudInit }: VmSpec): string {
  const disks = volumes.map(({ key, filled, bytes }) => ({ key, filled: filled ?? null, bytes }));
  return sha256(stableJson({ source, disks, cloudInit: cloudInit ?? null }));
}

/** What stands in the spec as it stands in the values. */
function hardwareOf(values: VmValues): Pick<VmSpec, (typeof unchangedKeys)[number]> {
  return Object.fromEntries(unchangedKeys.map((key) => [key, values[key]]));
}

function templateOf({ values, path }: VmParts, completion: Completion): VmCloneSource | undefined {
  const found = values.cloneFrom === undefined ? undefined : completion.at(values.cloneFrom);
  if (values.cloneFrom !== undefined && !isVmCloneSource(found)) {
    throw new PhoenixError({
      code: 'reference/dangling',
      message: `there is no machine template ${values.cloneFrom}`,
      path,
      value: values.cloneFrom,
      fix: 'pass a VmTemplate',
    });
  }
  return isVmCloneSource(found) ? found : undefined;
}

function sourceOf(values: VmValues, source: VmCloneSource | undefined, template: VmSpec | undefined): VmSource {
  if (source !== undefined && template !== undefined) {
    return { from: 'clone', vmid: source.vmid, mode: values.cloneMode, digest: vmTemplateDigest(template) };
  }
  return values.from === 'adopted' ? { from: 'adopted' } : { from: 'nothing' };
}

/** The disk, the first optical drive and the first network device, as far as there are such. */
function bootOrder(volumes: readonly VmVolume[], { cdroms }: VmValues, nics: VmSpec['nics']): string[] | undefined {
  const disk = volumes.find(({ key, filled }) => filled !== 'cloudinit' && /^(scsi|virtio|sata|ide)\d+$/.test(key));
  const order = [disk?.key, cdroms[0]?.key, nics[0] === undefined ? undefined : `net${nics[0].number}`];
  const known = order.filter((key) => key !== undefined);
  return known.length === 0 ? undefined : known;
}

/** Devices given by address or mapping, and cards. Cards go whole, with the sound device that is part of them. */
function hostPciOf(values: VmValues, node: PveNode, isAdopted: boolean): VmHostPciSpec[] {
  const isQ35 = isPcieBoard(values.machine?.type);
  const pcie = isQ35 && !isAdopted ? { pcie: true } : {};
  const cards = (values.gpus ?? []).map((index) => ({ pci: node.gpu(index).pci.replace(/\.\d$/, '') }));
  return [...(values.hostPci ?? []), ...cards].map((device) => ({ ...pcie, ...device }));
}

function gpusOf(spec: VmSpec, node: PveNode): number[] {
  const addresses = new Set(passedDevices(spec).flatMap(({ pci = '' }) => pci.split(';').map(slotOf)));
  return node.gpus.filter(({ pci }) => addresses.has(slotOf(pci))).map(({ index }) => index);
}

/** A device without its function, and with its domain. */
function slotOf(pci: string): string {
  const slot = pci.replace(/\.[0-9a-f]$/, '');
  return slot.split(':').length === 2 ? `0000:${slot}` : slot;
}

function needsOf(spec: VmSpec, node: PveNode, completion: Completion): string[] {
  const needs = new Set(spec.volumes.map(({ storage }) => storageIdentity(storage)));
  bridgesOf(node, spec.nics, completion).forEach((identity) => needs.add(identity));
  if (spec.source.from === 'clone') {
    needs.add(guestIdentity(spec.source.vmid));
  }
  for (const { filled } of spec.volumes) {
    if (typeof filled === 'object') {
      needs.add(imageIdentity(filled.import));
    }
  }
  const snippets = [spec.hookscript, ...Object.values(spec.cloudInit?.custom ?? {})];
  const perhaps = [
    ...snippets.flatMap((volume) => (volume === undefined ? [] : [storageIdentity(volume.split(':', 1)[0] ?? '')])),
    ...(spec.documents === undefined ? [] : [storageIdentity(spec.documents.storage)]),
    ...spec.cdroms.map(({ iso }) => imageIdentity(iso)),
    ...spec.hostPci.flatMap(({ mapping }) => (mapping === undefined ? [] : [`mapping/pci/${mapping}`])),
    ...(spec.usb ?? []).flatMap(({ mapping }) => (mapping === undefined ? [] : [`mapping/usb/${mapping}`])),
    ...(spec.virtiofs ?? []).map(({ mapping }) => `mapping/dir/${mapping}`),
  ];
  perhaps.filter((identity) => completion.has(node, identity)).forEach((identity) => needs.add(identity));
  return [...needs].sort();
}

function originProblems({ cloneFrom, image, from }: VmValues, path: string): Problem[] {
  const given = Object.entries({ cloneFrom, image, from }).filter(([, value]) => value !== undefined);
  return given.length < 2
    ? []
    : [
        {
          code: 'vm/two-sources',
          message: `${path} has ${given.map(([key]) => `\`${key}\``).join(' and ')}, and a disk has one origin`,
          path,
          fix: 'keep one of them',
        },
      ];
}

function cloneProblems(spec: VmSpec, template: VmSpec | undefined, path: string): Problem[] {
  const inherited = new Map(template?.volumes.map((volume) => [volume.key, volume]));
  const isLinked = spec.source.from === 'clone' && spec.source.mode === 'linked';
  const storages = new Set(spec.volumes.filter(({ cloned }) => cloned).map(({ storage }) => storage));
  const problems: Problem[] = [];
  for (const { key, bytes, storage } of spec.volumes) {
    const before = inherited.get(key);
    if (before !== undefined && before.bytes > bytes) {
      problems.push({
        code: 'vm/disk-shrinks',
        message: `${key} is ${Size.bytes(bytes)}, smaller than its template's ${Size.bytes(before.bytes)}`,
        path,
        value: bytes,
        fix: `a disk never shrinks: give ${Size.bytes(before.bytes)} or more`,
      });
    }
    if (before !== undefined && isLinked && before.storage !== storage) {
      problems.push({
        code: 'vm/linked-clone-storage',
        message: `${key} of a linked clone lies on its template's storage ${before.storage}, not on ${storage}`,
        path,
        value: storage,
        fix: "use the template's storage, or cloneMode: 'full'",
      });
    }
  }
  if (template !== undefined && !isLinked && storages.size > 1) {
    problems.push({
      code: 'vm/full-clone-storage',
      message: `a full clone puts all disks of the template on one storage, not on ${[...storages].sort().join(' and ')}`,
      path,
      value: [...storages].sort(),
      fix: 'give all disks of the template one storage, `efi`, `tpm` and `cloudInit` too',
    });
  }
  return problems;
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
}
