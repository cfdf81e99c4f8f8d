import { expect, test } from 'vitest';
import { about, host, journal, type LookFacts } from './given.js';
import { call, list } from './perl.js';

const steps = [
  {
    $code: `{ kind => 'guest-orphan', chore => 'orphan', id => 'guest/950/orphan', path => 'ai/qwen', has => { guest => ['lxc', '950'] }, options => [], needs => [] }`,
  },
];
const ours = (more = '') => `#phoenix-cdk app=phoenix path=ai/qwen vmid=950\n${more}memory: 512\n`;
const known = journal(
  ['guest', 950, 'lxc', '1', 'v', '-'],
  ['applied', 'guest/950/config', '1', '-'],
  ['applied', 'guest/9500/config', '1', '-'],
  ['intent', 'adopt/950', 'r', '1', '-'],
  ['sealed', 950, 'd'],
  ['applied', 'zfs/950', '-', '-'],
);

const compare = (facts: LookFacts) => about('Orphan::compare', { ...facts, steps });

test.each<[string, LookFacts, object]>([
  [
    'a guest of ours',
    { host: host({ guests: { 950: ours() } }) },
    { verdict: 'change', do: 'unmark', arguments: ['950', '--delete', 'description'] },
  ],
  [
    'notes of people, which stay',
    { host: host({ guests: { 950: ours('#note\n') } }) },
    { do: 'unmark', arguments: ['950', '--description', 'note'] },
  ],
  [
    'a guest on another node',
    { host: host({ guests: { 950: { text: ours(), node: 'pve2' } } }) },
    { verdict: 'refused', reason: 'guest 950 is on node pve2: let it go there' },
  ],
  [
    'a lock',
    { mode: 'check', host: host({ guests: { 950: `${ours()}lock: backup\n` } }) },
    { do: 'wait', reason: 'guest 950 is locked (backup)' },
  ],
  ['a lock, in a plan', { host: host({ guests: { 950: `${ours()}lock: backup\n` } }) }, { do: 'unmark' }],
  [
    'a guest without our line that the journal knows',
    { host: host({ guests: { 950: 'memory: 1\n' } }), journal: known },
    { do: 'forget', arguments: ['950'], fields: { type: 'lxc' } },
  ],
  ['no guest, and nothing in the journal', {}, { verdict: 'satisfied' }],
  [
    'another app’s guest',
    { host: host({ guests: { 950: ours().replace('phoenix ', 'other ') } }) },
    { verdict: 'satisfied' },
  ],
])('Orphan::compare of %s', async (_, facts, expected) => {
  expect(await compare(facts)).toMatchObject(expected);
});

test('Orphan::unmark reads the config again before it writes', async () => {
  const verdict = await about(
    'sub { my ($step, $look) = @_; Orphan::unmark($step, $look, $look->{host}->guest(950)) }->',
    { steps, host: host({ guests: { 950: ours() } }) },
  );
  expect(verdict).toMatchObject({
    changes: [{ key: 'owner', from: 'app phoenix', to: 'nobody' }],
    fields: {
      type: 'lxc',
      path: '/etc/pve/nodes/pve/lxc/950.conf',
      digest: expect.stringMatching(/^[0-9a-f]{40}$/),
    },
  });
});

test('Orphan::records names what the journal knows of this guest and of no other', async () => {
  expect(await list('Orphan::records', known, 950)).toEqual(['950', 'adopt/950', 'guest/950/config']);
  expect(await list('Orphan::records', known, 95)).toEqual([]);
  expect(await call('Orphan::records', journal(), 950)).toBe('0');
});
