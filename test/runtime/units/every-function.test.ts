import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { runtimeFolder, runtimePaths } from '../../support/runtime.js';

/** Functions of the runtime without a test of their own, and why they need none. Whoever adds one here has looked at it twice. */
const exceptions: Readonly<Record<string, string>> = {};

interface Place {
  /** Of the runtime, such as `base/Size.pm`. */
  readonly path: string;
  /** `Size.pm` */
  readonly file: string;
  readonly name: string;
}

const folder = import.meta.dirname;
const tests = new Map(
  readdirSync(folder).map((name) => [name, withoutComments(readFileSync(join(folder, name), 'utf8'))]),
);

const functions = runtimePaths.flatMap((path): readonly Place[] => {
  const file = basename(path);
  const pattern = file.endsWith('.pm') ? /^sub (\w+)/gm : file.endsWith('.bash') ? /^(\w+)\(\) /gm : undefined;
  if (pattern === undefined) return [];
  const text = readFileSync(join(runtimeFolder, path), 'utf8');
  return [...text.matchAll(pattern)].map(([, name = '']) => ({ path, file, name }));
});

test('every function of the runtime is called by name in a test of its own', () => {
  const missing = functions.filter((place) => !isCalled(place) && !(key(place) in exceptions));
  expect(missing.map(complaint)).toEqual([]);
});

test('an exception is a function that is there, and that no test calls', () => {
  const there = new Map(functions.map((place) => [key(place), place]));
  const idle = Object.keys(exceptions).filter((name) => {
    const place = there.get(name);
    return place === undefined || isCalled(place);
  });
  expect(idle).toEqual([]);
});

test('tests of functions stand in files that are named after those of the runtime', () => {
  const bases = new Set(
    runtimePaths.filter((path) => /\.(pm|bash|pl)$/.test(path)).map((path) => base(basename(path))),
  );
  const strays = [...tests.keys()].filter((name) => name.endsWith('.test.ts') && !belongs(name, bases));
  expect(strays).toEqual(['every-function.test.ts']);
});

const key = ({ file, name }: Place) => `${file} ${name}`;

function complaint({ path, file, name }: Place): string {
  const what = file.endsWith('.pm') ? 'sub' : 'function';
  return `src/runtime/${path}: ${what} ${name} has no test of its own; add one to test/runtime/units/${base(file)}.test.ts`;
}

/** `GuestConf.pm` is tested in guest-conf.test.ts, `apply-zfs.bash` in apply-zfs.bash.test.ts. */
function base(file: string): string {
  if (!file.endsWith('.pm')) return file;
  return file
    .replace(/\.pm$/, '')
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-')
    .toLowerCase();
}

/** A chapter of a long test has its name behind that of the module: host-storage.test.ts. */
function belongs(test: string, bases: ReadonlySet<string>): boolean {
  const name = test.replace(/\.test\.ts$/, '');
  return [...bases].some((one) => name === one || name.startsWith(`${one}-`));
}

function isCalled({ file, name }: Place): boolean {
  const module = file.replace(/\.pm$/, '');
  const call = file.endsWith('.pm') ? new RegExp(`\\b${module}::${name}\\b`) : new RegExp(`\\[\\s*'${name}'`);
  return [...tests].some(([test, text]) => belongs(test, new Set([base(file)])) && call.test(text));
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*\*[\s\S]*?\*\/|^\s*\/\/[^\n]*$/gm, '');
}
