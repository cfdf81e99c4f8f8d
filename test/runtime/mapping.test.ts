import { expect, test } from 'vitest';
import type { Step, StepOf } from '../../src/model/step.js';
import { Bench } from './bench.js';

const here = 'node=pve,path=0000:01:00.0,id=10de:2684';
const other = 'node=pve2,path=0000:41:00.0,id=10de:2684';

function mapping(maps: readonly string[], extra: Partial<StepOf<'mapping'>> = {}): Step {
  return {
    kind: 'mapping',
    id: 'mapping/pci/gpu/entry',
    resource: 'mapping/pci/gpu',
    path: 'base/gpu',
    title: 'mapping',
    needs: [],
    mapping: 'pci',
    entry: 'gpu',
    create: true,
    options: [],
    maps,
    ...extra,
  };
}

function applied(bench: Bench, step: Step): string {
  bench.synthesize({ steps: [step] });
  expect(bench.run('apply')).toMatchObject({ status: 0 });
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  return bench.node.readFile('/etc/pve/mapping/pci.cfg');
}

test('a mapping is made, changed where it drifted, and then left alone', () => {
  const bench = new Bench();
  const step = mapping([here], { options: [{ name: 'mdev', value: '0' }] });
  const made = applied(bench, step);
  expect(made).toBe(`gpu\n\tmap ${here}\n\tmdev 0\n\n`);
  bench.node.writeFile('/etc/pve/mapping/pci.cfg', made.replace('0000:01', '0000:05').replace('mdev 0', 'mdev 1'));
  expect(bench.plan()[step.id]?.changes.map(({ key }) => key)).toEqual(['map', 'mdev']);
  expect(applied(bench, step)).toBe(made);
});

test('maps of other nodes, other entries and options nobody asked for stay', () => {
  const bench = new Bench();
  bench.node.writeFile(
    '/etc/pve/mapping/pci.cfg',
    `nic\n\tmap ${other}\n\ngpu\n\tmap ${other},description=theirs\n\tmap ${here.replace('2684', '1111')}\n\tdescription shared\n\n`,
  );
  expect(applied(bench, mapping([here]))).toBe(
    `nic\n\tmap ${other}\n\ngpu\n\tmap ${other},description=theirs\n\tmap ${here}\n\tdescription shared\n\n`,
  );
});

test('parts in another order and letters in another case are no difference; another order of devices is', () => {
  const bench = new Bench();
  const second = 'node=pve,path=0000:02:00.0,id=10de:2684';
  bench.node.writeFile(
    '/etc/pve/mapping/pci.cfg',
    `gpu\n\tmap id=10DE:2684,node=pve,path=0000:01:00.0\n\tmap ${second}\n\n`,
  );
  bench.synthesize({ steps: [mapping([here, second], { options: [{ name: 'mdev', value: '0' }] })] });
  expect(bench.plan()['mapping/pci/gpu/entry']?.verdict).toBe('satisfied');
  bench.synthesize({ steps: [mapping([second, here])] });
  expect(bench.plan()['mapping/pci/gpu/entry']?.verdict).toBe('change');
});

test('an imported mapping has to be there with a device of this host', () => {
  const bench = new Bench();
  const step = mapping([], { create: false });
  bench.synthesize({ steps: [step] });
  expect(bench.plan()[step.id]).toMatchObject({
    verdict: 'refused',
    reason: 'there is no mapping gpu in /etc/pve/mapping/pci.cfg, and the program only refers to it',
  });
  bench.node.writeFile('/etc/pve/mapping/pci.cfg', `gpu\n\tmap ${other}\n\n`);
  expect(bench.plan()[step.id]).toMatchObject({ verdict: 'refused', reason: 'mapping gpu says nothing of pve' });
  bench.node.writeFile('/etc/pve/mapping/pci.cfg', `gpu\n\tmap ${here}\n\n`);
  expect(bench.plan()[step.id]?.verdict).toBe('satisfied');
});

test('a folder to share has to be there; what pvesh says against it fails the step', () => {
  const bench = new Bench();
  const step = mapping(['node=pve,path=/srv/share'], { mapping: 'dir', entry: 'share' });
  bench.synthesize({ steps: [step] });
  expect(bench.run('apply').status).toBe(1);
  expect(bench.node.exists('/etc/pve/mapping/directory.cfg')).toBe(false);
  bench.node.writeFile('/srv/share/file', '');
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.readFile('/etc/pve/mapping/directory.cfg')).toBe('share\n\tmap node=pve,path=/srv/share\n\n');
});

test('killed around its call, the apply comes to the same end', () => {
  for (const mode of ['kill-before', 'kill-after'] as const) {
    const bench = new Bench();
    bench.node.fault({ argv: ['pvesh', 'create'], mode, victim: 'tool' });
    bench.synthesize({ steps: [mapping([here])] });
    bench.run('apply');
    expect(bench.run('apply').status).toBe(0);
    expect(bench.node.readFile('/etc/pve/mapping/pci.cfg')).toBe(`gpu\n\tmap ${here}\n\n`);
  }
});
