import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Bench, sha256 } from './bench.js';
import { configOf, container, dataset, exact, hostFile, run } from './steps.js';

test('wrong usage is exit 2, and help is not', () => {
  const bench = new Bench();
  bench.synthesize({ steps: [dataset('rpool/a')] });
  for (const words of [
    ['dance'],
    ['plan', '--colour'],
    ['plan', '--stack'],
    ['plan', '--json=1'],
    ['status', '--deep'],
    ['plan', '--yes'],
    ['verify', '--approve-privileges'],
    ['apply', '--jobs', '0'],
    ['plan', '--jobs', '4'],
  ]) {
    const { status, stdout, stderr } = bench.run(...words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^error {2}usage\/[a-z-]+\n {7}.*\n {7}→ /);
  }
  for (const words of [
    ['plan', '--stack', 'nosuch'],
    ['apply', '--only', 'nosuch'],
    ['apply', '--only', 'host/rpool-a', '--only', 'nosuch'],
    ['apply', '--allow-restart', 'host/rpool-a,nosuch'],
    ['apply', '--allow-create-pool', 'nosuch'],
  ]) {
    const { status, stderr, stdout } = bench.run(...words, '--json');
    expect(stderr).toMatch(/^error {2}usage\/unknown-name\n {7}(there is no stack|nothing is named) nosuch/);
    expect(JSON.parse(stdout)).toEqual({
      problems: [
        {
          code: 'usage/unknown-name',
          message: expect.stringContaining('nosuch'),
          value: 'nosuch',
          fix: expect.any(String),
        },
      ],
    });
    expect(status).toBe(2);
  }
  expect(bench.run('help').status).toBe(0);
  expect(bench.run('plan', '--help').stdout).toContain('applier VERB');
});

test('all mistyped names of a line are told at once, each with the one that is near, by verbs that look and by those that act', () => {
  const bench = new Bench();
  bench.synthesize(container(950, 'qwen', {}));
  for (const verb of ['plan', 'apply']) {
    const { status, stdout } = bench.run(
      verb,
      '--stack',
      'aj',
      '--only',
      'ai/qewn',
      '--allow-restart=ai/qwem',
      '--json',
    );
    expect(status).toBe(2);
    const { problems } = JSON.parse(stdout) as { problems: readonly { value: string; fix: string }[] };
    expect(problems.map(({ value, fix }) => [value, fix])).toEqual([
      ['aj', 'did you mean `ai`?'],
      ['ai/qwem', 'did you mean `ai/qwen`?'],
      ['ai/qewn', 'did you mean `ai/qwen`?'],
    ]);
  }
  bench.run('apply');
  for (const verb of ['destroy', 'orphan']) {
    const { status, stdout } = bench.run(verb, 'ai/qewn', '--json');
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ problems: [{ value: 'ai/qewn', fix: 'did you mean `ai/qwen`?' }] });
  }
});

test('on a host that no stack is for, nothing that looks says that all is well', () => {
  const bench = new Bench();
  bench.synthesize({ host: 'pve2', steps: [dataset('rpool/a')] });
  for (const words of [['status'], ['plan', '--fail'], ['verify'], ['destroy', 'host/rpool-a']]) {
    const { status, stdout, stderr } = bench.run(...words);
    expect(status, words.join(' ')).toBeGreaterThan(0);
    expect(stdout + stderr).toContain('this host is pve, and the stacks are for pve2');
  }
  const elsewhere = { code: 'applier/other-host', message: expect.stringContaining('the stacks are for pve2') };
  for (const words of [['status'], ['plan'], ['apply']]) {
    expect(JSON.parse(bench.run(...words, '--json').stdout), words.join(' ')).toMatchObject({ problems: [elsewhere] });
  }
});

test('what is not destroyed because it is retained is a refusal, also when nobody said yes', () => {
  const bench = new Bench();
  bench.synthesize(container(950, 'qwen', {}));
  expect(bench.run('apply').status).toBe(0);
  expect(bench.run('destroy', 'ai/qwen')).toMatchObject({ status: 1, stdout: expect.stringContaining('are retained') });
});

test('the applier is found through a link, from its own folder, and by a runbook that is run by itself', () => {
  const bench = new Bench();
  bench.synthesize({ steps: [dataset('rpool/a')] });
  const out = join(bench.folder, 'cdk.out');
  symlinkSync(join(out, 'applier'), join(bench.folder, 'a link'));
  const plan = /^ {2}\+ host\/rpool-a/m;
  expect(bench.node.run([join(bench.folder, 'a link'), 'plan']).stdout).toMatch(plan);
  expect(bench.node.run(['sh', '-c', 'cd "$0" && bash applier', out]).stdout).toMatch(plan);
  expect(bench.node.run(['bash', join(out, 'stacks/ai/runbook.sh')]).stdout).toMatch(plan);
  const withCdPath = ['env', `CDPATH=${bench.folder}`, 'sh', '-c', 'cd "$0" && bash cdk.out/applier', bench.folder];
  expect(bench.node.run(withCdPath).stdout).toMatch(plan);
});

