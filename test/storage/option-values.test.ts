import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PhoenixError } from '../../src/base/errors.js';
import { readLayer } from '../../src/model/layer.js';
import { secretRef } from '../../src/model/secret-ref.js';
import { optionName } from '../../src/storage/option.js';
import { storageTypes } from '../../src/storage/types/all.js';

/** What Proxmox says of one option. */
interface OptionFacts {
  readonly type: string;
  readonly enum?: readonly string[];
  readonly format?: string | object;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

interface TypeFacts {
  readonly content: readonly string[];
  readonly formats?: readonly string[];
  readonly sensitive: readonly string[];
  readonly properties: Readonly<Record<string, OptionFacts>>;
}

interface Values {
  readonly good: readonly unknown[];
  readonly bad: readonly unknown[];
}

/** Facts of our own about a few options, as a machine without Proxmox's knows them. */
const some: Readonly<Record<string, TypeFacts>> = {
  pbs: {
    content: ['backup', 'none'],
    sensitive: ['password'],
    properties: {
      port: { type: 'integer', minimum: 1, maximum: 65_535 },
      password: { type: 'string' },
      content: { type: 'string', format: 'pve-storage-content-list' },
      server: { type: 'string', format: 'pve-storage-server' },
    },
  },
  lvm: {
    content: ['images', 'rootdir'],
    sensitive: [],
    properties: {
      vgname: { type: 'string', format: 'pve-storage-vgname' },
      'saferemove-stepsize': { type: 'integer', enum: ['1', '2', '4', '8', '16', '32'] },
      saferemove: { type: 'boolean' },
    },
  },
};

const place = fileURLToPath(new URL('../../../shared/reference/pve-schema/storage.json', import.meta.url));

describe('an option of a storage', () => {
  it.each(casesOf(some))('%s takes what it should and refuses the rest', check);

  if (!existsSync(place)) console.info(`skipped: there is no ${place}`);
  const all: Readonly<Record<string, TypeFacts>> = existsSync(place)
    ? JSON.parse(readFileSync(place, 'utf8')).types
    : {};
  it.skipIf(!existsSync(place)).each(casesOf(all))('%s takes and refuses what Proxmox does', check);
});

function check(_name: string, type: string, key: string, { good, bad }: Values): void {
  const table = storageTypes.find((row) => row.type === type)?.table;
  if (table === undefined) throw new Error(`no type ${type}`);
  for (const [values, isTaken] of [
    [good, true],
    [bad, false],
  ] as const) {
    for (const value of values) {
      expect({ value, isTaken: takes(() => readLayer(table, { [key]: value }, 'x')) }).toEqual({ value, isTaken });
    }
  }
}

function takes(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof PhoenixError) return false;
    throw error;
  }
}

/** One case an option that a prop reaches. */
function casesOf(
  facts: Readonly<Record<string, TypeFacts>>,
): [name: string, type: string, key: string, values: Values][] {
  return storageTypes.flatMap(({ type, table }) =>
    Object.entries(table.fields).flatMap(([key, field]): [string, string, string, Values][] => {
      const name = optionName(key, field);
      const found = name === undefined ? undefined : facts[type]?.properties[name];
      const of = facts[type];
      return name === undefined || found === undefined || of === undefined
        ? []
        : [[`${type} ${name}`, type, key, valuesOf(type, name, found, of)]];
    }),
  );
}

function valuesOf(type: string, name: string, facts: OptionFacts, of: TypeFacts): Values {
  const special = ours[`${type} ${name}`] ?? ours[name];
  if (special !== undefined) return special;
  if (of.sensitive.includes(name)) return { good: [secretRef('a/b')], bad: ['plain text', 5, ''] };
  if (name === 'content') return contentValues(of);
  if (name === 'format') return enumValues(of.formats ?? [], ['raw', 'qcow2', 'vmdk', 'subvol', 'tar']);
  if (facts.enum !== undefined) {
    return enumValues(facts.type === 'integer' ? facts.enum.map(Number) : facts.enum, ['nosuch', '', 0.5]);
  }
  if (facts.type === 'boolean') return { good: [true, false], bad: ['maybe', 1, []] };
  if (facts.type === 'integer') return integerValues(facts);
  if (typeof facts.format === 'string') {
    const found = formats[facts.format];
    if (found === undefined) throw new Error(`no values for the format ${facts.format} of ${type} ${name}`);
    return found;
  }
  const long = facts.maxLength === undefined ? [] : ['a'.repeat(facts.maxLength + 1)];
  return { good: ['abc', 'a-b.c'], bad: ['', 'a\nb', 5, ...long] };
}

