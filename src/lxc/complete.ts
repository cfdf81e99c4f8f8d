import { PhoenixError, type Problem } from '../base/errors.js';
import { sha256, stableJson } from '../base/stable.js';
import { Size } from '../base/units.js';
import type { Completion } from '../core/resource.js';
import type { Permission } from '../firewall/connections.js';
import { type GuestFirewallSpec, guestFirewall } from '../firewall/guest-firewall.js';
import { clusterEntriesNeed } from '../firewall/plan.js';
import type { GuestOverride } from '../guest/guest.js';
import { defaultHostname } from '../guest/hostname.js';
import type { NicGrants } from '../guest/nic-grants.js';
import { guestIdentity } from '../guest/owner.js';
import type { PveNode } from '../host/pve-node.js';
import { renderContent } from '../model/content.js';
import { bridgesOf } from '../network/nic-rules.js';
import type { Subnet } from '../network/subnet.js';
import { osTemplateIdentity, storageIdentity } from '../storage/plan.js';
import { driverIdentity, gpuDevices } from './gpu-devices.js';
import { heldCards } from './held-cards.js';
import { idMapProblems, idRanges } from './id-map.js';
import { firstNic, furtherNics, nicProblems } from './nics.js';
import { type CloneSource, isCloneSource } from './roles.js';
import type { LxcValues } from './schema.js';
import type {
  LxcBind,
  LxcDevice,
  LxcDiskOptions,
  LxcFile,
  LxcNic,
  LxcService,
  LxcSource,
  LxcSpec,
  LxcVolume,
} from './spec.js';
import { specProblems } from './spec-problems.js';

/** All that a container knows of itself when its values are merged and allocated. */
export interface LxcParts {
  readonly path: string;
  readonly template: boolean;
  readonly vmid: number;
  readonly values: LxcValues;
  readonly node: PveNode;
  readonly subnetOf: (network: string | undefined) => Subnet | undefined;
  readonly grants: NicGrants;
  readonly permissions: readonly Permission[];
  readonly services: readonly LxcService[];
  readonly raw: readonly { readonly key: string; readonly value: string }[];
  readonly overrides: readonly GuestOverride[];
  readonly startAfter: readonly string[];
}

/** The complete spec. Throws with everything that does not go together. */
export function completeLxc(parts: LxcParts, completion: Completion): LxcSpec {
  const { values, path } = parts;
  const template = templateOf(parts, completion);
  const templateSpec = template === undefined ? undefined : completion.specOf(template);
  const binds = bindsOf(values);
  const volumes = volumesOf(values);
  const subnet = parts.subnetOf(values.network);
  const nic = firstNic(values, subnet, parts.grants.first);
  const nics = furtherNics(values, parts.subnetOf, parts.grants.others, path);
  const allNics = nic === undefined ? nics : [nic, ...nics];
  const spec: LxcSpec = {
    vmid: parts.vmid,
    template: parts.template,
    pveVersion: parts.node.pveVersion,
    hostname: values.hostname ?? defaultHostname(values.renamedFrom ?? path),
    source: sourceOf(parts, template, templateSpec),

    rootfs: rootfsOf(values),
    arch: values.arch,
    cores: values.cores,
    cpulimit: values.cpulimit,
    cpuunits: values.cpuunits,
    memoryBytes: values.memory,
    swapBytes: values.swap,
    gpus: values.gpus ?? [],
    gpuMode: values.gpuMode,
    devices: devicesOf(parts),
    binds,
    volumes,

    nic,
    nics,
    nameservers: values.nameservers ?? subnet?.dns ?? [],
    searchDomain: values.searchDomain,
    firewall: firewallOf(values, parts.permissions, clusterEntriesNeed(completion, parts.node)),

    unprivileged: values.unprivileged,
    idMap: idRanges(values.idMap),
    ostype: values.ostype,
    features: values.features ?? {},
    console: values.console,
    consoleMode: values.consoleMode,
    tty: values.tty,
    hookscript: values.hookscript,
    debug: values.debug,
    entrypoint: values.entrypoint,
    env: values.env ?? {},
    timezone: values.timezone,
    raw: parts.raw,
    overrides: parts.overrides,
    files: values.files.map(fileOf),
    scripts: values.provision,
    services: parts.services,

    // templates are nothing to the host
    onboot: !parts.template && values.onboot,
    startup: parts.template ? undefined : values.startup,
    protection: !parts.template && values.protection,
    removalPolicy: values.removalPolicy,
    tags: [...new Set(values.tags)].sort(),
    // whether somebody else's guest runs is theirs to say until the program says it
    started: values.started ?? !isAdopted(values),
    startAfter: parts.startAfter,
    needs: needsOf(parts, completion, templateSpec, binds, volumes, allNics),
  };
  refuse([
    ...emptyMounts(values, path),
    ...nicProblems(allNics, values, path),
    ...specProblems(spec, path),
    ...idMapProblems(spec, path),
    ...cloneProblems(spec, templateSpec, path),
  ]);
  return { ...spec, gpus: heldCards(spec, parts.node) };
}

