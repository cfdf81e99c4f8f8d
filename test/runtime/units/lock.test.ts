import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { call, evaluate } from './perl.js';
import { root } from './root.js';

const opened = `my $root = shift; mkdir "$root/run"; open my $lock, '+>>', "$root/run/phoenix.lock" or die $!;
  my $session = { root => $root, app => 'phoenix' };`;
const file = (folder: string) => join(folder, 'run/phoenix.lock');

test('Lock::take writes down whose run it is, and the run that comes meanwhile is told', async () => {
  const folder = temporaryFolder();
  const code = `${opened} Lock::take($session, 'r1', fileno $lock);
    my $pid = open(my $other, '-|') // die $!;
    unless ($pid) {
      close $Lock::held; undef $Lock::held; open my $second, '+<', "$root/run/phoenix.lock" or die $!;
      eval { Lock::take($session, 'r2', fileno $second) }; syswrite STDOUT, $@; kill 9, $$;
    }
    my $said = do { local $/; <$other> }; close $other;
    close $Lock::held; undef $Lock::held; ($session->{run}, $said, $$, getppid())`;
  const [run, said] = await evaluate(code, folder);
  expect(run).toBe('r1');
  expect(said).toMatch(/^another apply is at work on this host \(run r1, process \d+, app phoenix\)$/);
  expect(readFileSync(file(folder), 'utf8')).toMatch(/^run r1, process \d+, app phoenix\n$/);
});

test('Lock::place is below /run, where nobody but root makes files', async () => {
  expect(await call('Lock::place', '/root')).toBe('/root/run/phoenix.lock');
});

test('Lock::take takes over what a run that is gone left', async () => {
  const folder = root({ '/run/phoenix.lock': 'run old, process 1, app phoenix\nmore\n' });
  await evaluate(`${opened} Lock::take($session, 'r1', fileno $lock); close $Lock::held; undef $Lock::held; 1`, folder);
  expect(readFileSync(file(folder), 'utf8')).toMatch(/^run r1, process \d+, app phoenix\n$/);
});

test.each([
  ['run r0, process 1, app phoenix', 'another apply is at work on this host (run r0, process 1, app phoenix)'],
  ['', 'another apply is at work on this host'],
  [
    'run r0, process 99999999, app phoenix',
    'a run that was killed left steps at work (run r0, process 99999999, app phoenix)',
  ],
])('Lock::refuse_second of a lock with %j', async (owner, said) => {
  const code = `${opened} $Lock::held = $lock; eval { Lock::refuse_second() }; my $said = "$@"; undef $Lock::held; $said`;
  expect(await evaluate(code, root({ '/run/phoenix.lock': owner }))).toEqual([said]);
});

test('Lock::lives is true of processes that are not over', async () => {
  const code = `my $pid = fork // die; kill 9, $$ unless $pid; select undef, undef, undef, 0.2;
    my @is = (Lock::lives($$), Lock::lives($pid), Lock::lives(99999999)); waitpid $pid, 0; @is`;
  expect(await evaluate(code)).toEqual(['1', '0', '0']);
});

test('Lock::clear_private removes what killed runs left in memory, and what they were writing', async () => {
  const folder = root({ '/run/phoenix/r0/token': 'hunter2', '/etc/x.tmp.phoenix': 'half', '/run/phoenix/file': 'x' });
  mkdirSync(join(folder, 'run/phoenix/r1'));
  await evaluate(
    `my $root = shift; Private::write_file("$root/run/phoenix/r0", 'half-written', "$root/etc/x.tmp.phoenix\\0"); Lock::clear_private($root); 1`,
    folder,
  );
  expect(existsSync(join(folder, 'run/phoenix/r0'))).toBe(false);
  expect(existsSync(join(folder, 'run/phoenix/r1'))).toBe(false);
  expect(existsSync(join(folder, 'run/phoenix/file'))).toBe(false);
  expect(existsSync(join(folder, 'etc/x.tmp.phoenix'))).toBe(false);
  await evaluate('Lock::clear_private(shift); 1', temporaryFolder());
});
