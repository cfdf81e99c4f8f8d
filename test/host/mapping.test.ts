import { expect, it, test } from 'vitest';
import { Stack } from '../../src/core/stack.js';
import { DirectoryMapping } from '../../src/host/directory-mapping.js';
import { PciMapping, type PciMappingProps } from '../../src/host/pci-mapping.js';
import { PveNode } from '../../src/host/pve-node.js';
import { UsbMapping } from '../../src/host/usb-mapping.js';
import { reference } from '../../src/model/reference.js';
import type { StepOf } from '../../src/model/step.js';
import { synthesized, testApp } from '../../src/testing/index.js';
import { ZfsDataset } from '../../src/zfs/zfs-dataset.js';
import { codesOf, SmallHost } from '../support/small-host.js';

const card = { path: '0000:01:00.0', id: '10de:2684', subsystemId: '10de:1000', iommuGroup: 12 };

function mappings(host: SmallHost): StepOf<'mapping'>[] {
  return host
    .synth()
    .stack('base')
    .steps.filter((step) => step.kind === 'mapping');
}

test('a PCI mapping is an entry of the cluster with the maps of its host, in their order', () => {
  const host = new SmallHost();
  const gpu = new PciMapping(host.base, 'gpu', {
    maps: [card, { path: '0000:02:00', id: '10de:2684', description: 'second' }],
    mdev: false,
    description: 'for inference',
  });
  expect(mappings(host)).toEqual([
    {
      kind: 'mapping',
      id: 'mapping/pci/gpu/entry',
      resource: 'mapping/pci/gpu',
      path: 'base/gpu',
      title: 'mapping',
      needs: [],
      exclusive: ['file/mapping/pci'],
      mapping: 'pci',
      entry: 'gpu',
      create: true,
      options: [
        { name: 'description', value: 'for inference' },
        { name: 'mdev', value: '0' },
      ],
      maps: [
        'node=pve,path=0000:01:00.0,id=10de:2684,subsystem-id=10de:1000,iommugroup=12',
        'node=pve,path=0000:02:00,id=10de:2684,description=second',
      ],
    },
  ]);
  expect(gpu[reference]).toEqual({ kind: 'PCI mapping', plain: 'gpu', host: 'pve' });
  host.synth().findings.hasInfo('mapping/incomplete', 'base/gpu');
});

test('USB devices and folders have one map a host; an imported mapping has none', () => {
  const host = new SmallHost();
  new UsbMapping(host.base, 'stick', { id: '0781:5581', path: '1-2' });
  new DirectoryMapping(host.base, 'models', { mappingId: 'shared-models', path: '/rpool/models/llm' });
  PciMapping.fromName(host.base, 'old');
  expect(mappings(host).map(({ id, create, maps }) => [id, create, maps])).toEqual([
    ['mapping/dir/shared-models/entry', true, ['node=pve,path=/rpool/models/llm']],
    ['mapping/pci/old/entry', false, []],
    ['mapping/usb/stick/entry', true, ['node=pve,id=0781:5581,path=1-2']],
  ]);
});

test('a folder on a dataset of the program waits for the dataset', () => {
  const host = new SmallHost();
  new ZfsDataset(host.base, 'data', { parent: host.rpool, name: 'models' });
  new DirectoryMapping(host.base, 'models', { path: '/rpool/models' });
  expect(mappings(host)[0]?.needs).toEqual(['zfs/rpool/models/dataset']);
});

it.each<[string, PciMappingProps | object, string]>([
  ['an address without domain', { maps: [{ path: '01:00.0', id: '10de:2684' }] }, 'config/wrong-value'],
  ['an id of three digits', { maps: [{ path: '0000:01:00.0', id: '10de:268' }] }, 'config/wrong-value'],
  ['no devices said', {}, 'config/missing'],
])('refuses %s', (_what, props, code) => {
  const host = new SmallHost();
  expect(codesOf(() => new PciMapping(host.base, 'gpu', props as PciMappingProps))).toEqual([code]);
});

it('refuses an id that Proxmox would not take', () => {
  const host = new SmallHost();
  expect(codesOf(() => PciMapping.fromName(host.base, '1gpu'))).toEqual(['mapping/name']);
});

it('wants the options of one mapping to be the same on every host', () => {
  const app = testApp();
  for (const [name, mdev] of [
    ['one', true],
    ['two', false],
  ] as const) {
    const pve = new PveNode(app, name, { address: '10.0.0.1', pveVersion: '9.1' });
    new PciMapping(new Stack(app, `on-${name}`, { host: pve }), 'gpu', { maps: [card], mdev });
  }
  expect(codesOf(() => synthesized(app))).toEqual(['mapping/differs']);
});
