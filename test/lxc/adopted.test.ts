import { expect, test } from 'vitest';
import { codesOf, SmallHost } from '../support/small-host.js';

test('a container that exists is looked after: no archive is fetched for it, and it is not started', () => {
  const host = new SmallHost();
  host.container('old', { vmid: 101, from: 'adopted' });
  const synth = host.synth();
  synth.hasStep('guest/101/create', { source: { from: 'adopted' } });
  synth.lacksStep('guest/101/start');
  expect(
    synth.stepsOf('guest/101').flatMap(({ needs }) => needs.filter((need) => need.startsWith('archive/'))),
  ).toEqual([]);
});

test('it is started once the program says so', () => {
  const host = new SmallHost();
  host.container('old', { vmid: 101, from: 'adopted', started: true });
  host.synth().hasStep('guest/101/start', { state: 'running' });
});

test('what has to be done inside needs a container that runs', () => {
  const host = new SmallHost();
  host.container('old', { vmid: 101, from: 'adopted', files: [{ target: '/etc/motd', content: 'hello' }] });
  expect(codesOf(() => host.synth())).toEqual(['lxc/not-started']);
});

test('keys have the numbers that the program states, and the others the lowest that are free', () => {
  const host = new SmallHost();
  host.container('numbered', {
    vmid: 101,
    mounts: [
      { source: '/srv/a', target: '/a', number: 3 },
      { source: '/srv/b', target: '/b' },
      { volume: { storage: host.disks, size: '1GiB' }, target: '/c', number: 0 },
    ],
    devices: [{ path: '/dev/kvm', number: 7 }, { path: '/dev/fuse' }],
    nics: [{ name: 'lan', bridge: 'vmbr0', address: 'dhcp', mac: 'BC:24:11:00:00:01', number: 5 }],
  });
  const config = host.synth().guestConfig(101);
  const keys = Object.keys(config).filter((key) => /^(mp|dev|net)\d/.test(key));
  expect(keys).toEqual(['dev0', 'dev7', 'mp0', 'mp1', 'mp3', 'net5']);
  expect([config['mp1'], config['mp3'], config['dev7']]).toEqual(['/srv/b,mp=/b', '/srv/a,mp=/a', '/dev/kvm']);
});

test('a number that is given twice is refused', () => {
  const host = new SmallHost();
  host.container('twice', {
    mounts: [
      { source: '/srv/a', target: '/a', number: 3 },
      { source: '/srv/b', target: '/b', number: 3 },
    ],
  });
  expect(codesOf(() => host.synth())).toEqual(['lxc/number-twice']);
});

test('what is added to an adopted container does not come in the place of a key past its props', () => {
  const host = new SmallHost();
  const container = host.container('old', {
    vmid: 101,
    from: 'adopted',
    mounts: [
      { source: '/srv/a', target: '/a', number: 1 },
      { source: '/srv/b', target: '/b' },
    ],
    devices: [{ path: '/dev/kvm' }],
  });
  container.override('mp0', '/srv/c,mp=/srv/c');
  container.override('dev0', '/dev/fuse');
  const config = host.synth().guestConfig(101);
  expect([config['mp0'], config['mp1'], config['mp2']]).toEqual(['/srv/c,mp=/srv/c', '/srv/a,mp=/a', '/srv/b,mp=/b']);
  expect([config['dev0'], config['dev1']]).toEqual(['/dev/fuse', '/dev/kvm']);
});
