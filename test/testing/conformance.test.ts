import type { Construct } from 'constructs';
import { expect, test } from 'vitest';
import { type Outcome, type Place, Resource } from '../../src/core/resource.js';
import { Stack } from '../../src/core/stack.js';
import { PveNode } from '../../src/host/pve-node.js';
import type { StepOf } from '../../src/model/step.js';
import { type ConformanceSubject, resourceConformance, testApp } from '../../src/testing/index.js';
import { codesOf } from '../support/small-host.js';

type Describe = (spec: { readonly text: string }, place: Place) => Outcome;

/** A resource of another team's: whatever the test makes of it. */
class Foreign extends Resource<{ readonly text: string }> {
  readonly identity = 'motd/host';

  constructor(
    scope: Construct,
    private readonly outcome: Describe,
    private readonly spec: () => { readonly text: string },
  ) {
    super(scope, 'motd');
  }

  complete() {
    return this.spec();
  }

  describe(spec: { readonly text: string }, place: Place): Outcome {
    return this.outcome(spec, place);
  }
}

function subject(
  outcome: Describe,
  spec: () => { readonly text: string } = () => ({ text: 'hello' }),
): ConformanceSubject {
  return {
    make: () => {
      const app = testApp();
      const pve = new PveNode(app, 'pve', { address: '10.0.0.1', pveVersion: '9.1' });
      return { app, resource: new Foreign(new Stack(app, 'base', { host: pve }), outcome, spec) };
    },
  };
}

const step: StepOf<'note'> = {
  kind: 'note',
  id: 'motd/host/note',
  resource: 'motd/host',
  path: 'base/motd',
  title: 'note',
  needs: [],
  text: 'hello',
};

const outcome = (changed: Partial<StepOf<'note'>> = {}): Outcome => ({ files: [], steps: [{ ...step, ...changed }] });
const file = (path: string, text: string): Outcome => ({ files: [{ path, text }], steps: [step] });

const onHost = 'is in place after one apply: the next changes nothing and starts no Proxmox command';

/** The promises that are broken; the one that takes a host is asked where the test is about it. */
function broken(given: ConformanceSubject, asked = (name: string) => name !== onHost): string[] {
  return resourceConformance(given)
    .filter(({ name, run }) => asked(name) && codesOf(run).length > 0)
    .map(({ name }) => name);
}

test("a resource that keeps its promises passes, another team's too", () => {
  expect(
    broken(
      subject(() => outcome()),
      () => true,
    ),
  ).toEqual([]);
});

test('a resource that never comes to rest is found out', () => {
  const { text: _, ...base } = step;
  const never = { probe: 'file', path: '/etc/never' } as const;
  const restless: Outcome = { files: [], steps: [{ ...base, kind: 'run', probes: [never], commands: [['true']] }] };
  expect(
    broken(
      subject(() => restless),
      (name) => name === onHost,
    ),
  ).toEqual([onHost]);
});

test('a word that does not reach the applier is found out', () => {
  const unknown = { ...step, colour: 'red' };
  const given = subject(() => ({ files: [], steps: [unknown] }));
  expect(broken(given)).toContain('keeps every word of its steps on the way through bash');
});

test('a description that counts how often it is asked is found out', () => {
  let asked = 0;
  const counting = subject(() => outcome({ text: String(asked++) }));
  expect(broken(counting)).toContain('describes itself the same way each time, and changes nothing by it');
});

test('a description that writes into its spec is found out', () => {
  const writing = subject((spec) => {
    Object.assign(spec, { text: 'changed' });
    return outcome();
  });
  const [first] = resourceConformance(writing);
  expect(() => first?.run()).toThrow(TypeError);
});

test('a spec that holds more than plain data is found out', () => {
  class Text extends String {}
  const instance = subject(
    () => outcome(),
    () => ({ text: new Text('hello') as string }),
  );
  expect(broken(instance)).toEqual(expect.arrayContaining(['is described by plain data: its spec survives JSON']));
});

test('steps under another name, or two of one name, are found out', () => {
  const name = 'has steps whose ids are its own';
  expect(broken(subject(() => outcome({ id: 'other/host/note' })))).toContain(name);
  expect(broken(subject(() => outcome({ resource: 'other/host' })))).toContain(name);
});

test('a step that nothing tells about is found out', () => {
  const name = 'has steps of the form that the applier reads, each with something to look at';
  const { text: _, ...base } = step;
  const always = { probe: 'argv', argv: ['true'], satisfied: [0, 1], absent: [1] } as const;
  const blind: Outcome = { files: [], steps: [{ ...base, kind: 'run', probes: [always], commands: [['true']] }] };
  expect(broken(subject(() => blind))).toContain(name);
  expect(broken(subject(() => outcome({ title: '' })))).toContain(name);
});

test.each([
  ['a carriage return', file('root/etc/motd', 'a\r\n')],
  ['a NUL', file('root/etc/motd', 'a\0')],
  ['half a character', file('root/etc/motd', '\ud83d')],
  ['a path that climbs', file('../motd', 'a\n')],
  ['a path that Windows does not take', file('root/etc/aux.txt', 'a\n')],
])('a file with %s is found out', (_, given) => {
  expect(broken(subject(() => given))).toContain('makes plain text files at paths that every system takes');
});

test('a secret in the words of a step, or in a file that does not say so, is found out', () => {
  const name = 'writes secrets as markers, and only into files';
  const marked = '@@phoenix-secret:raw:planted/secret@@\n';
  const given = subject(() => file('root/etc/motd', marked));
  expect(broken({ ...given, plant: given.make })).toContain(name);
  const none = subject(() => outcome());
  expect(broken({ ...none, plant: none.make })).toContain(name);
});
