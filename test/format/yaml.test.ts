import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type YamlValue, yamlText } from '../../src/format/yaml.js';
import { describeWithTool } from '../support/tool.js';

/** Texts that some version of YAML takes for something else. */
const traps = [
  ...[
    '',
    ' ',
    '~',
    'null',
    'Null',
    'yes',
    'No',
    'on',
    'OFF',
    'y',
    'N',
    'true',
    'False',
    '=',
    '<<',
    '-',
    '--',
    '?',
    ':',
    '!',
  ],
  ...[
    '012',
    '0o7',
    '0x1F',
    '0b1',
    '1_000',
    '1:20',
    '190:20:30',
    '1e3',
    '1.0e+3',
    '.inf',
    '-.INF',
    '.NaN',
    '+1',
    '-1',
    '0',
  ],
  ...[
    '2026-11-22',
    '2026-11-22T10:00:00Z',
    '2026-11-22 10:00:00',
    '10.0.0.1',
    'fe80::1',
    'a: b',
    'a:',
    'a #b',
    '# a',
    'a#b',
  ],
  ...[
    '---',
    '...',
    '--- a',
    '... ',
    '*a',
    '&a',
    '!a',
    '|',
    '>',
    '%a',
    '@a',
    '`a',
    '"a"',
    "'a'",
    '{a}',
    '[a]',
    'a, b',
    'a]b',
    'a}b',
  ],
  ...[
    'a ',
    ' a',
    '\ta',
    'a\t',
    'a\nb',
    'a\n',
    '\na',
    '\n',
    '\n\n',
    'a\n\n',
    ' a\nb',
    'a\n b\n',
    'a\n \nb',
    'a\n\t\nb',
    '\ta\nb',
  ],
  ...[
    'a\r\nb',
    'a\rb',
    'a\0b',
    '\u0007',
    '\u007f',
    '\u0085',
    'a\u0085b',
    'a\u2028b\n',
    '\ufeff',
    'a\n\ufeff',
    '\ufffe',
    'ä',
    '😀\n😀',
  ],
  ...[
    'x'.repeat(300),
    `${'word '.repeat(60)}end`,
    '- a\n- b\n',
    'key: value\n',
    '---\na\n',
    '...\n',
    '# a\n',
    'a\n\n\nb\n\n\n',
  ],
];

describe('YAML', () => {
  it('has lists of maps, lists in lists and texts of several lines as people write them', () => {
    const text = yamlText({
      users: [{ name: 'ops', groups: ['adm', 'docker'], lock: true }, 'default'],
      write_files: [{ path: '/etc/x', content: '[a]\n  b = 1\n\n# end\n', permissions: '0600' }],
      runcmd: [['systemctl', 'restart', 'docker.service'], 'echo "$HOME" > /tmp/x'],
      empty: { list: [], map: {}, nothing: null, left: undefined },
    });
    expect(text).toBe(`users:
  - name: ops
    groups:
      - adm
      - docker
    lock: true
  - default
write_files:
  - path: /etc/x
    content: |
      [a]
        b = 1

      # end
    permissions: "0600"
runcmd:
  - [systemctl, restart, docker.service]
  - "echo \\"$HOME\\" > /tmp/x"
empty:
  list: []
  map: {}
  nothing: null
`);
  });

  it('puts the place of a secret between double quotes, for which its encoding escapes', () => {
    expect(yamlText({ a: '@@phoenix-secret:yaml:x@@', b: 'one\n@@phoenix-secret:yaml:y@@\n' })).toBe(
      'a: "@@phoenix-secret:yaml:x@@"\nb: "one\\n@@phoenix-secret:yaml:y@@\\n"\n',
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %s', (value) => {
    expect(() => yamlText({ value })).toThrow('data/not-plain');
  });

  it('is read by a parser of 1.2 as what was written', () => {
    expect(parse(yamlText({ traps }))).toEqual({ traps });
    fc.assert(
      fc.property(anything(), (value) => {
        expect(parse(yamlText(value))).toEqual(value);
      }),
    );
  });
});

describeWithTool('cloud-init', 'YAML read by PyYAML, as cloud-init does', () => {
  it('is what was written', () => {
    const documents = [
      { traps, lists: [traps], maps: traps.map((trap) => ({ [trap]: trap, inner: { [trap]: [trap, [trap]] } })) },
      ...fc.sample(anything(), { numRuns: 500, seed: 1 }),
    ];
    expect(readByPython(documents.map(yamlText))).toEqual(documents);
  });
});

/** Each document by `yaml.safe_load`, brought back as JSON. */
function readByPython(documents: readonly string[]): unknown {
  const program = 'import json, sys, yaml; print(json.dumps([yaml.safe_load(it) for it in json.load(sys.stdin)]))';
  const { stdout, stderr } = spawnSync('python3', ['-c', program], {
    input: JSON.stringify(documents),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

function anything(): fc.Arbitrary<{ [key: string]: YamlValue }> {
  const text = fc.oneof(
    fc.constantFrom(...traps),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\t', ':', '#', '-', "'", '"', '\\', '0', ',', '{', '\r') }),
  );
  const { value } = fc.letrec<{ value: YamlValue; map: { [key: string]: YamlValue } }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((it) => (Object.is(it, -0) ? 0 : it)),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      tie('map'),
    ),
    map: fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  }));
  return fc.dictionary(text, value, { maxKeys: 4, noNullPrototype: true });
}
