import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PhoenixError } from '../../../base/errors.js';
import { checkSecretName } from '../../../model/secret-ref.js';
import { keysNamed, usable } from '../../../toolkit/vault/public-keys.js';
import { rekey } from '../../../toolkit/vault/rekey.js';
import { VaultFolder } from '../../../toolkit/vault/vault-folder.js';
import { type Action, exitCodes } from '../../command.js';
import { shortPath } from '../../paths.js';
import { decrypterOf, vaultPath } from '../../secret-vault.js';
import { keyFile } from './recipients.js';

/** Makes a vault, or recipients of their own for a folder of one, which encrypts anew what lies in there. */
export const init: Action = async (call) => {
  const vault = new VaultFolder(vaultPath(call));
  const folder = typeof call.options['folder'] === 'string' ? checkSecretName(call.options['folder']) : '';
  const given = call.options['recipient'] as readonly string[];
  refuse(vault, folder, given);
  const keys = (await Promise.all(given.map((it) => keysNamed(keyFile(call.cwd, it))))).flat();
  await Promise.all(keys.map(usable));
  if (folder === '') {
    keys.forEach(({ fingerprint, key }) => vault.writePublicKey(fingerprint, key.armor().replaceAll('\r\n', '\n')));
    vault.writeRecipientIds(
      '',
      keys.map((key) => key.fingerprint),
    );
  } else {
    await rekey(vault, { folder, add: keys, remove: [], all: false }, () => decrypterOf(call));
  }
  const recipients = keys.map(({ fingerprint, name }) => ({ fingerprint, name }));
  return {
    code: exitCodes.done,
    data: { vault: vault.path, folder, recipients },
    text: (style) =>
      [
        `${style.strong(shortPath(call.cwd, join(vault.path, folder)))}: secrets in here are for`,
        ...recipients.map(({ fingerprint, name }) => `  ${fingerprint}  ${name}`),
      ].join('\n'),
    notes: () => 'Next  phoenix secrets set NAME; a node gets its key by `phoenix secrets host-key NODE`.',
  };
};

function refuse(vault: VaultFolder, folder: string, given: readonly string[]): void {
  if (existsSync(join(vault.path, folder, '.gpg-id'))) {
    throw new PhoenixError({
      code: 'vault/exists',
      message: `${join(vault.path, folder)} has recipients already`,
      value: vault.path,
      fix: 'change them: phoenix secrets rekey --add KEYFILE',
    });
  }
  if (given.length === 0) {
    throw new PhoenixError({
      code: 'vault/no-recipient',
      message: 'nobody is named who may decrypt',
      fix: 'name at least one key: --recipient KEYFILE; gpg --armor --export ada@example.org > ada.asc writes one',
    });
  }
  if (folder !== '') {
    VaultFolder.open(vault.path);
  }
}
