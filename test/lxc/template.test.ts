import { describe, expect, it } from 'vitest';
import { Script } from '../../src/guest/script.js';
import type { LxcTemplateProps } from '../../src/lxc/lxc-template.js';
import type { LxcContainerProps } from '../../src/lxc/props.js';
import { Storage } from '../../src/storage/storage.js';
import { Match } from '../../src/testing/index.js';
import { problemsOf, SmallHost } from '../support/small-host.js';

function clone(props: LxcContainerProps = {}, template: LxcTemplateProps = {}): SmallHost {
  const host = new SmallHost();
  const cloneFrom = host.template('base', { vmid: 900, ...template });
  host.container('web', { vmid: 950, cloneFrom, ...props });
  return host;
}

describe('a clone', () => {
  it('copies the root disk of its template, waits for it, and removes keys that nobody asked for', () => {
    const synth = clone().synth();
    synth.hasStep('guest/950/create', {
      source: { from: 'clone', vmid: 900, mode: 'linked', storage: Match.absent() },
      needs: Match.arrayWith(['guest/900/template']),
      exclusive: ['guest/900'],
    });
    synth.hasStep('guest/950/config', { cleanClone: true });
    synth.hasGuestConfig(950, { rootfs: 'local-zfs:basevol-900-disk-0/subvol-950-disk-0,size=4G' });
  });

  it('that is full names its own storage and stands alone', () => {
    const synth = clone({ cloneMode: 'full' }).synth();
    synth.hasStep('guest/950/create', { source: { mode: 'full', storage: 'local-zfs' } });
    synth.hasGuestConfig(950, { rootfs: 'local-zfs:subvol-950-disk-0,size=4G' });
  });

  it('gets ssh host keys of its own before anything else is done inside', () => {
    const host = clone({ provision: [Script.text('one', 'true\n')] });
    const synth = host.synth();
    synth.hasStep('guest/950/script/01-one', { needs: ['guest/950/fresh-host-keys'] });
    synth.hasStep('guest/950/fresh-host-keys', { needs: ['guest/950/start'] });
    synth.lacksStep('guest/900/fresh-host-keys');
  });

  it.each<[string, LxcContainerProps, LxcTemplateProps]>([
    ['lxc/disk-shrinks', { rootfs: { size: '2GiB' } }, {}],
    ['lxc/clone-privilege', { unprivileged: false }, {}],
  ])('is refused: %s', (code, props, template) => {
    const host = new SmallHost({ stack: { defaults: {} } });
    const rootfs = { storage: host.disks, size: '4GiB', ...props.rootfs } as const;
    host.container('web', { cloneFrom: host.template('base', template), ...props, rootfs });
    expect(problemsOf(() => host.synth())).toMatchObject([{ code, path: 'ai/web' }]);
  });

  it('that is linked lies on the storage of its template; a full one may lie elsewhere', () => {
    const host = new SmallHost();
    const rootfs = { storage: Storage.fromName(host.base, 'fast'), size: '4GiB' } as const;
    const cloneFrom = host.template('base');
    host.container('full', { cloneFrom, rootfs, cloneMode: 'full' });
    expect(problemsOf(() => host.synth())).toEqual([]);
    const other = new SmallHost();
    const fast = { storage: Storage.fromName(other.base, 'fast'), size: '4GiB' } as const;
    other.container('linked', { cloneFrom: other.template('base'), rootfs: fast });
    expect(problemsOf(() => other.synth())).toMatchObject([{ code: 'lxc/linked-clone-storage', path: 'ai/linked' }]);
  });

  it('of nothing is refused', () => {
    const host = new SmallHost();
    const nothing: object = { from: null };
    host.container('web', nothing);
    expect(problemsOf(() => host.synth())).toMatchObject([{ code: 'lxc/no-source', path: 'ai/web' }]);
  });
});

describe('a template', () => {
  it('is finished by becoming a template, and every other step is of its making only', () => {
    const steps = clone({}, { provision: [Script.text('one', 'true\n')] })
      .synth()
      .stepsOf('guest/900');
    expect(steps.at(-1)?.kind).toBe('guest-template');
    expect(steps.slice(0, -1).map(({ until }) => until)).toEqual(steps.slice(0, -1).map(() => ({ template: 900 })));
    expect(steps.at(-1)?.until).toBeUndefined();
  });

  it('never starts with its host, whatever the defaults of the stack say', () => {
    const host = new SmallHost({ stack: { defaults: { onboot: true, startup: { order: 1 }, protection: true } } });
    host.template('base', { vmid: 900 });
    const synth = host.synth();
    synth.lacksStep('guest/900/last');
    synth.hasGuestConfig(900, { template: '1', onboot: '0', protection: '0', startup: Match.absent() });
  });

  it('may have cards and mounts while it is made, and holds none afterwards', () => {
    const host = new SmallHost();
    const mounts = [{ target: '/m', source: host.dataset('models') }] as const;
    host.template('base', { vmid: 900, gpus: [host.pve.gpu(0)], mounts });
    const synth = host.synth();
    synth.hasStep('guest/900/config', { keys: Match.arrayWith([{ key: 'dev0' }, { key: 'mp0' }]) });
    synth.hasGuestConfig(900, { dev0: Match.absent(), mp0: Match.absent() });
    expect(synth.rawLines(900)).toEqual([]);
  });

  it('has a digest of all that is on its disk, which its clones remember', () => {
    const synth = clone().synth();
    const { digest } = synth.stepOf('guest-template', 'guest/900/template');
    synth.hasStep('guest/950/create', { source: { digest } });
  });

  it.each<[string, LxcTemplateProps, boolean]>([
    ['a script', { provision: [Script.text('one', 'echo changed\n')] }, true],
    ['a file', { files: [{ target: '/etc/x', content: 'x' }] }, true],
    ['the distribution', { ostype: 'debian' }, true],
    ['memory', { memory: '2GiB' }, false],
    ['a label', { tags: ['x'] }, false],
    ['the network', { hostname: 'other' }, false],
  ])('has another digest when %s changes only if that is on the disk: %j', (_, props, changes) => {
    const base = { provision: [Script.text('one', 'echo\n')] };
    const digest = (template: LxcTemplateProps) =>
      clone({}, template).synth().stepOf('guest-template', 'guest/900/template').digest;
    expect(digest({ ...base, ...props }) !== digest(base)).toBe(changes);
  });

  it('may be cloned from another template', () => {
    const host = new SmallHost();
    const cloneFrom = host.template('base', { vmid: 900 });
    const second = host.template('second', { vmid: 901, cloneFrom, ...({ from: null } as object) });
    host.container('web', { vmid: 950, cloneFrom: second });
    const synth = host.synth();
    synth.hasGuestConfig(901, { rootfs: 'local-zfs:basevol-900-disk-0/basevol-901-disk-0,size=4G' });
    synth.hasStep('guest/950/create', { needs: Match.arrayWith(['guest/901/template']) });
  });
});
