import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { call, evaluate } from './perl.js';
import { root } from './root.js';

const session = `{ root => shift, app => 'phoenix' }`;

test('Lock::take writes down whose run it is, and the run that comes meanwhile is told', async () => {
  const folder = temporaryFolder();
  const code = `my $session = ${session}; Lock::take($session, 'r1');
    my $pid = open(my $other, '-|') // die $!;
    unless ($pid) { close $Lock::held; eval { Lock::take($session, 'r2') }; syswrite STDOUT, $@; kill 9, $$ }
    my $said = do { local $/; <$other> }; close $other;
    close $Lock::held; ($session->{run}, $said)`;
  const [run, said] = await evaluate(code, folder);
  expect(run).toBe('r1');
  expect(said).toMatch(/^another apply is at work on this host \(run r1, process \d+, app phoenix\)$/);
  expect(readFileSync(join(folder, 'run/phoenix.lock'), 'utf8')).toMatch(/^run r1, process \d+, app phoenix\n$/);
});

test('Lock::place is where nobody but root makes files, and Lock::take makes it for root alone', async () => {
  const folder = temporaryFolder();
  const place = await call('Lock::place', folder);
  expect(place).toBe(join(folder, 'run/phoenix.lock'));
  await evaluate(`Lock::take(${session}, 'r1'); close $Lock::held; 1`, folder);
  expect(statSync(String(place)).mode & 0o777).toBe(0o600);
});

test('Lock::take says no owner where none is written, and takes over what a run that is gone left', async () => {
  const folder = root({ '/run/phoenix.lock': 'run old, process 1, app phoenix\nmore\n' });
  const code = `Lock::take(${session}, 'r1'); close $Lock::held; 1`;
  await evaluate(code, folder);
  expect(readFileSync(join(folder, 'run/phoenix.lock'), 'utf8')).toMatch(/^run r1, process \d+, app phoenix\n$/);
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
