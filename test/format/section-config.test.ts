import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PhoenixError } from '../../src/base/errors.js';
import { type ConfigSection, parseSections, renderSections } from '../../src/format/section-config.js';

function codesOf(sections: readonly ConfigSection[]): string[] {
  try {
    renderSections(sections);
  } catch (error) {
    return PhoenixError.isPhoenixError(error) ? error.problems.map(({ code }) => code) : [String(error)];
  }
  return [];
}

const storage = `# kept by hand
dir: local
	path /var/lib/vz
	content backup,iso,vztmpl,snippets
	shared

zfspool: tank-guests
    pool tank/guests
	content images,rootdir
# thin
	sparse 1

 \t
# the office NAS
nfs: nas
	server 10.0.0.9
	export /srv/my files
	options vers=4.2`;

const mapping = `gpu: first
	map id=10de:2684,node=pve1,path=0000:01:00
	map id=10de:2684,node=pve2,path=0000:02:00
	description both

`;

const ours: ConfigSection = {
  type: 'zfspool',
  id: 'models',
  required: ['pool'],
  lines: [
    ['sparse', '1'],
    ['content', 'images,rootdir'],
    ['pool', 'tank/models'],
    ['disable', '1'],
    ['comment', 'ours'],
  ],
};
const oursText =
  'zfspool: models\n\tcomment ours\n\tdisable\n\tpool tank/models\n\tcontent images,rootdir\n\tsparse 1\n\n';

