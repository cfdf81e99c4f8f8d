import { describe, expect, it } from 'vitest';
import { VirtualMachine } from '../../src/vm/virtual-machine.js';
import { codesOf, SmallHost } from '../support/small-host.js';

function warnings(host: SmallHost): string[] {
  return host
    .synth()
    .findings.all.filter(({ code }) => /^(guest\/|lxc\/mount-host)/.test(code))
    .map(({ code, path }) => `${code} ${path}`);
}

describe('guests of one program', () => {
  it('have hostnames of their own, whatever their letters; templates may share theirs', () => {
    const host = new SmallHost();
    host.template('base', { hostname: 'web' });
    host.container('a', { hostname: 'web' });
    host.container('b', { hostname: 'WEB' });
    host.container('c');
    expect(warnings(host)).toEqual(['guest/hostname-twice ai/b']);
  });

  it('have no more cores than their host', () => {
    const host = new SmallHost({ host: { cores: 16 } });
    host.container('fits', { cores: 16 });
    host.container('large', { cores: 17 });
    const disk = { storage: host.disks, size: '4GiB' } as const;
    new VirtualMachine(host.ai, 'sockets', { disk, cores: 9, sockets: 2 });
    expect(warnings(host)).toEqual(['guest/cores-beyond-host ai/large', 'guest/cores-beyond-host ai/sockets']);
  });

  it('do not hold the whole file system of the host unnoticed', () => {
    const host = new SmallHost();
    host.container('a', { mounts: [{ target: '/host', source: '/' }] });
    host.container('b', { mounts: [{ target: '/host', source: '/srv' }] });
    expect(warnings(host)).toEqual(['lxc/mount-host-root ai/a']);
    expect(codesOf(() => new SmallHost().container('c', { mounts: [{ target: '/', source: '/srv' }] }))).toEqual([
      'config/wrong-value',
    ]);
  });

  it('have no file where another file would need a folder', () => {
    const host = new SmallHost();
    const files = ['/etc/a', '/etc/a/b', '/etc/ab'] as const;
    host.container('a', { files: files.map((target) => ({ target, content: '' })) });
    expect(codesOf(() => host.synth())).toEqual(['lxc/file-below']);
  });
});
