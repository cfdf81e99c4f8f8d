import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enums, unarmor } from 'openpgp';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Step } from '../../src/model/step.js';
import { Bench } from './bench.js';
import { dataset, storage } from './steps.js';
import { HostKey, hasGpg, place, secretFile, store } from './vault.js';

/** What is wrong, made on a bench whose assembly is there and whose key home is set; and words of the error. */
interface Trouble {
  readonly make: (
    key: HostKey,
    bench: Bench,
  ) => Promise<Readonly<Record<string, string | Uint8Array>>> | Readonly<Record<string, string | Uint8Array>>;
  readonly says: readonly (string | RegExp)[];
  readonly text?: string;
  readonly secrets?: readonly string[];
  readonly steps?: readonly Step[];
  readonly key?: () => HostKey;
}

const again = 'phoenix secrets set app/a';
const hostKey = 'phoenix secrets host-key';

const troubles: Record<string, Trouble> = {
  'is for another key': {
    make: async () => ({ 'app/a': await new HostKey().sealed('app/a', 'value') }),
    says: ['secret app/a is not for this host', 'phoenix secrets rekey --add'],
  },
  'meets a host without a home for keys': {
    make: async (key) => {
      vi.stubEnv('PHOENIX_GNUPGHOME', '/nonexistent/gnupg');
      return { 'app/a': await key.sealed('app/a', 'value') };
    },
    says: ['this host has no key', hostKey],
  },
  'meets a host without a key': {
    make: async (key) => {
      const empty = mkdtempSync(join(tmpdir(), 'phoenix-key-'));
      onTestFinished(() => rmSync(empty, { recursive: true, force: true }));
      vi.stubEnv('PHOENIX_GNUPGHOME', empty);
      return { 'app/a': await key.sealed('app/a', 'value') };
    },
    says: ['this host has no key', hostKey],
  },
  'meets a key that others may read': {
    make: async (key) => {
      chmodSync(key.home, 0o755);
      return { 'app/a': await key.sealed('app/a', 'value') };
    },
    says: ['may be read by others', 'chmod 0700'],
  },
  'meets a key with a passphrase': {
    key: () => new HostKey({ passphrase: 'typed' }),
    make: async (key) => ({ 'app/a': await key.sealed('app/a', 'value') }),
    says: ['has a passphrase', hostKey],
  },
  'meets an expired key': {
    key: () => new HostKey({ now: '20260101T000000', expires: '5d' }),
    make: async (key) => ({ 'app/a': await key.sealed('app/a', 'value', new Date('2026-01-02T00:00:00Z')) }),
    says: ['expired on 2026-01-06', hostKey],
  },
  'meets a host without gpg': {
    make: async (key, bench) => {
      bench.standIn('gpg', 'exit 127');
      return { 'app/a': await key.sealed('app/a', 'value') };
    },
    says: ['apt install gnupg'],
  },
  'was cut short': {
    make: async (key) => ({ 'app/a': (await bytes(key, 'value '.repeat(1000))).subarray(0, 700) }),
    says: ['cut short', again],
  },
  'was cut short in its armor': {
    make: async (key) => ({ 'app/a': (await key.sealed('app/a', 'value')).slice(0, 150) }),
    says: ['cut short', again],
  },
  'is an empty file': { make: () => ({ 'app/a': '' }), says: ['is no whole OpenPGP message', again] },
  'is no message at all': { make: () => ({ 'app/a': 'value\n' }), says: ['is no whole OpenPGP message', again] },
  'has a flipped bit': {
    make: async (key) => {
      const message = await bytes(key, 'value');
      message.set([(message.at(-9) ?? 0) ^ 1], message.length - 9);
      return { 'app/a': message };
    },
    says: ['was changed or cut short since it was encrypted', again],
  },
  'was exchanged with another': {
    make: async (key) => ({ 'app/a': await key.sealed('app/b', 'other'), 'app/b': await key.sealed('app/a', 'value') }),
    text: `${place('app/a')} ${place('app/b')}`,
    secrets: ['app/a', 'app/b'],
    says: ['secret app/a holds what was encrypted as `app/b`', 'secret app/b holds what was encrypted as `app/a`'],
  },
  'holds nothing': {
    make: async (key) => ({ 'app/a': await key.sealed('app/a', '\n') }),
    says: ['secret app/a is empty', again],
  },
  'is too long': {
    make: async (key) => ({ 'app/a': await key.sealed('app/a', 'x'.repeat(1_048_600)) }),
    says: ['secret app/a'],
  },
  'lacks the field that is asked for': {
    make: async (key) => ({ 'app/a': await key.sealed('app/a', 'word\nuser: me\n') }),
    text: place('app/a#pin'),
    says: ['/etc/app: secret app/a#pin: it has no field pin'],
  },
  'cannot be written as its place asks': {
    make: async (key) => ({ 'app/a': await key.sealed('app/a', 'a\0b') }),
    text: `{"a": "${place('app/a', 'json')}"}`,
    says: ['/etc/app: secret app/a: it holds a NUL'],
  },
  'has a place that the step does not name': {
    make: async (key) => ({ 'app/a': await key.sealed('app/a', 'value') }),
    text: `${place('app/a')}${place('root/password')}`,
    says: ['/etc/app: the file has a place for secret root/password, which its step does not name'],
  },
  'is a password of two lines': {
    make: async (key) => ({ 'app/a': await key.sealed('app/a', 'one\ntwo') }),
    steps: [
      storage('nas', 'cifs', { server: 's', share: 'x', content: 'iso' }, [], {
        secrets: [{ option: 'password', secret: 'app/a' }],
      }),
    ],
    says: ['secret app/a cannot be the password of a storage'],
  },
  'would lie on a disk for a moment': {
    make: async (key, bench) => {
      const mounts = bench.node.readFile('/proc/self/mountinfo');
      bench.node.writeFile('/proc/self/mountinfo', mounts.replace('tmpfs tmpfs', 'ext4 /dev/sdb1'));
      return { 'app/a': await key.sealed('app/a', 'value') };
    },
    says: ['/run/phoenix is not in memory (ext4 is mounted at /run)'],
  },
};

