import { describe, expect, it } from 'vitest';
import { type Step, stepSchema } from '../../src/model/step.js';
import { everyStep } from './every-step.js';

describe('the schema of steps', () => {
  it('knows every kind', () => {
    for (const step of Object.values(everyStep)) {
      expect(stepSchema.parse(step)).toEqual(step);
    }
  });

  it('refuses a kind that nobody knows, and keys that the kind does not have', () => {
    expect(refuses({ ...everyStep.note, kind: 'reboot-now' })).toBe(true);
    for (const step of Object.values(everyStep)) {
      expect(refuses({ ...step, surprise: 1 }), step.kind).toBe(true);
    }
  });

  it('asks for an id, a resource, a path, a title and needs', () => {
    for (const step of Object.values(everyStep)) {
      for (const key of ['id', 'resource', 'path', 'title', 'needs']) {
        expect(refuses({ ...step, [key]: undefined }), `${step.kind} ${key}`).toBe(true);
      }
    }
  });

  it('keeps ids to words that no shell has to quote', () => {
    for (const id of ['guest/950 x', 'a;b', '$(x)', 'a\nb', '']) {
      expect(refuses({ ...everyStep.note, id })).toBe(true);
      expect(refuses({ ...everyStep.note, needs: [id] })).toBe(true);
    }
  });

  it.each<[string, Step, object]>([
    ['a relative path', everyStep.folder, { folder: 'etc' }],
    ['a path of two lines', everyStep.folder, { folder: '/etc\n/x' }],
    ['a VMID that Proxmox keeps', everyStep['guest-template'], { vmid: 99 }],
    ['a VMID of ten digits', everyStep['guest-template'], { vmid: 1_000_000_000 }],
    ['half a VMID', everyStep['guest-template'], { vmid: 100.5 }],
    ['a mode without its 0', everyStep.folder, { mode: '755' }],
    ['an owner below root', everyStep.folder, { uid: -1 }],
    ['a hash that is cut', everyStep['guest-template'], { digest: 'abc' }],
    ['a state that no guest has', everyStep['guest-state'], { state: 'paused' }],
    ['no time at all', everyStep['guest-state'], { timeoutSeconds: 0 }],
    ['an empty command', everyStep.run, { commands: [[]] }],
    ['a run without a probe', everyStep.run, { probes: [] }],
    [
      'an impact that nobody knows',
      everyStep['guest-config'],
      { keys: [{ is: 'absent', key: 'mp0', impact: 'hard' }] },
    ],
    ['a key of no form', everyStep['guest-config'], { keys: [{ is: 'maybe', key: 'mp0', impact: 'live' }] }],
    [
      'a disk smaller than nothing',
      everyStep['guest-config'],
      { keys: [{ is: 'volume', key: 'rootfs', storage: 's', bytes: -1, options: '', impact: 'live' }] },
    ],
  ])('refuses %s', (_name, step, change) => {
    expect(refuses({ ...step, ...change })).toBe(true);
  });
});

function refuses(value: unknown): boolean {
  return !stepSchema.safeParse(value).success;
}
