import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../bench.js';
import { inStack, journal, look, secrets, step } from './given.js';
import { evaluate } from './perl.js';
import { root } from './root.js';

const uid = String(process.getuid?.() ?? 0);
const gid = String(process.getgid?.() ?? 0);
const read = (folder: string, path: string) => readFileSync(join(folder, path), 'utf8');
const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
const mode = (folder: string, path: string) => statSync(join(folder, path)).mode & 0o7777;

/** Runs code with $session, a run on this host whose plan has this step, known as `s`. */
const act = (
  folder: string,
  code: string,
  given: object = step('note', 's'),
  facts: Parameters<typeof look>[0] = {},
  more: object = {},
) =>
  evaluate(
    `my ($root, $look, $more) = @_; my $session = { root => $root, run => 'r1', channel => Channel->new,
       plan => bless({ app => 'phoenix', by_id => $look->{by_id}, journal => $look->{journal}, look => $look, %$more }, 'LookedPlan'), %$more };
     ${code}; said($session->{channel})`,
    folder,
    look({ steps: [given as Record<string, unknown>], ...facts }),
    more,
  );

const kept = 'var/lib/phoenix/phoenix/before/r1';

test('Act::before keeps a file as it was before its first change in a run, for root alone', async () => {
  const folder = root({ '/etc/a': 'one' });
  await act(
    folder,
    `Act::before($session, '/etc/a', '/etc/none'); Write::whole("$root/etc/a", 'two'); Act::before($session, '/etc/a')`,
  );
  expect(read(folder, `${kept}/etc/a`)).toBe('one');
  expect(mode(folder, `${kept}/etc/a`)).toBe(0o600);
  expect(mode(folder, `${kept}/etc`)).toBe(0o700);
  expect(existsSync(join(folder, kept, 'etc/none'))).toBe(false);
});

const file =
  (target: string, text: string, ...words: readonly string[]) =>
  (folder: string) =>
    inStack({ folder }, 'file', 's', '--file', target, 'src', sha256(text), ...words);
const put = (folder: string, given: (folder: string) => object, facts = {}, more = {}) =>
  act(folder, `Act::put($session, 's')`, given(folder), facts, more);

test('Act::put writes a file with its owner and mode, after a copy of what was there', async () => {
  const folder = root({ '/src': 'new', '/etc/app/a': 'old' });
  await put(folder, file('/etc/app/a', 'new', '--mode', '0640', '--owner', uid, gid));
  expect(read(folder, 'etc/app/a')).toBe('new');
  expect(mode(folder, 'etc/app/a')).toBe(0o640);
  expect(read(folder, `${kept}/etc/app/a`)).toBe('old');
});

test('Act::put leaves mode and owner of a file as they are where the program says none, and makes folders that are missing', async () => {
  const folder = root({ '/src': 'new', '/etc/a': 'old' });
  chmodSync(join(folder, 'etc/a'), 0o604);
  await put(folder, file('/etc/a', 'new'));
  expect(mode(folder, 'etc/a')).toBe(0o604);
  await put(folder, file('/srv/deep/b', 'new'));
  expect([mode(folder, 'srv/deep/b'), mode(folder, 'srv/deep')]).toEqual([0o644, 0o755]);
});

test('Act::put gives files of the cluster file system neither mode nor owner', async () => {
  const folder = root({ '/src': 'new' });
  const code = `no warnings 'redefine'; my @with; local *Write::whole = sub { @with = @_ }; Act::put($session, 's'); $session->{channel}->send_record(@with)`;
  expect(await act(folder, code, file('/etc/pve/x', 'new', '--mode', '0640')(folder))).toEqual([
    [join(folder, 'etc/pve/x'), 'new'],
  ]);
});

test('Act::put keeps no copy of a file with secrets, says so in the log, and names it while it is half written', async () => {
  const text = 't=@@phoenix-secret:raw:token@@';
  const folder = root({ '/src': text, '/etc/a': 't=hunter1', '/private/x': '' });
  const code = `no warnings 'redefine'; my @half; local *Private::whole = sub { @half = ($_[0]); shift; Write::whole(@_) }; Act::put($session, 's'); $session->{channel}->send_record(@half)`;
  const given = file('/etc/a', text, '--secret', 'token')(folder);
  const more = { private: join(folder, 'private'), secrets: secrets({ contents: { token: 'hunter2' } }) };
  expect(await act(folder, code, given, {}, more)).toEqual([[join(folder, 'private')]]);
  expect(read(folder, 'etc/a')).toBe('t=hunter2');
  expect(mode(folder, 'etc/a')).toBe(0o600);
  expect(existsSync(join(folder, kept))).toBe(false);
  expect(read(folder, 'var/lib/phoenix/phoenix/runs/r1.jsonl')).toContain('"event":"no-copy"');
});

