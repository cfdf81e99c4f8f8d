import { PhoenixError, type Problem } from '../base/errors.js';
import { attachmentProblems, lastNicNumber, type NicGrant, nicNumbers } from '../guest/nic-grants.js';
import type { Subnet } from '../network/subnet.js';
import type { LxcValues } from './schema.js';
import type { LxcNic } from './spec.js';

/** The first network device; undefined without a network. */
export function firstNic(values: LxcValues, subnet: Subnet | undefined, grant: NicGrant): LxcNic | undefined {
  if (subnet === undefined || grant.mac === undefined) {
    return undefined;
  }
  const { name = 'eth0', ...options } = values.nic ?? {};
  const { address } = grant;
  return {
    number: 0,
    name,
    ...optionsOf(options, values, subnet),
    bridge: subnet.bridge,
    ip: address === undefined ? (values.address ?? 'dhcp') : `${address}/${subnet.cidr.prefix}`,
    gateway: address === undefined ? undefined : subnet.gateway,
    mac: grant.mac,
  };
}

/** The devices beside the first, in the order given. Throws `nic/attachment` and `nic/address`. */
export function furtherNics(
  values: LxcValues,
  subnetOf: (network: string | undefined) => Subnet | undefined,
  grants: ReadonlyMap<string, NicGrant>,
  path: string,
): LxcNic[] {
  const problems: Problem[] = values.nics.flatMap((nic) => attachmentProblems(nic, path));
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  const numbers = nicNumbers(
    values.nics.map(({ name }) => name),
    values.network !== undefined,
    'eth',
    values.nics.map(({ number }) => number),
  );
  return values.nics.map((nic, index): LxcNic => {
    const { name, network, bridge, address, gateway, mac, number: _, ...options } = nic;
    const subnet = subnetOf(network);
    const grant = grants.get(name);
    return {
      number: numbers[index] ?? 0,
      name,
      ...optionsOf(options, values, subnet),
      bridge: subnet?.bridge ?? bridge ?? '',
      ip: grant?.address === undefined || subnet === undefined ? address : `${grant.address}/${subnet.cidr.prefix}`,
      gateway,
      mac: grant?.mac ?? mac ?? '',
    };
  });
}

/** What does not go together among the devices of a container. */
export function nicProblems(nics: readonly LxcNic[], values: LxcValues, path: string): Problem[] {
  const names = nics.map(({ name }) => name);
  const problems: Problem[] = [];
  if (values.nic !== undefined && values.network === undefined) {
    problems.push({
      code: 'nic/attachment',
      message: `\`nic\` says more of the first network device, and ${path} has none`,
      path,
      fix: 'give `network`, or say it in `nics`',
    });
  }
  for (const name of new Set(names.filter((it, index) => names.indexOf(it) !== index))) {
    problems.push({
      code: 'nic/name-twice',
      message: `two network devices are called ${name}`,
      path,
      value: name,
      fix: 'give one of them another name; the first device is called eth0 unless `nic.name` says otherwise',
    });
  }
  if (nics.some(({ number }) => number > lastNicNumber)) {
    problems.push({
      code: 'lxc/too-many',
      message: `${path} has ${nics.length} network devices, Proxmox takes 32`,
      path,
      value: nics.length,
      fix: 'give it fewer network devices',
    });
  }
  return [...problems, ...nics.flatMap((nic) => oneNicProblems(nic, path))];
}

type OptionValues = NonNullable<LxcValues['nic']>;

function optionsOf(options: Omit<OptionValues, 'name'>, values: LxcValues, subnet: Subnet | undefined) {
  const { trunks = [] } = options;
  return {
    ...options,
    vlan: options.vlan ?? subnet?.vlan,
    trunks: trunks.length === 0 ? undefined : [...new Set(trunks)].sort((a, b) => a - b),
    firewall: options.firewall ?? values.firewall !== undefined,
  };
}

function oneNicProblems(nic: LxcNic, path: string): Problem[] {
  const problems: Problem[] = [];
  for (const [key, gateway, ip] of [
    ['gateway', nic.gateway, nic.ip],
    ['gateway6', nic.gateway6, nic.ip6],
  ] as const) {
    if (gateway !== undefined && ip?.includes('/') !== true) {
      problems.push({
        code: 'nic/gateway-alone',
        message: `${nic.name} of ${path} has the router ${gateway} and no address of its own beside it`,
        path,
        value: gateway,
        fix: `give the device an address with its prefix, or leave out \`${key}\``,
      });
    }
  }
  if (nic.hostManaged === true && nic.ip6 === 'auto' && nic.linkDown !== true) {
    problems.push({
      code: 'nic/host-managed',
      message: `${nic.name} of ${path} is configured by the host, which follows no router advertisements`,
      path,
      value: 'auto',
      fix: "give `ip6` an address, 'dhcp' or 'manual'",
    });
  }
  return problems;
}
