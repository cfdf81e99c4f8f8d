import { sha256 } from '../../base/stable.js';
import { type YamlValue, yamlText } from '../../format/yaml.js';
import { type CloudInitDocument, cloudConfigDocument } from './document.js';
import type { CloudInitMachine } from './machine.js';
import { networkConfig } from './network-config.js';
import type { CloudConfigValues, CloudInitValues } from './schema.js';

/** Documents that Proxmox knows, by its own names. */
export const cloudInitParts = ['user', 'network', 'meta', 'vendor'] as const;
export type CloudInitPart = (typeof cloudInitParts)[number];

/** The documents of a machine, as texts. */
export type CloudInitTexts = { readonly [P in Exclude<CloudInitPart, 'vendor'>]: string } & {
  readonly vendor: string | undefined;
};

/** What a machine's cloud-init reads, where the program says more than Proxmox can make. */
export function cloudInitTexts(values: CloudInitValues, machine: CloudInitMachine): CloudInitTexts {
  const user = cloudConfigText(userDocument(values.userData ?? {}, machine));
  const network = yamlText(networkConfig(machine, values.networkConfig ?? {}));
  return {
    user,
    network,
    meta: yamlText({
      'instance-id': instanceId(machine.vmid, user, network),
      'local-hostname': shortName(machine.hostname),
    }),
    vendor: values.vendorData === undefined ? undefined : cloudConfigText(cloudConfigDocument(values.vendorData)),
  };
}

/** What cloud-init takes for the same machine: another one, and it does everything again that it does once a machine. */
function instanceId(vmid: number, user: string, network: string): string {
  return `phoenix-${vmid}-${sha256(`${user}\0${network}`).slice(0, 16)}`;
}

/** cloud-init knows the document by its first line. */
function cloudConfigText(document: { readonly [key: string]: YamlValue }): string {
  return `#cloud-config\n${yamlText(document)}`;
}

/** What Proxmox would have said of the machine, and then what the program says. */
function userDocument(own: CloudConfigValues, machine: CloudInitMachine): CloudInitDocument {
  const { hostname, searchDomain, user, sshKeys, upgrade } = machine;
  const fqdn = hostname.includes('.') || searchDomain === undefined ? hostname : `${hostname}.${searchDomain}`;
  const values: CloudConfigValues = {
    ...own,
    fqdn: own.fqdn ?? (fqdn.includes('.') ? fqdn : undefined),
    manageEtcHosts: own.manageEtcHosts ?? true,
    sshAuthorizedKeys: [...new Set([...sshKeys, ...(own.sshAuthorizedKeys ?? [])])],
    disableRoot: own.disableRoot ?? (user === 'root' ? false : undefined),
    packageUpgrade: own.packageUpgrade ?? upgrade,
    ...(machine.agent ? withAgent(own) : {}),
  };
  return {
    hostname: shortName(hostname),
    ...(user === undefined ? {} : { user }),
    ...cloudConfigDocument(values),
  };
}

const agentPackage = 'qemu-guest-agent';

/** Images of distributions come without the agent, and a package that comes while the machine runs does not start it everywhere. */
function withAgent({ packages = [], runcmd = [] }: CloudConfigValues): CloudConfigValues {
  return {
    packages: packages.includes(agentPackage) ? packages : [agentPackage, ...packages],
    runcmd: [['systemctl', 'start', `${agentPackage}.service`], ...runcmd],
  };
}

function shortName(hostname: string): string {
  return hostname.split('.', 1)[0] ?? hostname;
}
