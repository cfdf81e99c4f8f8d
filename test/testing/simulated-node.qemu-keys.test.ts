import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWithTool } from '../support/tool.js';

/** What a table of all keys holds of one key, or of one key within a value. */
interface Fact {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly optional?: boolean;
  readonly default_key?: boolean;
  readonly alias?: string;
  readonly indexes?: readonly [first: number, last: number];
  readonly format?: string | Readonly<Record<string, Fact>>;
}
type Facts = Readonly<Record<string, Fact>>;

/** The same in the simulator's words. */
interface Rule {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly length?: number;
  readonly required?: number;
  readonly default_key?: number;
  readonly alias?: string;
  readonly properties?: Readonly<Record<string, Rule>>;
}

/** Written by Proxmox itself: no option of any command. */
const internal = ['meta', 'parent', 'running-nets-host-mtu', 'runningcpu', 'runningmachine', 'snaptime', 'vmstate'];

/** As the table of all keys has them, one of each kind. */
const fixture: Facts = {
  acpi: { type: 'boolean', optional: true },
  cores: { type: 'integer', minimum: 1, optional: true },
  cpulimit: { type: 'number', minimum: 0, maximum: 128, optional: true },
  bios: { type: 'string', enum: ['seabios', 'ovmf'], optional: true },
  'usb[n]': {
    type: 'string',
    indexes: [0, 13],
    optional: true,
    format: {
      host: { type: 'string', default_key: true, optional: true },
      mapping: { type: 'string', optional: true },
      usb3: { type: 'boolean', optional: true },
    },
  },
};

describeWithTool(['perl'], 'the rules of the simulated `qm`', () => {
  const rules = rulesOfSimulator();

  it.each(rowsOf(fixture, {}))('are those of the real one: %s', (key, fact) => {
    expect(plainRule(ruleAt(rules, key))).toEqual(plainFact(fact, key));
  });

  const folder = fileURLToPath(new URL('../../../shared/reference/pve-schema/', import.meta.url));
  const isThere = existsSync(`${folder}qemu.json`);
  const skipped = isThere ? '' : ': skipped, the table of all keys is not at hand';
  const read = (name: string) => (isThere ? JSON.parse(readFileSync(`${folder}${name}`, 'utf8')) : {});
  const table: Facts = read('qemu.json').keys ?? {};
  const formats: Formats = read('formats.json');

  it.skipIf(!isThere)(`know every key that the real one has, and no other${skipped}`, () => {
    const names = Object.entries(table).flatMap(([key, fact]) => numbered(key, fact));
    expect(Object.keys(rules).sort()).toEqual(names.filter((name) => !internal.includes(name)).sort());
    for (const [key, fact] of Object.entries(table).filter(([name]) => !internal.includes(name))) {
      const [name = ''] = numbered(key, fact);
      expect(Object.keys(rules[name]?.properties ?? {}).sort(), name).toEqual(
        Object.keys(partsOf(fact, formats)).sort(),
      );
    }
  });

  it.skipIf(!isThere)(`of the whole table are those of the real one${skipped}`, () => {
    for (const [key, fact] of rowsOf(table, formats)) {
      expect([key, plainRule(ruleAt(rules, key))]).toEqual([key, plainFact(fact, key)]);
    }
  });
});

type Formats = Readonly<Record<string, { readonly properties?: Facts; readonly format?: Facts }>>;

/** The rule of each key and of each key within its value, `usb0.host`. Models of processors are a list of QEMU's. */
function rowsOf(table: Facts, formats: Formats): (readonly [key: string, fact: Fact])[] {
  return Object.entries(table)
    .filter(([key]) => !internal.includes(key))
    .flatMap(([key, fact]) => {
      const [name = ''] = numbered(key, fact);
      const parts = Object.entries(partsOf(fact, formats));
      return [[name, fact] as const, ...parts.map(([part, inner]) => [`${name}.${part}`, inner] as const)];
    })
    .filter(([key]) => key !== 'cpu.reported-model');
}

function numbered(key: string, { indexes: [first, last] = [0, 0] }: Fact): string[] {
  return key.includes('[n]')
    ? Array.from({ length: last - first + 1 }, (_, index) => key.replace('[n]', String(first + index)))
    : [key];
}

function partsOf({ format }: Fact, formats: Formats): Facts {
  return typeof format === 'object' ? format : (formats[format ?? '']?.properties ?? {});
}

function ruleAt(rules: Readonly<Record<string, Rule>>, path: string): Rule {
  const [key = '', part] = path.split('.');
  return (part === undefined ? rules[key] : rules[key]?.properties?.[part]) ?? {};
}

function plainFact(fact: Fact, path: string): object {
  const { type = 'string', minimum, maximum, maxLength, optional, default_key, alias } = fact;
  return alias === undefined
    ? {
        type,
        words: [...(fact.enum ?? [])].sort(),
        min: minimum,
        max: maximum,
        length: maxLength,
        isRequired: path.includes('.') && optional !== true,
        isDefault: default_key === true,
      }
    : { alias };
}

function plainRule({ type, enum: words = [], min, max, length, required, default_key, alias }: Rule): object {
  const isRequired = required !== undefined;
  return alias === undefined
    ? { type, words: [...words].sort(), min, max, length, isRequired, isDefault: default_key !== undefined }
    : { alias };
}

function rulesOfSimulator(): Readonly<Record<string, Rule>> {
  const folder = fileURLToPath(new URL('../../src/testing/simulated-node', import.meta.url));
  const program = `
    no warnings 'redefine';
    *Sim::Node::setting = sub { '9.2' };
    print JSON::PP->new->encode({ map { $_ => Sim::QemuKeys::option_rule($_) } Sim::QemuKeys::option_names() });`;
  const { stdout, stderr } = spawnSync('perl', [`-I${folder}`, '-MJSON::PP', '-MSim::QemuKeys', '-e', program], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(stderr).toBe('');
  // what Perl's table leaves open is null in JSON
  return JSON.parse(stdout, (_, value) => value ?? undefined);
}
