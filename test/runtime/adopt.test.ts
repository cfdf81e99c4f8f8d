import { expect, test } from 'vitest';
import type { Step } from '../../src/model/step.js';
import { archive, Bench, sha256 } from './bench.js';
import { disk, machine, machineBench } from './machines.js';
import { container, exact } from './steps.js';

/** A container that somebody made by hand, with notes of theirs and a key that no program of ours asks for. */
function byHand(bench: Bench, vmid: number, ...more: string[]): void {
  const words = ['--rootfs', 'local-zfs:4', '--hostname', `old-${vmid}`, '--memory', '2048', '--cores', '3'];
  const notes = ['--description', "Anna's box 🚀 im Büro\ndo not touch"];
  const { status, stderr } = bench.node.run(['pct', 'create', String(vmid), archive, ...words, ...notes, ...more]);
  expect(status, stderr).toBe(0);
}

const qwen = (options: Parameters<typeof container>[2] = {}) => container(950, 'qwen', options);
const adopted = (steps: readonly Step[]): Step[] =>
  steps.map((step) => (step.kind === 'guest-create' ? { ...step, source: { from: 'adopted' } } : step));

/** A bench with container 950 made by hand, and a program that has it as ai/qwen. */
function bench950(...more: string[]): Bench {
  const bench = new Bench();
  byHand(bench, 950, ...more);
  bench.node.clearCommands();
  bench.synthesize(qwen());
  return bench;
}

test('the plan shows how a guest that is not ours would change, and how to adopt it', () => {
  const bench = bench950();
  const { stdout } = bench.run('plan');
  expect(stdout).toMatch(/^ {2}\? ai\/qwen/m);
  expect(stdout).toContain('guest 950 exists and is not ours. Adopt with --adopt ai/qwen; then:');
  expect(stdout).toMatch(/~ hostname +old-950 → qwen +live/);
  expect(stdout).toMatch(/~ memory +2048 MiB → 512 MiB +live/);
  expect(stdout).toContain('foreign key cores (3) stays');
  expect(stdout).toContain('Not allowed yet: --adopt ai/qwen');
  expect(bench.run('apply').status).toBe(1);
  expect(bench.commands()).toEqual([]);
});

