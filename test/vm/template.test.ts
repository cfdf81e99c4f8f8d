import { describe, expect, it } from 'vitest';
import { Storage } from '../../src/storage/storage.js';
import { Match } from '../../src/testing/index.js';
import type { VmTemplateProps } from '../../src/vm/vm-template.js';
import { codesOf } from '../support/small-host.js';
import { VmHost } from './small-vm.js';

describe('a template of machines', () => {
  it('is made from its image, never started, and finished by becoming a template', () => {
    const host = new VmHost();
    host.vmTemplate('base');
    const steps = host.synth().stepsOf('guest/900');
    expect(steps.map(({ kind }) => kind)).toEqual(['guest-create', 'guest-config', 'guest-template']);
    expect(steps.slice(0, -1).map(({ until }) => until)).toEqual([{ template: 900 }, { template: 900 }]);
    host.synth().hasStep('guest/900/config', {
      keys: Match.arrayWith([{ key: 'scsi0', filled: { import: 'local:import/debian-13.qcow2' } }]),
    });
    host.synth().hasStep('guest/900/create', { source: { from: 'nothing' }, type: 'qemu' });
  });

  it('has another digest when its disks are of something else, and only then', () => {
    const digest = (props: VmTemplateProps) => {
      const host = new VmHost();
      host.vmTemplate('base', props);
      return host.synth().stepOf('guest-template', 'guest/900/template').digest;
    };
    expect(digest({ memory: '4GiB', tags: ['x'] })).toBe(digest({}));
    expect(digest({ cloudInit: {} })).not.toBe(digest({}));
  });
});

describe('a clone of a machine', () => {
  it('has the disks of its template without being told, and what it adds', () => {
    const host = new VmHost();
    const cloneFrom = host.vmTemplate('base');
    host.machine('web', { cloneFrom, disks: [{ key: 'scsi1', storage: host.disks, size: '1GiB' }] });
    const synth = host.synth();
    synth.hasStep('guest/950/create', {
      source: { from: 'clone', vmid: 900, mode: 'linked', storage: Match.absent() },
      needs: Match.arrayWith(['guest/900/template']),
      exclusive: ['guest/900'],
    });
    synth.hasStep('guest/950/config', {
      cleanClone: true,
      keys: Match.arrayWith([
        { key: 'boot', value: 'order=scsi0' },
        { key: 'scsi0', is: 'volume', bytes: 8 * 2 ** 30, filled: Match.absent() },
        { key: 'scsi1', is: 'volume', bytes: 2 ** 30, filled: Match.absent() },
      ]),
    });
  });

  it('grows a disk of its template and never shrinks it', () => {
    const host = new VmHost();
    host.machine('web', { cloneFrom: host.vmTemplate('base'), disk: { size: '20GiB' } });
    host.synth().hasStep('guest/950/config', { keys: Match.arrayWith([{ key: 'scsi0', bytes: 20 * 2 ** 30 }]) });
    const other = new VmHost();
    other.machine('web', { cloneFrom: other.vmTemplate('base'), disk: { size: '4GiB' } });
    expect(codesOf(() => other.synth())).toEqual(['vm/disk-shrinks']);
  });

  it('that is linked lies on the storage of its template; a full one may lie elsewhere', () => {
    const full = new VmHost();
    const elsewhere = { storage: Storage.fromName(full.base, 'fast') };
    full.machine('full', { cloneFrom: full.vmTemplate('base'), cloneMode: 'full', disk: elsewhere });
    full.synth().hasStep('guest/950/create', { source: { mode: 'full', storage: 'fast' } });
    const linked = new VmHost();
    const fast = Storage.fromName(linked.base, 'fast');
    linked.machine('linked', { cloneFrom: linked.vmTemplate('base'), disk: { storage: fast } });
    expect(codesOf(() => linked.synth())).toEqual(['vm/linked-clone-storage']);
  });

  it('of a container template is refused', () => {
    const host = new VmHost();
    const props: object = { cloneFrom: host.template('base') };
    host.machine('web', props);
    expect(codesOf(() => host.synth())).toEqual(['reference/dangling']);
  });
});