test.each([
  ['it holds some', [], ['token'], true],
  ['it held some when we wrote it', [['applied', 's', '-', 'x', 'seal=abc']], [], true],
  ['it never did', [['applied', 's', '-', 'x']], [], false],
  ['nobody knows it', [], [], false],
] as const)('Act::held_secrets of a file when %s: %s', async (_, records, names, expected) => {
  const code = `my ($look, $file) = @_; Act::held_secrets($look, 's', $file) ? 1 : 0`;
  const [held] = await evaluate(
    code,
    look({ journal: journal(...records) }),
    names.length > 0 ? { secrets: names } : {},
  );
  expect(held).toBe(expected ? '1' : '0');
});

const folderStep = (path: string, ...words: readonly string[]) => step('folder', 's', '--folder', path, ...words);
const make = (folder: string, given: object) => act(folder, `Act::folder($session, 's')`, given);

test('Act::folder makes a folder level by level, the last one with its owner and mode', async () => {
  const folder = root({ '/srv/.x': '' });
  await make(folder, folderStep('/srv/a/b', '--inside', '/srv', 'tank/srv', '--mode', '2750', '--owner', uid, gid));
  expect([mode(folder, 'srv/a'), mode(folder, 'srv/a/b')]).toEqual([0o755, 0o2750]);
  await make(folder, folderStep('/srv/a/b'));
  expect(mode(folder, 'srv/a/b')).toBe(0o2750);
});

test('Act::folder follows no link, and makes nothing where a file lies', async () => {
  const folder = root({ '/srv/file': '' });
  mkdirSync(join(folder, 'elsewhere'));
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'srv/link'));
  await expect(make(folder, folderStep('/srv/link/a'))).rejects.toThrow(/srv\/link is a link or a file, not a folder/);
  await expect(make(folder, folderStep('/srv/file/a'))).rejects.toThrow(/srv\/file is a link or a file, not a folder/);
  expect(existsSync(join(folder, 'elsewhere/a'))).toBe(false);
});

const config = '/etc/pve/nodes/pve/lxc/950.conf';
const digestOf = (text: string) =>
  evaluate('GuestConf::digest(GuestConf::parse(shift))', text).then(([digest]) => String(digest));

test('Act::remove takes a file away, or an empty folder with those above it that were made for it', async () => {
  const folder = root({ '/etc/a': 'x', '/srv/a/b/c/file': '', '/srv/keep': '' });
  await act(folder, `Act::remove($session, 'unlink', '/etc/a')`);
  expect(existsSync(join(folder, 'etc/a'))).toBe(false);
  await expect(act(folder, `Act::remove($session, 'rmdir', '/srv/a/b/c', '/srv/a')`)).rejects.toThrow(
    'cannot remove /srv/a/b/c: Directory not empty',
  );
});

test('Act::raw exchanges raw lines under the lock that pct takes, if the config is still the one that was compared', async () => {
  const folder = root({ [config]: 'memory: 512\nlxc.old: x\n' });
  const digest = await digestOf('memory: 512\nlxc.old: x\n');
  await act(folder, `Act::raw($session, 950, '${config}', '${digest}', "lxc.a: b: c\\nlxc.d: e")`);
  expect(read(folder, config)).toBe('memory: 512\nlxc.a: b: c\nlxc.d: e\n');
  expect(existsSync(join(folder, 'run/lock/lxc/pve-config-950.lock'))).toBe(true);
  await expect(act(folder, `Act::raw($session, 950, '${config}', '${digest}', '')`)).rejects.toThrow(
    `${config} was changed by somebody in between`,
  );
  await expect(act(folder, `Act::raw($session, 951, '${config}x', '', '')`)).rejects.toThrow(`${config}x is gone`);
});

const restoring = (path: string, source: string, ...guest: readonly string[]) => ({
  $code: `{ id => 's', kind => 'restore', has => { file => ['${path}', '${source}'], ${guest.length > 0 ? `config => ['${guest.join("','")}']` : ''} }, options => [] }`,
});
const restore = (folder: string, given: object, digest = '') =>
  act(folder, `Act::restore($session, 's', '${digest}')`, given);

test('Act::restore puts a file back, with the mode that the present one has', async () => {
  const folder = root({ '/etc/a': 'now', '/kept/etc/a': 'then', '/kept/etc/b': 'gone' });
  chmodSync(join(folder, 'etc/a'), 0o640);
  await restore(folder, restoring('/etc/a', '/kept/etc/a'), sha1('now'));
  expect([read(folder, 'etc/a'), mode(folder, 'etc/a')]).toEqual(['then', 0o640]);
  await restore(folder, restoring('/etc/new/b', '/kept/etc/b'), sha1(''));
  expect([read(folder, 'etc/new/b'), mode(folder, 'etc/new/b')]).toEqual(['gone', 0o644]);
  await expect(restore(folder, restoring('/etc/a', '/kept/none'))).rejects.toThrow('/kept/none is gone');
  await expect(restore(folder, restoring('/etc/a', '/kept/etc/b'), sha1('now'))).rejects.toThrow(
    '/etc/a was changed by somebody in between',
  );
  expect(read(folder, 'etc/a')).toBe('then');
});

