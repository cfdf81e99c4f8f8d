import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compareText, sha256 } from '../src/base/stable.js';
import { manyGuests, type Shuffle } from './fixtures/many-guests.js';

const scratch = mkdtempSync(join(tmpdir(), 'phoenix-determinism-'));
afterAll(() => rmSync(scratch, { recursive: true }));

let folders = 0;
function newFolder(): string {
  const folder = join(scratch, String(folders++));
  mkdirSync(folder);
  return folder;
}

/** Every file below a folder with its mode and hash, the lock file among them. */
function fingerprint(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort(compareText)
    .map(
      (path) => `${path} ${statSync(join(folder, path)).mode.toString(8)} ${sha256(readFileSync(join(folder, path)))}`,
    );
}

function synthesized(shuffle?: Shuffle): string[] {
  const folder = newFolder();
  manyGuests(folder, shuffle).synth();
  return fingerprint(folder);
}

/** Made once, in this process, with everything in the order in which it stands in the program. */
let reference: string[];
beforeAll(() => {
  reference = synthesized();
});

describe('an assembly', () => {
  it('holds what the tests below are about', () => {
    expect(reference.some((line) => line.startsWith('phoenix.lock.json '))).toBe(true);
    expect(reference.some((line) => line.startsWith('cdk.out/stacks/web/runbook.sh 100755 '))).toBe(true);
  });

  it('is the same again, in the same process and for the same tree', () => {
    const folder = newFolder();
    const app = manyGuests(folder);
    app.synth();
    expect(fingerprint(folder)).toEqual(reference);
    expect(app.synth()).toMatchObject({ changed: [], removed: [] });
    expect(fingerprint(folder)).toEqual(reference);
  });

  it('does not depend on the order in which siblings are made', () => {
    const made = manyGuests(newFolder()).synthesize().described.length;
    expect(made).toBeGreaterThan(15);
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (stream) => {
        const shuffle: Shuffle = (makers) =>
          makers
            .map((make) => ({ make, place: stream.next().value ?? 0 }))
            .sort((a, b) => a.place - b.place)
            .map(({ make }) => make);
        expect(synthesized(shuffle)).toEqual(reference);
      }),
      { numRuns: 5 },
    );
  });

  it('knows no clock and no chance', () => {
    const forbidden = (what: string) => () => {
      throw new Error(`the synth wants ${what}`);
    };
    class NoDate extends Date {
      constructor() {
        super(0);
        forbidden('the time')();
      }
      static override readonly now = forbidden('the time');
    }
    vi.stubGlobal('Date', NoDate);
    const spies = [
      vi.spyOn(Math, 'random').mockImplementation(forbidden('chance')),
      vi.spyOn(performance, 'now').mockImplementation(forbidden('the time')),
      vi.spyOn(crypto, 'getRandomValues').mockImplementation(forbidden('chance')),
    ];
    try {
      expect(() => new Date()).toThrow('the time');
      const folder = join(scratch, 'timeless');
      mkdirSync(folder);
      manyGuests(folder).synth();
    } finally {
      spies.forEach((spy) => void spy.mockRestore());
      vi.unstubAllGlobals();
    }
    expect(fingerprint(join(scratch, 'timeless'))).toEqual(reference);
  });

  it('holds no trace of the machine that it was made on', () => {
    const folder = newFolder();
    manyGuests(folder).synth();
    for (const path of readdirSync(join(folder, 'cdk.out'), { recursive: true, encoding: 'utf8' })) {
      const file = join(folder, 'cdk.out', path);
      if (statSync(file).isFile()) expect(readFileSync(file, 'utf8'), path).not.toContain(scratch);
    }
  });
});

describe('an assembly of another process', () => {
  const program = fileURLToPath(new URL('fixtures/many-guests-program.ts', import.meta.url));
  const tsx = import.meta.resolve('tsx');
  const noNetwork = new URL('fixtures/no-network.ts', import.meta.url).href;

  it.each<[string, Readonly<Record<string, string>>, boolean]>([
    [
      'in another time zone, language and place',
      { TZ: 'Pacific/Chatham', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
      true,
    ],
    [
      'without a home, in UTC and C',
      { TZ: 'UTC', LANG: 'C', LC_ALL: 'C', HOME: '/nonexistent', USER: 'nobody' },
      false,
    ],
  ])('is the same %s, and asks nothing of the network', async (_name, environment, elsewhere) => {
    const folder = newFolder();
    const words = ['--import', tsx, '--import', noNetwork, program, folder];
    const env = { PATH: process.env['PATH'] ?? '', ...environment };
    const child = spawn(process.execPath, words, {
      cwd: elsewhere ? newFolder() : '/',
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (text) => (errors += text));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, errors]).toEqual([0, '']);
    expect(fingerprint(folder)).toEqual(reference);
  });

  it('would be told if it asked something of the network', async () => {
    const script = "import('node:net').then(({ connect }) => connect(9, '127.0.0.1'))";
    const child = spawn(process.execPath, ['--import', tsx, '--import', noNetwork, '-e', script], { stdio: 'ignore' });
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(99);
  });
});
