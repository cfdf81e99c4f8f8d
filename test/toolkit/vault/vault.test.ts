import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMessage, encrypt, decrypt as openpgpDecrypt, readMessage, readPrivateKey } from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { messageBytes, outlineOf } from '../../../src/format/openpgp-message.js';
import { decryptWithFile, openSecret } from '../../../src/toolkit/vault/decrypt.js';
import { encryptSecret } from '../../../src/toolkit/vault/encrypt.js';
import { keysNamed, publicKeysIn, recipientsOf } from '../../../src/toolkit/vault/public-keys.js';
import { rekey } from '../../../src/toolkit/vault/rekey.js';
import { VaultFolder } from '../../../src/toolkit/vault/vault-folder.js';
import { type Person, person, vaultFor } from './keys.js';

let ada: Person;
let bob: Person;

beforeAll(async () => {
  ada = await person('ada');
  bob = await person('bob');
});

async function filled(secrets: Record<string, string>, ...people: Person[]): Promise<VaultFolder> {
  const vault = vaultFor(...people);
  for (const [name, value] of Object.entries(secrets)) {
    vault.write(
      name,
      await encryptSecret(name, Buffer.from(value), await recipientsOf(vault, vault.recipientFolder(name))),
    );
  }
  return vault;
}

const inClear = async (vault: VaultFolder, name: string, who: Person) =>
  String((await openSecret(vault, name, await who.decrypt())).content);

describe('a secret in the vault', () => {
  it('is what was put in, bytes and all', async () => {
    const vault = vaultFor(ada);
    const bytes = Buffer.from([0, 255, 13, 10, 10]);
    vault.write('a', await encryptSecret('a', bytes, [ada.recipient]));
    const { content, isBound } = await openSecret(vault, 'a', await ada.decrypt());
    expect(content).toEqual(bytes);
    expect(isBound).toBe(true);
  });

  it('shows without a key only for whom it is', async () => {
    const vault = await filled({ a: 'hush' }, ada, bob);
    const outline = outlineOf(messageBytes(vault.read('a')));
    expect(outline.keyIds).toHaveLength(2);
    expect(ada.recipient.keyIds).toContain(outline.keyIds[0]);
    expect(outline.isWidelyReadable).toBe(true);
  });

  it('is refused to somebody else', async () => {
    const vault = await filled({ a: 'hush' }, ada);
    await expect(inClear(vault, 'a', bob)).rejects.toThrow('vault/no-key');
  });

  it('is refused if it was swapped with another, and the values are not told', async () => {
    const vault = await filled({ a: 'hush-a', b: 'hush-b' }, ada);
    writeFileSync(vault.fileOf('a'), vault.read('b'));
    const failure = await inClear(vault, 'a', ada).catch(String);
    expect(failure).toMatch(/vault\/swapped.*the file of a holds the secret b/s);
    expect(failure).not.toContain('hush');
  });

  it('is refused if it is empty', async () => {
    const vault = await filled({ a: '' }, ada);
    await expect(inClear(vault, 'a', ada)).rejects.toThrow('vault/empty');
    writeFileSync(vault.fileOf('a'), '');
    await expect(inClear(vault, 'a', ada)).rejects.toThrow('vault/damaged');
  });

  it('is refused wherever it is cut off', async () => {
    const vault = await filled({ a: 'hush' }, ada);
    const text = vault.read('a');
    const bytes = messageBytes(text);
    for (let length = 0; length < bytes.length; length += 7) {
      writeFileSync(vault.fileOf('a'), bytes.subarray(0, length));
      await expect(inClear(vault, 'a', ada)).rejects.toThrow('vault/damaged');
    }
    for (let length = 0; length < text.length - 1; length += 11) {
      writeFileSync(vault.fileOf('a'), text.subarray(0, length));
      await expect(inClear(vault, 'a', ada)).rejects.toThrow('vault/damaged');
    }
  });

  it('is never another, whichever byte is changed', async () => {
    const vault = await filled({ a: 'hush' }, ada);
    const bytes = messageBytes(vault.read('a'));
    const harmless: number[] = [];
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(vault.fileOf('a'), changed);
      const result = await inClear(vault, 'a', ada).catch(String);
      if (result === 'hush') {
        harmless.push(at);
      } else {
        expect(result).toMatch(/vault\/(damaged|no-key)/);
      }
    }
    // the count of bits before a number, which says nothing that its bytes do not say
    expect(harmless).toEqual([13]);
  });

  it('is refused with something behind its end', async () => {
    const vault = await filled({ a: 'hush' }, ada);
    writeFileSync(vault.fileOf('a'), Buffer.concat([messageBytes(vault.read('a')), messageBytes(vault.read('a'))]));
    await expect(inClear(vault, 'a', ada)).rejects.toThrow('vault/damaged');
  });

  it('opens with a passphrase, and not with another', async () => {
    const eve = await person('eve', 'open sesame');
    const vault = await filled({ a: 'hush' }, eve);
    const opened = await openSecret(vault, 'a', await decryptWithFile(eve.privateKey, async () => 'open sesame'));
    expect(String(opened.content)).toBe('hush');
    await expect(decryptWithFile(eve.privateKey, async () => 'open barley')).rejects.toThrow('vault/wrong-passphrase');
  });

  it('is in packets of today that GnuPG 2.2 reads, even where a key asks for others', async () => {
    const vault = await filled({ a: 'hush' }, ada);
    const message = await readMessage({ armoredMessage: String(vault.read('a')) });
    const { filename } = await openpgpDecrypt({
      message,
      decryptionKeys: await readPrivateKey({ armoredKey: readFileSync(ada.privateKey, 'utf8') }),
    });
    expect(filename).toBe('phoenix:a');
    const newer = await encrypt({
      message: await createMessage({ text: 'x' }),
      passwords: ['x'],
      config: { aeadProtect: true },
      format: 'binary',
    });
    expect(outlineOf(newer)).toEqual({ keyIds: [], hasPassphrase: true, isWidelyReadable: false });
  });
});

