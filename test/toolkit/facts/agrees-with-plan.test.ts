import { describe, expect, test } from 'vitest';
import { type Facts, parseFacts } from '../../../src/model/facts.js';
import type { Runbook } from '../../../src/model/manifest.js';
import type { Step } from '../../../src/model/step.js';
import type { AssemblyContent } from '../../../src/toolkit/assembly.js';
import { diffFacts, type FactsDifference } from '../../../src/toolkit/facts/diff.js';
import { archive, Bench, type BenchStack } from '../../runtime/bench.js';
import { disk, machine, machineBench } from '../../runtime/machines.js';
import { container, dataset, exact, storage } from '../../runtime/steps.js';

/** A program on a bench, applied once. */
function applied(program: BenchStack, bench = new Bench()): Bench {
  bench.synthesize(program);
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  return bench;
}

function factsOf(bench: Bench): Facts {
  return parseFacts(bench.run('facts').stdout, 'applier facts');
}

function differenceOf(bench: Bench, { steps }: BenchStack): FactsDifference {
  const runbook: Runbook = {
    version: 1,
    app: 'phoenix',
    stack: 'ai',
    host: 'pve',
    pveVersion: '9.1',
    restart: 'never',
    steps,
  };
  const manifest = { app: 'phoenix', stacks: [], files: [], findings: [] } as unknown as AssemblyContent['manifest'];
  return diffFacts([factsOf(bench)], { manifest, runbooks: [runbook], text: () => '' });
}

const compared: ReadonlySet<Step['kind']> = new Set(['guest-config', 'zfs-dataset', 'storage']);

/** Which keys differ, by step: as the applier plans it, and as facts say it. Gives what the facts say. */
function agreedKeys(bench: Bench, program: BenchStack, ...words: string[]): Record<string, string[]> {
  bench.synthesize(program);
  const plan = bench.plan(...words);
  const difference = differenceOf(bench, program);
  const fields = difference.resources.flatMap(({ steps }) => steps.map(({ id, fields }) => [id, fields] as const));
  const sorted = (keys: readonly string[]) => keys.toSorted();
  const planned = program.steps
    .filter(({ kind, id }) => compared.has(kind) && plan[id]?.verdict !== 'create')
    .map(({ id }) => [id, sorted((plan[id]?.changes ?? []).map(({ key }) => key))] as const)
    .filter(([, keys]) => keys.length > 0);
  const ids = new Set(program.steps.flatMap(({ kind, id }) => (compared.has(kind) ? [id] : [])));
  const told = fields
    .filter(([id, it]) => ids.has(id) && it.length > 0)
    .map(([id, it]) => [id, sorted(it.map(({ field }) => field))] as const);
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(planned));
  return Object.fromEntries(told.map(([id, keys]) => [id, [...keys]]));
}