test('Act::restore puts a link back as a link', async () => {
  const folder = root({ '/etc/a': 'plain', '/kept/etc/a': '-> /srv/a' });
  await restore(folder, restoring('/etc/a', '/kept/etc/a'));
  expect(readlinkSync(join(folder, 'etc/a'))).toBe('/srv/a');
});

test('Act::restore puts a config back only if it is still the one that was compared', async () => {
  const folder = root({ [config]: 'memory: 512\n', '/kept.conf': 'memory: 256\n' });
  const given = restoring(config, '/kept.conf', 'lxc', '950');
  await expect(restore(folder, given, 'other')).rejects.toThrow(`${config} was changed by somebody in between`);
  await restore(folder, given, await digestOf('memory: 512\n'));
  expect(read(folder, config)).toBe('memory: 256\n');
});

test.each([
  ['lxc', 'run/lock/lxc/pve-config-950.lock'],
  ['qemu', 'run/lock/qemu-server/lock-950.conf'],
])(
  'Act::locked_config of a guest of type %s holds the lock of Proxmox as long as its answer lives',
  async (type, place) => {
    const folder = root();
    const code = `my ($root, $type, $place) = @_; my $lock = Act::locked_config($root, $type, 950);
    my $free = sub { open my $other, '>>', "$root/$place" or die; flock($other, 2 | 4) ? 1 : 0 }; my $is = $free->(); undef $lock; ($is, $free->())`;
    expect(await evaluate(code, folder, type, place)).toEqual(['0', '1']);
  },
);

test('Act::stamp makes up a new stamp for each time that something is done inside a guest', async () => {
  const given = step('guest-run', 's', '--guest', 'lxc', 950, '--script', 'x');
  const code =
    'Act::stamp($session, "s") for 1, 2; $session->{channel}->send_record(%{ $session->{channel}{inside}{values} })';
  const [one, other, kept] = (await act(root(), code, given)) as string[][];
  expect(one).toEqual(['stamp', expect.stringMatching(/^[0-9a-f]{24}$/), '/var/lib/phoenix-cdk/stamps/s']);
  expect(other?.[1]).not.toBe(one?.[1]);
  expect(kept).toEqual(['stamp', other?.[1]]);
});

test('Act::script lays a script where root alone reads it, unless it was exchanged', async () => {
  const folder = root({ '/s/setup.sh': 'echo one\n' });
  const given = inStack({ folder: join(folder, 's') }, 'guest-run', 's', '--guest', 'lxc', 950, '--script', 'setup.sh');
  const lay = (sum: string) =>
    act(
      folder,
      `@$session{qw(assembly sums)} = ($root, { 's/setup.sh' => '${sum}' }); Act::script($session, 's', "$root/x")`,
      given,
    );
  await lay(sha256('echo one\n'));
  expect(readFileSync(join(folder, 'x'), 'utf8')).toBe('echo one\n');
  await expect(lay(sha256('echo other\n'))).rejects.toThrow(/setup\.sh is not the file that was synthesized/);
});

test('Act::archive packs the files of a step with owners and modes behind its stamp, and says their sums', async () => {
  const folder = root({ '/src': 'A=1\n' });
  const given = inStack(
    { folder },
    'guest-file',
    's',
    '--guest',
    'lxc',
    950,
    '--file',
    '/etc/app.env',
    'src',
    sha256('A=1\n'),
    '--mode',
    '0640',
    '--owner',
    '0',
    '33',
  );
  const said = await act(folder, `Act::archive($session, 's', "$root/archive")`, given);
  expect(said).toEqual([
    ['stamp', expect.any(String), '/var/lib/phoenix-cdk/stamps/s'],
    ['sum', '/etc/app.env', sha256('A=1\n')],
  ]);
  const { stdout } = spawnSync('tar', ['--numeric-owner', '-tvf', join(folder, 'archive')], { encoding: 'utf8' });
  expect(stdout.split('\n').map((line) => line.replace(/^(\S+ \S+) +(\d+) \S+ \S+/, '$1 $2'))).toEqual([
    '-rw-r--r-- 0/0 25 var/lib/phoenix-cdk/stamps/s',
    '-rw-r----- 0/33 4 etc/app.env',
    '',
  ]);
  expect(mode(folder, 'archive')).toBe(0o600);
});

test('Act::archive keeps of a file with secrets the seal of what was sent', async () => {
  const text = 't=@@phoenix-secret:raw:token@@';
  const folder = root({ '/src': text });
  const given = inStack(
    { folder },
    'guest-file',
    's',
    '--guest',
    'lxc',
    950,
    '--file',
    '/a',
    'src',
    sha256(text),
    '--secret',
    'token',
  );
  const code = `Act::archive($session, 's', "$root/archive"); my $values = $session->{channel}{inside}{values}; $session->{channel}->send_record(grep { /^seal/ } keys %$values)`;
  const said = await act(folder, code, given, {}, { secrets: secrets({ contents: { token: 'x' }, seal_key: 'k' }) });
  expect(said.at(-1)).toEqual(['seal:/a']);
});
