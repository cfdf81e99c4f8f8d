import type { Problem } from '../base/errors.js';
import {
  dnsNamesKey,
  hostnameKey,
  ipv4ConfigKey,
  ipv4Key,
  ipv6ConfigKey,
  ipv6Key,
  nameServersKey,
} from '../guest/address-keys.js';
import {
  type ConfigKeys,
  checked,
  configKeyProblems,
  decimal,
  flag,
  line,
  parts,
  upTo,
  whole,
  words,
} from '../guest/config-key.js';
import { keyFormats } from './conf-keys.js';
import { architectures, devicePath, osTypes } from './schema.js';
import { isTimeZone, likelyTimeZone, timeZoneExpected } from './zone-schema.js';

/** Why a key of a container's config may not be set past the props; none if it may. */
export function overrideProblems(key: string, value: string | undefined, path: string): Problem[] {
  return configKeyProblems(rules, key, value, path);
}

const id = whole(0, 4_294_967_295);

/** What every disk has. */
const disk: ConfigKeys = {
  volume: line(),
  size: line(),
  acl: flag,
  idmap: line(),
  mountoptions: line(/^[a-z]+(;[a-z]+)*$/, 'options separated by `;`'),
  quota: flag,
  replicate: flag,
  ro: flag,
  shared: flag,
};

const device = line(devicePath.pattern, devicePath.expects);

const { size: _, ...mountable } = disk;
const mount: ConfigKeys = { ...mountable, mp: line(/^\//, 'an absolute path'), backup: flag, keepattrs: flag };

/** Keys of a container's config with what their values have to be. */
export const lxcConfigKeys: ConfigKeys = {
  arch: words(architectures),
  cmode: words(['shell', 'console', 'tty']),
  console: flag,
  cores: whole(1, 8192),
  cpulimit: decimal(0, 8192),
  cpuunits: whole(0, 10_000),
  debug: flag,
  'dev[n]': upTo(255, parts({ path: device, 'deny-write': flag, gid: id, mode: line(/^0[0-7]{3}$/), uid: id })),
  entrypoint: line(),
  features: parts({
    force_rw_sys: flag,
    fuse: flag,
    keyctl: flag,
    mknod: flag,
    mount: line(/^[a-zA-Z0-9_; ]+$/),
    nesting: flag,
  }),
  hookscript: line(/^[^:\s]+:\S+$/, 'a volume id such as local:snippets/hook.pl'),
  hostname: hostnameKey,
  memory: whole(16),
  // folders of the host only: Proxmox makes disks itself
  'mp[n]': upTo(255, parts(mount)),
  nameserver: nameServersKey,
  'net[n]': upTo(
    31,
    parts({
      bridge: line(/^[-_.\w]+$/),
      firewall: flag,
      gw: ipv4Key,
      gw6: ipv6Key,
      'host-managed': flag,
      hwaddr: line(/^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$/, 'six pairs of hexadecimal digits'),
      ip: ipv4ConfigKey,
      ip6: ipv6ConfigKey,
      link_down: flag,
      mtu: whole(64, 65_535),
      name: line(/^[-_.\w]+$/),
      rate: decimal(0),
      tag: whole(1, 4094),
      trunks: line(/^\d+(;\d+)*$/),
      type: words(['veth']),
    }),
  ),
  onboot: flag,
  ostype: words(osTypes),
  protection: flag,
  rootfs: parts(disk),
  searchdomain: dnsNamesKey,
  startup: parts({ order: whole(0), up: whole(0), down: whole(0) }),
  swap: whole(0),
  tags: line(/^[a-z0-9_][a-z0-9_.+-]*([;, ][a-z0-9_][a-z0-9_.+-]*)*$/, 'tags separated by `;`'),
  timezone: checked(isTimeZone, timeZoneExpected, likelyTimeZone),
  tty: whole(0, 6),
  unprivileged: flag,
};

const rules = {
  of: 'a container',
  keys: lxcConfigKeys,
  reserved: ['description', 'lock', 'parent', 'template', 'snaptime'],
  formatOf: (key: string) => keyFormats[key.replace(/\d+$/, '')],
};
