import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPlainObject } from '../../../src/base/plain-object.js';
import { headings } from '../../../src/toolkit/migrate/ledger.js';
import { migrateMonolith } from '../../../src/toolkit/migrate/migrate.js';
import { migrationReport, reportText } from '../../../src/toolkit/migrate/report.js';
import { folderOf, hasRealMonolith, realMonolith, smallMonolith, unlessReal } from './monoliths.js';

/** What the report may say of a key that nobody knows: none of it says that anything was made of the key. */
const reported: readonly unknown[] = ['unknown', 'kept aside', 'contradictory', 'suspicious', 'secret'];

type Files = Readonly<Record<string, unknown>>;

const realNames = ['phoenix_lxc_configs.json', 'phoenix_vm_configs.json', 'phoenix_hypervisor_config.json'];

function realFiles(): Files {
  return Object.fromEntries(
    realNames.map((name) => [name, JSON.parse(readFileSync(join(realMonolith, name), 'utf8'))]),
  );
}

const inputs = [
  ['a small monolith', (): Files => smallMonolith, true],
  [`the real monolith${unlessReal}`, realFiles, hasRealMonolith],
] as const;

const rowsOf = (files: Files) => migrateMonolith(folderOf(files as Record<string, object>), {}).rows;

describe.each(inputs)('the report on %s', (_name, filesOf, isThere) => {
  test.skipIf(!isThere)('has every key exactly once, under a heading, at its line', () => {
    const files = filesOf();
    const rows = rowsOf(files);
    const wanted = Object.entries(files).flatMap(([name, value]) => keysIn(value, []).map((keys) => `${name} ${keys}`));
    const isElement = ({ file, key }: (typeof rows)[number]) => elementsIn(files[file], []).includes(key);
    const found = rows.filter((row) => !isElement(row)).map(({ file, key }) => `${file} ${key}`);
    expect(found.sort()).toEqual(wanted.sort());
    expect(rows.filter(({ heading }) => !headings.includes(heading))).toEqual([]);
    for (const { file, line, key } of rows) {
      const text = JSON.stringify(files[file], undefined, 2).split('\n')[line - 1] ?? '';
      const last = key.slice(key.lastIndexOf('.') + 1);
      expect(/^\d+$/.test(last) || text.includes(`${JSON.stringify(lastKey(key))}: `), `${file}:${line} ${key}`).toBe(
        true,
      );
    }
  });

  test.skipIf(!isThere)('knows every key', () => {
    expect(
      rowsOf(filesOf())
        .filter(({ heading }) => heading === 'unknown')
        .map(({ key }) => key),
    ).toEqual([]);
  });

  test.skipIf(!isThere)('has keys that somebody adds anywhere, and says of none that it was taken', () => {
    const files = filesOf();
    const places = Object.entries(files).flatMap(([name, value]) =>
      objectsIn(value, []).map((keys) => ({ name, keys })),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: places.length - 1 }),
        fc.stringMatching(/^zz_[a-z]{3,8}$/),
        fc.jsonValue(),
        (index, key, value) => {
          const { name, keys } = places[index] ?? { name: '', keys: [] };
          const changed = structuredClone(files) as Record<string, unknown>;
          put(changed[name], keys, key, value);
          const path = [...keys, key].map(quotedKey).join('.');
          const row = rowsOf(changed).find((one) => one.file === name && one.key === path);
          expect(reported).toContain(row?.heading);
        },
      ),
      { numRuns: 40 },
    );
  });
});

test('whatever stands where, it is read or said to be odd', () => {
  const places = Object.entries(smallMonolith).flatMap(([name, value]) =>
    [...keyPathsIn(value, [])].map((keys) => ({ name, keys })),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: places.length - 1 }), fc.jsonValue(), (index, value) => {
      const { name, keys } = places[index] ?? { name: '', keys: [] };
      const changed = structuredClone(smallMonolith) as unknown as Record<string, unknown>;
      put(changed[name], keys.slice(0, -1), keys.at(-1) ?? '', value);
      const rows = rowsOf(changed);
      expect(
        rows.filter((row) => row.file === name && row.key === keys.map(quotedKey).join('.')).length,
      ).toBeLessThanOrEqual(1);
      expect(rows.length).toBeGreaterThan(100);
    }),
    { numRuns: 60 },
  );
});

