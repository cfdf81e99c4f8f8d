import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { SimulatedFault, SimulatedRun } from '../../src/testing/simulated-commands.js';
import { runtimeFile } from '../support/runtime.js';
import { Bench } from './bench.js';
import { container, dataset, storage } from './steps.js';
import { HostKey, hasGpg, place, secretFile, secretService, store } from './vault.js';

const names = ['app/env', 'app/json', 'guest/key', 'nas/password', 'pbs/key', 'vm/user'] as const;
type Name = (typeof names)[number];

/** The part of each value that no encoding changes, and that occurs nowhere else. */
const canary = (name: Name, edition = 'first') => `canary${name.replace('/', 'of')}${edition}8d1e0c57`;
const value = (name: Name, edition?: string) =>
  name === 'pbs/key' ? `{"data": "${canary(name, edition)}"}` : `"${canary(name, edition)}"\\ $x`;
const every = names.flatMap((name) => [canary(name), canary(name, 'second')]);

const intended = {
  '/etc/app.env': '0600',
  '/etc/app.json': '0640',
  '/etc/pve/priv/storage/backups.enc': '0600',
  '/etc/pve/priv/storage/nas.pw': '0600',
  '/rpool/data/subvol-950-disk-0/etc/credstore/x.key': '0600',
  '/var/lib/vz/snippets/phoenix-940-user.yaml': '0600',
};

describe.skipIf(!hasGpg)('canaries in the place of secrets', () => {
  let key: HostKey;
  let bench: Bench;
  beforeEach(async () => {
    key = new HostKey();
    vi.stubEnv('PHOENIX_GNUPGHOME', key.home);
    bench = new Bench();
    synthesize();
    await encrypt();
    return () => vi.unstubAllEnvs();
  });

  function synthesize(): void {
    const guest = container(950, 'a', {});
    const parts = [
      secretFile('/etc/app.env', `A="${place('app/env', 'env')}"\n`, ['app/env']),
      secretFile('/etc/app.json', `{"a": "${place('app/json', 'json')}"}\n`, ['app/json'], { mode: '0640' }),
      secretFile('/var/lib/vz/snippets/phoenix-940-user.yaml', `a: "${place('vm/user', 'yaml')}"\n`, ['vm/user']),
      secretService(950, 'guest/950/state', { '/etc/credstore/x.key': place('guest/key') }, ['guest/key']),
    ];
    const nas = { server: 's', share: 'x', content: 'iso', username: 'u', disable: '1' };
    const backups = { server: 's', datastore: 'd', content: 'backup', disable: '1' };
    bench.synthesize({
      restart: 'allowed',
      steps: [
        dataset('rpool/first'),
        ...guest.steps,
        storage('nas', 'cifs', nas, [], { secrets: [{ option: 'password', secret: 'nas/password' }] }),
        storage('backups', 'pbs', backups, [], { secrets: [{ option: 'encryption-key', secret: 'pbs/key' }] }),
        ...parts.flatMap((part) => ('steps' in part ? part.steps : [part.step])),
      ],
      files: Object.assign({ ...guest.files }, ...parts.map((part) => part.files)) as Record<string, string>,
    });
  }

  async function encrypt(edition?: string): Promise<void> {
    for (const name of names) {
      store(bench, { [name]: await key.sealed(name, value(name, edition)) });
    }
  }

  /** Files of the host, of the assembly and of the recorded commands that hold a canary. */
  function holding(): string[] {
    const list = join(bench.folder, 'canaries');
    writeFileSync(list, every.join('\n'));
    // the simulation's own: what came into guests on standard input, and what it was told to answer
    const recorded = ['--exclude=*.tar', '--exclude=*.tar.half', '--exclude-dir=guest-rules', '--exclude=canaries'];
    const { stdout } = bench.node.run(['grep', '-rlaF', ...recorded, '-f', list, bench.folder]);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(bench.node.root, ''))
      .sort();
  }

  function expectSilent(...runs: SimulatedRun[]): void {
    for (const { stdout, stderr } of runs) {
      expect(every.filter((one) => `${stdout}${stderr}`.includes(one))).toEqual([]);
    }
  }

  test('only the files that are to hold them do, with their modes and owners, after every kind of run', async () => {
    const planned = bench.run('plan');
    expectSilent(planned, bench.run('plan', '--json'));
    expect(holding()).toEqual([]);
    bench.node.onGuestRun({ match: /systemctl restart/, exit: 1, stdout: value('guest/key'), times: 1 });
    const failed = bench.run('apply');
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain('[secret guest/key]');
    const applied = bench.run('apply', '--json');
    expect(applied.status, applied.stderr).toBe(0);
    await encrypt('second');
    const rotated = bench.run('apply');
    expect(rotated.status, rotated.stderr).toBe(0);
    expectSilent(failed, applied, rotated, bench.run('apply'), bench.run('verify'), bench.run('status'));

    expect(holding()).toEqual(Object.keys(intended));
    for (const [path, mode] of Object.entries(intended)) {
      const facts = statSync(bench.node.path(path));
      expect([path, `0${(facts.mode & 0o777).toString(8)}`, facts.uid]).toEqual([path, mode, process.getuid?.()]);
      expect(readFileSync(bench.node.path(path), 'utf8')).toContain('second8d1e0c57');
    }
    expect(readdirSync(bench.node.path('/run/phoenix'))).toEqual([]);
  });

  test('no process has one among its words or in its environment', async () => {
    const watch = await sampler(bench, [...every, 'PHOENIX_PATIENCE=2']);
    expect(bench.run('apply').status).toBe(0);
    await encrypt('second');
    expect(bench.run('apply').status).toBe(0);
    const seen = await watch();
    // what every applier of a bench has in its environment is found: whoever looks sees something
    expect(Object.keys(seen)).toEqual(['PHOENIX_PATIENCE=2']);
  });

  const crashes: [string, SimulatedFault][] = [
    ['before the first step', { argv: ['zfs', 'create'], mode: 'kill-before' }],
    ['while files are sent into a guest', { argv: /^lxc-attach .* tar /, mode: 'kill-middle' }],
    ['after files were sent into a guest', { argv: /^lxc-attach .* sha256sum /, mode: 'kill-before' }],
    ['while pvesm reads a password', { argv: ['pvesm', 'add', 'cifs'], mode: 'kill-before' }],
    ['after pvesm has read a key', { argv: ['pvesm', 'add', 'pbs'], mode: 'kill-after' }],
  ];
  test.each(crashes)(
    'host-safety 19: a run that is killed with all its processes %s leaves none behind',
    async (_, fault) => {
      bench.node.fault(fault);
      const killed = bench.run('apply');
      expect(killed.status).toBe(137);
      await until(() => readdirSync(bench.node.path('/run/phoenix')).length === 0);
      expect(Object.keys(intended)).toEqual(expect.arrayContaining(holding()));
      const again = bench.run('apply');
      expect(again.status, again.stderr).toBe(0);
      expect(holding()).toEqual(Object.keys(intended));
    },
  );

  test('host-safety 19: what a killed watcher could not remove goes when the next run begins, half-written files too', () => {
    expect(bench.run('apply').status).toBe(0);
    const folder = bench.node.path('/run/phoenix/20260101-000000-1234');
    const half = bench.node.path('/etc/app.env.tmp.phoenix');
    mkdirSync(folder);
    writeFileSync(join(folder, 'archive'), canary('guest/key'));
    writeFileSync(join(folder, 'half-written'), `${half}\0`);
    writeFileSync(half, canary('app/env'));
    expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
    expect([existsSync(folder), existsSync(half)]).toEqual([false, false]);
  });

  test('the watcher outlives the group of the run, waits for its engine, and then removes what is there', async () => {
    const folder = join(bench.folder, 'private');
    const lock = join(bench.folder, 'lock');
    const half = join(bench.folder, 'half');
    mkdirSync(folder);
    for (const file of [lock, half, join(folder, 'archive')]) writeFileSync(file, '');
    writeFileSync(join(folder, 'half-written'), `${half}\0`);
    const holder = spawn('flock', [lock, 'sh', '-c', 'echo held; exec sleep 60'], { detached: true });
    await once(holder.stdout, 'data');
    const watcher = spawn('setsid', ['perl', runtimeFile('clear-private.pl'), folder, lock]);
    expect(String((await once(watcher.stdout, 'data'))[0])).toBe('watching\n');
    expect(existsSync(join(folder, 'archive'))).toBe(true);
    process.kill(-(holder.pid ?? 0), 'SIGKILL');
    await once(watcher, 'exit');
    expect([existsSync(folder), existsSync(half)]).toEqual([false, false]);
  });
});

