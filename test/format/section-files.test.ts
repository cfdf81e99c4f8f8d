import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalSectionFile,
  parseSectionFile,
  renderSectionFile,
  type SectionFileName,
  sectionType,
} from '../../src/format/section-files.js';

const typesOf: readonly (readonly [SectionFileName, string])[] = [
  ['jobs.cfg', 'vzdump'],
  ['jobs.cfg', 'realm-sync'],
  ['jobs.cfg', 'of-a-later-release'],
  ['replication.cfg', 'local'],
  ['ha/resources.cfg', 'vm'],
  ['ha/rules.cfg', 'node-affinity'],
  ['ha/rules.cfg', 'resource-affinity'],
  ['mapping/pci.cfg', 'pci'],
  ['mapping/usb.cfg', 'usb'],
  ['mapping/directory.cfg', 'dir'],
];

describe('a file of known entries', () => {
  test('holds comments of people as any text, where Proxmox encodes them', () => {
    const lines = [['comment', 'a: 100% café'] as const, ['schedule', '1:00'] as const];
    const text = renderSectionFile([{ type: 'vzdump', id: 'a', lines }], 'jobs.cfg');
    expect(text).toBe('vzdump: a\n\tcomment a%3A 100%25 caf%C3%A9\n\tschedule 1:00\n\n');
    expect(parseSectionFile(text, 'jobs.cfg')[0]?.lines).toEqual(lines);
    const plain = [{ type: 'vm', id: '100', lines: [['comment', 'a: 100%'] as const] }];
    expect(renderSectionFile(plain, 'ha/resources.cfg')).toBe('vm: 100\n\tcomment a: 100%\n\n');
  });

  test('has the last of two entries of one name, and the first of two lines of one key', () => {
    const text = 'vzdump: a\n\tall 1\n\nvzdump: b\n\tall 1\n\nvzdump: a\n\tall 0\n\tall 1\n\n';
    expect(canonicalSectionFile(text, 'jobs.cfg')).toBe('vzdump: b\n\tall 1\n\nvzdump: a\n\tall 0\n\n');
    expect(parseSectionFile(text, 'jobs.cfg')[2]?.oddities).toEqual([
      "vzdump: a: 'all' is given twice, the first value counts",
    ]);
  });

  test('tells of a boolean that Proxmox skips', () => {
    const text = 'vzdump: a\n\tall yes\n\tenabled 0\n\n';
    expect(parseSectionFile(text, 'jobs.cfg')[0]?.oddities).toHaveLength(1);
    expect(canonicalSectionFile(text, 'jobs.cfg')).toBe('vzdump: a\n\tenabled 0\n\n');
  });

  test('keeps what is no property string as it stands', () => {
    expect(canonicalSectionFile('vzdump: a\n\tprune-backups 5,5\n', 'jobs.cfg')).toContain('\tprune-backups 5,5\n');
  });

  test('takes entries of others with it byte for byte', () => {
    const [first] = parseSectionFile('# mine\nrtx\n  map a=1\n', 'mapping/pci.cfg');
    const added = { type: 'pci', id: 'nic', lines: [['map', 'node=a,id=b,path=c'] as const] };
    expect(renderSectionFile(first === undefined ? [] : [first, added], 'mapping/pci.cfg')).toBe(
      '# mine\nrtx\n  map a=1\n\nnic\n\tmap node=a,id=b,path=c\n\n',
    );
  });

  test.each([
    ['mapping/pci.cfg', 'pci', ['map']],
    ['ha/rules.cfg', 'node-affinity', ['nodes', 'resources']],
  ] as const)('%s needs of %s the keys %j', (name, type, required) => {
    expect(sectionType(name, type)?.required).toEqual(required);
    expect(sectionType(name, 'toString')).toBeUndefined();
  });

  test('is read back as it was given, and is then what Proxmox would write', () => {
    const value = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 :%é.=/]{0,10}[A-Za-z0-9]$/);
    const key = fc.oneof(fc.stringMatching(/^x[a-z0-9_-]{0,8}$/), fc.constant('comment'));
    const lines = fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...typesOf), lines, ([name, type], given) => {
        const text = renderSectionFile([{ type, id: 'one', lines: given }], name);
        const found = parseSectionFile(text, name);
        expect(found.map((one) => [one.type, one.id, new Map(one.lines), one.oddities])).toEqual([
          [type, 'one', new Map(given), []],
        ]);
        expect(canonicalSectionFile(text, name)).toBe(text);
      }),
      { numRuns: 200 },
    );
  });
});
