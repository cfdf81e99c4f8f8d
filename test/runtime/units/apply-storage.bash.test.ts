import { expect, test } from 'vitest';
import { bash } from './bash.js';

const stubs = { keep_before: '', note_left: '', fail_step: 'return 1', patiently: '_note input "$tool_input"' };
const set = { doing: 'set', arguments: ['pbs', '--server', 'x'], field: {}, trouble: 'why' };

test('apply_storage keeps storage.cfg, calls pvesm, and notes how that left it', () => {
  const { calls } = bash('apply-storage', ['apply_storage', 's'], { set, stubs });
  expect(calls).toEqual([
    'keep_before /etc/pve/storage.cfg',
    'patiently pvesm set pbs --server x',
    `input ''`,
    'note_left s /etc/pve/storage.cfg',
  ]);
});

test('apply_storage has secrets laid first, and gives pvesm their words and its standard input', () => {
  const { calls } = bash('apply-storage', ['apply_storage', 's'], {
    set: { ...set, field: { secrets: 'password keyring' } },
    stubs: { ...stubs, ask_into: 'note_laid laid /run/in --keyring /run/k --password' },
  });
  expect(calls).toEqual([
    'ask_into note_laid lay s password keyring',
    'keep_before /etc/pve/storage.cfg',
    'patiently pvesm set pbs --server x --keyring /run/k --password',
    'input /run/in',
    'note_left s /etc/pve/storage.cfg',
  ]);
});

test('apply_storage calls no pvesm where secrets cannot be laid', () => {
  const { status, calls } = bash('apply-storage', ['apply_storage', 's'], {
    set: { ...set, field: { secrets: 'password' } },
    stubs: { ...stubs, ask_into: 'return 1' },
  });
  expect({ status, calls }).toEqual({ status: 1, calls: ['ask_into note_laid lay s password', 'fail_step why'] });
});

test('note_laid takes the file and the words of the answer', () => {
  expect(
    bash('apply-storage', ['note_laid', 'laid', '/in', '--a', 'b c'], { show: ['tool_input', 'laid'] }).values,
  ).toEqual({ tool_input: '/in', laid: ['--a', 'b c'] });
});
