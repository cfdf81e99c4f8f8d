import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { bash } from './bash.js';

const stubs = { patiently: 'code=0', tool: 'code=0', fail_step: 'reason=$1; return 1', ask_into: '' };
const field = {
  storage: 'local',
  file: 'debian.tar',
  node: 'pve',
  reference: 'nginx:1',
  url: 'http://x/a.iso',
  path: '/iso/a.iso',
  sum: '',
  algorithm: 'sha256',
};

test.each([
  ['download', 'download_archive'],
  ['fetch', 'fetch_file'],
  ['pull', 'pull_image'],
])('apply_download, told to %s, calls %s', (doing, call) => {
  expect(
    bash('apply-download', ['apply_download', 's'], { set: { doing, field }, stubs: { ...stubs, [call]: '' } }).calls,
  ).toEqual([call]);
});

const archive = (said: string) => {
  const file = join(temporaryFolder(), 'said');
  writeFileSync(file, said);
  return bash('apply-download', ['download_archive'], { set: { field, said: file }, stubs }).calls;
};

test('download_archive fetches the catalogue once where it does not know the name', () => {
  expect(archive('downloading\n')).toEqual(['patiently pveam download local debian.tar']);
  expect(archive('no such template\n')).toEqual([
    'patiently pveam download local debian.tar',
    'tool pveam update',
    'patiently pveam download local debian.tar',
  ]);
});

test('pull_image leaves the end of the name to Proxmox', () => {
  expect(bash('apply-download', ['pull_image'], { set: { field }, stubs }).calls).toEqual([
    'patiently pvesh create /nodes/pve/storage/local/oci-registry-pull --reference nginx:1 --filename debian',
  ]);
});

/** Fetches a file whose tool leaves this behind; the engine computes the sum. */
function fetch(arrives: string, more: Readonly<Record<string, string>> = {}, hash = 'note_sum hash abc') {
  const folder = temporaryFolder();
  const curl = arrives === '' ? 'code=22' : `code=0; printf %s '${arrives}' >"$6"`;
  const answer = bash('apply-download', ['fetch_file'], {
    set: { field: { ...field, ...more }, trouble: 'lost' },
    env: { PHOENIX_ROOT: folder },
    stubs: { ...stubs, tool: curl, ask_into: hash },
    show: ['reason', 'sum'],
  });
  const target = join(folder, 'iso/a.iso');
  return {
    ...answer,
    folder,
    target,
    left: existsSync(`${target}.tmp.phoenix`),
    text: existsSync(target) ? readFileSync(target, 'utf8') : undefined,
  };
}

test('fetch_file puts what arrived under its name when its sum is right, and no sooner', () => {
  const { calls, text, left, status, folder } = fetch('image', { sum: 'abc' });
  expect({ text, left, status }).toEqual({ text: 'image', left: false, status: 0 });
  expect(calls).toEqual([
    `tool curl -fsSL --retry 3 -o ${folder}/iso/a.iso.tmp.phoenix -- http://x/a.iso`,
    `ask_into note_sum hash ${folder}/iso/a.iso.tmp.phoenix sha256`,
  ]);
  expect(fetch('image').text).toBe('image');
});

test.each([
  ['nothing arrived', () => fetch(''), 'http://x/a.iso did not arrive (curl: exit 22)'],
  [
    'another sum',
    () => fetch('image', { sum: 'abd' }),
    'http://x/a.iso is not the file that was asked for: sha256 abc',
  ],
  [
    'a sum that could not be had',
    () => fetch('image', { sum: 'abd' }, 'return 1'),
    'http://x/a.iso is not the file that was asked for: sha256 lost',
  ],
])('fetch_file leaves nothing behind with %s', (_, fetched, reason) => {
  const { status, values, text, left } = fetched();
  expect({ status, reason: values['reason'], text, left }).toEqual({ status: 1, reason, text: undefined, left: false });
});

test('note_sum takes the sum of the answer', () => {
  expect(bash('apply-download', ['note_sum', 'hash', 'abc'], { show: ['sum'] }).values).toEqual({ sum: 'abc' });
});