test('a stack is a filter: what it needs of another one has to be there already', () => {
  const bench = new Bench();
  const file = hostFile('/etc/x', 'x\n', ['zfs/rpool/a']);
  bench.synthesize(
    { name: 'host', steps: [dataset('rpool/a')] },
    { name: 'ai', steps: [file.step], files: file.files },
  );
  expect(bench.plan('--stack', 'ai')).toMatchObject({
    [file.step.id]: { verdict: 'blocked', reason: expect.stringContaining('which is not selected') },
  });
  expect(Object.keys(bench.plan('--stack', 'host'))).toEqual(['zfs/rpool/a']);
  expect(Object.keys(bench.plan('--only', 'host/file'))).toEqual(['zfs/rpool/a', file.step.id]);
  expect(bench.run('apply', '--stack', 'host').status).toBe(0);
  expect(bench.plan('--stack', 'ai')[file.step.id]?.verdict).toBe('create');
});

test('stacks of another host are skipped by name, whatever release it has, and steps come in the order of the stacks', () => {
  const bench = new Bench();
  bench.synthesize(
    { name: 'z-first', steps: [dataset('rpool/a')] },
    { name: 'a-second', steps: [dataset('rpool/b')] },
    { name: 'far', host: 'pve2', pveVersion: '8.4', steps: [dataset('rpool/c')] },
  );
  const { stdout, status } = bench.run('plan', '--signature', 'good (0x91C4)');
  expect(status).toBe(0);
  expect(stdout).toContain(' · app phoenix · signature good (0x91C4) · looked in ');
  expect(stdout).toContain('skipped: stack far belongs to host pve2');
  expect(stdout.indexOf('z-first')).toBeLessThan(stdout.indexOf('a-second'));
  expect(Object.keys(bench.plan())).toEqual(['zfs/rpool/a', 'zfs/rpool/b']);
});

test.each([
  ['9.0', '9.1'],
  ['9.1', '9.0'],
  ['9.1', '8.4'],
] as const)('on PVE %s a stack that was made for %s is refused unless that is allowed', (pveVersion, madeFor) => {
  const bench = new Bench({ pveVersion });
  bench.synthesize({ steps: [dataset('rpool/a')], pveVersion: madeFor });
  expect(bench.run('plan').stdout).toContain(`Stops here: stack ai was made for PVE ${madeFor}`);
  for (const words of [['apply'], ['drift', '--repair'], ['apply', '--prune']]) {
    const { status, stderr } = bench.run(...words);
    expect(status).toBe(1);
    expect(stderr).toContain(`stack ai was made for PVE ${madeFor}, this host runs ${pveVersion}.`);
  }
  expect(bench.run('apply', '--allow-version').status).toBe(0);
});

test('a journal that a newer applier wrote stops every verb, whatever is allowed, and is left as it is', () => {
  const bench = new Bench();
  bench.synthesize({ steps: [dataset('rpool/a')] });
  bench.run('apply');
  const path = '/var/lib/phoenix/phoenix/journal';
  const newer = bench.node.readFile(path).replace('phoenix-journal 1', 'phoenix-journal 2');
  bench.node.writeFile(path, newer);
  for (const words of [
    ['plan'],
    ['apply', '--allow-version'],
    ['status'],
    ['verify'],
    ['orphan', '--all'],
    ['destroy', 'zfs/rpool/a', '--yes'],
  ]) {
    const { status, stderr } = bench.run(...words);
    expect(status).toBe(1);
    expect(stderr).toContain(
      'has version 2, this applier reads up to 1: use the applier that wrote it, or a newer one',
    );
  }
  expect(bench.node.readFile(path)).toBe(newer);
});

test('steps that need each other are an error that names them', () => {
  const bench = new Bench();
  bench.synthesize({
    steps: [dataset('rpool/a', {}, { needs: ['zfs/rpool/b'] }), dataset('rpool/b', {}, { needs: ['zfs/rpool/a'] })],
  });
  expect(bench.run('plan').stderr).toBe(
    'error  assembly/invalid\n       these steps need each other: zfs/rpool/a, zfs/rpool/b\n       → take one of the needs out of the program, then: phoenix synth\n',
  );
});

