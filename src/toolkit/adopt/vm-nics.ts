import { isMac } from '../../base/ip.js';
import { parseBoolean } from '../../format/lists.js';
import { type Parts, partsOf } from '../../format/parts.js';
import { qemuFormat } from '../../format/qemu-properties.js';
import type { Draft } from './draft.js';
import type { Literal, LiteralRecord } from './literal.js';
import type { Claims } from './places.js';

/**
 * Network devices of a machine, each on its bridge. With a drive for cloud-init the addresses that it hands over are those of the devices.
 *
 * No device is on a network of the program: what a machine does with an address is its own affair, and a second one of the same address
 * could not be said.
 */
export function takeVmNics(draft: Draft, claims: Claims, hasCloudInit: boolean): void {
  const addresses = new Map(draft.takeNumbered('ipconfig').map((it) => [it.number, it] as const));
  const nics: LiteralRecord[] = [];
  for (const { key, number, value } of draft.takeNumbered('net')) {
    const parts = partsOf(value, qemuFormat(key) ?? { required: [] });
    const nic = parts === undefined ? undefined : nicOf(parts, key);
    const told = addresses.get(number);
    const address = hasCloudInit && told !== undefined ? addressOf(partsOf(told.value, { required: [] })) : undefined;
    const whole = { ...nic, ...address };
    if (nic === undefined || !isMac(parts?.['macaddr'] ?? '') || !draft.accepts({ nics: [whole] })) {
      draft.keep(key, value, 'no prop says such a device');
    } else if (!claims.mac(parts?.['macaddr'])) {
      draft.override(key, value, 'Another device has its MAC address, too.');
    } else {
      nics.push(whole);
      if (address !== undefined) {
        addresses.delete(number);
      }
    }
  }
  if (nics.length > 0) {
    draft.props['nics'] = nics;
  }
  for (const { key, value } of addresses.values()) {
    draft.override(key, value, 'It is told to no device that the program knows.');
  }
}

function nicOf(parts: Parts, name: string): LiteralRecord | undefined {
  const { model, macaddr, bridge, tag, trunks, rate, mtu, queues, firewall, link_down: down, ...rest } = parts;
  if (Object.keys(rest).length > 0 || bridge === undefined || macaddr === undefined) {
    return undefined;
  }
  const numbers = { vlan: tag, rate, mtu, queues };
  const nic: Record<string, Literal> = { name, bridge, mac: macaddr.toUpperCase() };
  Object.assign(nic, model === undefined || model === 'virtio' ? {} : { model });
  for (const [prop, text] of Object.entries(numbers)) {
    Object.assign(nic, text === undefined ? {} : { [prop]: Number(text) });
  }
  Object.assign(nic, trunks === undefined ? {} : { trunks: trunks.split(';') });
  Object.assign(nic, parseBoolean(firewall ?? '0') === true ? { firewall: true } : {});
  Object.assign(nic, parseBoolean(down ?? '0') === true ? { linkDown: true } : {});
  return nic;
}

function addressOf(parts: Parts | undefined): LiteralRecord | undefined {
  const { ip, gw, ip6, gw6, ...rest } = parts ?? {};
  if (parts === undefined || Object.keys(rest).length > 0) {
    return undefined;
  }
  const said = { address: ip, gateway: gw, ip6, gateway6: gw6 };
  const literal: Record<string, Literal> = {};
  for (const [prop, text] of Object.entries(said)) {
    Object.assign(literal, text === undefined ? {} : { [prop]: text });
  }
  return literal;
}
