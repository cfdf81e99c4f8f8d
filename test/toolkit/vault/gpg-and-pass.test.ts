import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { armored, messageBytes, outlineOf } from '../../../src/format/openpgp-message.js';
import { decryptWithFile, decryptWithGpg, openSecret } from '../../../src/toolkit/vault/decrypt.js';
import { encryptSecret } from '../../../src/toolkit/vault/encrypt.js';
import { keysNamed, recipientsOf } from '../../../src/toolkit/vault/public-keys.js';
import { VaultFolder } from '../../../src/toolkit/vault/vault-folder.js';
import { GpgHome } from '../../support/gpg-home.js';
import { describeWithTool } from '../../support/tool.js';

describeWithTool(['gpg', 'gpg-agent', 'pass'], 'a vault between phoenix, gpg and pass', () => {
  const home = new GpgHome();
  const store = join(home.folder, 'vault');
  const key = join(home.folder, 'ada.key');
  let vault = new VaultFolder(store);
  let fingerprint = '';

  beforeAll(async () => {
    fingerprint = home.makeKey('ada@example.org');
    writeFileSync(key, home.privateKey('ada@example.org'), { mode: 0o600 });
    const asc = join(home.folder, 'ada.asc');
    writeFileSync(asc, home.publicKey('ada@example.org'));
    const [ada] = await keysNamed(asc);
    vault.writePublicKey(fingerprint, ada!.key.armor());
    vault.writeRecipientIds('', [fingerprint]);
    vault = VaultFolder.open(store);
    vault.write(
      'samba/heads',
      await encryptSecret('samba/heads', Buffer.from('hush ümläut\n'), await recipientsOf(vault, '')),
    );
  });
  afterAll(() => home.close());

  const pass = (words: readonly string[], input = '') =>
    String(
      execFileSync('pass', words, {
        env: { ...home.env, PASSWORD_STORE_DIR: store },
        input,
        stdio: ['pipe', 'pipe', 'pipe'],
      }),
    );
  const byFile = () => decryptWithFile(key, async () => '');

  it('what we encrypt, pass shows and gpg decrypts, with the bound name', () => {
    expect(pass(['show', 'samba/heads'])).toBe('hush ümläut\n');
    const said = home.gpg(['--status-fd', '1', '--decrypt', vault.fileOf('samba/heads')]).toString();
    expect(said).toMatch(/^\[GNUPG:\] PLAINTEXT 62 \d+ phoenix:samba\/heads$/m);
    // cipher 9 is AES-256; 2 is the packet with the integrity protection that GnuPG 2.2 knows
    expect(said).toMatch(/^\[GNUPG:\] DECRYPTION_INFO 2 9/m);
    expect(said).toContain('[GNUPG:] GOODMDC');
  });

  it('gpg decrypts for us: whole and bound, refused when changed, and when it has no key', async () => {
    const former = process.env['GNUPGHOME'];
    process.env['GNUPGHOME'] = home.folder;
    const stranger = new GpgHome();
    try {
      const { content, isBound } = await openSecret(vault, 'samba/heads', decryptWithGpg());
      expect([String(content), isBound]).toEqual(['hush ümläut\n', true]);
      const changed = Buffer.from(messageBytes(vault.read('samba/heads')));
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
      writeFileSync(join(store, 'changed.gpg'), changed);
      await expect(openSecret(vault, 'changed', decryptWithGpg())).rejects.toThrow('vault/damaged');
      vault.remove('changed');
      process.env['GNUPGHOME'] = stranger.folder;
      await expect(openSecret(vault, 'samba/heads', decryptWithGpg())).rejects.toThrow('vault/no-key');
    } finally {
      stranger.close();
      if (former === undefined) delete process.env['GNUPGHOME'];
      else process.env['GNUPGHOME'] = former;
    }
  });

  it('what pass inserts we read, as a secret that is not bound to its name', async () => {
    pass(['insert', '--multiline', 'hf/token'], 'hf_x\nuser: ada\n');
    const { content, isBound } = await openSecret(vault, 'hf/token', await byFile());
    expect(String(content)).toBe('hf_x\nuser: ada\n');
    expect(isBound).toBe(false);
    expect(vault.names()).toEqual(['hf/token', 'samba/heads']);
  });

  it('what somebody edits with pass has a file name of its own, and is not taken for a swapped secret', async () => {
    pass(['insert', '--multiline', 'edited'], 'before\n');
    execFileSync('pass', ['edit', 'edited'], {
      env: { ...home.env, PASSWORD_STORE_DIR: store, EDITOR: 'sed -i s/before/after/' },
      stdio: 'pipe',
    });
    const { content, isBound } = await openSecret(vault, 'edited', await byFile());
    expect(String(content)).toBe('after\n');
    expect(isBound).toBe(false);
  });

  it('binary files of pass become armored ones that gpg decrypts', () => {
    const message = messageBytes(vault.read('hf/token'));
    expect(outlineOf(message)).toEqual({
      keyIds: [expect.stringMatching(/^[0-9A-F]{16}$/)],
      hasPassphrase: false,
      isWidelyReadable: true,
    });
    expect(String(home.gpg(['--decrypt'], armored(message)))).toBe('hf_x\nuser: ada\n');
    expect(messageBytes(Buffer.from(armored(message)))).toEqual(Buffer.from(message));
  });

  it('a key of which gpg knows that it expired refuses encryption', async () => {
    home.makeKey('old@example.org', '2019-01-01', '--faked-system-time', '20180101T000000');
    const file = join(home.folder, 'old.asc');
    writeFileSync(file, home.publicKey('old@example.org'));
    const [old] = await keysNamed(file);
    const other = new VaultFolder(join(home.folder, 'other'));
    other.writePublicKey(old!.fingerprint, old!.key.armor());
    other.writeRecipientIds('', [old!.fingerprint]);
    await expect(recipientsOf(other, '')).rejects.toThrow(/vault\/key-expired.*expired on 2019-01-01/s);
  });

  it('a recipient may be named by the address, as pass does', async () => {
    const other = new VaultFolder(join(home.folder, 'by-address'));
    other.writePublicKey(fingerprint, home.publicKey('ada@example.org'));
    other.writeRecipientIds('', ['ada@example.org']);
    expect((await recipientsOf(other, '')).map((it) => it.fingerprint)).toEqual([fingerprint]);
  });
});
