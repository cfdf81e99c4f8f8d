import { PhoenixError, type Problem } from '../base/errors.js';
import type { Check } from '../core/resource.js';
import type { CloudInitMachine } from '../guest/cloud-init/machine.js';
import { asksForDocuments, type CloudInitSpec, cloudInitSpec } from '../guest/cloud-init/spec.js';
import { isVmResource } from './roles.js';
import type { VmValues } from './schema.js';
import type { VmSpec } from './spec.js';

type CloudInitOfVm = NonNullable<VmValues['cloudInit']>;

/** What Proxmox itself can tell cloud-init. A template has no more: its clones bring documents of their own. */
export function withoutDocuments(cloudInit: VmValues['cloudInit']): VmValues['cloudInit'] {
  if (cloudInit === undefined) {
    return undefined;
  }
  const { userData, vendorData, networkConfig, snippets, ...generated } = cloudInit;
  return generated;
}

/** The documents of a machine's own; undefined if Proxmox makes them. Throws `cloud-init/*`. */
export function vmDocuments(spec: VmSpec, path: string): CloudInitSpec | undefined {
  const { cloudInit } = spec;
  if (cloudInit === undefined || !asksForDocuments(cloudInit)) {
    return undefined;
  }
  const problems = handOverProblems(cloudInit, spec.ostype, path);
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  return cloudInitSpec(cloudInit, machineOf(spec, cloudInit), path);
}

/** Keys that nobody has checked. */
export const cloudInitExtraCheck: Check = {
  name: 'cloud-init/extra-used',
  *test(world) {
    for (const { path, spec } of world.of(isVmResource)) {
      const { userData, vendorData } = spec.cloudInit ?? {};
      for (const key of [...new Set([userData, vendorData].flatMap((it) => Object.keys(it?.extra ?? {})))].sort()) {
        yield {
          code: 'cloud-init/extra-used',
          severity: 'info',
          path,
          message: `cloud-init is told ${key} as it stands, unchecked`,
          value: key,
          fix: 'check the document with `cloud-init schema --config-file`',
        };
      }
    }
  },
};

function machineOf(spec: VmSpec, { user, sshKeys = [], upgrade = true }: CloudInitOfVm): CloudInitMachine {
  return {
    vmid: spec.vmid,
    hostname: spec.hostname,
    nameservers: spec.nameservers,
    searchDomain: spec.searchDomain,
    // what Proxmox calls them as well
    nics: spec.nics.map(({ number, mac, ip, gateway, ip6, gateway6, mtu }) => ({
      name: `eth${number}`,
      mac,
      ip,
      gateway,
      ip6,
      gateway6,
      mtu,
    })),
    agent: spec.agent?.enabled === true,
    user,
    sshKeys,
    upgrade,
  };
}

/** The network configuration is of a form that only one way of handing over knows, and each document has one origin. */
function handOverProblems({ type, custom }: CloudInitOfVm, ostype: string | undefined, path: string): Problem[] {
  const isWindows = /^w/.test(ostype ?? '');
  const way = type ?? (isWindows ? 'configdrive2' : 'nocloud');
  const given = Object.entries(custom ?? {}).flatMap(([part, volume]) => (volume === undefined ? [] : [part]));
  const problems: Problem[] = [];
  if (way !== 'nocloud') {
    problems.push({
      code: 'cloud-init/type',
      message: `${path} has cloud-init documents of its own, which are handed over by nocloud and not by ${way}`,
      path,
      value: way,
      fix: isWindows ? 'give `cloudInit.custom` with snippets for cloudbase-init' : "give `cloudInit.type: 'nocloud'`",
    });
  }
  if (given.length > 0) {
    problems.push({
      code: 'cloud-init/two-origins',
      message: `${path} has cloud-init documents of its own, and \`cloudInit.custom\` names others for ${given.join(', ')}`,
      path,
      value: given,
      fix: 'keep one of them',
    });
  }
  return problems;
}