test('a failure names its cause, its log, the way to go on and what was not run, and leaves the rest alone', () => {
  const bench = new Bench();
  bench.node.onGuestRun({ match: 'exit 3', exit: 3, stderr: 'E: no such package\n' });
  const bad = container(950, 'bad', { script: 'exit 3\n', onboot: true });
  const good = container(951, 'good', { script: 'true\n' });
  bench.synthesize({ steps: [...bad.steps, ...good.steps], files: { ...bad.files, ...good.files } });
  const { stdout, stderr, status } = bench.run('apply');
  expect(status).toBe(1);
  expect(stderr).toMatch(/FAILED after .* s\n {8}the script ended with exit 3\n/);
  expect(stderr).toContain('E: no such package');
  expect(stderr).toContain('applier apply --from ai/bad');
  expect(stdout).toContain('1 failed');
  expect(stdout).toContain('Not run because of ai/bad (set-up script): ai/bad (onboot)');
  expect(bench.node.isRunning(951)).toBe(true);
  expect(bench.node.guestConfig(950)).not.toContain('onboot');
  const log = stdout.match(/Log (.*)\n/)?.[1] ?? '';
  const lines = bench.node
    .readFile(log)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines[0]).toMatchObject({ event: 'begin', app: 'phoenix' });
  expect(lines.filter(({ outcome }) => outcome === 'failed')).toMatchObject([
    { step: 'guest/950/run', stack: 'ai', path: 'ai/bad', reason: 'the script ended with exit 3' },
  ]);
  expect(lines.at(-1)).toMatchObject({ event: 'end', exit: 1, failed: 1, skipped: 1 });
  expect(
    lines
      .filter(({ event, outcome }) => event === 'step' && outcome !== 'skipped')
      .every(({ seconds }) => typeof seconds === 'number'),
  ).toBe(true);
});

test("what guests and tools say cannot command root's terminal", () => {
  const bench = new Bench();
  const evil = 'a\x1b[2J\x1b]0;b\x07\u009b2Jc\r\td é →\n';
  bench.node.onGuestRun({ match: 'exit 3', exit: 3, stderr: evil });
  const bad = container(950, 'bad', { script: 'exit 3\n' });
  const tool = ['sh', '-c', `printf '\\033[2Jx' >&2; exit 5`];
  const odd = run('odd', [{ probe: 'argv', argv: tool, satisfied: [0], absent: [1] }], [['true']]);
  bench.synthesize({ steps: [...bad.steps, odd], files: bad.files });
  const { stdout, stderr } = bench.run('apply', '--only', 'ai/bad');
  const told = bench.node.readFile((stdout.match(/Log (.*)\n/)?.[1] ?? '').replace(/jsonl$/, 'txt'));
  const plan = bench.run('plan');
  for (const text of [stderr, told]) expect(text).toContain('a?[2J?]0;b??2Jc?\td é →\n');
  for (const text of [stdout, stderr, told, plan.stdout]) expect(text.replace(/[\n\t]/g, '')).not.toMatch(/\p{Cc}/u);
});

test('a failure reaches what needs it through steps that are in place', () => {
  const bench = new Bench();
  bench.synthesize({ steps: container(950, 'qwen', {}).steps });
  bench.run('apply');
  const guest = container(950, 'qwen', {
    keys: [exact('net1', 'name=eth1,bridge=nobr,hwaddr=52:54:00:67:89:B1')],
    script: 'true\n',
  });
  bench.synthesize({ steps: guest.steps, files: guest.files });
  const { stdout, status } = bench.run('apply');
  expect(status).toBe(1);
  expect(stdout).toContain('Not run because of ai/qwen (config): ai/qwen (set-up script)');
});

test('a key that is asked for twice is refused instead of being set back and forth', () => {
  const bench = new Bench();
  bench.synthesize({ steps: container(950, 'qwen', {}).steps });
  bench.run('apply');
  bench.synthesize({ steps: container(950, 'qwen', { keys: [exact('memory', '2048')] }).steps });
  expect(bench.plan()['guest/950/config']).toMatchObject({
    verdict: 'refused',
    reason: 'the step asks twice for memory',
  });
});