describe.skipIf(!hasGpg)(
  'a secret is refused before anything is changed, and the error says which and the way out, where it',
  () => {
    test.each(Object.entries(troubles))('%s', async (_, trouble) => {
      onTestFinished(() => {
        vi.unstubAllEnvs();
      });
      const key = trouble.key?.() ?? new HostKey();
      vi.stubEnv('PHOENIX_GNUPGHOME', key.home);
      const bench = new Bench();
      const file = secretFile('/etc/app', trouble.text ?? place('app/a'), trouble.secrets ?? ['app/a']);
      bench.synthesize({ steps: [dataset('rpool/first'), ...(trouble.steps ?? [file.step])], files: file.files });
      store(bench, await trouble.make(key, bench));
      const before = everything(bench);
      expect(bench.run('plan').status).toBe(0);
      const { status, stdout, stderr } = bench.run('apply');
      for (const words of trouble.says) {
        expect(stderr).toMatch(words);
      }
      expect(stderr).toContain('Nothing was changed.');
      expect([status, stdout]).toEqual([1, '']);
      expect(everything(bench)).toBe(before);
      expect(bench.run('apply', '--json').stdout).toMatch(/^\{"problems":\[\{"code":"applier\/secret"/);
    });

    test('nothing is refused of what the run does not come to', async () => {
      onTestFinished(() => {
        vi.unstubAllEnvs();
      });
      vi.stubEnv('PHOENIX_GNUPGHOME', '/nonexistent/gnupg');
      const bench = new Bench();
      const file = secretFile('/etc/app', place('app/a'), ['app/a']);
      bench.synthesize({ steps: [dataset('rpool/first'), file.step], files: file.files });
      store(bench, { 'app/a': await new HostKey().sealed('app/a', 'value') });
      expect(bench.run('apply', '--only', 'zfs/rpool/first').status).toBe(0);
    });
  },
);

/** The ciphertext without its armor. */
async function bytes(key: HostKey, content: string): Promise<Uint8Array> {
  const { type, data } = await unarmor(await key.sealed('app/a', content));
  expect(type).toBe(enums.armor.message);
  return data as Uint8Array;
}

/** Every file of the host with its mode, owner, time and content, besides the lock that a run takes. */
function everything(bench: Bench): string {
  const root = bench.node.path('/');
  const list = `cd '${root}' && find . -path ./run/phoenix.lock -prune -o -path ./run/phoenix -prune -o -type f -printf '%p %m %u %T@ ' -exec sha256sum {} \\; | sort`;
  return bench.node.run(['sh', '-c', list]).stdout;
}
