import { parseAddress } from '../../base/ip.js';
import type { YamlValue } from '../../format/yaml.js';
import type { CloudInitMachine, CloudInitNic } from './machine.js';
import type { NetworkConfigValues } from './network-schema.js';

type InterfaceValues = NonNullable<NetworkConfigValues['ethernets']>[string];

/**
 * Network configuration in version 2, the form of netplan: every device of the machine, found by its hardware address and called `eth0` like
 * net0, and whatever the program says beyond that.
 */
export function networkConfig(machine: CloudInitMachine, more: NetworkConfigValues): { [key: string]: YamlValue } {
  const ethernets = machine.nics.map((nic, index) => [
    nic.name,
    {
      match: { macaddress: nic.mac.toLowerCase() },
      'set-name': nic.name,
      ...configured(merged(ofNic(nic, index === 0 ? machine : undefined), more.ethernets?.[nic.name] ?? {})),
    },
  ]);
  const vlans = Object.entries(more.vlans ?? {}).map(([name, { id, link, ...rest }]) => [
    name,
    { id, link, ...configured(rest) },
  ]);
  return {
    version: 2,
    ...(more.renderer === undefined ? {} : { renderer: more.renderer }),
    ...(ethernets.length === 0 ? {} : { ethernets: Object.fromEntries(ethernets) }),
    ...(vlans.length === 0 ? {} : { vlans: Object.fromEntries(vlans) }),
  };
}

/** What the machine says of a device; name servers go with the first. */
function ofNic(nic: CloudInitNic, machine: CloudInitMachine | undefined): InterfaceValues {
  const { ip, gateway, ip6, gateway6, mtu } = nic;
  const isLeftAlone = [ip, ip6].every((it) => it === undefined || it === 'manual');
  return {
    ...(ip === 'dhcp' ? { dhcp4: true } : {}),
    ...(ip6 === 'dhcp' ? { dhcp6: true } : {}),
    ...(ip6 === 'auto' ? { acceptRa: true } : {}),
    addresses: [ip, ip6].filter((it) => it?.includes('/') === true) as string[],
    routes: [gateway, gateway6].filter((it) => it !== undefined).map((via) => ({ to: 'default', via })),
    nameservers: {
      addresses: machine?.nameservers ?? [],
      search: machine?.searchDomain === undefined ? [] : [machine.searchDomain],
    },
    // 1 is Proxmox's word for the bridge's own, which the card itself tells the guest
    ...(mtu === undefined || mtu === 1 ? {} : { mtu }),
    // nothing to wait for
    ...(isLeftAlone ? { optional: true } : {}),
  };
}

/** What is said beyond is added to lists, and otherwise wins. */
function merged(own: InterfaceValues, more: InterfaceValues): InterfaceValues {
  const { addresses = [], routes = [], nameservers } = own;
  return {
    ...own,
    ...more,
    addresses: [...addresses, ...(more.addresses ?? [])],
    routes: [...routes, ...(more.routes ?? [])],
    nameservers: {
      addresses: more.nameservers?.addresses ?? nameservers?.addresses,
      search: more.nameservers?.search ?? nameservers?.search,
    },
  };
}

function configured(values: InterfaceValues): { [key: string]: YamlValue } {
  const { dhcp4, dhcp6, acceptRa, addresses = [], routes = [], nameservers = {}, mtu, optional } = values;
  const { addresses: servers = [], search = [] } = nameservers;
  const dns = {
    ...(servers.length === 0 ? {} : { addresses: servers }),
    ...(search.length === 0 ? {} : { search }),
  };
  return {
    ...(dhcp4 === undefined ? {} : { dhcp4 }),
    ...(dhcp6 === undefined ? {} : { dhcp6 }),
    ...(acceptRa === undefined ? {} : { 'accept-ra': acceptRa }),
    ...(addresses.length === 0 ? {} : { addresses }),
    ...(routes.length === 0 ? {} : { routes: routes.map(route) }),
    ...(Object.keys(dns).length === 0 ? {} : { nameservers: dns }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(optional === undefined ? {} : { optional }),
  };
}

/** `default` as a network: cloud-init of Debian 12 reads the word only where the image has netplan. */
function route({ to, via, metric }: NonNullable<InterfaceValues['routes']>[number]): { [key: string]: YamlValue } {
  const everywhere = parseAddress(via ?? '')?.family === 6 ? '::/0' : '0.0.0.0/0';
  return {
    to: to === 'default' ? everywhere : to,
    ...(via === undefined ? {} : { via }),
    ...(metric === undefined ? {} : { metric }),
  };
}
