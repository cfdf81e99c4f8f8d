// Config files beside plain `JSON.parse` of the same files: `npm run bench:conf`, `-- --write` for RESULTS.md. Each figure is of a process of its own.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ConfigDirectory } from '../src/conf/config-directory.js';
import { App } from '../src/core/app.js';

interface Figures {
  readonly load: number;
  readonly synth: number;
  readonly mib: number;
}

const counts = [100, 1000] as const;
const heading = '# Config files beside JSON.parse';

function all(): void {
  const root = mkdtempSync(join(tmpdir(), 'phoenix-bench-'));
  try {
    const text = `${heading}\n\n${table(root)}`;
    process.stdout.write(text);
    if (process.argv.includes('--write')) {
      const results = new URL('./RESULTS.md', import.meta.url);
      const [before = ''] = readFileSync(results, 'utf8').split(heading);
      writeFileSync(results, `${before.trimEnd()}\n\n${text}`);
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function table(root: string): string {
  const rows = counts.flatMap((count) => {
    const json = write(join(root, `json-${count}`), count, 'json');
    const yaml = write(join(root, `yaml-${count}`), count, 'yaml');
    const base = least(() => child('floor', json));
    return [
      row(
        `${count} JSON`,
        least(() => child('files', json)),
        base,
      ),
      row(
        `${count} YAML`,
        least(() => child('files', yaml)),
        base,
      ),
    ];
  });
  return `Milliseconds of the processor to read and check so many guest files and to make their constructs (\`load\`), and then to synthesize them (\`synth\`);
peak memory of the process. The floor, in a process with the same library loaded, reads the same guests with \`JSON.parse\` and keeps them. The least of
three runs each. Made by \`npm run bench:conf -- --write\`.

| guests | load | floor | load ÷ floor | load a guest | synth | memory | floor |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

function row(name: string, { load, synth, mib }: Figures, base: Figures): string {
  const each = (load / Number(name.split(' ')[0])).toFixed(2);
  const cells = [
    `${load.toFixed(0)} ms`,
    `${base.load.toFixed(1)} ms`,
    (load / base.load).toFixed(0),
    `${each} ms`,
    `${synth.toFixed(0)} ms`,
    `${mib.toFixed(0)} MiB`,
    `${base.mib.toFixed(0)} MiB`,
  ];
  return `| ${name} | ${cells.join(' | ')} |`;
}

function least(measure: () => Figures): Figures {
  const runs = [measure(), measure(), measure()];
  return runs.reduce((best, run) => (run.load < best.load ? run : best));
}

function child(part: 'files' | 'floor', root: string): Figures {
  const words = ['--import', 'tsx', new URL(import.meta.url).pathname, part, root];
  return JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' })) as Figures;
}

function ours(root: string): Figures {
  const app = new App({ name: 'bench', root });
  const start = cpu();
  ConfigDirectory.load(app, 'conf.d');
  const load = cpu() - start;
  app.synthesize();
  return { load, synth: cpu() - start - load, mib: memory() };
}

function floor(root: string): Figures {
  const start = cpu();
  const guests = join(root, 'conf.d', 'lxc');
  const kept = readdirSync(guests).map((file) => JSON.parse(readFileSync(join(guests, file), 'utf8')) as unknown);
  const load = cpu() - start;
  return { load, synth: kept.length === 0 ? Number.NaN : 0, mib: memory() };
}

/** Milliseconds of the processor, all threads, which say more than the clock on a machine that others use. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function memory(): number {
  return process.resourceUsage().maxRSS / 1024;
}

function write(root: string, count: number, ending: 'json' | 'yaml'): string {
  const conf = join(root, 'conf.d');
  mkdirSync(join(conf, 'lxc'), { recursive: true });
  mkdirSync(join(conf, 'defaults'));
  writeFileSync(join(conf, 'host.json'), JSON.stringify(host));
  writeFileSync(join(conf, 'defaults', 'lxc_base.json'), JSON.stringify(base));
  writeFileSync(join(conf, 'defaults', 'profile_web.json'), JSON.stringify({ cores: 2, tags: ['web'] }));
  for (let index = 0; index < count; index++) {
    const value = guest(index);
    const text = ending === 'json' ? `${JSON.stringify(value, undefined, 2)}\n` : stringify(value);
    writeFileSync(join(conf, 'lxc', `${1000 + index}_web-${index}.${ending}`), text);
  }
  return root;
}

const host = {
  name: 'pve1',
  address: '10.0.0.2',
  pveVersion: '9.1',
  storages: { disks: { existing: true }, local: { existing: true } },
  archives: { debian: { storage: 'local', file: 'debian-13-standard_13.1-2_amd64.tar.zst' } },
  subnets: { lan: { cidr: '10.0.0.0/16', gateway: '10.0.0.1', bridge: 'vmbr0' } },
};

const base = { from: 'debian', network: 'lan', rootfs: { storage: 'disks', size: '8GiB' }, firewall: {} };

function guest(index: number): object {
  return {
    profiles: ['web'],
    hostname: `web-${index}`,
    address: `10.0.${1 + Math.floor(index / 200)}.${1 + (index % 200)}`,
    memory: `${1 + (index % 8)}GiB`,
    swap: '512MiB',
    features: { nesting: true, keyctl: index % 2 === 0 },
    startup: { order: index % 5, up: 10 },
    tags: ['team-a', `shard-${index % 10}`],
    mounts: [{ target: '/srv', source: `/tank/srv/${index}`, readOnly: true }],
    files: [{ target: '/etc/motd', content: `This is web ${index}.\n` }],
    allowFrom: [{ peer: 'lan', port: 'tcp/443', why: 'clients' }],
  };
}

const [, , word, folder] = process.argv;
if (word === 'files' && folder !== undefined) {
  process.stdout.write(JSON.stringify(ours(folder)));
} else if (word === 'floor' && folder !== undefined) {
  process.stdout.write(JSON.stringify(floor(folder)));
} else {
  all();
}