function contentValues({ content }: TypeFacts): Values {
  const every = ['images', 'rootdir', 'vztmpl', 'iso', 'backup', 'snippets', 'import', 'none'];
  const taken = every.filter((kind) => content.includes(kind));
  return {
    good: taken.map((kind) => [kind]),
    bad: [...every.filter((kind) => !content.includes(kind)).map((kind) => [kind]), ['nosuch'], 'images', 5],
  };
}

function enumValues(good: readonly unknown[], others: readonly unknown[]): Values {
  return { good, bad: others.filter((value) => !good.includes(value)) };
}

function integerValues({ minimum = 0, maximum }: OptionFacts): Values {
  const above = maximum === undefined ? [] : [maximum + 1];
  return {
    good: [minimum, minimum + 5, ...(maximum === undefined ? [] : [maximum])],
    bad: [minimum - 1, 1.5, 'x', ...above],
  };
}

/** By Proxmox's names of formats. */
const formats: Readonly<Record<string, Values>> = {
  'pve-storage-path': { good: ['/a', '/srv/a-b/c.d'], bad: ['a/b', '', '/a/../b', '/a b', 5] },
  'pve-storage-server': { good: ['nas', 'nas.lan', '10.0.0.9', 'fe80::1'], bad: ['', 'a b', 'nas;x', '-a', 'a..b'] },
  'pve-storage-portal-dns': {
    good: ['nas.lan', '10.0.0.9:3260', '[fe80::1]:3260', 'fe80::1'],
    bad: ['', 'a b', 'nas:port', '-a:1'],
  },
  'pve-storage-portal-dns-list': {
    good: [['10.0.0.3', 'mon.lan:6789'], ['[fe80::1]:3300']],
    bad: ['10.0.0.3', ['a b'], ['10.0.0.3,10.0.0.4'], ['']],
  },
  'pve-storage-vgname': { good: ['pve', 'fast_1', 'a.b-c'], bad: ['a', '-ab', 'ab-', 'a b', ''] },
  'pve-storage-options': { good: [['vers=4.2', 'soft']], bad: ['soft', ['a b'], ['']] },
  'pve-storage-zfs-blocksize': { good: ['4k', '16k', '128k'], bad: ['', '16', '3k', '16q', '16k ', 16] },
  'pve-node-list': { good: [['pve'], ['pve', 'pve-2']], bad: ['pve', ['-a'], ['a b'], ['a.b'], ['']] },
  'pve-dir-override-list': {
    good: [{ iso: 'media/iso' }, { backup: 'dump.old', import: 'a' }],
    bad: [{ iso: '/media' }, { iso: '../media' }, { iso: '' }, { iso: 'a b' }, { nosuch: 'a' }, 'iso=a'],
  },
  'pve-configid': { good: ['cephfs', 'a_b-1'], bad: ['', 'a', '1a', 'a b', 'a.b'] },
  'prune-backups': {
    good: [{ keepAll: true }, { keepLast: 3, keepYearly: 1 }],
    bad: [{ keepLast: -1 }, { keepLast: 1.5 }, { keepDecades: 1 }, 'keep-last=3'],
  },
};

/** Options that are more to us than text, and those whose format has no name. */
const ours: Readonly<Record<string, Values>> = {
  bwlimit: {
    good: [{ default: 0 }, { restore: 0.5, clone: 100 }],
    bad: [{ restore: -1 }, { nosuch: 1 }, 'restore=1', { move: '1' }],
  },
  is_mountpoint: { good: [true, false, '/srv/a'], bad: ['yes', 'srv/a', 1, ''] },
  fingerprint: {
    good: [Array(32).fill('aF').join(':')],
    bad: [Array(31).fill('aF').join(':'), Array(32).fill('aG').join(':'), ''],
  },
  saferemove_throughput: { good: ['10485760', '-10485760'], bad: ['', '10M', 5] },
  iscsiprovider: { good: ['comstar', 'istgt', 'iet', 'LIO'], bad: ['lio', 'nosuch', ''] },
  'zfspool pool': { good: ['rpool', 'rpool/data'], bad: ['', 5, '/rpool', 'rpool/', 'a b'] },
  'pbs username': { good: ['me@pbs', 'me@pbs!token'], bad: ['me', '', 'me@', 'a b@pbs'] },
  'pbs namespace': { good: ['a', 'a/b'], bad: ['', '/a', 'a//b', 'a/b/c/d/e/f/g/h'] },
};