/** Looks at the words and environments of all processes until it is asked what it saw: how often each text was there. */
async function sampler(bench: Bench, texts: readonly string[]): Promise<() => Promise<Record<string, number>>> {
  const list = join(bench.folder, 'sought');
  writeFileSync(list, texts.join('\n'));
  const program = `
    use strict; use warnings; $| = 1;
    open my $list, '<', $ARGV[0] or die; chomp(my @texts = <$list>);
    my %seen; my $asked = 0; $SIG{TERM} = sub { $asked = 1 };
    print "looking\\n";
    until ($asked) {
      for my $file (glob '/proc/[0-9]*/cmdline /proc/[0-9]*/environ') {
        open my $handle, '<:raw', $file or next; local $/; my $all = <$handle> // next;
        for (@texts) { $seen{$_}++ if index($all, $_) >= 0 }
      }
    }
    print map { "$seen{$_} $_\\n" } sort keys %seen;`;
  const child = spawn('perl', ['-e', program, list]);
  await once(child.stdout, 'data');
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  return async () => {
    child.kill('SIGTERM');
    await once(child, 'close');
    const lines = said.split('\n').filter((line) => line !== '');
    return Object.fromEntries(lines.map((line) => [line.replace(/^\d+ /, ''), Number.parseInt(line, 10)]));
  };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !isSo(); tries += 1) {
    await sleep(50);
  }
  expect(isSo()).toBe(true);
}
