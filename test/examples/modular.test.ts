import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, ConfigDirectory } from 'phoenix-cdk';
import { type Synthesized, synthesized } from 'phoenix-cdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phoenixApp } from '../../examples/phoenix/app.js';
import { type MigrateOptions, migrateMonolith } from '../../src/toolkit/migrate/migrate.js';
import { migrationReport, reportText } from '../../src/toolkit/migrate/report.js';
import { confFiles } from '../../src/toolkit/migrate/write-conf.js';
import { hasRealMonolith, realMonolith, unlessReal } from '../toolkit/migrate/monoliths.js';

const example = join(import.meta.dirname, '../../examples/modular');
const card = (bus: number) => ({ model: 'rtx5060Ti16', pci: `0000:0${bus}:00.0` });
/** What the files of the monolith do not say, as its README gives it to `phoenix migrate`. */
const options: MigrateOptions = { name: 'phoenix', pveVersion: '9.1', gpus: [card(1), card(2)] };

describe('the example of a host in files', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'phoenix-modular-'));
  afterAll(() => rmSync(outdir, { recursive: true, force: true }));

  it('synthesizes, with a program of ten lines', () => {
    const words = ['--import', 'tsx', 'app.ts'];
    const env = { ...process.env, PHOENIX_OUTDIR: outdir, PHOENIX_CI: '1' };
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: example, env, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringContaining('error') });
    expect(readdirSync(join(outdir, 'stacks/guests/guests'))).toHaveLength(24);
    expect(readFileSync(join(example, 'app.ts'), 'utf8').split('\n').length).toBeLessThanOrEqual(10);
  });

  it.skipIf(!hasRealMonolith)(`is what migration makes of the monolith${unlessReal}`, () => {
    const migrated = migrateMonolith(realMonolith, options);
    const conf = join(example, 'conf.d');
    const committed = readdirSync(conf, { recursive: true, encoding: 'utf8' }).filter((path) =>
      statSync(join(conf, path)).isFile(),
    );
    const wanted = confFiles(migrated.tree);
    expect(committed.sort()).toEqual(Object.keys(wanted).sort());
    for (const [path, text] of Object.entries(wanted)) {
      expect(readFileSync(join(conf, path), 'utf8'), path).toBe(text);
    }
    expect(readFileSync(join(example, 'MIGRATION.md'), 'utf8')).toBe(reportText(migrationReport(migrated)));
  });
});

const templates = [900, 901, 902, 903, 920];
const models = [950, 951, 955, 957];
const services = [910, 952, 954, 956, 960];
const all = [...templates, ...models, ...services, 953];

/**
 * Where the migrated host differs from the one that people wrote by hand in `examples/phoenix`, and why: migration keeps what the old files
 * say, and people decide.
 */
const differences: readonly (readonly [what: string, vmids: readonly number[], why: string])[] = [
  ['nameserver', all, 'the files ask 8.8.8.8; people chose the router, which knows the house'],
  [
    'net0 firewall',
    [...templates, 955, 956, 957, 960],
    'the files give them no firewall; people close everything by default',
  ],
  ['rootfs size', [...templates, ...models], 'kept as they are; people measured, and halved them'],
  ['rootfs volume', [960], 'cloned from the template with drivers, as the files say; people gave it the one without'],
  ['features mknod', [902, 952], 'asked for, and reported as not needed'],
  ['memory', [910, 920, 953, ...models], 'kept as it is; people reasoned about each'],
  ['mount /certs ro', [910], 'mounted for writing, as before; people let it read'],
  ['mount /etc/nginx/ssl ro', [953], 'mounted for writing, as before; people let it read'],
  ['mount /certs', [954], 'has the keys, as before; people took them away'],
  ['mount /etc/nginx/sites-available', [953], 'a folder of the old system, reported; people generate the site'],
  ['mount /data backup', [910], 'in no backup, as before, and reported; people put it in'],
  ['mount /qdrant/storage backup', [952], 'in no backup, as before, and reported; people put it in'],
  ['mount /home/node/.n8n backup', [954], 'in no backup, as before, and reported; people put it in'],
  ['mount /open-webui', [956], 'the files have no volume for it; people made one'],
  ['startup up', [950], '5 seconds, as before; people gave it the time to take its part of the card'],
  ['tags', models, 'the files have no labels'],
  ['dev0', [955], 'on card 0, as before, and reported; people moved it to card 1'],
  ['rule 10.0.0.160 tcp 8000', [950, 951], 'nobody asks for metrics in the files; people let the monitoring in'],
  ['rule 10.0.0.160 tcp 6333', [952], 'nobody asks for metrics in the files; people let the monitoring in'],
  ['rule 10.0.0.0/24 tcp 80', [953], 'shut, as before, and reported; people let the house in'],
  ['rule 10.0.0.0/24 tcp 443', [953], 'shut, as before, and reported; people let the house in'],
  ['rule 10.0.0.153 tcp 11434', [955], 'open to everybody, as before; people let the gateway in'],
  ['rule 10.0.0.156 tcp 11434', [955], 'open to everybody, as before; people let Open WebUI in'],
  ['rule 10.0.0.153 tcp 8080', [956], 'open to everybody, as before; people let the gateway in'],
  ['rule 10.0.0.153 tcp 8081', [957], 'open to everybody, as before; people let the gateway in'],
  ['rule 10.0.0.160 tcp 8081', [957], 'open to everybody, as before; people let the monitoring in'],
  ['rule 10.0.0.153 tcp 3000', [960], 'open to everybody, as before; people let the gateway in'],
  ['policy', [...templates, 955, 956, 957, 960], 'no firewall, as before; people drop what no rule speaks of'],
  [
    'file etc/systemd/system/vllm.service',
    [950, 951],
    'shares, revision and trust as the files have them; people lowered, pinned and took away',
  ],
  ['file opt/monitoring/targets.json', [960], 'the application script is to be written'],
  ['script nvidia-userspace', [901], 'the files know no checksum of the installer; people gave one'],
  ['script nvidia-container-toolkit', [903], 'no feature of the files asks for it'],
  ...(
    [
      [910, 'portainer'],
      [952, 'qdrant'],
      [953, 'nginx'],
      [954, 'n8n'],
      [955, 'ollama'],
      [956, 'open-webui'],
      [957, 'llamacpp'],
      [960, 'monitoring'],
    ] as const
  ).map(([vmid, name]) => [`script ${name}`, [vmid], 'the application script is to be written'] as const),
];

