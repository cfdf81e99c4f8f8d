import { describe, expect, it } from 'vitest';
import { unprivilegedOwner } from '../../src/guest/unprivileged-owner.js';
import type { LxcContainerProps, LxcMount } from '../../src/lxc/props.js';
import { findingsOf } from '../../src/testing/index.js';
import { ZfsDataset } from '../../src/zfs/zfs-dataset.js';
import { codesOf, SmallHost } from '../support/small-host.js';

type IdMap = NonNullable<LxcContainerProps['idMap']>;

function linesOf(idMap: IdMap): string[] {
  const host = new SmallHost();
  host.container('a', { vmid: 120, idMap });
  const { raw } = host.synth().stepOf('guest-config', 'guest/120/config');
  return (raw ?? []).filter(({ key }) => key === 'lxc.idmap').map(({ value }) => value);
}

describe('users that a container shares with its host', () => {
  it('stand between those that are shifted, without a gap', () => {
    expect(linesOf([{ container: 1000, host: 1000 }])).toEqual(
      ['u', 'g'].flatMap((type) => [`${type} 0 100000 1000`, `${type} 1000 1000 1`, `${type} 1001 101001 64535`]),
    );
  });

  it('may be users alone, several and at both ends', () => {
    expect(
      linesOf([
        { type: 'u', container: 65_535, host: 70_000 },
        { type: 'u', container: 0, host: 5000, count: 10 },
      ]),
    ).toEqual(['u 0 5000 10', 'u 10 100010 65525', 'u 65535 70000 1', 'g 0 100000 65536']);
  });

  it.each<[string, IdMap]>([
    ['one', [{ container: 33, host: 33 }]],
    [
      'neighbours',
      [
        { container: 1, host: 1 },
        { container: 2, host: 2 },
      ],
    ],
    ['all', [{ container: 0, host: 200_000, count: 65_536 }]],
  ])('fill the numbers of the container: %s', (_name, idMap) => {
    for (const type of ['u', 'g']) {
      const ranges = linesOf(idMap)
        .map((line) => line.split(' '))
        .filter(([kind]) => kind === type)
        .map(([, start, , count]) => [Number(start), Number(count)] as const);
      const ends = ranges.map(([start, count]) => start + count);
      expect(ranges.map(([start]) => start)).toEqual([0, ...ends.slice(0, -1)]);
      expect(ends.at(-1)).toBe(65_536);
    }
  });

  it('need leave of the host, which is looked for before the start', () => {
    const host = new SmallHost();
    host.container('a', { vmid: 120, idMap: [{ container: 1000, host: 1000, count: 2 }] });
    const synth = host.synth();
    synth.hasStep('guest/120/ids', {
      kind: 'run',
      commands: [],
      probes: [
        { probe: 'sub-ids', path: '/etc/subuid', first: 1000, count: 2 },
        { probe: 'sub-ids', path: '/etc/subgid', first: 1000, count: 2 },
      ],
      fix: 'usermod --add-subuids 1000-1001 --add-subgids 1000-1001 root',
    });
    expect(synth.stepOf('guest-state', 'guest/120/start').needs).toContain('guest/120/ids');
  });

  it.each<[string, LxcContainerProps]>([
    [
      'twice inside',
      {
        idMap: [
          { container: 1, host: 1, count: 5 },
          { container: 3, host: 9 },
        ],
      },
    ],
    [
      'twice outside',
      {
        idMap: [
          { container: 1, host: 1, count: 5 },
          { container: 9, host: 3 },
        ],
      },
    ],
    ['past the end', { idMap: [{ type: 'u', container: 65_535, host: 1, count: 2 }] }],
    ['users of other containers', { idMap: [{ type: 'g', container: 1, host: 99_999, count: 2 }] }],
    ['in a privileged container', { unprivileged: false, idMap: [{ container: 1, host: 1 }] }],
  ])('are refused: %s', (_name, props) => {
    const host = new SmallHost();
    host.container('a', { vmid: 120, ...props });
    expect(new Set(codesOf(() => host.synth()))).toEqual(new Set(['lxc/id-map']));
  });

  it('are refused beside raw lines that map, too', () => {
    const host = new SmallHost();
    host.container('a', { vmid: 120, idMap: [{ container: 1, host: 1 }] }).addRawLine('lxc.idmap', 'u 0 100000 65536');
    expect(codesOf(() => host.synth())).toEqual(['lxc/id-map']);
  });
});

