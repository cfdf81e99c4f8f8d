import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A gpg of its own with keys that need no passphrase. Close it: its agent runs on else. */
export class GpgHome {
  /** GNUPGHOME. Short, because the path of the agent's socket may not be long. */
  readonly folder = mkdtempSync(join(tmpdir(), 'pg-'));
  /** Environment in which gpg and pass use this home. */
  readonly env = { ...process.env, GNUPGHOME: this.folder };

  /** Makes a key, as `secrets host-key` says, and returns its fingerprint. */
  makeKey(user: string, expires = 'never', ...words: readonly string[]): string {
    this.gpg([
      ...words,
      '--pinentry-mode',
      'loopback',
      '--passphrase',
      '',
      '--quick-generate-key',
      user,
      'future-default',
      'default',
      expires,
    ]);
    const listed = String(this.gpg(['--with-colons', '--list-keys', user]));
    return /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1] ?? '';
  }

  publicKey(user: string): string {
    return String(this.gpg(['--armor', '--export', user]));
  }

  privateKey(user: string): string {
    return String(this.gpg(['--armor', '--export-secret-keys', user]));
  }

  gpg(words: readonly string[], input: string | Uint8Array = ''): Buffer {
    return execFileSync('gpg', ['--batch', ...words], { env: this.env, input, stdio: ['pipe', 'pipe', 'pipe'] });
  }

  close(): void {
    spawnSync('gpgconf', ['--kill', 'all'], { env: this.env });
    rmSync(this.folder, { recursive: true, force: true });
  }
}
