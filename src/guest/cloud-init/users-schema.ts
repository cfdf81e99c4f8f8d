import { choice, type Field, flag, integer, list, map, object, required, text } from '../../model/fields.js';
import { secretField } from '../../model/secret-field.js';
import { absolutePath, account, line } from './words-schema.js';

/** A public key as it stands in a file `authorized_keys`. */
export function sshPublicKey(doc: string): Field<string, 'optional'> {
  return text(doc, {
    pattern:
      /^(\P{Cc}+ )?(ssh-(ed25519|rsa|dss)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]+=*( \P{Cc}*)?$/u,
    expects: "a public key in one line such as 'ssh-ed25519 AAAA... name'",
  });
}

const hashedPassword = secretField('Hash of the password, as a secret.');

/** Users, groups, and who gets in by ssh. */
export const usersFields = {
  defaultUser: flag("Whether the image's own user is made as well, where `users` are given."),
  groups: map('Groups, each with its members.', list('Members.', text('A user.', account), 'append')),
  users: list(
    'Users.',
    object('A user.', {
      name: required(text('Name.', account)),
      gecos: text('Full name.', { pattern: /^[^:\p{Cc}]+$/u, expects: 'one line of text without `:`' }),
      groups: list('Further groups.', text('A group.', account), 'append'),
      primaryGroup: text('First group.', account),
      sudo: text('Rule of sudo. More of them are files in /etc/sudoers.d.', line),
      shell: text('Login shell.', absolutePath),
      homedir: text('Home.', absolutePath),
      uid: integer('Number.', { min: 0, max: 4_294_967_294 }),
      system: flag('Whether the user is one of the system, without a home.'),
      noCreateHome: flag('Whether no home is made.'),
      lockPasswd: flag('Whether no password lets the user in.'),
      hashedPasswd: hashedPassword,
      sshAuthorizedKeys: list('Keys that let the user in.', sshPublicKey('A key.'), 'append'),
      sshImportId: list(
        'Accounts of GitHub (gh:NAME) or Launchpad (lp:NAME) whose keys let the user in.',
        text('An account.', {
          pattern: /^(gh|lp):[\w.+-]+$/,
          expects: 'gh:NAME or lp:NAME',
        }),
        'append',
      ),
    }),
    { by: 'name' },
  ),
  sshAuthorizedKeys: list("Keys that let the image's own user in.", sshPublicKey('A key.'), 'append'),
  sshPwauth: flag('Whether sshd takes passwords.'),
  disableRoot: flag('Whether root may not log in by ssh.'),
  sshDeletekeys: flag('Whether the host keys of the image are thrown away.'),
  sshGenkeytypes: list('Kinds of host keys that are made.', choice('A kind.', ['ecdsa', 'ed25519', 'rsa'])),
};
