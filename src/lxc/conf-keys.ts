import { Size } from '../base/units.js';
import {
  lxcDevice,
  lxcFeatures,
  lxcMountPoint,
  lxcNet,
  lxcRootfs,
  type PropertyFormat,
  renderPropertyString,
  startup,
} from '../format/property-string.js';
import { applyOverrides } from '../guest/apply-overrides.js';
import { configTexts } from '../guest/config-texts.js';
import { keyNumbers, overriddenNumbers } from '../guest/key-numbers.js';
import type { KeyRequirement } from '../model/step.js';
import { impactOf, impactOfAdding, impactOfRemoving } from './impact.js';
import type { LxcBind, LxcDiskOptions, LxcNic, LxcSpec, LxcVolume } from './spec.js';

/**
 * What the config of a container has to hold, key by key, with the values that `pct` takes.
 *
 * Everything but `onboot` and `protection`, which are put in force last.
 */
export function configKeys(spec: LxcSpec): KeyRequirement[] {
  const keys = [...plainKeys(spec), ...nicKeys(spec), ...deviceKeys(spec), ...mountKeys(spec), rootfsKey(spec)];
  return overridden(keys, spec, (key) => !setLast.has(key)).sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Keys that make the container start by itself or keep it from being changed; set when it is ready. */
export function lastKeys(spec: LxcSpec): KeyRequirement[] {
  const keys = [exact(spec, 'onboot', spec.onboot ? '1' : '0'), exact(spec, 'protection', spec.protection ? '1' : '0')];
  return overridden(keys, spec, (key) => setLast.has(key));
}

const setLast = new Set(['onboot', 'protection']);

/** Formats of the keys whose values have keys within, by the key's name without its number. */
export const keyFormats: Readonly<Record<string, PropertyFormat>> = {
  net: lxcNet,
  mp: lxcMountPoint,
  rootfs: lxcRootfs,
  dev: lxcDevice,
  features: lxcFeatures,
  startup,
};

function plainKeys(spec: LxcSpec): KeyRequirement[] {
  const values: Readonly<Record<string, string | number | boolean | undefined>> = {
    hostname: spec.hostname,
    memory: mib(spec.memoryBytes),
    swap: mib(spec.swapBytes),
    cores: spec.cores,
    cpulimit: spec.cpulimit,
    cpuunits: spec.cpuunits,
    unprivileged: spec.unprivileged,
    arch: spec.arch,
    ostype: spec.ostype,
    timezone: spec.timezone,
    console: spec.console,
    cmode: spec.consoleMode,
    tty: spec.tty,
    hookscript: spec.hookscript,
    debug: spec.debug,
    entrypoint: spec.entrypoint,
    nameserver: spec.nameservers.length === 0 ? undefined : spec.nameservers.join(' '),
    searchdomain: spec.searchDomain,
    tags: spec.tags.length === 0 ? undefined : spec.tags.join(';'),
    features: featuresText(spec),
    startup: startupText(spec),
  };
  return Object.entries(configTexts(values)).map(([key, value]) => exact(spec, key, value));
}

function deviceKeys(spec: LxcSpec): KeyRequirement[] {
  const numbers = keyNumbers(
    spec.devices.map(({ number }) => number),
    overriddenNumbers('dev', spec),
  );
  return spec.devices.map(({ path, mode, uid, gid, denyWrite }, index) =>
    exact(
      spec,
      `dev${numbers[index]}`,
      renderPropertyString(configTexts({ path, mode, uid, gid, 'deny-write': denyWrite }), lxcDevice),
    ),
  );
}

function mountKeys(spec: LxcSpec): KeyRequirement[] {
  const numbers = mountNumbers(spec);
  const binds = spec.binds.map((bind, index) => exact(spec, `mp${numbers[index]}`, bindText(bind)));
  const volumes = spec.volumes.map((volume, index) =>
    volumeKey(spec, `mp${numbers[spec.binds.length + index]}`, volume),
  );
  return [...binds, ...volumes];
}

/** Numbers of the keys of folders of the host, then of those of disks. */
export function mountNumbers(spec: LxcSpec): number[] {
  return keyNumbers(
    [...spec.binds, ...spec.volumes].map(({ number }) => number),
    overriddenNumbers('mp', spec),
  );
}

function bindText(bind: LxcBind): string {
  const { path, target, readOnly } = bind;
  return renderPropertyString(
    configTexts({ volume: path, mp: target, ro: readOnly || undefined, ...diskValues(bind) }),
    lxcMountPoint,
  );
}

function volumeKey(spec: LxcSpec, key: string, volume: LxcVolume): KeyRequirement {
  const { target, storage, bytes, readOnly, backup } = volume;
  const options = configTexts({ mp: target, ro: readOnly || undefined, backup, ...diskValues(volume) });
  return volumeRequirement(spec, key, storage, bytes, renderPropertyString(options, { required: [] }));
}

function rootfsKey(spec: LxcSpec): KeyRequirement {
  const { storage, bytes, readOnly } = spec.rootfs;
  const options = configTexts({ ro: readOnly, ...diskValues(spec.rootfs) });
  const text = Object.keys(options).length === 0 ? '' : renderPropertyString(options, { required: [] });
  return volumeRequirement(spec, 'rootfs', storage, bytes, text);
}

function diskValues({ mountOptions = [], acl, quota, replicate, shared, keepAttributes, idmap }: LxcDiskOptions) {
  return {
    mountoptions: mountOptions.length === 0 ? undefined : [...mountOptions].sort().join(';'),
    acl,
    quota,
    replicate,
    shared,
    keepattrs: keepAttributes,
    idmap,
  };
}

function nicKeys(spec: LxcSpec): KeyRequirement[] {
  const nics = spec.nic === undefined ? spec.nics : [spec.nic, ...spec.nics];
  return nics.map((nic) => exact(spec, `net${nic.number}`, nicText(nic)));
}

function nicText(nic: LxcNic): string {
  const values: Record<string, string | number | boolean | undefined> = {
    name: nic.name,
    bridge: nic.bridge,
    hwaddr: nic.mac,
    ip: nic.ip,
    type: 'veth',
    gw: nic.gateway,
    ip6: nic.ip6,
    gw6: nic.gateway6,
    tag: nic.vlan,
    trunks: nic.trunks?.join(';'),
    rate: nic.rate,
    mtu: nic.mtu,
    firewall: nic.firewall || undefined,
    link_down: nic.linkDown,
    'host-managed': nic.hostManaged,
  };
  return renderPropertyString(configTexts(values), lxcNet);
}

function featuresText({ features }: LxcSpec): string | undefined {
  const { forceRwSys, mount = [], ...flags } = features;
  const record = configTexts({
    ...flags,
    force_rw_sys: forceRwSys,
    mount: mount.length === 0 ? undefined : [...mount].sort().join(';'),
  });
  return Object.keys(record).length === 0 ? undefined : renderPropertyString(record, lxcFeatures);
}

function startupText(spec: LxcSpec): string | undefined {
  const record: Record<string, string> = {};
  for (const [name, value] of Object.entries(spec.startup ?? {})) {
    record[name] = String(value);
  }
  return Object.keys(record).length === 0 ? undefined : renderPropertyString(record, startup);
}

function overridden(keys: readonly KeyRequirement[], spec: LxcSpec, concerns: (key: string) => boolean) {
  return applyOverrides(
    keys,
    spec.overrides.filter(({ key }) => concerns(key)),
    {
      exact: (key, value) => exact(spec, key, value),
      absent: (key) => ({ is: 'absent', key, impact: impactOfRemoving(key) }),
      formatOf: (key) => keyFormats[key.replace(/\d+$/, '')],
      needed: { dev: ['path'] },
    },
  );
}

function exact(spec: LxcSpec, key: string, value: string): KeyRequirement {
  return { is: 'exact', key, value, impact: impactOf(key), ...addedImpact(spec, key) };
}

function volumeRequirement(
  spec: LxcSpec,
  key: string,
  storage: string,
  bytes: number,
  options: string,
): KeyRequirement {
  return { is: 'volume', key, storage, bytes, options, impact: impactOf(key), ...addedImpact(spec, key) };
}

function addedImpact(spec: LxcSpec, key: string): { added?: KeyRequirement['impact'] } {
  const added = impactOfAdding(key, spec.pveVersion);
  return added === undefined ? {} : { added };
}

/** Sizes that Proxmox counts in MiB. Throws `size/not-whole`. */
function mib(bytes: number): number {
  return Size.bytes(bytes).toMib();
}
