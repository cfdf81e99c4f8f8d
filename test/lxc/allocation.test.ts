import { describe, expect, it } from 'vitest';
import { Stack } from '../../src/core/stack.js';
import { PveNode } from '../../src/host/pve-node.js';
import { LxcContainer } from '../../src/lxc/lxc-container.js';
import { Subnet } from '../../src/network/subnet.js';
import { OsTemplate } from '../../src/storage/os-template.js';
import { Storage } from '../../src/storage/storage.js';
import { synthesized } from '../../src/testing/index.js';
import { codesOf, debian, problemsOf, SmallHost } from '../support/small-host.js';

/** What was given out, by pool and path. */
function given(
  ids: readonly string[],
  options: { pinned?: ReadonlyMap<string, string>; taken?: Record<string, number> } = {},
) {
  const host = new SmallHost({ host: { vmids: { from: 1000, to: 1009 } } });
  for (const id of ids) {
    const vmid = options.taken?.[id];
    host.container(id, { network: host.lan, ...(vmid === undefined ? {} : { vmid }) });
  }
  return synthesized(host.app, { pinned: options.pinned ?? new Map() }).pinned;
}

describe('numbers and addresses that the program leaves open', () => {
  it('are of the ranges of host, network and Proxmox, and no two are the same', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
    const values = given(ids);
    const of = (pool: string) => [...values].filter(([key]) => key.startsWith(`${pool} `)).map(([, value]) => value);
    expect(of('vmid').sort()).toEqual(ids.map((_, index) => String(1000 + index)));
    expect(of('address').every((address) => /^10\.0\.0\.(1\d\d|2[0-4]\d)$/.test(address))).toBe(true);
    expect(of('mac').every((mac) => /^BC:24:11(:[0-9A-F]{2}){3}$/.test(mac))).toBe(true);
    expect(new Set(values.values()).size).toBe(30);
  });

  it('do not depend on the order in which guests are made', () => {
    expect(new Map([...given(['a', 'b', 'c'])].sort())).toEqual(new Map([...given(['c', 'a', 'b'])].sort()));
  });

  it('stay what they are once they are pinned, whoever comes and goes', () => {
    const before = given(['a', 'b', 'c', 'd']);
    const after = given(['0', 'b', 'd', 'e', 'f'], { pinned: before });
    for (const id of ['b', 'd']) {
      expect(after.get(`vmid ai/${id}`)).toBe(before.get(`vmid ai/${id}`));
      expect(after.get(`mac ai/${id}`)).toBe(before.get(`mac ai/${id}`));
    }
    expect(after.has('vmid ai/a')).toBe(false);
  });

  it('follow a guest that was renamed', () => {
    const pinned = new Map([['vmid ai/old', '1007']]);
    const host = new SmallHost();
    host.container('new', { renamedFrom: 'ai/old' });
    expect(synthesized(host.app, { pinned }).pinned.get('vmid ai/new')).toBe('1007');
  });

  it('that are all taken are an error for whoever comes last', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k'];
    expect(codesOf(() => given(ids))).toEqual(['vmid/exhausted']);
  });

  it('are no longer free when the program gives them to somebody', () => {
    const pinned = new Map([['vmid ai/b', '1003']]);
    expect(problemsOf(() => given(['a', 'b'], { pinned, taken: { a: 1003 } }))).toMatchObject([
      { code: 'vmid/pinned-taken', path: 'ai/b', value: '1003' },
    ]);
  });

  it('are not known before the synth', () => {
    const host = new SmallHost();
    const web = host.container('web', { network: host.lan });
    expect(codesOf(() => web.vmid)).toEqual(['vmid/not-allocated']);
    expect(codesOf(() => web.address)).toEqual(['address/not-allocated']);
    const { pinned } = host.synth();
    expect(String(web.vmid)).toBe(pinned.get('vmid ai/web'));
    expect(web.address).toBe(pinned.get('address 10.0.0.0/24 ai/web'));
  });
});