describe('a file of sections', () => {
  test('gives its entries with type, name and options', () => {
    expect(parseSections(storage).map(({ type, id, lines }) => [type, id, ...lines])).toEqual([
      ['dir', 'local', ['path', '/var/lib/vz'], ['content', 'backup,iso,vztmpl,snippets'], ['shared', '1']],
      ['zfspool', 'tank-guests', ['pool', 'tank/guests'], ['content', 'images,rootdir'], ['sparse', '1']],
      ['nfs', 'nas', ['server', '10.0.0.9'], ['export', '/srv/my files'], ['options', 'vers=4.2']],
    ]);
    expect(parseSections(mapping)[0]?.lines.map(([key]) => key)).toEqual(['map', 'map', 'description']);
    expect([storage, mapping].flatMap((text) => parseSections(text)).flatMap(({ oddities }) => oddities)).toEqual([]);
  });

  test.each([storage, mapping, `${mapping}# the end\n`, 'dir: a\n', 'dir: a\ndir: b\n\tpath /x'])(
    'comes out byte for byte while nobody touches its entries',
    (text) => {
      expect(renderSections(parseSections(text))).toBe(text);
    },
  );

  test('without any entry gives none', () => {
    expect(parseSections('')).toEqual([]);
    expect(parseSections('# only a comment\n\n')).toEqual([]);
    expect(renderSections([])).toBe('');
  });

  test('is written in the order of Proxmox', () => {
    expect(renderSections([ours])).toBe(oursText);
  });

  test('keeps the order of a key that is given several times', () => {
    const lines = [
      ['map', 'z'],
      ['id', '1'],
      ['map', 'a'],
    ] as const;
    expect(renderSections([{ type: 'gpu', id: 'x', lines }])).toBe('gpu: x\n\tid 1\n\tmap z\n\tmap a\n\n');
  });

  test('takes an entry of ours among those of others, which keep their bytes', () => {
    const [local, tank, nas] = parseSections(storage);
    const all = [local, tank, nas].filter((section) => section !== undefined);
    expect(renderSections([...all, ours])).toBe(`${storage}\n\n${oursText}`);
    expect(renderSections([ours, ...all])).toBe(`${oursText}${storage}`);
    const { type = '', id = '', lines = [] } = all[0] ?? {};
    const touched: ConfigSection = { type, id, lines };
    expect(renderSections([touched, ...all.slice(1)])).toBe(
      `dir: local\n\tcontent backup,iso,vztmpl,snippets\n\tpath /var/lib/vz\n\tshared 1\n\n${all[1]?.raw}${all[2]?.raw}`,
    );
  });

  test('tells lines without effect', () => {
    const text = 'what is this\ndir: a\n\tpath /x\npath /y\ndir: b\n\tpath /z\n\ndir: c\n\n\tpath /lost\ndir : d\n';
    const found = parseSections(text);
    expect(found.map(({ id, lines }) => [id, lines.length])).toEqual([
      ['a', 2],
      ['c', 0],
    ]);
    expect(found.flatMap(({ oddities }) => oddities)).toEqual([
      "line 1: 'what is this' belongs to no section",
      "line 4: 'path /y' has no effect, it is not indented",
      "line 5: 'dir: b' has no effect, an empty line, without even a blank, is missing above it",
      "line 10: '\tpath /lost' belongs to no section",
      "line 11: 'dir : d' belongs to no section",
    ]);
  });

  test('has entries that only an empty line ends, not one of blanks', () => {
    const found = parseSections('dir: a\n\tpath /x\n \t\ndir: b\n\tshared\r\n\r\ndir: c\n\ndir: d\n');
    expect(found.map(({ id, lines }) => [id, ...lines.map(([key]) => key)])).toEqual([['a', 'path', 'shared'], ['d']]);
    expect(found.flatMap(({ oddities }) => oddities)).toHaveLength(2);
  });

  test('has headers of only a name in some files, and types in any case in others', () => {
    const found = parseSections('gpu0\n\tmap a=1\n\tmap a=2\n\npci: gpu1\n\tmap a=3\n\n', { onlyType: 'pci' });
    expect(found.map(({ type, id, lines }) => [type, id, lines.length])).toEqual([['pci', 'gpu0', 2]]);
    expect(found.flatMap(({ oddities }) => oddities)).toHaveLength(2);
    const given = found.map(({ type, id, lines }) => ({ type, id, lines }));
    expect(renderSections(given, { onlyType: 'pci' })).toBe('gpu0\n\tmap a=1\n\tmap a=2\n\n');
    expect(parseSections('VM: 100\n', { foldsType: true })[0]?.type).toBe('vm');
  });

  test('writes a flag that switches off without a value, and none that is false', () => {
    const text = renderSections([
      { type: 'dir', id: 'a', lines: [['disable', 'yes']] },
      { type: 'dir', id: 'b', lines: [['disable', '0']] },
    ]);
    expect(text).toBe('dir: a\n\tdisable\n\ndir: b\n\n');
  });

  test.each<[Partial<ConfigSection>, string[]]>([
    [{ type: 'a b' }, ['section/name']],
    [{ id: '' }, ['section/name']],
    [{ id: 'a b' }, ['section/name']],
    [{ id: 'taken' }, ['section/duplicate']],
    [{ lines: [['a b', '1']] }, ['key/invalid']],
    [{ lines: [['#a', '1']] }, ['key/invalid']],
    [{ lines: [['a', '']] }, ['value/empty']],
    [{ lines: [['a', 'x\n\nroot: y']] }, ['value/newline']],
    [{ lines: [['a', ' x']] }, ['value/blank']],
    [
      {
        id: 'a b',
        lines: [
          ['a', ''],
          ['b', '\r'],
        ],
      },
      ['section/name', 'value/empty', 'value/newline'],
    ],
  ])('cannot be written with %j', (part, codes) => {
    expect(codesOf([...parseSections('dir: taken\n'), { ...ours, ...part }])).toEqual(codes);
  });

  test('leaves what others did wrong to them', () => {
    const text = 'dir: twice\n\tpath /a\n\ndir: twice\n\tpath /b\n\n';
    expect(renderSections(parseSections(text))).toBe(text);
  });

  test('is read back as it was given, for anything that can be written', () => {
    const key = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
    const value = fc
      .string({ unit: 'binary' })
      .filter((text) => text !== '' && !/[\n\r\0]|^[\t\v\f ]|[\t\v\f ]$/.test(text));
    const lines = fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 6 });
    const id = fc.stringMatching(/^[A-Za-z][\w.:-]{0,8}$/);
    const section = fc.record({ type: key, id, lines });
    fc.assert(
      fc.property(fc.uniqueArray(section, { selector: (one) => one.id, maxLength: 5 }), (given) => {
        const text = renderSections(given);
        const found = parseSections(text);
        expect(found.map(({ type, id: name, lines: all }) => ({ type, id: name, lines: new Map(all) }))).toEqual(
          given.map((one) => ({ ...one, lines: new Map(one.lines) })),
        );
        expect(found.flatMap(({ oddities }) => oddities)).toEqual([]);
        expect(found.map(({ raw }) => raw).join('')).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  test('loses no byte, whatever stands in it', () => {
    const lines = fc.array(fc.oneof(fc.string(), fc.constantFrom(...`${storage}\n${mapping}`.split('\n'))), {
      maxLength: 25,
    });
    fc.assert(
      fc.property(lines, (parts) => {
        const text = parts.join('\n');
        const found = parseSections(text);
        fc.pre(found.length > 0);
        expect(renderSections(found)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });
});
