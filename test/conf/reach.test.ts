import { describe, expect, it } from 'vitest';
import { vllmTable } from '../../src/ai/schema.js';
import { guestKinds } from '../../src/conf/guest-kind.js';
import { machineFields } from '../../src/conf/machine.js';
import { profileKinds } from '../../src/conf/profiles.js';
import { sections } from '../../src/conf/sections/all.js';
import { aliasTable } from '../../src/firewall/alias.js';
import { ipSetTable } from '../../src/firewall/ip-set.js';
import { clusterFields, hostFields } from '../../src/firewall/schema.js';
import { groupTable } from '../../src/firewall/security-group.js';
import { driverTable } from '../../src/gpu/nvidia-driver.js';
import { directoryMappingTable, pciMappingTable, usbMappingTable } from '../../src/host/mapping-schema.js';
import { hostTable } from '../../src/host/schema.js';
import { lxcSharedTable, lxcTable } from '../../src/lxc/schema.js';
import type { Field, Fields } from '../../src/model/fields.js';
import { bondTable, bridgeTable, vlanTable } from '../../src/network/schema.js';
import { subnetTable } from '../../src/network/subnet.js';
import { storageTypes } from '../../src/storage/types/all.js';
import { vmSharedTable, vmTable } from '../../src/vm/schema.js';
import { datasetTable, poolTable } from '../../src/zfs/schema.js';

describe('files', () => {
  const { parent: _, name: __, ...dataset } = datasetTable.fields;
  it.each<[string, Fields, Fields | undefined]>([
    ['PveNode', hostTable.fields, machineFields],
    ['ZfsPool', poolTable.fields, section('pools')],
    ['ZfsDataset, whose key is its full name', dataset, section('datasets')],
    ...storageTypes.map(({ type, table }): [string, Fields, Fields] => [
      `Storage ${type}`,
      table.fields,
      section('storages'),
    ]),
    ['Bond', bondTable.fields, section('bonds')],
    ['Vlan', vlanTable.fields, section('vlans')],
    ['Bridge', bridgeTable.fields, section('bridges')],
    ['Subnet', subnetTable.fields, section('subnets')],
    ['PciMapping', pciMappingTable.fields, entryOf(section('mappings')['pci'])],
    ['UsbMapping', usbMappingTable.fields, entryOf(section('mappings')['usb'])],
    ['DirectoryMapping', directoryMappingTable.fields, entryOf(section('mappings')['directories'])],
    ['Alias', aliasTable.fields, entryOf(section('firewall')['aliases'])],
    ['IpSet', ipSetTable.fields, entryOf(section('firewall')['ipSets'])],
    ['SecurityGroup', groupTable.fields, entryOf(section('firewall')['securityGroups'])],
    ['ClusterFirewall', clusterFields, section('firewall')['cluster']?.fields],
    ['HostFirewall', hostFields, section('firewall')['host']?.fields],
    ['NvidiaDriver', driverTable.fields, section('nvidiaDriver')],
    ['LxcContainer', lxcTable.fields, kind('lxc')],
    ['LxcTemplate', lxcTable.fields, kind('lxc-template')],
    ['VllmContainer', { ...lxcTable.fields, ...vllmTable.fields }, kind('vllm')],
    ['VirtualMachine', vmTable.fields, kind('vm')],
    ['VmTemplate', vmTable.fields, kind('vm-template')],
    ['Profile', lxcSharedTable.fields, profileKinds['lxc']?.['profile']?.fields],
    ['VmProfile', vmSharedTable.fields, profileKinds['vm']?.['profile']?.fields],
  ])('can say every prop of %s', (_construct, props, keys) => {
    expect(Object.keys(props).filter((key) => !Object.hasOwn(keys ?? {}, key))).toEqual([]);
  });
});

function section(key: string): Fields {
  return sections.find((one) => one.key === key)?.fields ?? {};
}

function kind(word: string): Fields {
  return guestKinds.find((one) => one.kind === word)?.fields ?? {};
}

function entryOf(field: Field | undefined): Fields | undefined {
  return field?.item?.fields;
}