describe('what the report says', () => {
  const { rows, todos, tree } = migrateMonolith(folderOf(smallMonolith), {});
  const row = (key: string) => {
    const { heading, why } = rows.find((one) => one.key === key) ?? { heading: undefined, why: '' };
    return `${heading}: ${why}`;
  };

  test.each([
    ['lxc_configs.950.name', /^changed: chat-model: the dot/],
    ['lxc_configs.950.ports', /^contradictory: .* nobody in at 9000/],
    ['lxc_configs.950.vllm_args.3', /^mapped: `maxModelLen`/],
    ['lxc_configs.950.vllm_max_model_len', /^contradictory: .*vllm_args\.3. says otherwise/],
    ['lxc_configs.950.vllm_gpu_memory_utilization', /^contradictory: .*vllm_parameters\.gpu_memory_utilization/],
    ['lxc_configs.950.gpu_assignment', /^suspicious: card 0 is shared by 950, 951: .* nothing bounds 951/],
    ['lxc_configs.953.firewall', /^suspicious: on, with no rule/],
    ['lxc_configs.900.apparmor_profile', /^changed: Proxmox makes the AppArmor rules/],
    ['lxc_configs.902.lxc_options.1', /^suspicious: kept as a raw line/],
    ['shared_volumes.certificates.mounts.999', /^contradictory: a mount into a guest that no file describes/],
    ['shared_volumes.firewall.enabled', /^suspicious: stood among shared volumes/],
    ['proxmox_storage_ids.gone', /^contradictory: names a storage that no dataset makes/],
    ['zfs.datasets.1.properties', /^changed: quota 1.4T is no whole number of bytes: 1433GiB/],
    ['nfs.exports.0.path', /^kept aside: exports of NFS/],
  ])('%s is %s', (key, expected) => {
    expect(row(key)).toMatch(expected);
  });

  test('names scripts that are to be written, with the place that asks for them', () => {
    expect(todos.find(({ what }) => what.includes('scripts/gateway.sh'))).toMatchObject({
      file: 'small_lxc_configs.json',
    });
  });

  test('takes the command line that ran where three places say three things, and keeps words that no key is for', () => {
    const guest = tree.guests.find(({ vmid }) => vmid === 950);
    expect(guest?.values).toMatchObject({
      maxModelLen: 8192,
      gpuMemoryUtilization: 0.8,
      extraArgs: ['--enable-prefix-caching'],
    });
  });

  test('is written for people as well, every key of it', () => {
    const text = reportText(migrationReport(migrateMonolith(folderOf(smallMonolith), {})));
    const lines = new Set(text.split(/[\s,]+/));
    for (const { key, line } of rows) {
      const last = key.replace(/^.*\./, '');
      expect(lines.has(`\`${key}\``) || text.includes(`\`${last}\`:${line}`), key).toBe(true);
    }
  });

  test('a number that JavaScript would change is left out and said to be odd', () => {
    const files = {
      'a_lxc_configs.json': '{"lxc_configs": {"101": {"name": "a", "cores": 9007199254740993, "memory_mb": 1024}}}',
    };
    const { rows: found, tree: made } = migrateMonolith(folderOf(files), {});
    expect(found.find(({ key }) => key === 'lxc_configs.101.cores')?.heading).toBe('suspicious');
    expect(JSON.stringify(made)).not.toContain('90071992547409');
  });
});