test('a live change is made on the running guest, one that needs a restart is held back by name, and made with the restart where that is allowed', () => {
  const bench = new Bench();
  const features = (value: string, cores: string) =>
    container(950, 'qwen', { keys: [exact('cores', cores), exact('features', value, 'restart')] });
  bench.synthesize({ steps: features('nesting=1', '2').steps });
  bench.run('apply');
  bench.synthesize({ steps: features('nesting=1,keyctl=1', '4').steps });
  const plan = bench.run('plan').stdout;
  expect(plan).toMatch(/~ cores +2 → 4 +live/);
  expect(plan).toMatch(/! features +nesting=1 → nesting=1,keyctl=1 +restart \(held back\)/);
  expect(plan).toContain('Not allowed yet: --allow-restart ai/qwen');
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.guestConfig(950)).toMatch(/^cores: 4$[\s\S]*^features: nesting=1$/m);
  bench.node.clearCommands();
  expect(bench.run('apply', '--allow-restart', 'ai/qwen').status).toBe(0);
  expect(bench.commands()).toEqual([
    expect.stringMatching(/^pct set 950 --digest \w+ --features nesting=1,keyctl=1$/),
    'pct reboot 950 --timeout 5',
  ]);
  expect(bench.node.guestConfig(950)).toMatch(/^features: nesting=1,keyctl=1$/m);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('a value that only waits for a restart is told apart from one that is in force', () => {
  const bench = new Bench();
  const guest = container(950, 'qwen', { keys: [exact('features', 'nesting=1', 'restart')] });
  bench.synthesize({ steps: guest.steps });
  bench.run('apply');
  bench.node.run(['pct', 'set', '950', '--features', 'nesting=1,keyctl=1']);
  expect(bench.plan()['guest/950/config']).toMatchObject({
    verdict: 'change',
    changes: [{ key: 'features', from: 'nesting=1,keyctl=1', to: 'nesting=1' }],
  });
  bench.node.clearCommands();
  expect(bench.run('apply').status).toBe(0);
  expect(bench.commands()).toEqual(['pct set 950 --revert features']);
});

test('a key that left the program is removed; a key that somebody else set stays and is told', () => {
  const bench = new Bench();
  bench.synthesize({ steps: container(950, 'qwen', { keys: [exact('cores', '2'), exact('tags', 'ai')] }).steps });
  bench.run('apply');
  bench.node.setGuestKey(950, 'startup', 'order=1');
  bench.synthesize({ steps: container(950, 'qwen', { keys: [exact('cores', '2')] }).steps });
  expect(bench.plan()['guest/950/config']).toMatchObject({
    changes: [{ key: 'tags', to: 'absent' }],
    notes: ['foreign key startup (order=1) stays'],
  });
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.guestConfig(950)).toMatch(/^startup: order=1$/m);
  expect(bench.node.guestConfig(950)).not.toMatch(/^tags:/m);
});

test("people's lines of the description stay when our line changes", () => {
  const bench = new Bench();
  bench.synthesize({ steps: container(950, 'qwen', {}).steps });
  bench.run('apply');
  bench.node.run([
    'pct',
    'set',
    '950',
    '--description',
    'phoenix-cdk app=phoenix path=ai/qwen vmid=950\nask Ann: 100% ü',
  ]);
  const moved = configOf(950, [
    { is: 'marker', key: 'description', value: 'phoenix-cdk app=phoenix path=ai/renamed vmid=950', impact: 'live' },
  ]);
  bench.synthesize({
    steps: [...container(950, 'qwen', {}).steps.filter(({ kind }) => kind === 'guest-create'), moved],
  });
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.run(['pct', 'config', '950']).stdout).toContain(
    'path=ai/renamed vmid=950%0Aask Ann%3A 100%25 %C3%BC',
  );
});

test('status lists the guests of the app', () => {
  const bench = new Bench();
  const template = container(900, 'base', { seal: sha256('t') });
  bench.synthesize({
    steps: [...template.steps, ...container(950, 'qwen', {}).steps, ...container(951, 'new', {}).steps],
  });
  bench.run('apply', '--only', 'ai/base', '--only', 'ai/qwen');
  bench.node.setGuestKey(950, 'lock', 'backup');
  expect(bench.run('status').stdout).toBe(
    [
      'VMID  PATH     TYPE  STATE    OWNER   TEMPLATE  LOCK    PENDING  HA',
      '900   ai/base  lxc   stopped  ours    sealed',
      '950   ai/qwen  lxc   running  ours              backup',
      '951   ai/new   lxc   absent   absent',
      '',
    ].join('\n'),
  );
  expect(JSON.parse(bench.run('status', '--json').stdout).guests).toHaveLength(3);
});

test('the tools of root are found without a PATH that names their folders, as from cron', () => {
  const bench = new Bench();
  const probe = { probe: 'argv', argv: ['sysctl', '--version'], satisfied: [0], absent: [1] } as const;
  bench.synthesize({ steps: [run('a', [probe], [])] });
  const applier = `${bench.folder}/cdk.out/applier`;
  const bare = ['/usr/bin/env', '-i', 'PATH=/usr/bin:/bin', `PHOENIX_ROOT=${bench.node.root}`];
  const { stdout } = bench.node.run([...bare, applier, 'plan']);
  expect(stdout).toContain('Plan');
  expect(stdout).not.toContain('cannot run sysctl');
});
