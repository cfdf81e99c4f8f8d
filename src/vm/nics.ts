import { PhoenixError, type Problem } from '../base/errors.js';
import { attachmentProblems, lastNicNumber, type NicGrants, nicNumbers } from '../guest/nic-grants.js';
import type { Subnet } from '../network/subnet.js';
import type { VmValues } from './schema.js';
import type { VmNic } from './spec.js';

/** All network devices, the first one first. Throws `nic/*` with everything that does not go together. */
export function vmNics(
  values: VmValues,
  subnetOf: (network: string | undefined) => Subnet | undefined,
  grants: NicGrants,
  path: string,
): VmNic[] {
  const problems = values.nics.flatMap((nic) => attachmentProblems(nic, path));
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  const nics = [...firstNic(values, subnetOf(values.network), grants), ...furtherNics(values, subnetOf, grants)];
  const wrong = nicProblems(nics, values, path);
  if (wrong.length > 0) {
    throw new PhoenixError(wrong);
  }
  return nics;
}

function firstNic(values: VmValues, subnet: Subnet | undefined, { first }: NicGrants): VmNic[] {
  if (subnet === undefined || first.mac === undefined) {
    return [];
  }
  const { address } = first;
  return [
    {
      number: 0,
      name: 'net0',
      ...optionsOf(values.nic ?? {}, values, subnet),
      bridge: subnet.bridge,
      ip: address === undefined ? (values.address ?? 'dhcp') : `${address}/${subnet.cidr.prefix}`,
      gateway: address === undefined ? undefined : subnet.gateway,
      mac: first.mac,
    },
  ];
}

function furtherNics(
  values: VmValues,
  subnetOf: (network: string | undefined) => Subnet | undefined,
  { others }: NicGrants,
): VmNic[] {
  const numbers = nicNumbers(
    values.nics.map(({ name }) => name),
    values.network !== undefined,
    'net',
    values.nics.map(({ number }) => number),
  );
  return values.nics.map((nic, index): VmNic => {
    const { name, network, bridge, address, gateway, mac } = nic;
    const subnet = subnetOf(network);
    const grant = others.get(name);
    return {
      number: numbers[index] ?? 0,
      name,
      ...optionsOf(nic, values, subnet),
      bridge: subnet?.bridge ?? bridge ?? '',
      ip: grant?.address === undefined || subnet === undefined ? address : `${grant.address}/${subnet.cidr.prefix}`,
      gateway,
      mac: grant?.mac ?? mac ?? '',
    };
  });
}

type OptionValues = NonNullable<VmValues['nic']>;

function optionsOf(options: OptionValues, values: VmValues, subnet: Subnet | undefined) {
  const {
    model = 'virtio',
    ip6,
    gateway6,
    vlan,
    trunks = [],
    rate,
    mtu,
    queues,
    firewall,
    linkDown,
    hostTunnel,
  } = options;
  return {
    model,
    ip6,
    gateway6,
    vlan: vlan ?? subnet?.vlan,
    trunks: [...new Set(trunks)].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)),
    rate,
    mtu,
    queues,
    firewall: firewall ?? values.firewall !== undefined,
    linkDown,
    hostTunnel,
  };
}

function nicProblems(nics: readonly VmNic[], values: VmValues, path: string): Problem[] {
  const problems: Problem[] = [];
  if (values.nic !== undefined && values.network === undefined) {
    problems.push({
      code: 'nic/attachment',
      message: `\`nic\` says more of the first network device, and ${path} has none`,
      path,
      fix: 'give `network`, or say it in `nics`',
    });
  }
  for (const what of ['name', 'number'] as const) {
    const given = nics.map((nic) => nic[what]);
    for (const twice of new Set(given.filter((it, index) => given.indexOf(it) !== index))) {
      problems.push({
        code: 'nic/name-twice',
        message: `two network devices of ${path} are net${twice}`.replace('netnet', 'net'),
        path,
        value: twice,
        fix: `give one of them another ${what}; the first device is net0`,
      });
    }
  }
  if (nics.some(({ number }) => number > lastNicNumber)) {
    problems.push({
      code: 'vm/too-many',
      message: `${path} has ${nics.length} network devices, Proxmox takes 32`,
      path,
      value: nics.length,
      fix: 'give it fewer network devices',
    });
  }
  return [...problems, ...nics.flatMap((nic) => gatewayProblems(nic, path))];
}

function gatewayProblems(nic: VmNic, path: string): Problem[] {
  const pairs = [
    ['gateway', nic.gateway, nic.ip],
    ['gateway6', nic.gateway6, nic.ip6],
  ] as const;
  return pairs
    .filter(([, gateway, ip]) => gateway !== undefined && ip?.includes('/') !== true)
    .map(([key, gateway]) => ({
      code: 'nic/gateway-alone',
      message: `${nic.name} of ${path} has the router ${gateway} and no address of its own beside it`,
      path,
      value: gateway ?? null,
      fix: `give the device an address with its prefix, or leave out \`${key}\``,
    }));
}