test('adoption writes our line above what people wrote, and the ordinary steps do the rest', () => {
  const bench = bench950();
  expect(bench.run('plan', '--adopt', 'ai/qwen').stdout).toMatch(/Plan: 0 to create, 1 to adopt, 2 to change/);
  const { status, stdout, stderr } = bench.run('apply', '--adopt', 'ai/qwen');
  expect(status, stderr).toBe(0);
  expect(stdout).toContain('Applied: 1 adopted, 0 created');
  const [first] = bench.commands();
  expect(first).toMatch(/^pct set 950 --digest \w+ --description phoenix-cdk app=phoenix path=ai\/qwen vmid=950/);
  expect(bench.commands().filter((line) => /create|clone|destroy/.test(line))).toEqual([]);
  const conf = bench.node.guestConfig(950);
  expect(conf).toMatch(
    /^#phoenix-cdk app=phoenix path=ai\/qwen vmid=950\n#Anna's box %F0%9F%9A%80 im B%C3%BCro\n#do not touch\n/,
  );
  expect(conf).toContain('hostname: qwen\n');
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('what an adopted guest has and nobody asks for stays, unlike what a clone of ours was born with', () => {
  const bench = bench950('--mp0', 'local-zfs:1,mp=/data');
  expect(bench.run('apply', '--adopt', 'ai/qwen').status).toBe(0);
  expect(bench.node.guestConfig(950)).toMatch(/^cores: 3$/m);
  expect(bench.node.guestConfig(950)).toMatch(/^mp0: /m);
  expect(bench.plan()['guest/950/config']?.notes).toContain('foreign key cores (3) stays');
});

test('the root disk of an adopted guest is kept, and what the program makes it from is not looked at', () => {
  const bench = new Bench();
  byHand(bench, 950);
  bench.synthesize(container(950, 'qwen', { from: { template: 900, digest: sha256('x') } }));
  const guid = () =>
    bench.node.run(['zfs', 'get', '-Hp', '-o', 'value', 'guid', 'rpool/data/subvol-950-disk-0']).stdout;
  const before = guid();
  expect(bench.plan('--adopt', 'ai/qwen')['guest/950/create']?.notes).toEqual([
    'local-zfs:subvol-950-disk-0 is kept; what the program makes this guest from is not looked at',
  ]);
  expect(bench.run('apply', '--adopt', 'ai/qwen').status).toBe(0);
  expect(guid()).toBe(before);
  expect(bench.plan()['guest/950/create']).toMatchObject({ verdict: 'satisfied', notes: [] });
});

test('a restart that adoption would need is held back like any other', () => {
  const bench = bench950('--features', 'nesting=1');
  bench.node.run(['pct', 'start', '950']);
  bench.synthesize(qwen({ keys: [exact('features', 'nesting=1,keyctl=1', 'restart')] }));
  const plan = bench.plan('--adopt', 'ai');
  expect(plan['guest/950/config']?.changes).toContainEqual(expect.objectContaining({ key: 'features', held: true }));
  bench.run('apply', '--adopt', 'ai');
  expect(bench.node.guestConfig(950)).toContain('features: nesting=1\n');
  expect(bench.node.guestConfig(950)).toContain('#phoenix-cdk app=phoenix');
});

test('an adopted guest that is gone is not made anew', () => {
  const bench = bench950();
  expect(bench.run('apply', '--adopt', 'ai/qwen').status).toBe(0);
  bench.node.run(['pct', 'stop', '950']);
  bench.node.run(['pct', 'destroy', '950']);
  expect(bench.plan()['guest/950/create']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('was adopted'),
  });
});

test('a program of `phoenix adopt` has nothing left to do once its guests are adopted', () => {
  const bench = bench950();
  const [create, config] = adopted(qwen().steps);
  const keys = [exact('hostname', 'old-950'), exact('memory', '2048'), exact('cores', '3')];
  const line = config?.kind === 'guest-config' ? config.keys.filter(({ is }) => is === 'marker') : [];
  bench.synthesize({
    steps: [create as Step, { ...(config as Extract<Step, { kind: 'guest-config' }>), keys: [...keys, ...line] }],
  });
  expect(bench.run('apply', '--adopt', 'ai').stdout).toContain('Applied: 1 adopted, 0 created');
  expect(bench.commands()).toEqual([expect.stringContaining('--description')]);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('machines are adopted by a disk, or by their UUIDs', () => {
  for (const disks of [['--scsi0', 'local-zfs:2'], []]) {
    const bench = machineBench();
    bench.node.run(['qm', 'create', '950', '--name', 'old', '--description', 'mine', ...disks]);
    bench.node.clearCommands();
    bench.synthesize({
      steps: machine(950, 'web', { state: 'stopped', keys: disks.length === 0 ? [] : [disk('scsi0', 2)] }),
    });
    expect(bench.run('apply').status).toBe(1);
    expect(bench.commands()).toEqual([]);
    const { status, stderr } = bench.run('apply', '--adopt', 'vm/web');
    expect(status, stderr).toBe(0);
    expect(bench.node.readFile('/etc/pve/qemu-server/950.conf')).toMatch(/^#phoenix-cdk .*vmid=950\n#mine\n/);
    expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
    expect(bench.node.readFile('/var/lib/phoenix/phoenix/journal')).toMatch(
      disks.length === 0 ? /^guest\t950\tqemu\tuuid:/m : /^guest\t950\tqemu\t\d+\t/m,
    );
  }
});

test('the guest of another app is adopted only after that app let it go', () => {
  const bench = bench950('--description', 'phoenix-cdk app=other path=ai/x vmid=950');
  bench.node.run(['pct', 'set', '950', '--description', 'phoenix-cdk app=other path=ai/x vmid=950']);
  bench.node.clearCommands();
  const reason = () => bench.plan('--adopt', 'ai/qwen')['guest/950/create']?.reason;
  expect(reason()).toContain('this host has no journal of other that says it was let go');
  bench.node.writeFile('/var/lib/phoenix/other/journal', 'phoenix-journal 1\nguest\t950\tlxc\t1\tlocal-zfs:x\t-\n');
  expect(reason()).toContain('other looks after it');
  expect(bench.run('apply', '--adopt', 'ai/qwen').status).toBe(1);
  expect(bench.commands()).toEqual([]);
  bench.node.writeFile(
    '/var/lib/phoenix/other/journal',
    'phoenix-journal 1\nguest\t950\tlxc\t1\tlocal-zfs:x\t-\ngone\t950\n',
  );
  expect(bench.run('apply', '--adopt', 'ai/qwen').status).toBe(0);
});

test('a marker that names a folder beside ours leads nowhere', () => {
  const bench = bench950();
  bench.node.run(['pct', 'set', '950', '--description', 'phoenix-cdk app=../../etc path=ai/x vmid=950']);
  expect(bench.plan('--adopt', 'ai/qwen')['guest/950/create']?.reason).toContain('is no name of an app');
});

test('where two of three agree, only the very path adopts', () => {
  const bench = bench950();
  expect(bench.run('apply', '--adopt', 'ai/qwen').status).toBe(0);
  bench.node.run(['rm', '-r', `${bench.node.root}/var/lib/phoenix`]);
  expect(bench.plan('--adopt', 'ai')['guest/950/create']?.verdict).toBe('unknown');
  expect(bench.run('apply', '--adopt', 'ai/qwen').status).toBe(0);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('protection that the program does not ask for is a veto against adoption, too', () => {
  const bench = bench950('--protection', '1');
  expect(bench.plan('--adopt', 'ai/qwen')['guest/950/create']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('guest 950 is protected'),
  });
});

test('a name that no guest of the program has is wrong usage', () => {
  expect(bench950().run('plan', '--adopt', 'ai/nosuch').status).toBe(2);
});

test('a template that exists is adopted as it is; a guest that is none is not made one', () => {
  const digest = sha256('template 900');
  const template = container(900, 'base', { seal: digest, keys: [exact('cores', '8')] });
  const bench = new Bench();
  byHand(bench, 900);
  bench.synthesize(template);
  expect(bench.plan('--adopt', 'ai/base')['guest/900/template']).toMatchObject({ verdict: 'refused' });
  bench.node.run(['pct', 'template', '900']);
  bench.node.clearCommands();
  const clone = container(950, 'qwen', { from: { template: 900, digest }, needs: ['guest/900/template'] });
  bench.synthesize({ steps: [...template.steps, ...clone.steps] });
  const { status, stderr } = bench.run('apply', '--adopt', 'ai/base');
  expect(status, stderr).toBe(0);
  expect(bench.commands().filter((line) => line.includes(' 900 '))).toEqual([
    expect.stringMatching(/^pct set 900 .*--description/),
    expect.stringMatching(/^pct clone 900 950/),
  ]);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test.each(['before', 'after'] as const)('a run that is killed %s our line was written is made up for', (mode) => {
  const bench = bench950();
  bench.node.fault({ argv: ['pct', 'set'], mode: `kill-${mode}` });
  bench.run('apply', '--adopt', 'ai/qwen');
  expect(bench.run('apply', '--adopt', 'ai/qwen').status).toBe(0);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  expect(bench.node.guestConfig(950).match(/phoenix-cdk/g)).toHaveLength(1);
});

test('a container off ZFS, as in a default installation, is adopted by the name of its volume', () => {
  const bench = new Bench();
  const config = 'arch: amd64\nhostname: qwen\nmemory: 512\nostype: debian\nrootfs: local-lvm:vm-950-disk-0,size=4G\n';
  bench.node.writeFile('/etc/pve/lxc/950.conf', `${config}swap: 512\nunprivileged: 1\n`);
  const lvm = 'lvmthin: local-lvm\n\tvgname pve\n\tthinpool data\n\tcontent rootdir,images\n';
  bench.node.writeFile('/etc/pve/storage.cfg', `${bench.node.readFile('/etc/pve/storage.cfg')}\n${lvm}`);
  const steps = adopted(qwen().steps).flatMap((step): Step[] => {
    if (step.kind === 'guest-state') return [];
    if (step.kind !== 'guest-config') return [step];
    return [{ ...step, keys: step.keys.map((key) => (key.is === 'volume' ? { ...key, storage: 'local-lvm' } : key)) }];
  });
  bench.synthesize({ steps });
  expect(bench.plan()['guest/950/create']).toMatchObject({ verdict: 'foreign', flag: '--adopt ai/qwen' });
  const { status, stderr } = bench.run('apply', '--adopt', 'ai/qwen');
  expect(status, stderr).toBe(0);
  expect(bench.node.guestConfig(950)).toMatch(/^#phoenix-cdk app=phoenix path=ai\/qwen vmid=950\n/);
  expect(bench.node.readFile('/var/lib/phoenix/phoenix/journal')).toContain(
    'guest\t950\tlxc\t-\tlocal-lvm:vm-950-disk-0\tadopted\n',
  );
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('notes in the form of old configs are kept by an adoption', () => {
  const bench = machineBench();
  bench.node.run(['qm', 'create', '950', '--name', 'web', '--scsi0', 'local-zfs:1']);
  bench.node.setGuestKey(950, 'description', 'call%20Anna%20first');
  bench.synthesize({ steps: machine(950, 'web', { keys: [disk('scsi0', 1)] }) });
  expect(bench.run('apply', '--adopt', 'vm/web')).toMatchObject({ status: 0 });
  const config = decodeURIComponent(bench.node.guestConfig(950));
  expect(config).toContain('#phoenix-cdk app=phoenix path=vm/web vmid=950\n#call Anna first\n');
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});
