import { expect, test } from 'vitest';
import { step } from './config.js';
import { conf } from './given.js';
import { call, list } from './perl.js';

const asked = step(
  '--key',
  'memory',
  'live',
  '512',
  '--volume',
  'mp0',
  'restart',
  'fast',
  7,
  'x',
  '--raw',
  'lxc.a',
  '1',
  '--raw',
  'lxc.b',
  '2',
  '--absent',
  'tags',
  'live',
);
const values = { 'absent:tags': '1', memory: '512', mp0: 'fast:7', raw: 'lxc.a: 1\nlxc.b: 2' };

test('ConfigRecord::values_of and ConfigRecord::of are what was asked for', async () => {
  expect(await call('ConfigRecord::values_of', asked)).toEqual(values);
  expect(await call('ConfigRecord::of', asked, { guid: '7' })).toEqual([
    'applied',
    'guest/950/config',
    '7',
    '-',
    'absent:tags=1',
    'memory=512',
    'mp0=fast:7',
    'raw=lxc.a: 1\nlxc.b: 2',
  ]);
});

test('ConfigRecord::remember writes down what is news, and nothing else', async () => {
  const owner = { guid: '7' };
  expect(await list('ConfigRecord::remember', asked, { applied: { values }, owner })).toEqual([]);
  expect(await list('ConfigRecord::remember', asked, { applied: { values: { ...values, tags: 'x' } }, owner })).toEqual(
    ['remember', expect.arrayContaining(['applied', 'memory=512'])],
  );
  expect(await list('ConfigRecord::remember', asked, { owner, conf: conf('') })).toEqual([
    'remember',
    expect.arrayContaining(['applied', 'memory=512']),
  ]);
});
