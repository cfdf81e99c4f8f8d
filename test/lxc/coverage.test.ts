import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { lxcTable } from '../../src/lxc/schema.js';
import type { Fields } from '../../src/model/fields.js';

/** The prop that each key of a container's config is said by; `name.part` for keys within values. */
const props: Readonly<Record<string, string>> = {
  arch: 'arch',
  cmode: 'consoleMode',
  console: 'console',
  cores: 'cores',
  cpulimit: 'cpulimit',
  cpuunits: 'cpuunits',
  debug: 'debug',
  'dev.deny-write': 'devices.denyWrite',
  'dev.gid': 'devices.gid',
  'dev.mode': 'devices.mode',
  'dev.path': 'devices.path',
  'dev.uid': 'devices.uid',
  entrypoint: 'entrypoint',
  env: 'env',
  'features.force_rw_sys': 'features.forceRwSys',
  'features.fuse': 'features.fuse',
  'features.keyctl': 'features.keyctl',
  'features.mknod': 'features.mknod',
  'features.mount': 'features.mount',
  'features.nesting': 'features.nesting',
  hookscript: 'hookscript',
  hostname: 'hostname',
  memory: 'memory',
  'mp.acl': 'mounts.acl',
  'mp.backup': 'mounts.backup',
  'mp.idmap': 'mounts.idmap',
  'mp.keepattrs': 'mounts.keepAttributes',
  'mp.mountoptions': 'mounts.mountOptions',
  'mp.mp': 'mounts.target',
  'mp.quota': 'mounts.quota',
  'mp.replicate': 'mounts.replicate',
  'mp.ro': 'mounts.readOnly',
  'mp.shared': 'mounts.shared',
  'mp.size': 'mounts.volume.size',
  'mp.volume': 'mounts.source',
  nameserver: 'nameservers',
  'net.bridge': 'nics.bridge',
  'net.firewall': 'nics.firewall',
  'net.gw': 'nics.gateway',
  'net.gw6': 'nics.gateway6',
  'net.host-managed': 'nics.hostManaged',
  'net.hwaddr': 'nics.mac',
  'net.ip': 'nics.address',
  'net.ip6': 'nics.ip6',
  'net.link_down': 'nics.linkDown',
  'net.mtu': 'nics.mtu',
  'net.name': 'nics.name',
  'net.rate': 'nics.rate',
  'net.tag': 'nics.vlan',
  'net.trunks': 'nics.trunks',
  onboot: 'onboot',
  ostype: 'ostype',
  protection: 'protection',
  'rootfs.acl': 'rootfs.acl',
  'rootfs.idmap': 'rootfs.idmap',
  'rootfs.mountoptions': 'rootfs.mountOptions',
  'rootfs.quota': 'rootfs.quota',
  'rootfs.replicate': 'rootfs.replicate',
  'rootfs.ro': 'rootfs.readOnly',
  'rootfs.shared': 'rootfs.shared',
  'rootfs.size': 'rootfs.size',
  'rootfs.volume': 'rootfs.storage',
  searchdomain: 'searchDomain',
  startup: 'startup',
  swap: 'swap',
  tags: 'tags',
  timezone: 'timezone',
  tty: 'tty',
  unprivileged: 'unprivileged',
};

/** Keys that nobody says by a prop, and why. */
const exceptions: Readonly<Record<string, string>> = {
  description: 'belongs to people; only the line of the owner is ours',
  lock: 'Proxmox says what it is doing',
  'net.type': 'has one value',
  parent: 'is of snapshots',
  snaptime: 'is of snapshots',
  template: 'is what an LxcTemplate is',
  'unused.volume': 'Proxmox lists what it took away',
};

describe('a key of the config that a person sets', () => {
  it.each(Object.entries(props))('%s has a prop: %s', (_key, prop) => {
    expect(fieldAt(prop.split('.'))).toBeDefined();
  });

  const facts = fileURLToPath(new URL('../../../shared/reference/pve-schema/lxc.json', import.meta.url));
  const isThere = existsSync(facts);
  it.skipIf(!isThere)(`is one of these${isThere ? '' : ': skipped, the table of all keys is not at hand'}`, () => {
    const known = [...Object.keys(props), ...Object.keys(exceptions)].sort();
    expect(keysOf(JSON.parse(readFileSync(facts, 'utf8')))).toEqual(known);
  });
});

/** Names without the `[n]` of numbered keys. */
function keysOf(table: { keys: Record<string, { format?: string | object }> }): string[] {
  return Object.entries(table.keys)
    .flatMap(([key, { format }]) => {
      const name = key.replace('[n]', '');
      return typeof format === 'object' ? Object.keys(format).map((part) => `${name}.${part}`) : [name];
    })
    .sort();
}

function fieldAt(path: readonly string[]): unknown {
  let fields: Fields | undefined = lxcTable.fields;
  let field: Fields[string] | undefined;
  for (const name of path) {
    field = fields?.[name];
    fields = field?.fields ?? field?.item?.fields;
  }
  return field;
}