describe('numbers and addresses that two guests claim', () => {
  it('are refused with both paths', () => {
    const host = new SmallHost();
    const twice = { vmid: 950, network: host.lan, address: '10.0.0.7', mac: 'BC:24:11:00:00:07' } as const;
    host.container('a', twice);
    host.container('b', { ...twice, mac: 'bc:24:11:00:00:07' });
    const problems = problemsOf(() => host.synth());
    expect(problems.map(({ code }) => code)).toEqual(['address/taken-twice', 'mac/taken-twice', 'vmid/taken-twice']);
    expect(problems[2]?.message).toBe('vmid 950 is claimed by ai/a and by ai/b');
  });

  it('are refused on two hosts, too: VMIDs are of a cluster, addresses of a network', () => {
    const host = new SmallHost();
    host.container('a', { vmid: 950, network: host.lan, address: '10.0.0.7' });
    const other = new PveNode(host.app, 'pve2', { address: '10.0.0.14', pveVersion: '9.1' });
    const lan = new Subnet(other, 'lan', { cidr: '10.0.0.0/24', bridge: 'vmbr0' });
    const ai = new Stack(host.app, 'ai2', { host: other });
    const from = OsTemplate.fromCatalogue(Storage.fromName(ai, 'local'), debian);
    const rootfs = { storage: Storage.fromName(ai, 'local-zfs'), size: '4GiB' } as const;
    new LxcContainer(ai, 'b', { vmid: 950, network: lan, address: '10.0.0.7', from, rootfs });
    expect(codesOf(() => host.synth())).toEqual(['address/taken-twice', 'vmid/taken-twice']);
  });

  it.each([
    ['the host', '10.0.0.13', 'address/taken-twice'],
    ['the router', '10.0.0.1', 'address/taken-twice'],
    ['another network', '10.0.1.7', 'address/outside'],
    ['the network itself', '10.0.0.0', 'address/outside'],
    ['everybody', '10.0.0.255', 'address/outside'],
  ] as const)('are refused as addresses of %s', (_, address, code) => {
    const host = new SmallHost();
    host.container('web', { network: host.lan, address });
    expect(codesOf(() => host.synth())).toEqual([code]);
  });
});

describe('things of another host', () => {
  it('are refused, all of them at once and by the prop that names them', () => {
    const host = new SmallHost();
    const other = new SmallHost();
    const strange = new PveNode(host.app, 'pve2', { address: '10.0.0.14', pveVersion: '9.1' });
    const stack = new Stack(host.app, 'ai2', { host: strange });
    const storage = Storage.fromName(stack, 'local-zfs');
    const mounts = [{ target: '/m', volume: { storage, size: '1GiB' } }] as const;
    const problems = problemsOf(() => host.container('web', { rootfs: { storage, size: '4GiB' }, mounts }));
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ['scope/other-host', '`rootfs.storage` is a storage of host pve2, but ai/web is on host pve'],
      ['scope/other-host', '`mounts.0.volume.storage` is a storage of host pve2, but ai/web is on host pve'],
    ]);
    expect(codesOf(() => host.container('b', { gpus: [other.pve.gpu(0)] }))).toEqual([]);
    expect(codesOf(() => host.container('c').mount('/srv', '/m'))).toEqual([]);
  });
});

describe('an address past the props', () => {
  it('is taken as others are', () => {
    const host = new SmallHost();
    host.container('a', { network: host.lan, address: '10.0.0.50' });
    host.container('b').override('net0', 'name=eth0,bridge=vmbr0,ip=10.0.0.50/24');
    expect(codesOf(() => host.synth())).toEqual(['address/taken-twice']);
  });

  it('may be the one that the props say', () => {
    const host = new SmallHost();
    host.container('a', { network: host.lan, address: '10.0.0.50' }).override('net0.ip', '10.0.0.50/24');
    host.synth();
  });
});

describe('two guests of one id', () => {
  it('are refused with both paths and a way out', () => {
    const host = new SmallHost();
    host.container('web');
    expect(problemsOf(() => host.container('web'))).toMatchObject([
      { code: 'construct/id-twice', path: 'ai/web', value: 'web', message: expect.stringContaining('LxcContainer') },
    ]);
  });
});
