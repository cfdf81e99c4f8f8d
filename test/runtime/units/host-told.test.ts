import { expect, test } from 'vitest';
import { fresh, told } from './fresh.js';
import { call, evaluate } from './perl.js';
import { root } from './root.js';

test('Host::seen gives an answer on, and tells of it while somebody listens', async () => {
  expect(
    await evaluate(
      'my @told; my $is = Host::seen("q", "o", 7); local $Host::told = sub { @told = @_ }; ($is, Host::seen("q", "o", 8), @told)',
    ),
  ).toEqual(['7', '8', 'q', 'o', '8']);
});

test('every look at the host is told with what was seen, also that there is nothing', async () => {
  const folder = root({
    '/a/x': 'text',
    '/proc/net/unix': '@/var/lib/lxc/950/command',
    '/proc/self/mountinfo': '1 1 0:1 / /mnt rw - zfs tank rw\n',
    '/etc/hostname': 'pve\n',
    '/link': '-> a',
  });
  const questions = `$host->read('/a/x'); $host->read('/none'); $host->names('/a'); $host->facts('/none'); $host->is_link('/link'); $host->sha256('/none'); $host->head('/a/x');
    $host->container_runs(950); $host->container_life(951); $host->mount_at('/mnt'); $host->mount_above('/mnt/x'); $host->node_name; $host->output('true')`;
  expect(await told(folder, questions)).toEqual([
    ['read /a/x', 'text'],
    ['read /none', null],
    ['names /a', ['x']],
    ['facts /none', null],
    ['is_link /link', '1'],
    ['sum sha256 /none', null],
    ['head /a/x', 'text'],
    ['container_runs 950', '1'],
    ['container_life 951', '-'],
    ['mount_at /mnt', { type: 'zfs', source: 'tank' }],
    ['mount_above /mnt/x', { type: 'zfs', source: 'tank', point: '/mnt' }],
    ['read /etc/hostname', 'pve\n'],
    ['node_name ', 'pve'],
    ['said_by true', ['0']],
  ]);
});

test('what is told can be asked again: each question is a method that takes its operand', async () => {
  const folder = root({
    '/a/x': 'text',
    '/proc/net/unix': '@/var/lib/lxc/950/command',
    '/proc/self/mountinfo': '1 1 0:1 / / rw - ext4 /dev/sda rw\n',
    '/etc/hostname': 'pve\n',
    '/etc/pve/nodes/pve/lxc/950.conf': 'memory: 1\n',
    '/etc/pve/storage.cfg': '',
  });
  const code = `$host->guest(950); $host->running(950, 'lxc'); $host->life(950); $host->limit(950, 'cpu.max'); $host->ha_state(950, 'lxc'); $host->is_replicated(950); $host->task_alive('x', 950);
    $host->storage('x'); $host->package('x'); $host->cluster_trouble; $host->mount_above('/a'); $host->output('echo', 'a b', ''); $host->node_name; $host->sha256('/a/x')`;
  const again = `my @told = do { ${'my @told; local $Host::told = sub { push @told, [ @_ ] }; '}${code}; @told }; my $fresh = Host->new(root => $host->{root});
    map { my ($question, $operand, $answer) = @$_; my $is = $fresh->$question($operand); JSON::PP->new->canonical->encode([ $is ]) eq JSON::PP->new->canonical->encode([ $answer ]) ? () : "$question $operand" } @told`;
  expect(await evaluate(`my $host = shift; ${again}`, fresh(folder))).toEqual([]);
});

test('Host::said_by takes a command in one text', async () => {
  expect(await call('Host::said_by', fresh(''), 'printf\0%s|\0a b\0')).toEqual(['0', 'a b||'.slice(0, 5)]);
  expect(await call('Host::said_by', fresh(''), 'sh\0-c\0echo x; exit 3')).toEqual(['3', 'x']);
});
