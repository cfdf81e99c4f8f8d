import { describe, expect, it } from 'vitest';
import { type Facts, parseFacts } from '../../../src/model/facts.js';
import { factsChanges } from '../../../src/toolkit/facts/changes.js';
import { renderFacts } from '../../../src/toolkit/facts/render.js';
import { factsOf, knownGuest } from '../../support/facts.js';

const conf = '/etc/pve/nodes/pve/lxc/950.conf';
const before = factsOf(knownGuest(950, ['memory: 512', 'onboot: 1'], { running: true }));

const changes = (after: Partial<Facts>) =>
  factsChanges(before, { ...before, ...after }).map(({ what, name, change, fields, lines }) => [
    `${change} ${what} ${name}`,
    ...fields.map(({ field, before, after }) => `${field}: ${before} → ${after}`),
    ...lines.map((line) => `${line.change} ${line.line} ${line.text}`),
  ]);

describe('facts as a file', () => {
  it('say the same again when they are read', () => {
    expect(parseFacts(renderFacts(before), 'x')).toEqual(before);
  });

  it('are the same bytes whatever the order in which a host was looked at', () => {
    const turned = Object.fromEntries(Object.entries(before).reverse()) as Facts;
    const { displayDevices = [], interfaces = [], pools = [] } = before;
    const lists = { displayDevices: displayDevices.toReversed(), interfaces: interfaces.toReversed(), pools };
    expect(renderFacts({ ...turned, ...lists })).toBe(renderFacts(before));
  });

  it('have a line for each entry, and for each line of a config', () => {
    const lines = renderFacts(before).split('\n');
    expect(lines.slice(0, 4)).toEqual([
      '{',
      '  "version": 1,',
      '  "takenAt": "2026-06-12T14:15:02Z",',
      '  "node": "pve",',
    ]);
    expect(lines).toContain('    {"name":"ct-950","node":"pve","running":true,"type":"lxc","vmid":950}');
    expect(lines).toContain('      "memory: 512",');
    expect(lines).toContain('    "rpool/data": {"mountpoint":"/rpool/data"}');
  });
});

describe('what has changed on a host', () => {
  it('is nothing but the time, if nothing has', () => {
    expect(changes({ takenAt: '2027-01-01T00:00:00Z' })).toEqual([]);
  });

  it('is told entry by entry, and of configs line by line', () => {
    const guests = [
      { ...before.guests?.[0], running: false },
      { vmid: 951, node: 'pve', type: 'lxc' },
    ] as Facts['guests'];
    expect(
      changes({
        pveVersion: '9.2.1',
        pools: [],
        guests,
        files: { [conf]: ['memory: 1024', 'onboot: 1'] },
        packages: { 'pve-manager': '9.2.1' },
      }),
    ).toEqual([
      ['changed host pveVersion', ': 9.1.4 → 9.2.1'],
      ['removed pool rpool'],
      ['changed guest 950', 'running: true → false'],
      ['added guest 951'],
      [`changed file ${conf}`, 'removed 1 memory: 512', 'added 1 memory: 1024'],
    ]);
  });

  it('is not what one of two looks could not see', () => {
    const unknown = [{ what: 'pools', why: 'sick' }];
    expect(
      changes({ pools: undefined, nvidia: undefined, unknown: [...unknown, { what: 'nvidia', why: 'odd' }] }),
    ).toEqual([
      ['added unknown nvidia', ': undefined → odd'],
      ['added unknown pools', ': undefined → sick'],
    ]);
    expect(changes({ nvidia: undefined })).toEqual([['removed driver nvidia']]);
  });
});
