import { Size } from '../base/units.js';
import { qemuFormat, renderQemuValue } from '../format/qemu-properties.js';
import { applyOverrides } from '../guest/apply-overrides.js';
import { configTexts } from '../guest/config-texts.js';
import type { KeyRequirement } from '../model/step.js';
import { deviceTexts } from './device-texts.js';
import { vmImpactOf } from './impact.js';
import type { VmNic, VmSpec, VmVolume } from './spec.js';

/**
 * What the config of a machine has to hold, key by key, with the values that `qm` takes.
 *
 * Everything but `onboot` and `protection`, which are put in force last.
 */
export function vmConfigKeys(spec: VmSpec): KeyRequirement[] {
  const values = {
    ...plainKeys(spec),
    ...deviceTexts(spec),
    ...nicKeys(spec),
    ...cloudInitKeys(spec),
    ...cdromKeys(spec),
  };
  const keys = [
    ...Object.entries(values).map(([key, value]) => exact(spec, key, value)),
    ...spec.volumes.map((volume) => volumeKey(spec, volume)),
  ];
  return overridden(keys, spec, (key) => !setLast.has(key)).sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Keys that make the machine start by itself or keep it from being changed; set when it is ready. */
export function vmLastKeys(spec: VmSpec): KeyRequirement[] {
  const keys = [exact(spec, 'onboot', spec.onboot ? '1' : '0'), exact(spec, 'protection', spec.protection ? '1' : '0')];
  return overridden(keys, spec, (key) => setLast.has(key));
}

const setLast = new Set(['onboot', 'protection']);

function plainKeys(spec: VmSpec): Record<string, string> {
  const startup = configTexts(spec.startup ?? {});
  return configTexts({
    name: spec.hostname,
    memory: mib(spec.memoryBytes),
    balloon: spec.balloon === undefined ? undefined : mib(spec.balloon),
    shares: spec.shares,
    cores: spec.cores,
    sockets: spec.sockets,
    vcpus: spec.vcpus,
    cpulimit: spec.cpulimit,
    cpuunits: spec.cpuunits,
    affinity: spec.affinity,
    numa: spec.numa,
    hugepages: spec.hugepages,
    keephugepages: spec.keepHugepages,
    'allow-ksm': spec.allowKsm,
    arch: spec.arch,
    ostype: spec.ostype,
    bios: spec.bios,
    kvm: spec.kvm,
    acpi: spec.acpi,
    scsihw: spec.scsiController,
    boot: spec.boot === undefined || spec.boot.length === 0 ? undefined : `order=${spec.boot.join(';')}`,
    hotplug: spec.hotplug === undefined ? undefined : hotplugText(spec.hotplug),
    tablet: spec.tablet,
    keyboard: spec.keyboard,
    reboot: spec.reboot,
    freeze: spec.freeze,
    autostart: spec.autostart,
    localtime: spec.localtime,
    startdate: spec.startDate,
    tdf: spec.tdf,
    migrate_downtime: spec.migrateDowntime,
    migrate_speed: spec.migrateSpeed,
    vmstatestorage: spec.vmStateStorage,
    hookscript: spec.hookscript,
    args: spec.args,
    tags: spec.tags.length === 0 ? undefined : spec.tags.join(';'),
    startup: Object.keys(startup).length === 0 ? undefined : renderQemuValue('startup', startup),
  });
}

/** Nothing is plugged in: `0`; an empty value is none. */
function hotplugText(kinds: readonly string[]): string {
  return kinds.length === 0 ? '0' : [...new Set(kinds)].sort().join(',');
}

function nicKeys(spec: VmSpec): Record<string, string> {
  return Object.fromEntries(
    spec.nics.map((nic) => [`net${nic.number}`, renderQemuValue(`net${nic.number}`, nicParts(nic))]),
  );
}

function nicParts(nic: VmNic): Record<string, string> {
  return configTexts({
    model: nic.model,
    macaddr: nic.mac,
    bridge: nic.bridge,
    tag: nic.vlan,
    trunks: nic.trunks.length === 0 ? undefined : nic.trunks.join(';'),
    rate: nic.rate,
    mtu: nic.mtu,
    queues: nic.queues,
    firewall: nic.firewall || undefined,
    link_down: nic.linkDown,
    'host-tunnel': nic.hostTunnel,
  });
}

function cloudInitKeys(spec: VmSpec): Record<string, string> {
  const { cloudInit, nics, nameservers, searchDomain } = spec;
  if (cloudInit === undefined) {
    return {};
  }
  const { type, user, sshKeys = [], upgrade, custom = {} } = cloudInit;
  if (spec.documents !== undefined) {
    const own = Object.fromEntries(spec.documents.files.map(({ part, volume }) => [part, volume]));
    return configTexts({ citype: type, cicustom: renderQemuValue('cicustom', own) });
  }
  const documents = configTexts(custom);
  const addresses = nics.map((nic): [string, string] => [`ipconfig${nic.number}`, addressText(nic)]);
  return {
    ...configTexts({
      citype: type,
      ciuser: user,
      ciupgrade: upgrade,
      sshkeys:
        sshKeys.length === 0 ? undefined : encodeURIComponent(`${sshKeys.join('\n')}\n`).replace(/[!'()*]/g, percent),
      nameserver: nameservers.length === 0 ? undefined : nameservers.join(' '),
      searchdomain: searchDomain,
      cicustom: Object.keys(documents).length === 0 ? undefined : renderQemuValue('cicustom', documents),
    }),
    ...Object.fromEntries(addresses.filter(([, text]) => text !== '')),
  };
}

function addressText({ number, ip, gateway, ip6, gateway6 }: VmNic): string {
  const parts = configTexts({ ip: ip === 'manual' ? undefined : ip, gw: gateway, ip6, gw6: gateway6 });
  return Object.keys(parts).length === 0 ? '' : renderQemuValue(`ipconfig${number}`, parts);
}

/** What `encodeURIComponent` leaves as it is and Proxmox does not. */
function percent(sign: string): string {
  return `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
}

function cdromKeys({ cdroms }: VmSpec): Record<string, string> {
  return Object.fromEntries(cdroms.map(({ key, iso }) => [key, renderQemuValue(key, { file: iso, media: 'cdrom' })]));
}

function volumeKey(spec: VmSpec, { key, storage, bytes, options, filled, cloned }: VmVolume): KeyRequirement {
  const text = optionsText(options);
  return {
    is: 'volume',
    key,
    storage,
    bytes,
    options: text,
    ...(filled === undefined || (cloned && filled !== 'cloudinit') ? {} : { filled }),
    impact: vmImpactOf(key, spec, text),
    ...(vmImpactOf(key, spec) === 'live' && vmImpactOf(key, spec, text) !== 'live' ? { added: 'live' as const } : {}),
  };
}

function optionsText(options: Readonly<Record<string, string>>): string {
  return Object.keys(options)
    .sort()
    .map((key) => `${key}=${options[key]}`)
    .join(',');
}

function overridden(keys: readonly KeyRequirement[], spec: VmSpec, concerns: (key: string) => boolean) {
  return applyOverrides(
    keys,
    spec.overrides.filter(({ key }) => concerns(key)),
    {
      exact: (key, value) => exact(spec, key, value),
      absent: (key) => ({ is: 'absent', key, impact: vmImpactOf(key, spec) }),
      formatOf: qemuFormat,
      needed: { cpu: ['cputype'] },
    },
  );
}

function exact(spec: VmSpec, key: string, value: string): KeyRequirement {
  return { is: 'exact', key, value, impact: vmImpactOf(key, spec, value) };
}

/** Sizes that Proxmox counts in MiB. Throws `size/not-whole`. */
function mib(bytes: number): number {
  return Size.bytes(bytes).toMib();
}
