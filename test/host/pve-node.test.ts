import { describe, expect, it } from 'vitest';
import { Gpu } from '../../src/host/gpu.js';
import { PveNode, type PveNodeProps } from '../../src/host/pve-node.js';
import { Storage } from '../../src/storage/storage.js';
import { findingsOf, synthesized, testApp } from '../../src/testing/index.js';
import { codesOf, SmallHost } from '../support/small-host.js';

const make = (props: Partial<Record<keyof PveNodeProps, unknown>>) => {
  const given: object = { address: '10.0.0.1', pveVersion: '9.1', ...props };
  return new PveNode(testApp(), 'pve', given as PveNodeProps);
};

describe('a host', () => {
  it('is named by its id unless the node has another name', () => {
    expect(make({}).hostName).toBe('pve');
    expect(make({ nodeName: 'other' }).hostName).toBe('other');
  });

  it.each([
    [{ address: 'pve.example.test' }],
    [{ pveVersion: '7.4' }],
    [{ cores: 0 }],
    [{ memory: 64 }],
    [{ nodeName: 'my_node' }],
    [{ vmids: { from: 1, to: 1000 } }],
  ])('is refused: %j', (props) => {
    expect(codesOf(() => make(props))).toEqual(['config/wrong-value']);
  });

  it('holds what lies directly below it in a stack of its own', () => {
    const app = testApp();
    const pve = new PveNode(app, 'pve', { address: '10.0.0.1', pveVersion: '9.1', nodeName: 'node1' });
    Storage.fromName(pve, 'local');
    const synth = synthesized(app);
    synth.stack('host-node1').hasStep('storage/local/entry');
    expect(JSON.parse(synth.file('stacks/host-node1/runbook.json'))).toMatchObject({
      host: 'node1',
      pveVersion: '9.1',
    });
  });

  it('may promise more memory than it has, with a warning; without numbers nothing is said', () => {
    const findings = (memory: '2GiB' | undefined) => {
      const host = new SmallHost(memory === undefined ? {} : { host: { memory } });
      host.container('a', { memory: '1.5GiB' });
      host.container('b', { memory: '1GiB' });
      host.template('base', { memory: '8GiB' });
      return findingsOf(host.app);
    };
    findings('2GiB').hasWarning('host/memory-overcommitted', 'pve');
    findings(undefined).lacks('host/memory-overcommitted');
  });
});

describe('a card', () => {
  it('is known by its address, whatever the case', () => {
    expect(Gpu.rtx4090({ pci: '0000:0A:00.0' }).pci).toBe('0000:0a:00.0');
  });

  it.each(['01:00.0', '0000:01:00', '0000:01:00.8', '0000:01:20.0'])('has a full PCI address, not %s', (pci) => {
    expect(codesOf(() => Gpu.h100({ pci }))).toEqual(['gpu/pci-address']);
  });

  it('has the memory that its driver reports, less than what the box says', () => {
    const cards = [
      Gpu.rtx3090,
      Gpu.rtx4090,
      Gpu.rtx5060Ti16,
      Gpu.rtx5090,
      Gpu.rtxPro6000Blackwell,
      Gpu.l40s,
      Gpu.h100,
      Gpu.h200,
    ];
    const gib = cards.map((card) => card({ pci: '0000:01:00.0' }).model.memory.toBytes() / 1024 ** 3);
    expect(gib.map((it) => Math.ceil(it))).toEqual([24, 24, 16, 32, 96, 45, 80, 141]);
  });
});
