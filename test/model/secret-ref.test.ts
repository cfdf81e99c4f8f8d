import { describe, expect, expectTypeOf, it } from 'vitest';
import { isSecretRef, type SecretRef, secretRef } from '../../src/model/secret-ref.js';
import type { Probe, StepOf } from '../../src/model/step.js';
import { probeSchema } from '../../src/model/step.js';

describe('secretRef', () => {
  it.each(['a', 'samba/heads', 'a.b_c-d/e0'])('takes %s', (name) => {
    expect(secretRef(name)).toEqual({ $secret: name });
  });

  it.each(['', '/a', 'a/', 'a//b', '../a', 'a/../b', 'A', '-a', 'a b', 'a\nb', '.gpg-id'])('refuses %j', (name) => {
    expect(() => secretRef(name)).toThrow('secret/name');
  });

  it('is told from everything else', () => {
    expect(isSecretRef(secretRef('a'))).toBe(true);
    for (const other of [null, 'a', {}, { $secret: 1 }, ['$secret']]) expect(isSecretRef(other)).toBe(false);
  });
});

describe('a reference to a secret', () => {
  it('is not assignable to a word of a command, a name or a property', () => {
    type Word = StepOf<'run'>['commands'][number][number];
    type ProbeWord = Extract<Probe, { probe: 'argv' }>['argv'][number];
    type Named = StepOf<'guest-create'>['hostname'];
    type Property = StepOf<'zfs-dataset'>['properties'][number]['value'];
    // tsc checks these; vitest only runs them
    expectTypeOf<SecretRef>().not.toExtend<Word | ProbeWord | Named | Property>();
    // @ts-expect-error a secret is no word of a command
    const word: Word = secretRef('a');
    expect(typeof word).not.toBe('string');
  });

  it('is refused by the schema of steps, for programs that are not checked', () => {
    const argv = ['curl', secretRef('a')];
    expect(probeSchema.safeParse({ probe: 'argv', argv, satisfied: [0], absent: [1] }).success).toBe(false);
  });

  it('does not turn into the name when somebody makes it a text by mistake', () => {
    expect(`${secretRef('samba/heads')}`).not.toContain('heads');
  });
});
