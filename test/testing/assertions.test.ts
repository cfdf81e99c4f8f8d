import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Annotations } from '../../src/core/annotations.js';
import { Aspects } from '../../src/core/aspects.js';
import { Port } from '../../src/firewall/port.js';
import { Capture, findingsOf, Match, normalizedSnapshot, synthesized, testApp } from '../../src/testing/index.js';
import { mismatches } from '../../src/testing/match.js';
import { VirtualMachine } from '../../src/vm/virtual-machine.js';
import { codesOf, problemsOf, SmallHost } from '../support/small-host.js';

describe('patterns', () => {
  it.each([
    ['a value its equal', 1, 1],
    ['an object one that has at least its keys, at every depth', { a: { b: 1 } }, { a: { b: 1, c: 2 }, d: 3 }],
    ['a list one of the same length', [1, { a: 1 }], [1, { a: 1, b: 2 }]],
    ['objectLike what a bare object matches', Match.objectLike({ a: 1 }), { a: 1, b: 2 }],
    ['exact its equal, whatever the order of keys', Match.exact({ a: 1, b: [2] }), { b: [2], a: 1 }],
    ['arrayWith a list that holds them in order', Match.arrayWith([1, { a: 1 }]), [0, 1, 2, { a: 1, b: 1 }]],
    ['absent a missing key', { a: Match.absent() }, {}],
    ['anyValue any value', Match.anyValue(), 0],
    ['stringLike with a star any text there', Match.stringLike('a*(z'), 'a\nb(z'],
    ['stringLike a regular expression', Match.stringLike(/^a+$/), 'aaa'],
  ])('match: %s', (_, pattern, actual) => {
    expect(mismatches(pattern, actual)).toEqual([]);
  });

  it.each([
    [{ a: { b: 1 } }, { a: { b: 2 } }, 'a.b: expected 1, found 2'],
    [[1, 2], [1], 'the value: expected a list of 2, found [1]'],
    [{ a: [{ b: 1 }] }, { a: [{}] }, 'a[0].b: expected 1, found nothing'],
    [Match.exact({ a: 1 }), { a: 1, b: 2 }, 'the value: expected {"a":1}, found {"a":1,"b":2}'],
    [Match.arrayWith([2, 1]), [1, 2], 'the value: expected a list with 1 after item 1, found [1,2]'],
    [{ a: Match.absent() }, { a: 0 }, 'a: expected nothing, found 0'],
    [Match.anyValue(), null, 'the value: expected some value, found null'],
    [Match.stringLike('a*c'), 'abcd', 'the value: expected text like a*c, found "abcd"'],
    ['1', 1, 'the value: expected "1", found 1'],
  ])('say what is wrong, and where: %j', (pattern, actual, sentence) => {
    expect(mismatches(pattern, actual)).toEqual([sentence]);
  });

  it('capture what matched, only where the whole pattern matched', () => {
    const value = new Capture<string>();
    const list = [
      { key: 'cores', value: '2' },
      { key: 'memory', value: '512' },
    ];
    expect(mismatches({ list: Match.arrayWith([{ key: 'memory', value }]) }, { list })).toEqual([]);
    expect(value.values).toEqual(['512']);
    expect(mismatches({ list: [{ value }, { key: 'swap' }] }, { list })).toHaveLength(1);
    expect(value.values).toEqual(['512']);
  });

  it('capture with a pattern of their own keeps only what fits', () => {
    const number = new Capture<number>(1);
    expect(mismatches(number, 2)).toHaveLength(1);
    expect(() => number.value).toThrow('the capture kept no value');
  });
});