describe('the example in files, beside the one in TypeScript', () => {
  let ours: Synthesized;
  let theirs: Synthesized;
  beforeAll(() => {
    const app = new App({ name: 'phoenix', root: example });
    ConfigDirectory.load(app, 'conf.d');
    ours = synthesized(app);
    theirs = synthesized(phoenixApp());
  });

  it('differs in what is named, and in nothing else', () => {
    const found = all.flatMap((vmid) =>
      differing(said(ours, vmid), said(theirs, vmid)).map((what) => `${vmid} ${what}`),
    );
    const named = differences.flatMap(([what, vmids]) => vmids.map((vmid) => `${vmid} ${what}`));
    expect(found.sort()).toEqual(named.sort());
  });

  it('has a reason for each difference', () => {
    expect(differences.filter(([, , why]) => why.length < 20)).toEqual([]);
  });

  it('keeps the containers of tests, which people threw away, and nothing else beside theirs', () => {
    const beside = vmidsOf(ours).filter((vmid) => !vmidsOf(theirs).includes(vmid));
    expect(beside.filter((vmid) => ![8000, 8001].includes(vmid))).toEqual([101, 102, 103, 104, 105, 106, 107]);
    expect(vmidsOf(theirs).filter((vmid) => !vmidsOf(ours).includes(vmid))).toEqual([]);
  });
});

it('has no copy of the files that it was made from', () => {
  expect(existsSync(join(example, 'phoenix_lxc_configs.json'))).toBe(false);
});

function vmidsOf({ files }: Synthesized): readonly number[] {
  return [...files.keys()]
    .flatMap((path) => /(?:^|\/)guests\/(\d+)\/config\.conf$/.exec(path)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** Everything that is said of a guest, by what it is about. */
function said(made: Synthesized, vmid: number): ReadonlyMap<string, string> {
  const result = new Map<string, string>();
  for (const [key, value] of Object.entries(made.guestConfig(vmid))) {
    const words = value.split(',');
    const target = words.find((word) => word.startsWith('mp='))?.slice(3);
    const stem = target === undefined ? key : `mount ${target}`;
    const isFirst = (word: string) => word === words[0] && !/^[a-z]+=/.test(word);
    for (const word of words.filter((one) => !one.startsWith('mp='))) {
      const [name = '', rest = ''] = word.split('=', 2);
      result.set(
        isFirst(word) ? (key === 'rootfs' ? 'rootfs volume' : stem) : `${stem} ${name}`,
        isFirst(word) ? word : rest,
      );
    }
  }
  for (const [path, text] of made.files) {
    const [, file] = new RegExp(`(?:^|/)guests/${vmid}/root/(.+)$`).exec(path) ?? [];
    const [, script] = new RegExp(`(?:^|/)guests/${vmid}/script/\\d+-(.+)\\.sh$`).exec(path) ?? [];
    if (file !== undefined || script !== undefined) {
      result.set(file === undefined ? `script ${script}` : `file ${file}`, text);
    }
    if (path.endsWith(`/firewall/${vmid}.fw`)) {
      for (const [, source, protocol, port] of text.matchAll(/^IN ACCEPT -source (\S+) -p (\S+) -dport (\S+)/gm)) {
        result.set(`rule ${source} ${protocol} ${port}`, '');
      }
      result.set('policy', /policy_in: (.*)/.exec(text)?.[1] ?? '');
    }
  }
  return result;
}

/** A thing that only one of them has is one difference, whatever else is said of it. */
function differing(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): readonly string[] {
  const names = [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));
  return names.filter((name) => !names.some((other) => name.startsWith(`${other} `)));
}
