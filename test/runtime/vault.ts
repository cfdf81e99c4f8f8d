import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createMessage, encrypt, readKey } from 'openpgp';
import { onTestFinished } from 'vitest';
import type { Step, StepOf } from '../../src/model/step.js';
import { hasTool } from '../setup/debian-tools.js';
import { type Bench, listFiles, sha256 } from './bench.js';
import { hostFile } from './steps.js';

/** Whether the real gpg is here; the tests of decryption use nothing in its place. */
export const hasGpg = hasTool('gpg') && hasTool('gpg-agent');

/** A key made by gpg in a home of its own, as a node has one. */
export class HostKey {
  readonly home = mkdtempSync(join(tmpdir(), 'phoenix-key-'));

  /** `expires` and `passphrase` as gpg takes them; `now` is the time that gpg believes to be in. `finished`: who removes it, and when. */
  constructor(
    options: { expires?: string; passphrase?: string; now?: string; finished?: (remove: () => void) => void } = {},
  ) {
    const { finished = onTestFinished } = options;
    finished(() => {
      spawnSync('gpgconf', ['--homedir', this.home, '--kill', 'all']);
      rmSync(this.home, { recursive: true, force: true });
    });
    const { passphrase = '', expires = 'never' } = options;
    const at = options.now === undefined ? [] : ['--faked-system-time', options.now];
    const make = ['--passphrase', passphrase, '--pinentry-mode', 'loopback'];
    this.gpg('', ...at, ...make, '--quick-generate-key', 'node', 'ed25519', 'cert', expires);
    this.gpg('', ...at, ...make, '--quick-add-key', this.fingerprint, 'cv25519', 'encrypt', expires);
    spawnSync('gpgconf', ['--homedir', this.home, '--kill', 'all']);
  }

  get fingerprint(): string {
    const listing = this.gpg('', '--with-colons', '--list-secret-keys').toString('utf8');
    return /^fpr:+([0-9A-F]+):/m.exec(listing)?.[1] ?? '';
  }

  get publicKey(): string {
    return this.gpg('', '--armor', '--export').toString('utf8');
  }

  /** A ciphertext as the library makes it: the name is bound by the literal packet. */
  async sealed(name: string, content: string, date = new Date()): Promise<string> {
    const message = await createMessage({ binary: Buffer.from(content), filename: `phoenix:${name}` });
    const encryptionKeys = await readKey({ armoredKey: this.publicKey });
    const armored: string = await encrypt({ message, encryptionKeys, date, config: { aeadProtect: false } });
    return armored;
  }

  /** A ciphertext as `pass` makes it: without a name, or with that of the file in which it was edited. */
  unbound(content: string, file = ''): string {
    const words = [
      '--set-filename',
      file,
      '--trust-model',
      'always',
      '--armor',
      '--encrypt',
      '--recipient',
      this.fingerprint,
    ];
    return this.gpg(content, ...words).toString('utf8');
  }

  private gpg(input: string, ...words: string[]): Buffer {
    return execFileSync('gpg', ['--homedir', this.home, '--batch', '--no-tty', '--yes', ...words], {
      input,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  }
}

/** Puts ciphertexts into a bench's assembly, which has to be there. */
export function store(bench: Bench, ciphertexts: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, armored] of Object.entries(ciphertexts)) {
    const place = join(bench.folder, 'cdk.out/vault', `${name}.asc`);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, armored);
  }
  listFiles(join(bench.folder, 'cdk.out'));
}

/** Where a secret goes in a file. */
export function place(name: string, encoding = 'raw'): string {
  return `@@phoenix-secret:${encoding}:${name}@@`;
}

/** A file of the host with places for secrets. */
export function secretFile(
  target: string,
  text: string,
  secrets: readonly string[],
  owner: { mode?: string; uid?: number; gid?: number } = {},
): { step: Step; files: Record<string, string> } {
  const { step, files } = hostFile(target, text, [], owner);
  return { step: step.kind === 'file' ? { ...step, file: { ...step.file, secrets } } : step, files };
}

/** Files inside a guest with places for secrets, and the service that reads them. */
export function secretService(
  vmid: number,
  needs: string,
  texts: Readonly<Record<string, string>>,
  secrets: readonly string[],
): { steps: Step[]; files: Record<string, string> } {
  const guest = { vmid, type: 'lxc' as const, resource: `guest/${vmid}`, path: `ai/g${vmid}` };
  const files: Record<string, string> = { [`guests/${vmid}/service.sh`]: 'systemctl restart x\n' };
  const placed = Object.entries(texts).map(([target, text]): StepOf<'guest-file'>['files'][number] => {
    const source = `guests/${vmid}/root${target}`;
    files[source] = text;
    return { target, source, sha256: sha256(text), mode: '0600', uid: 0, gid: 0, secrets };
  });
  const digest = sha256(placed.map((file) => file.sha256).join());
  const id = (part: string) => `guest/${vmid}/service/x/${part}`;
  const service = { kind: 'guest-run', script: `guests/${vmid}/service.sh`, timeoutSeconds: 20 } as const;
  return {
    files,
    steps: [
      { kind: 'guest-file', id: id('files'), title: 'x: files', needs: [needs], ...guest, files: placed, digest },
      {
        ...service,
        id: id('run'),
        title: 'x: service',
        needs: [id('files')],
        ...guest,
        digest,
        secrets,
        again: 'restart',
      },
    ],
  };
}