describe('a folder that is mounted', () => {
  const mounted = (owner: { uid: number; gid: number } | undefined, props: LxcContainerProps = {}) => {
    const host = new SmallHost();
    const source = host.dataset('models').folder('logs', owner === undefined ? {} : { owner });
    host.container('a', { vmid: 120, mounts: [{ target: '/logs', source }], ...props });
    return findingsOf(host.app);
  };

  it('is told when its owner is nobody inside', () => {
    mounted({ uid: 1000, gid: 1000 }).hasWarning('lxc/mount-owner', 'ai/a');
    mounted({ uid: 101_000, gid: 0 }).hasWarning('lxc/mount-owner', 'ai/a');
  });

  it('is right with an owner as the host sees it, with a shared one, and without any', () => {
    mounted(unprivilegedOwner(1000)).lacks('lxc/mount-owner');
    mounted({ uid: 1000, gid: 1000 }, { idMap: [{ container: 1000, host: 1000 }] }).lacks('lxc/mount-owner');
    mounted({ uid: 1000, gid: 1000 }, { unprivileged: false }).lacks('lxc/mount-owner');
    mounted(undefined).lacks('lxc/mount-owner');
  });

  it('loses an owner that the shared one has taken the number of', () => {
    const idMap = [{ container: 1000, host: 1000 }] as const;
    mounted(unprivilegedOwner(1000), { idMap }).hasWarning('lxc/mount-owner', 'ai/a');
  });

  it('is told options that do nothing there', () => {
    const host = new SmallHost({ host: { pveVersion: '9.2' } });
    const source = host.dataset('models');
    const target = '/models';
    host.container('a', { vmid: 120, mounts: [{ target, source, quota: true }], unprivileged: false });
    host.container('b', { vmid: 121, mounts: [{ target, source, idmap: 'passthrough' }], unprivileged: false });
    host.container('c', { vmid: 122, mounts: [{ target, source, idmap: 'passthrough' }] });
    host.container('d', { vmid: 123, mounts: [{ target, source, backup: true }] });
    host.container('e', { vmid: 124, mounts: [{ target, source, backup: false }] });
    const findings = findingsOf(host.app);
    findings.hasInfo('lxc/mount-idle', 'ai/a');
    findings.hasInfo('lxc/mount-idle', 'ai/b');
    findings.lacks('lxc/mount-idle', 'ai/c');
    findings.hasInfo('lxc/mount-idle', 'ai/d');
    findings.lacks('lxc/mount-idle', 'ai/e');
  });

  it.each<[string, (host: SmallHost) => LxcMount['source'], LxcContainerProps, boolean]>([
    ['a whole dataset', (host) => host.dataset('m'), {}, true],
    ['a folder without an owner', (host) => host.dataset('m').folder('a'), {}, true],
    ['a folder with one', (host) => host.dataset('m').folder('a', { owner: unprivilegedOwner(0) }), {}, false],
    ['a dataset that is there', (host) => ZfsDataset.fromName(host.base, 'rpool/m'), {}, false],
    ['a dataset in a privileged container', (host) => host.dataset('m'), { unprivileged: false }, false],
    ["one that shares the host's root", (host) => host.dataset('m'), { idMap: [{ container: 0, host: 0 }] }, false],
  ])('belongs to root of the host unless it is told otherwise: %s', (_, sourceOf, props, isTold) => {
    const host = new SmallHost();
    const source = sourceOf(host);
    if (source === undefined) throw new Error('nothing to mount');
    host.container('a', { mounts: [{ target: '/m', source }], ...props });
    host.container('reader', { mounts: [{ target: '/m', source, readOnly: true }], ...props });
    const findings = findingsOf(host.app);
    const { hasInfo, lacks } = findings;
    (isTold ? hasInfo : lacks).call(findings, 'lxc/mount-unowned', 'ai/a');
    findings.lacks('lxc/mount-unowned', 'ai/reader');
  });
});
