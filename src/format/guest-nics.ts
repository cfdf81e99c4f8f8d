import type { GuestConf, GuestLine } from './guest-conf.js';
import { partsOf } from './parts.js';
import { lxcNet } from './property-string.js';
import { qemuFormat } from './qemu-properties.js';

/** What the config of a guest says of one of its network devices. */
export interface ConfiguredNic {
  /** `net0`. */
  readonly key: string;
  /** In capital letters. */
  readonly mac?: string;
  readonly bridge?: string;
  /** Without prefix; a device that asks for its address has none here. */
  readonly addresses: readonly string[];
}

/** The network devices of a guest, with what waits for its next start. Values that Proxmox would not have written say nothing. */
export function configuredNics({ kind, keys, pending }: GuestConf): ConfiguredNic[] {
  return [...keys, ...(pending?.keys ?? [])].flatMap(kind === 'lxc' ? containerNic : machineNic);
}

function containerNic([key, value]: GuestLine): ConfiguredNic[] {
  const parts = /^net\d+$/.test(key) ? partsOf(value, lxcNet) : undefined;
  return parts === undefined
    ? []
    : [{ key, ...attachment(parts['hwaddr'], parts['bridge']), addresses: addressesIn(parts) }];
}

/** A machine's addresses stand under a key of their own, which has the number of the device. */
function machineNic([key, value]: GuestLine): ConfiguredNic[] {
  const [, stem, number] = /^(net|ipconfig)(\d+)$/.exec(key) ?? [];
  const parts = stem === undefined ? undefined : partsOf(value, qemuFormat(key) ?? { required: [] });
  return parts === undefined
    ? []
    : [{ key: `net${number}`, ...attachment(parts['macaddr'], parts['bridge']), addresses: addressesIn(parts) }];
}

function attachment(mac: string | undefined, bridge: string | undefined): Pick<ConfiguredNic, 'mac' | 'bridge'> {
  return {
    ...(mac === undefined ? {} : { mac: mac.toUpperCase() }),
    ...(bridge === undefined ? {} : { bridge }),
  };
}

function addressesIn(parts: Readonly<Record<string, string>>): string[] {
  return [parts['ip'], parts['ip6']].flatMap((text) =>
    text?.includes('/') === true ? [text.replace(/\/.*/, '')] : [],
  );
}