describe('recipients', () => {
  it('may be others in a folder', async () => {
    const vault = await filled({ a: 'for ada' }, ada);
    vault.writePublicKey(bob.recipient.fingerprint, bob.recipient.key.armor());
    vault.writeRecipientIds('samba', [bob.recipient.fingerprint]);
    expect(vault.recipientFolder('samba/x/y')).toBe('samba');
    expect(vault.recipientFolder('sambal/x')).toBe('');
    expect(vault.recipientFolders()).toEqual(['', 'samba']);
    expect((await recipientsOf(vault, 'samba')).map((it) => it.fingerprint)).toEqual([bob.recipient.fingerprint]);
  });

  it('are refused if the key beside them is another than it is called by', async () => {
    const vault = vaultFor(ada);
    vault.writePublicKey(ada.recipient.fingerprint, bob.recipient.key.armor());
    await expect(publicKeysIn(vault)).rejects.toThrow('vault/key-mismatch');
  });

  it('are refused without a public key, and as a private one', async () => {
    const vault = vaultFor(ada);
    vault.writeRecipientIds('', [bob.recipient.fingerprint]);
    await expect(recipientsOf(vault, '')).rejects.toThrow('vault/unknown-recipient');
    vault.writeRecipientIds('', []);
    await expect(recipientsOf(vault, '')).rejects.toThrow('vault/no-recipient');
    await expect(keysNamed(ada.privateKey)).rejects.toThrow('vault/private-key');
    await expect(keysNamed('/nowhere.asc')).rejects.toThrow('vault/key-file');
    await expect(keysNamed(join(vault.path, '.gpg-id'))).rejects.toThrow('vault/key-file');
  });
});