function rootfsOf({ rootfs }: LxcValues): LxcSpec['rootfs'] {
  return {
    ...diskOptionsOf(rootfs),
    storage: rootfs.storage,
    bytes: rootfs.size,
    readOnly: rootfs.readOnly,
    mountOptions: rootfs.mountOptions ?? [],
  };
}

function devicesOf({ values, node }: LxcParts): LxcDevice[] {
  const cards = gpuDevices((values.gpus ?? []).map((index) => node.gpu(index)));
  // 0666 because the service inside runs as a user of its own, and a card's files are for everybody on the host too
  return [...cards.map((file) => ({ path: file, mode: '0666' })), ...values.devices];
}

/** Digest of all that is on a template's disk: clones remember it, and so know when their template has changed. */
export function templateDigest(spec: LxcSpec): string {
  const known = templateDigests.get(spec);
  if (known !== undefined) {
    return known;
  }
  const { source, unprivileged, ostype, arch, files, scripts, services } = spec;
  const digest = sha256(stableJson({ source, unprivileged, ostype: ostype ?? null, arch, files, scripts, services }));
  templateDigests.set(spec, digest);
  return digest;
}

/** Each clone asks again. */
const templateDigests = new WeakMap<LxcSpec, string>();

function templateOf({ values, path }: LxcParts, completion: Completion): CloneSource | undefined {
  const found = values.cloneFrom === undefined ? undefined : completion.at(values.cloneFrom);
  if (values.cloneFrom !== undefined && !isCloneSource(found)) {
    throw new PhoenixError({
      code: 'reference/dangling',
      message: `there is no container template ${values.cloneFrom}`,
      path,
      value: values.cloneFrom,
      fix: 'pass an LxcTemplate',
    });
  }
  return isCloneSource(found) ? found : undefined;
}

function sourceOf(
  { values, path }: LxcParts,
  template: CloneSource | undefined,
  templateSpec: LxcSpec | undefined,
): LxcSource {
  if (template !== undefined && templateSpec !== undefined) {
    return { from: 'clone', vmid: template.vmid, mode: values.cloneMode, digest: templateDigest(templateSpec) };
  }
  if (values.from === undefined) {
    throw new PhoenixError({
      code: 'lxc/no-source',
      message: `nothing says what the root disk of ${path} is made from`,
      path,
      fix: 'give `cloneFrom` with a template, or `from` with an archive',
    });
  }
  if (isAdopted(values)) {
    return { from: 'adopted' };
  }
  return { from: 'archive', volume: values.from, identity: osTemplateIdentity(values.from) };
}

/** Whether the container exists and was made by somebody else. No archive has such a name: volume ids hold a colon. */
function isAdopted({ from }: LxcValues): boolean {
  return from === 'adopted';
}

function bindsOf(values: LxcValues): LxcBind[] {
  return values.mounts.flatMap(({ source, target, readOnly, backup, ...rest }): LxcBind[] => {
    if (source === undefined) {
      return [];
    }
    if (typeof source === 'string') {
      return [{ target, path: source, mounted: undefined, readOnly, backup, ...diskOptionsOf(rest) }];
    }
    const { dataset, mountpoint, identity } = source;
    return [
      {
        target,
        path: source.path,
        mounted: { dataset, mountpoint, identity },
        readOnly,
        backup,
        ...diskOptionsOf(rest),
      },
    ];
  });
}

function volumesOf(values: LxcValues): LxcVolume[] {
  return values.mounts.flatMap(({ volume, target, readOnly, backup, ...rest }) =>
    volume === undefined
      ? []
      : [{ target, storage: volume.storage, bytes: volume.size, readOnly, backup, ...diskOptionsOf(rest) }],
  );
}