describe('a synthesized app', () => {
  it('shows steps, files and configs of all stacks or of one, and writes nothing', () => {
    const host = new SmallHost();
    host.container('web', { vmid: 950, memory: '1GiB', firewall: {} }).addRawLine('lxc.cap.drop', 'sys_rawio');
    const all = host.synth();
    const ai = all.stack(host.ai);
    expect(ai.stepsOf('guest/950').map(({ id }) => id)).toContain('guest/950/firewall');
    expect(all.stepOf('guest-create', 'guest/950/create').hostname).toBe('web');
    expect(ai.file('root/etc/pve/firewall/950.fw')).toBe(all.file('stacks/ai/root/etc/pve/firewall/950.fw'));
    ai.hasFile('root/etc/pve/firewall/950.fw', Match.stringLike('*policy_in: DROP*'));
    ai.hasGuestConfig(950, { memory: '1024', net0: Match.absent() });
    expect(all.rawLines(950)).toEqual([['lxc.cap.drop', 'sys_rawio']]);
    ai.lacksStep('storage/local/entry');
    ai.lacksFile('root/etc/pve/firewall/951.fw');
    expect(existsSync(host.app.root)).toBe(false);
  });

  it("shows a machine's config with the keys that only machines have", () => {
    const host = new SmallHost();
    const disk = { storage: host.disks, size: '4GiB' } as const;
    new VirtualMachine(host.ai, 'desk', { vmid: 951, disk, bios: 'ovmf', intelTdx: {} });
    host.synth().hasGuestConfig(951, { 'intel-tdx': 'tdx,attestation=1', bios: 'ovmf' });
  });

  it('explains what it does not find', () => {
    const host = new SmallHost();
    host.container('web', { vmid: 950 });
    const all = host.synth();
    expect(problemsOf(() => all.step('guest/950/confg'))).toMatchObject([
      { code: 'testing/no-step', fix: 'did you mean guest/950/config?' },
    ]);
    expect(codesOf(() => all.stack('web'))).toEqual(['testing/no-stack']);
    expect(codesOf(() => all.file('x'))).toEqual(['testing/no-file']);
    expect(codesOf(() => all.guestConfig(951))).toEqual(['testing/no-file']);
    expect(codesOf(() => all.stepOf('file', 'guest/950/config'))).toEqual(['testing/step-kind']);
    expect(codesOf(() => all.lacksStep('guest/950/config'))).toEqual(['testing/step']);
    expect(codesOf(() => all.lacksFile('stacks/ai/PLAN.md'))).toEqual(['testing/file']);
    expect(problemsOf(() => all.hasGuestConfig(950, { memory: '1' }))[0]?.message).toBe(
      'config of guest 950 does not match\n  memory: expected "1", found "512"',
    );
  });

  it('tells findings by code, severity and path, errors that stop the synth included', () => {
    const host = new SmallHost();
    const web = host.container('web', { firewall: {} });
    Annotations.of(web).addWarning('team/naming', 'web is no name');
    const found = host.synth().findings;
    found.hasWarning('team/naming', 'ai/web');
    found.hasWarning('firewall/datacenter-switch');
    found.hasNoErrors();
    found.lacks('team/naming', 'ai/db');
    expect(codesOf(() => found.hasError('team/naming'))).toEqual(['testing/no-finding']);
    expect(codesOf(() => found.hasWarning('team/naming', 'ai/db'))).toEqual(['testing/no-finding']);
    expect(codesOf(() => found.hasInfo('team/naming'))).toEqual(['testing/no-finding']);
    expect(codesOf(() => found.lacks('team/naming'))).toEqual(['testing/finding']);

    const other = new SmallHost();
    other.container('other', { cloneFrom: other.template('base'), unprivileged: false });
    const stopped = findingsOf(other.app);
    stopped.hasError('lxc/clone-privilege', 'ai/other');
    expect(codesOf(() => stopped.hasNoErrors())).toEqual(['testing/finding']);
  });

  it('keeps what was given out, for the next synth', () => {
    const host = new SmallHost();
    host.container('web', { network: host.lan });
    const { pinned } = host.synth();
    expect([...pinned.keys()]).toEqual(['vmid ai/web', 'address 10.0.0.0/24 ai/web', 'mac ai/web']);
    expect(synthesized(host.app, { pinned: new Map([['vmid ai/web', '1234']]) }).stepsOf('guest/1234')).not.toEqual([]);
  });

  it('can be looked at again: aspects visit once', () => {
    const host = new SmallHost();
    const web = host.container('web', { vmid: 950, network: host.lan, firewall: { outbound: 'DROP' } });
    let visits = 0;
    Aspects.of(web).add({ visit: () => visits++ });
    web.connections.allowTo(host.lan, Port.tcp(80));
    expect(host.synth().files).toEqual(host.synth().files);
    expect(visits).toBe(1);
  });

  it('has snapshots that do not change with digests, and hold every file of every stack', () => {
    const snapshot = (text: string) => {
      const host = new SmallHost();
      host.container('web', { vmid: 950, files: [{ target: '/etc/motd', content: text }] });
      return normalizedSnapshot(host.app);
    };
    const { 'stacks/ai/guests/950/root/etc/motd': first, ...others } = snapshot('a\n');
    const { 'stacks/ai/guests/950/root/etc/motd': second, ...same } = snapshot('b\n');
    expect([first, second]).toEqual(['a\n', 'b\n']);
    expect(others).toEqual(same);
    expect(others['stacks/ai/runbook.json']).toContain('"<digest>"');
    expect(Object.keys(others)).toEqual(Object.keys(others).toSorted());
  });

  it('may have a name and context of its own', () => {
    const app = testApp({ name: 'mine', context: { stage: 'dev' } });
    expect([app.name, app.node.getContext('stage')]).toEqual(['mine', 'dev']);
  });
});