describe('secrets', () => {
  const secrets = {
    hf_token: `hf_${'AbCdEfGhIjKlMnOpQrSt'}`,
    db_password: 'correct horse',
    admin_auth: '9f86d081884c7d659a2feaa0c55ad015',
    inList: `ghp_${'x1Y2z3'.repeat(6)}`,
  };
  const files = {
    'a_lxc_configs.json': {
      lxc_configs: {
        '101': {
          name: 'a',
          memory_mb: 1024,
          cores: 1,
          hf_token: secrets.hf_token,
          db_password: secrets.db_password,
          settings: { admin_auth: secrets.admin_auth, hf_token: secrets.hf_token },
          vllm_args: ['--api-key', secrets.inList],
          other: [`TOKEN=${secrets.inList}`],
        },
      },
    },
    'a_hypervisor_config.json': { zfs: {}, users: { password_hash: '$6$rounds$abcdefghijklmnop' } },
  };
  const migrated = migrateMonolith(folderOf(files), {});

  test('become files from the vault and something to do, and their text is nowhere', () => {
    const guest = migrated.tree.guests[0]?.values;
    expect(guest?.['files']).toContainEqual({
      target: '/etc/phoenix/secrets/hf_token',
      mode: '0600',
      content: [{ $secret: 'lxc/101/hf_token' }],
    });
    const targets = ((guest?.['files'] ?? []) as readonly { target: string }[]).map(({ target }) => target);
    expect([targets.length, new Set(targets).size]).toEqual([4, 4]);
    const all = JSON.stringify([migrated, migrationReport(migrated)]) + reportText(migrationReport(migrated));
    for (const text of [...Object.values(secrets), '$6$rounds']) {
      expect(all).not.toContain(text);
    }
    const found = migrated.rows.filter(({ heading }) => heading === 'secret').map(({ key }) => key);
    expect(found).toEqual([
      'users.password_hash',
      'lxc_configs.101.hf_token',
      'lxc_configs.101.db_password',
      'lxc_configs.101.settings.admin_auth',
      'lxc_configs.101.settings.hf_token',
      'lxc_configs.101.vllm_args.1',
      'lxc_configs.101.other.0',
    ]);
    const told = migrated.todos.filter(({ what }) => what.includes('vault')).map(({ line }) => line);
    expect(told).toHaveLength(found.length);
    expect(told).not.toContain(undefined);
  });

  test('are not seen in what only sounds like them', () => {
    const harmless = {
      'a_lxc_configs.json': {
        lxc_configs: {
          '101': {
            name: 'a',
            vllm_parameters: { max_num_batched_tokens: 8192 },
            ssh_public_key: `ssh-ed25519 ${'AbC1'.repeat(17)}`,
          },
        },
        core_paths: { hf_token_file: '/etc/token' },
      },
    };
    expect(rowsOf(harmless).filter(({ heading }) => heading === 'secret')).toEqual([]);
  });
});

/** Paths of all keys of objects, elements of lists by their number. */
function keysIn(value: unknown, at: readonly string[]): string[] {
  if (!isPlainObject(value) && !Array.isArray(value)) {
    return [];
  }
  return Object.entries(value).flatMap(([key, inner]) => {
    const keys = [...at, key];
    return [...(Array.isArray(value) ? [] : [keys.map(quotedKey).join('.')]), ...keysIn(inner, keys)];
  });
}

/** Everything below the sections of a file. */
function keyPathsIn(value: unknown, at: readonly string[]): (readonly string[])[] {
  const inner = isPlainObject(value) || Array.isArray(value) ? Object.entries(value) : [];
  return inner.flatMap(([key, one]) => [...(at.length === 0 ? [] : [[...at, key]]), ...keyPathsIn(one, [...at, key])]);
}

/** Paths of elements of lists, which the report has where something is said of one alone. */
function elementsIn(value: unknown, at: readonly string[]): string[] {
  const inner = isPlainObject(value) || Array.isArray(value) ? Object.entries(value) : [];
  return inner.flatMap(([key, one]) => {
    const keys = [...at, key];
    return [...(Array.isArray(value) ? [keys.map(quotedKey).join('.')] : []), ...elementsIn(one, keys)];
  });
}

function objectsIn(value: unknown, at: readonly string[]): (readonly string[])[] {
  const inner = isPlainObject(value) || Array.isArray(value) ? Object.entries(value) : [];
  return [...(isPlainObject(value) ? [at] : []), ...inner.flatMap(([key, one]) => objectsIn(one, [...at, key]))];
}

function put(root: unknown, keys: readonly string[], key: string, value: unknown): void {
  let here = root as Record<string, unknown>;
  for (const one of keys) {
    here = here[one] as Record<string, unknown>;
  }
  here[key] = value;
}

function quotedKey(key: string): string {
  return /^[\w$-]+$/.test(key) ? key : JSON.stringify(key);
}

function lastKey(path: string): string {
  const quoted = /"(?:[^"\\]|\\.)*"$/.exec(path)?.[0];
  return quoted === undefined ? path.slice(path.lastIndexOf('.') + 1) : (JSON.parse(quoted) as string);
}
