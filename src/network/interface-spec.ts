import type { Problem } from '../base/errors.js';
import { isHostOf, parseAddress, parseCidr } from '../base/ip.js';
import type { InterfaceConfig, InterfaceOption, InterfaceStanza } from '../format/interfaces-file.js';
import { type InterfaceSpec, type MadeKind, writtenInterface } from './plan.js';

/** Values that all tables of interfaces share, complete. */
export interface SharedValues {
  readonly address?: string | undefined;
  readonly gateway?: string | undefined;
  readonly ip6?: string | undefined;
  readonly gateway6?: string | undefined;
  readonly mtu?: number | undefined;
  readonly autostart: boolean;
  readonly comment?: string | undefined;
  readonly options?: readonly string[] | undefined;
}

/** What is of one kind only. */
export interface OwnValues {
  readonly kind: MadeKind;
  readonly name: string;
  readonly over: readonly string[];
  readonly options: readonly InterfaceOption[];
  readonly vlanAware?: boolean;
  readonly vids?: string;
  readonly tag?: number;
}

/** An interface with its entry as Proxmox would write it. */
export function interfaceSpec(shared: SharedValues, own: OwnValues): InterfaceSpec {
  const { mtu, autostart } = shared;
  const stanzas = [firstStanza(shared, own), ...secondStanza(shared)];
  const config: InterfaceConfig = { name: own.name, autostart, stanzas };
  return {
    kind: own.kind,
    name: own.name,
    over: own.over,
    vlanAware: own.vlanAware,
    vids: own.vids,
    tag: own.tag,
    mtu,
    addresses: [shared.address, shared.ip6].filter((it): it is string => it?.includes('/') === true),
    gateways: [shared.gateway, shared.gateway6].filter((it) => it !== undefined),
    autostart,
    config: writtenInterface(config),
  };
}

/** An interface that somebody else made, of which the program knows no more than its name. */
export function importedInterface(kind: MadeKind, name: string): InterfaceSpec {
  return {
    kind,
    name,
    over: [],
    vlanAware: undefined,
    vids: undefined,
    tag: undefined,
    mtu: undefined,
    addresses: [],
    gateways: [],
    autostart: true,
    config: undefined,
  };
}

/** What is wrong with the addresses of an interface. */
export function addressProblems(path: string, shared: SharedValues): Problem[] {
  return [
    ...familyProblems(path, 4, shared.address, shared.gateway, 'gateway'),
    ...familyProblems(path, 6, shared.ip6, shared.gateway6, 'gateway6'),
  ];
}

/** Names that Proxmox and the kernel both take; `pattern` is what the kind adds. */
export function nameProblems(path: string, name: string, pattern: RegExp, expects: string): Problem[] {
  const isName = /^[A-Za-z][A-Za-z0-9_]{1,20}([:.]\d+)?$/.test(name) && name.length <= 15 && pattern.test(name);
  return isName
    ? []
    : [
        {
          code: 'network/name',
          message: `${JSON.stringify(name)} is no name for such an interface`,
          path,
          value: name,
          fix: `use ${expects}; two to 15 characters, a letter first, then letters, digits and \`_\``,
        },
      ];
}

function firstStanza(shared: SharedValues, own: OwnValues): InterfaceStanza {
  const { address, gateway, mtu, comment } = shared;
  const further = (shared.options ?? []).map((line): InterfaceOption => {
    const blank = line.indexOf(' ');
    return [line.slice(0, blank), line.slice(blank + 1)];
  });
  return {
    family: 'inet',
    method: address === undefined ? 'manual' : address === 'dhcp' ? 'dhcp' : 'static',
    options: [
      ...addressOptions(address, gateway),
      ...own.options,
      ...(mtu === undefined ? [] : [['mtu', String(mtu)] as const]),
      ...further,
    ],
    comments: comment === undefined ? [] : comment.split('\n').map((line) => line.trimEnd()),
  };
}

function secondStanza({ ip6, gateway6 }: SharedValues): InterfaceStanza[] {
  if (ip6 === undefined) {
    return [];
  }
  const method = ip6 === 'auto' || ip6 === 'dhcp' ? ip6 : 'static';
  return [{ family: 'inet6', method, options: addressOptions(ip6, gateway6), comments: [] }];
}

function addressOptions(address: string | undefined, gateway: string | undefined): InterfaceOption[] {
  return [
    ...(address?.includes('/') === true ? [['address', address] as const] : []),
    ...(gateway === undefined ? [] : [['gateway', gateway] as const]),
  ];
}

const words: Readonly<Record<4 | 6, readonly string[]>> = { 4: ['dhcp'], 6: ['auto', 'dhcp'] };

function familyProblems(
  path: string,
  family: 4 | 6,
  address: string | undefined,
  gateway: string | undefined,
  key: string,
): Problem[] {
  const problems: Problem[] = [];
  const cidr = address === undefined ? undefined : parseCidr(address);
  const isWord = address !== undefined && words[family].includes(address);
  if (
    address !== undefined &&
    !isWord &&
    (cidr === undefined || !isHostOf(cidr, cidr.address) || cidr.address.family !== family)
  ) {
    problems.push({
      code: 'network/address',
      message: `${JSON.stringify(address)} is no IPv${family} address of a host with its prefix`,
      path,
      value: address,
      fix: family === 4 ? "write it as 10.0.1.1/24, or 'dhcp'" : "write it as fd00:1::1/64, 'auto' or 'dhcp'",
    });
  }
  const router = gateway === undefined ? undefined : parseAddress(gateway);
  const isNear =
    router?.family === family && cidr !== undefined && (isHostOf(cidr, router) || /^fe[89ab]/i.test(gateway ?? ''));
  if (gateway !== undefined && !isNear) {
    problems.push({
      code: 'network/gateway',
      message:
        cidr === undefined
          ? `the router ${gateway} stands beside no address of its own network`
          : `the router ${gateway} is no host of the network of ${address}`,
      path,
      value: gateway,
      fix: `give \`${key}\` an address of the interface's own network, and the interface an address with its prefix`,
    });
  }
  return problems;
}
