import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256, stableJson } from '../../src/base/stable.js';
import { GpgHome } from './gpg-home.js';

/** People who sign: `ada` is trusted, `eve` is not; the key of `old` has expired, that of `rob` is about to be revoked. Close it. */
export class Signers {
  readonly home = new GpgHome();
  private readonly rob: string;

  constructor() {
    this.home.makeKey('ada@example.org', 'never', ...past);
    this.home.makeKey('eve@example.org', 'never', ...past);
    this.home.makeKey('old@example.org', '1d', ...past);
    this.rob = this.home.makeKey('rob@example.org', 'never', ...past);
  }

  /** Armored, with whatever revocation there is. */
  publicKey(who: Who): string {
    return this.home.publicKey(`${who}@example.org`);
  }

  privateKey(who: Who): string {
    return this.home.privateKey(`${who}@example.org`);
  }

  /** Signs the manifest of an assembly with gpg, at a time when the key was good, or at a given one (`20210101T000000`). */
  sign(folder: string, who: Who, { at = '', words = [] }: { at?: string; words?: readonly string[] } = {}): void {
    const when = at !== '' ? ['--faked-system-time', `${at}!`] : who === 'old' ? past : [];
    const manifest = readFileSync(join(folder, 'manifest.json'));
    const signed = this.home.gpg(
      [...when, ...words, '--yes', '--armor', '--local-user', `${who}@example.org`, '--output', '-', '--detach-sign'],
      manifest,
    );
    writeFileSync(join(folder, 'manifest.json.asc'), signed);
  }

  close(): void {
    this.home.close();
  }

  /** Takes back the key of `rob`, with the certificate that gpg made for that: behind a colon, lest somebody use it by mistake. */
  revokeRob(): void {
    const certificate = readFileSync(join(this.home.folder, `openpgp-revocs.d/${this.rob}.rev`), 'utf8');
    this.home.gpg(['--import'], certificate.replace(/^:/m, ''));
  }
}

export type Who = 'ada' | 'eve' | 'old' | 'rob';

const past = ['--faked-system-time', '20200101T120000!'];

/** Has the first library that the applier reads leave a mark, as part of an assembly that is whole. */
export function plantCanary(folder: string, canary: string): void {
  const path = 'runtime/run/args.bash';
  appendFileSync(join(folder, path), `printf '%s\\n' "$here" >>'${canary}'\n`);
  const place = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(place, 'utf8')) as { files: { path: string; sha256: string }[] };
  const files = manifest.files.map((file) =>
    file.path === path ? { ...file, sha256: sha256(readFileSync(join(folder, path))) } : file,
  );
  writeFileSync(place, stableJson({ ...manifest, files }, { levels: 2 }));
}
