import { expect, test } from 'vitest';
import { call, evaluate, list } from './perl.js';

const device = { path: 'ai/qwen', resource: 'guest/950', kind: 'device', text: '/dev/x (rw)', direction: 'broader' };
const narrower = { ...device, text: '/dev/y (rw)', direction: 'narrower' };
const held = { ...device, text: '/dev/z (rw)', held: 1 };

const session = (flags: object, privileges?: readonly object[], found: object = {}) => ({
  flags,
  plan: {},
  found: { ...(privileges ? { privileges } : {}), ...found },
});

test('Approval::lacking: how many get broader, a mark of them, and the table of all', async () => {
  const [number, mark, table] = await list('Approval::lacking', session({}, [device, narrower, held]));
  expect(number).toBe('1');
  expect(mark).toMatch(/^[0-9a-f]{40}$/);
  expect(table).toMatch(/that get broader\n.*\/dev\/x.*\n.*\n\nPrivileges that get narrower\n.*\/dev\/y/);
});

test('Approval::lacking: nothing where nothing gets broader, or where somebody said yes', async () => {
  expect(await list('Approval::lacking', session({}))).toEqual([]);
  expect(await list('Approval::lacking', session({}, [narrower, held]))).toEqual([]);
  expect(await list('Approval::lacking', session({ yes: 1 }, [device]))).toEqual([]);
  expect(await list('Approval::lacking', session({ 'approve-privileges': 1 }, [device]))).toEqual([]);
});

test('Approval::lacking: a yes is for the table that was shown, and for no other one', async () => {
  const [, mark] = await list('Approval::lacking', session({}, [device]));
  expect(await list('Approval::lacking', session({ approved: mark }, [device, narrower]))).toEqual([]);
  expect(
    await list('Approval::lacking', session({ approved: mark }, [device, { ...device, kind: 'folder' }])),
  ).toHaveLength(4);
  expect(
    await list('Approval::lacking', session({ approved: mark }, [{ ...device, text: '/dev/z (rw)' }])),
  ).toHaveLength(4);
});

test('Approval::lacking leaves what guests may have, for the steps to come, unless all was allowed', async () => {
  const leave = async (flags: object) =>
    (
      await evaluate(
        'my $session = shift; Approval::lacking($session); $session->{plan}{leave}',
        session(flags, [], { leave: { 950: ['x'] } }),
      )
    )[0];
  expect(await leave({})).toEqual({ 950: ['x'] });
  expect(await leave({ yes: 1 })).toBeNull();
});

test('Approval::as_json is the table for programs, and lacking has it where JSON is wanted', async () => {
  expect(JSON.parse(String(await call('Approval::as_json', { privileges: [device] })))).toEqual([device]);
  const told = async (flags: object) => (await list('Approval::lacking', session(flags, [device])))[3];
  expect(await told({})).toBe('');
  expect(await told({ json: 1 })).toBe(await call('Approval::as_json', { privileges: [device] }));
});

test('Approval::broader counts what needs a word', async () => {
  expect(await call('Approval::broader', { privileges: [device, narrower, held] })).toBe('1');
  expect(await list('Approval::broader', {})).toEqual([]);
});
