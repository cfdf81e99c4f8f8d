import { expect, test } from 'vitest';
import { conf, type HostFacts, host, look } from './given.js';
import { call, evaluate, holds, list } from './perl.js';
import { root } from './root.js';

const nic = (ip: string, end = 1) => `net0: name=eth0,bridge=vmbr0,ip=${ip}/24,hwaddr=BC:24:11:00:00:0${end}\n`;
const given = (facts: HostFacts = {}, more = {}) =>
  look({ host: host({ guests: { 951: nic('10.0.0.50', 2) }, ...facts }), ...more });
const then = conf(nic('10.0.0.50'));
const now = conf(nic('10.0.0.60'));
const name = 'address 10.0.0.50 on vmbr0';

test('RestoreTaken::taken is what the guest gave up and another one has, and not what both may have', async () => {
  const taken = (facts: HostFacts, from = now, to = then) =>
    list('RestoreTaken::taken', given(facts), 950, 'lxc', from, to);
  expect(await taken({ running: [951] })).toEqual([{ runs: '1', text: `${name} is guest 951's, which runs` }]);
  expect(await taken({})).toEqual([{ runs: '0', text: `${name} is guest 951's, too, which does not run with it` }]);
  expect(await taken({}, then, then)).toEqual([]);
  expect(await taken({ guests: { 950: nic('10.0.0.50') } })).toEqual([]);
  const folder = 'mp0: /srv,mp=/x\n';
  expect(await taken({ guests: { 951: folder } }, conf(''), conf(folder))).toEqual([]);
});

test('RestoreTaken::judged refuses what a guest that runs has, and tells of the rest', async () => {
  const judged = (facts: HostFacts) => list('RestoreTaken::judged', given(facts), 950, 'lxc', now, then);
  expect(await judged({ running: [951] })).toEqual([`${name} is guest 951's, which runs: take it away there first`]);
  expect(await judged({})).toEqual([null, `${name} is guest 951's, too, which does not run with it`]);
  expect(await judged({ guests: {} })).toEqual([null]);
});

test('RestoreTaken::told says whether the holder runs with it now', async () => {
  const told = (waiting: number) => call('RestoreTaken::told', given({ running: [951] }), { vmid: 951, name, waiting });
  expect(await told(0)).toMatchObject({ runs: '1' });
  expect(await told(1)).toMatchObject({ runs: '0' });
});

test('RestoreTaken::goes_back of what its holder did not have then either, if its own config is put back', async () => {
  const path = '/var/lib/phoenix/phoenix/before/r/951.conf';
  const goesBack = async (kept: string) => {
    const facts = { guests: { 951: nic('10.0.0.50', 2) }, root: root({ [path]: kept }) };
    const step = { id: 'restore', has: { config: ['lxc', '951'], file: ['/951.conf', path] } };
    const [is] = await evaluate(
      'my ($look, $step, $held) = @_; require Restore; $look->{by_id}{restore} = $step; RestoreTaken::goes_back($look, $held)',
      given(facts),
      step,
      { vmid: 951, name },
    );
    return is;
  };
  expect(await goesBack(nic('10.0.0.60', 2))).toBe('1');
  expect(await goesBack(nic('10.0.0.50', 2))).toBe('0');
  expect(await goesBack(`${nic('10.0.0.60', 2)}template: 1\n`)).toBe('0');
  expect(await holds('RestoreTaken::goes_back', given(), { vmid: 951, name })).toBe(false);
});
