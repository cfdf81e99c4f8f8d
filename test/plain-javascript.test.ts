import { describe, expect, it } from 'vitest';
import { PhoenixError } from '../src/base/errors.js';
import * as library from '../src/index.js';

const { Alias, App, LxcContainer, Profile, PveNode, Stack, Subnet, VirtualMachine } = library;

/** Classes that programs do not make with `new`: `fromName` and other makers do, or the library itself. */
const madeByOthers = [
  'CloudImage',
  'CloudInit',
  'ConfigDirectory',
  'Connections',
  'DatasetFolder',
  'HostGpu',
  'IsoImage',
  'OciImage',
  'OsTemplate',
  'PhoenixError',
  'Port',
  'Script',
  'Secret',
  'Storage',
];

/** Static functions that take what only the library has. */
const notForPrograms = ['Connections.of', 'PveNode.of', 'Storage.declare'];

type Call = (words: readonly unknown[]) => unknown;
type Words = (stack: library.Stack) => readonly unknown[];

/** What somebody may hand over who has no compiler. */
const wrong: Readonly<Record<string, Words>> = {
  'nothing at all': () => [],
  'a scope alone': (stack) => [stack],
  'no props': (stack) => [stack, 'a'],
  'null for props': (stack) => [stack, 'a', null],
  'a text for props': (stack) => [stack, 'a', 'x'],
  'empty props': (stack) => [stack, 'a', {}],
  'no scope': () => [undefined, 'a', {}],
  'a text for a scope': () => ['x', 'a', {}],
};

describe.each(Object.entries(wrong))('%s', (_what, words) => {
  it.each(calls())('%s tells with a code', (_name, call) => {
    expect(refusal(() => call(words(newStack())))).not.toBeInstanceOf(Error);
  });
});

describe('a construct without props', () => {
  const { dir } = library.Storage as unknown as Record<'dir', (...words: readonly unknown[]) => unknown>;

  it.each([
    ['App', 'app', () => Reflect.construct(App, [])],
    ['PveNode', 'pve2', () => Reflect.construct(PveNode, [newStack().node.root, 'pve2'])],
    ['Stack', 'b', () => Reflect.construct(Stack, [newStack().node.root, 'b'])],
    ['Subnet', 's/a', () => Reflect.construct(Subnet, [newStack(), 'a'])],
    ['ZfsDataset', 's/a', () => Reflect.construct(library.ZfsDataset, [newStack(), 'a'])],
    ['VllmContainer', 's/a', () => Reflect.construct(library.VllmContainer, [newStack(), 'a'])],
    ['Storage.dir', 's/disks', () => dir(newStack(), 'disks')],
    ['Gpu', 'gpu', () => Reflect.construct(library.Gpu, [])],
  ])('%s lacks what it needs, as with empty props', (_name, path, make) => {
    expect(refusal(make)).toContain(`config/missing ${path}`);
  });

  it('LxcContainer may get everything from other layers, so that the synth tells', () => {
    const stack = newStack();
    Reflect.construct(LxcContainer, [stack, 'a']);
    expect(refusal(() => (stack.node.root as library.App).synthesize())).toContain('config/missing s/a');
  });
});

describe('a construct without a scope', () => {
  it.each([LxcContainer, VirtualMachine, Stack, Profile, Subnet, PveNode, Alias])('%o is refused', (type) => {
    expect(refusal(() => Reflect.construct(type, [undefined, 'a', {}]))).toEqual(['scope/missing a']);
  });
});

/** Constructors and makers of every class that the package exports. */
function calls(): [name: string, call: Call][] {
  return Object.entries(library)
    .filter(([, value]) => /^class/.test(String(value)))
    .flatMap(([name, value]) => callsOf(name, value as unknown as new () => object))
    .filter(([name]) => !notForPrograms.includes(name));
}

function callsOf(name: string, type: new () => object): [string, Call][] {
  const makers = Object.entries(Object.getOwnPropertyDescriptors(type))
    .filter(([key, { value }]) => typeof value === 'function' && !/^is[A-Z]|^prototype$/.test(key))
    .map(([key, { value }]): [string, Call] => [`${name}.${key}`, (words) => value.apply(type, words)]);
  return madeByOthers.includes(name) ? makers : [[`new ${name}`, (words) => Reflect.construct(type, words)], ...makers];
}

function newStack(): library.Stack {
  const app = new App({ name: 'test', root: '/nowhere' });
  return new Stack(app, 's', { host: new PveNode(app, 'pve', { address: '10.0.0.1', pveVersion: '9.1' }) });
}

/** `code path` of each problem; the error itself if it is none of ours; nothing if nothing was thrown. */
function refusal(action: () => unknown): unknown {
  try {
    action();
    return [];
  } catch (error) {
    return PhoenixError.isPhoenixError(error) ? error.problems.map(({ code, path }) => `${code} ${path}`) : error;
  }
}