describe('facts say of the same keys as the plan that they differ', () => {
  const keys = [exact('cores', '2'), exact('tags', 'ai'), exact('features', 'nesting=1', 'restart')];
  const raw = [{ key: 'lxc.cgroup2.devices.allow', value: 'c 195:* rwm' }];
  const qwen = () => container(950, 'qwen', { keys, raw });

  test('of none on a host where all is in place', () => {
    const bench = applied(qwen());
    expect(agreedKeys(bench, qwen())).toEqual({});
    expect(differenceOf(bench, qwen())).toMatchObject({ isEmpty: true, resources: [] });
  });

  test('of a container that was changed behind our back', () => {
    const bench = applied(qwen());
    bench.node.run(['pct', 'set', '950', '--memory', '1024', '--features', 'nesting=1,keyctl=1', '--delete', 'tags']);
    bench.node.setGuestKey(950, 'startup', 'order=1');
    bench.node.writeFile('/etc/pve/lxc/950.conf', bench.node.guestConfig(950).replace('c 195:* rwm', 'c 1:* r'));
    expect(agreedKeys(bench, qwen())).toEqual({ 'guest/950/config': ['features', 'memory', 'raw lines', 'tags'] });
    expect(differenceOf(bench, qwen()).others).toContainEqual({
      host: 'pve',
      what: 'key',
      name: 'guest/950',
      about: 'startup: order=1 stays',
    });
  });

  test('of a program that has changed: keys that it left, a larger disk, another bridge', () => {
    const bench = applied(qwen());
    const later = container(950, 'renamed', {
      keys: [exact('cores', '4'), exact('net0', 'name=eth0,bridge=vmbr0,ip=dhcp')],
      gib: 8,
    });
    expect(agreedKeys(bench, later)).toEqual({
      'guest/950/config': ['cores', 'description', 'features', 'hostname', 'net0', 'raw lines', 'rootfs', 'tags'],
    });
  });

  test('of a guest that somebody protected', () => {
    const bench = applied(qwen());
    bench.node.setGuestKey(950, 'protection', '1');
    expect(agreedKeys(bench, container(950, 'qwen', { keys: [...keys, exact('protection', '0')], raw }))).toEqual({});
  });

  test("of a stranger's guest, as it would be once it is adopted", () => {
    const bench = new Bench();
    const words = ['--rootfs', 'local-zfs:4', '--hostname', 'old', '--memory', '2048', '--cores', '3', '--onboot', '1'];
    expect(bench.node.run(['pct', 'create', '950', archive, ...words]).status).toBe(0);
    const own = agreedKeys(bench, qwen());
    expect(own['guest/950/config']).toEqual(
      expect.arrayContaining(['cores', 'description', 'features', 'hostname', 'memory', 'raw lines', 'tags']),
    );
    expect(differenceOf(bench, qwen()).resources[0]?.steps[0]).toMatchObject({
      id: 'guest/950/create',
      fields: [{ field: 'owner', before: 'nobody', after: 'app phoenix' }],
    });
    expect(agreedKeys(bench, qwen(), '--adopt', 'ai/qwen')).toEqual(own);
  });

  test('of a machine: disks, and values that wait for a restart', () => {
    const program = (size: number, cores: string) => ({
      steps: machine(960, 'web', {
        keys: [disk('scsi0', size, 'iothread=1'), exact('cores', cores, 'restart'), exact('agent', '1', 'restart')],
      }),
    });
    const bench = applied(program(2, '2'), machineBench());
    expect(agreedKeys(bench, program(2, '2'))).toEqual({});
    bench.node.run(['qm', 'set', '960', '--cores', '4', '--agent', '0']);
    expect(agreedKeys(bench, program(4, '2'))['guest/960/config']).toEqual(expect.arrayContaining(['cores', 'scsi0']));
  });

  test('of datasets and storages', () => {
    const program = (recordsize: string, content: string) => ({
      steps: [
        dataset('rpool/models', { recordsize, quota: 'none' }),
        storage('models', 'dir', { path: '/rpool/models', content, is_mountpoint: 'yes' }, ['zfs/rpool/models']),
      ],
    });
    const bench = applied(program('131072', 'iso,vztmpl'));
    expect(agreedKeys(bench, program('131072', 'vztmpl,iso'))).toEqual({});
    expect(agreedKeys(bench, program('1048576', 'iso'))).toEqual({
      'zfs/rpool/models': ['recordsize'],
      'storage/models': ['content'],
    });
  });
});

test('what is not there is to be made, what nobody asks for is named, and so is what facts cannot tell', () => {
  const bench = new Bench();
  bench.node.run(['zfs', 'create', 'rpool/old']);
  bench.node.run(['pct', 'create', '940', archive, '--rootfs', 'local-zfs:4', '--hostname', 'old']);
  const program = { steps: [...container(950, 'qwen', { script: 'true\n' }).steps, dataset('rpool/new')] };
  bench.synthesize(program);
  const { resources, others, unseen } = differenceOf(bench, program);
  expect(resources.map(({ resource, change }) => [resource, change])).toEqual([
    ['guest/950', 'added'],
    ['zfs/rpool/new', 'added'],
  ]);
  expect(others.map(({ what, name, about }) => [what, name, about])).toEqual([
    ['guest', '940', "container old, nobody's"],
    ['storage', 'local', 'dir'],
    ['storage', 'local-zfs', 'zfspool'],
    ['dataset', 'rpool/data', '/rpool/data'],
    ['dataset', 'rpool/old', '/rpool/old'],
  ]);
  expect(unseen).toEqual([{ host: 'pve', resource: 'guest/950', step: 'guest/950/run', keys: [] }]);
});