describe('rekey', () => {
  const change = { folder: '', add: [], remove: [], all: false };

  it('lets somebody in and somebody out', async () => {
    const vault = await filled({ a: 'one', 'b/c': 'two' }, ada);
    const joined = await rekey(vault, { ...change, add: [bob.recipient] }, ada.decrypt);
    expect(joined.changed).toEqual(['a', 'b/c']);
    expect(await inClear(vault, 'b/c', bob)).toBe('two');
    const left = await rekey(vault, { ...change, remove: [ada.recipient.fingerprint] }, bob.decrypt);
    expect(left.recipients).toEqual([bob.recipient.fingerprint]);
    await expect(inClear(vault, 'a', ada)).rejects.toThrow('vault/no-key');
    expect((await publicKeysIn(vault)).map((it) => it.fingerprint)).toEqual([bob.recipient.fingerprint]);
  });

  it('asks for no key where nothing is due', async () => {
    const vault = await filled({ a: 'one' }, ada);
    const before = vault.read('a');
    const result = await rekey(vault, change, () => Promise.reject(new Error('asked for a key')));
    expect(result).toEqual({ recipients: [ada.recipient.fingerprint], changed: [], unchanged: 1 });
    expect(vault.read('a')).toEqual(before);
  });

  it('changes nothing if one of them cannot be opened, and says which and who could', async () => {
    const vault = await filled({ a: 'one', b: 'two' }, ada);
    vault.write('b', await encryptSecret('b', Buffer.from('two'), [bob.recipient]));
    const before = [vault.read('a'), vault.read('b'), vault.recipientIds('')];
    await expect(rekey(vault, { ...change, add: [bob.recipient] }, ada.decrypt)).rejects.toThrow(
      /vault\/no-key {2}b: .*cannot be encrypted anew\n.*present recipients has the private key/,
    );
    expect([vault.read('a'), vault.read('b'), vault.recipientIds('')]).toEqual(before);
    expect(vault.publicKeyFiles()).toHaveLength(1);
  });

  it('gives a folder recipients of its own', async () => {
    const vault = await filled({ a: 'one', 'samba/x': 'two' }, ada);
    const { changed } = await rekey(vault, { ...change, folder: 'samba', add: [bob.recipient] }, ada.decrypt);
    expect(changed).toEqual(['samba/x']);
    expect(await inClear(vault, 'samba/x', bob)).toBe('two');
    expect(await inClear(vault, 'a', ada)).toBe('one');
  });

  it('does not give a swapped secret the name that it lies under', async () => {
    const vault = await filled({ a: 'one', b: 'two' }, ada);
    writeFileSync(vault.fileOf('a'), vault.read('b'));
    await expect(rekey(vault, { ...change, all: true }, ada.decrypt)).rejects.toThrow('vault/swapped');
  });

  it('leaves nobody out by mistake', async () => {
    const vault = await filled({ a: 'one' }, ada);
    await expect(rekey(vault, { ...change, remove: [ada.recipient.fingerprint] }, ada.decrypt)).rejects.toThrow(
      'vault/no-recipient',
    );
    await expect(rekey(vault, { ...change, remove: [bob.recipient.fingerprint] }, ada.decrypt)).rejects.toThrow(
      'vault/unknown-recipient',
    );
    writeFileSync(join(vault.path, '.gpg-id.sig'), '');
    await expect(rekey(vault, { ...change, add: [bob.recipient] }, ada.decrypt)).rejects.toThrow(
      'vault/signed-recipients',
    );
  });
});

describe('the folder of a vault', () => {
  it('is refused without recipients, and names what is near to a name that is missing', async () => {
    const vault = await filled({ 'samba/heads': 'x' }, ada);
    expect(() => vault.read('samba/head')).toThrow(/secret\/missing.*did you mean samba\/heads/s);
    rmSync(join(vault.path, '.gpg-id'));
    expect(() => VaultFolder.open(vault.path)).toThrow('vault/missing');
  });

  it('drops folders that are empty', async () => {
    const vault = await filled({ 'a/b/c': 'x', 'a/d': 'y' }, ada);
    vault.remove('a/b/c');
    expect(vault.names()).toEqual(['a/d']);
    expect(() => vault.remove('a/b/c')).toThrow('secret/missing');
  });
});
