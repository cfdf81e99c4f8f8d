import { dnsName } from '../base/host-names.js';
import { isNicCidr, parseAddress } from '../base/ip.js';
import { splitList } from '../format/lists.js';
import { type ConfigKey, checked, line } from './config-key.js';

/** Keys of addresses and names, checked as the props are that make them. */
export const ipv4Key = checked(isIpv4, 'an IPv4 address');
export const ipv6Key = checked(isIpv6, 'an IPv6 address');

export const ipv4ConfigKey = checked(
  (text) => text === 'dhcp' || text === 'manual' || isNicCidr(text, 4),
  "address and prefix such as 10.0.0.5/24, 'dhcp' or 'manual'",
);

export const ipv6ConfigKey = checked(
  (text) => ['auto', 'dhcp', 'manual'].includes(text) || isNicCidr(text, 6),
  "address and prefix such as fd00::5/64, 'auto', 'dhcp' or 'manual'",
);

/** Host name of a guest. */
export const hostnameKey = line(/^[A-Za-z0-9.-]+$/, 'a DNS name');

/** Name servers of a container; a link-local one may name its interface. */
export const nameServersKey = listKey(
  (text) =>
    parseAddress(text) !== undefined || (/^fe80:[^%]+%[A-Za-z]\w{1,20}$/.test(text) && isIpv6(withoutZone(text))),
  'addresses with blanks between',
);

/** Name servers of a machine. */
export const addressesKey = listKey(
  (text) => parseAddress(text) !== undefined || dnsName.test(text),
  'addresses with blanks between',
);

export const dnsNamesKey = listKey((text) => dnsName.test(text), 'DNS names with blanks between');

function listKey(accepts: (text: string) => boolean, expects: string): ConfigKey {
  return checked((text) => splitList(text).every(accepts), expects);
}

function isIpv4(text: string): boolean {
  return parseAddress(text)?.family === 4;
}

function isIpv6(text: string): boolean {
  return parseAddress(text)?.family === 6;
}

function withoutZone(text: string): string {
  return text.replace(/%.*/, '');
}