function diskOptionsOf(values: Omit<LxcDiskOptions, 'idmap'> & Pick<LxcValues['rootfs'], 'idmap'>): LxcDiskOptions {
  const { mountOptions = [], acl, quota, replicate, shared, keepAttributes, idmap, number } = values;
  return {
    mountOptions: mountOptions.length === 0 ? undefined : mountOptions,
    acl,
    quota,
    replicate,
    shared,
    keepAttributes,
    ...(number === undefined ? {} : { number }),
    idmap: typeof idmap === 'object' ? idmap.map(idMapText).join(';') : idmap,
  };
}

function idMapText({ type, container, disk, count }: { type: string; container: number; disk: number; count: number }) {
  return [type, container, disk, count].join(':');
}

function fileOf(file: LxcValues['files'][number]): LxcFile {
  const { text, secrets } = renderContent(file.content);
  const mode = file.mode ?? (secrets.length === 0 ? '0644' : '0600');
  return { target: file.target, text, secrets, mode, uid: file.uid, gid: file.gid };
}

function firewallOf(
  values: LxcValues,
  permissions: readonly Permission[],
  clusterEntries: readonly string[],
): GuestFirewallSpec | undefined {
  return values.firewall === undefined ? undefined : guestFirewall(values.firewall, permissions, clusterEntries);
}

function needsOf(
  parts: LxcParts,
  completion: Completion,
  templateSpec: LxcSpec | undefined,
  binds: readonly LxcBind[],
  volumes: readonly LxcVolume[],
  nics: readonly LxcNic[],
): string[] {
  const { values, node } = parts;
  const needs = new Set<string>([storageIdentity(values.rootfs.storage)]);
  if (templateSpec !== undefined) {
    needs.add(guestIdentity(templateSpec.vmid));
  } else if (values.from !== undefined && !isAdopted(values)) {
    needs.add(osTemplateIdentity(values.from));
  }
  volumes.forEach((volume) => needs.add(storageIdentity(volume.storage)));
  binds.forEach((bind) => bind.mounted === undefined || needs.add(bind.mounted.identity));
  bridgesOf(node, nics, completion).forEach((identity) => needs.add(identity));
  const driver = driverIdentity(node.hostName);
  if ((values.gpus ?? []).length > 0 && completion.has(node, driver)) {
    needs.add(driver);
  }
  const snippets =
    values.hookscript === undefined ? undefined : storageIdentity(values.hookscript.split(':', 1)[0] ?? '');
  if (snippets !== undefined && completion.has(node, snippets)) {
    needs.add(snippets);
  }
  return [...needs].sort();
}

function emptyMounts({ mounts }: LxcValues, path: string): Problem[] {
  return mounts
    .filter(({ source, volume }) => source === undefined && volume === undefined)
    .map(({ target }) => ({
      code: 'lxc/mount-empty',
      message: `nothing says what is mounted at ${target}`,
      path,
      value: target,
      fix: 'give `source` with a dataset, folder or path of the host, or `volume` with a disk of its own',
    }));
}

function cloneProblems(spec: LxcSpec, template: LxcSpec | undefined, path: string): Problem[] {
  if (template === undefined) {
    return [];
  }
  const problems: Problem[] = [];
  if (spec.rootfs.bytes < template.rootfs.bytes) {
    problems.push({
      code: 'lxc/disk-shrinks',
      message: `the root disk is ${Size.bytes(spec.rootfs.bytes)}, smaller than its template's ${Size.bytes(template.rootfs.bytes)}`,
      path,
      value: spec.rootfs.bytes,
      fix: `a disk never shrinks: give ${Size.bytes(template.rootfs.bytes)} or more`,
    });
  }
  if (
    spec.source.from === 'clone' &&
    spec.source.mode === 'linked' &&
    spec.rootfs.storage !== template.rootfs.storage
  ) {
    problems.push({
      code: 'lxc/linked-clone-storage',
      message: `a linked clone lies on its template's storage ${template.rootfs.storage}, not on ${spec.rootfs.storage}`,
      path,
      value: spec.rootfs.storage,
      fix: "use the template's storage, or cloneMode: 'full'",
    });
  }
  if (spec.unprivileged !== template.unprivileged) {
    problems.push({
      code: 'lxc/clone-privilege',
      message: `a clone is ${template.unprivileged ? 'unprivileged' : 'privileged'} like its template`,
      path,
      value: spec.unprivileged,
      fix: 'clone from a template of the other kind; the owners of all files on the disk differ',
    });
  }
  return problems;
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
}
