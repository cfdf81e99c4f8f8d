import { describe, expect, it, test } from 'vitest';
import { Stack } from '../../src/core/stack.js';
import { DirectoryMapping } from '../../src/host/directory-mapping.js';
import { PciMapping, type PciMappingProps } from '../../src/host/pci-mapping.js';
import { PveNode } from '../../src/host/pve-node.js';
import { UsbMapping } from '../../src/host/usb-mapping.js';
import type { Facts } from '../../src/model/facts.js';
import { reference } from '../../src/model/reference.js';
import type { StepOf } from '../../src/model/step.js';
import { findingsOf, synthesized, testApp } from '../../src/testing/index.js';
import { ZfsDataset } from '../../src/zfs/zfs-dataset.js';
import { card as factCard, factsOf, putFacts } from '../support/facts.js';
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
});

describe('the map of a PCI device', () => {
  const found = (map: PciMappingProps['maps'][number], facts?: Partial<Facts>) => {
    const host = new SmallHost();
    new PciMapping(host.base, 'gpu', { maps: [map] });
    if (facts !== undefined) {
      putFacts(host.app, factsOf(facts));
    }
    return findingsOf(host.app).all.filter(({ path }) => path === 'base/gpu');
  };
  const device = { ...factCard('0000:01:00.0', 0), subsystem: '1043:889a', iommuGroup: 14 };
  const whole = { path: '0000:01:00', id: '10de:2684' };

  it('says all that Proxmox compares, or no machine with the device starts', () => {
    expect(found(whole)).toEqual([
      {
        code: 'mapping/incomplete',
        severity: 'warning',
        path: 'base/gpu',
        message:
          'the map of 0000:01:00 says no `subsystemId` and `iommuGroup`, which a device that a machine can have does have: no machine with it starts',
        value: '0000:01:00',
        fix: 'give `subsystemId` and `iommuGroup` as `phoenix facts import` or `pvesh get /nodes/pve/hardware/pci` shows them',
      },
    ]);
    expect(found(card)).toEqual([]);
  });

  it('is told the values that the facts of the host have', () => {
    const [finding] = found(whole, { displayDevices: [device] });
    expect(finding?.fix).toBe("give subsystemId: '1043:889a', iommuGroup: 14: so it is by facts/pve.json");
  });

  it('may leave out what the device has not by the facts', () => {
    expect(
      found({ ...whole, subsystemId: '1043:889a' }, { displayDevices: [{ ...device, iommuGroup: undefined }] }),
    ).toEqual([]);
  });

  it('is warned of where the facts have something else', () => {
    const findings = found(
      { ...whole, id: '10DE:2684', subsystemId: '1043:889a', iommuGroup: 15 },
      { displayDevices: [device] },
    );
    expect(findings.map(({ code, value }) => [code, value])).toEqual([
      ['facts/mapped-device', '10DE:2684'],
      ['facts/mapped-device', '15'],
    ]);
    expect(findings[1]?.message).toBe(
      'the map of 0000:01:00 says iommugroup 15, and by facts/pve.json the device has 14: no machine with it starts',
    );
  });
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
