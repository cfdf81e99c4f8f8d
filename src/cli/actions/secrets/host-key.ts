import { PhoenixError } from '../../../base/errors.js';
import { type Action, exitCodes } from '../../command.js';

/** Prints what gives a node a key of its own. Runs nothing: the key is made where it stays. */
export const hostKey: Action = ({ words: [host = ''] }) => {
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host)) {
    throw new PhoenixError({
      code: 'usage/invalid-value',
      message: `${JSON.stringify(host)} is no name of a node`,
      value: host,
      fix: 'phoenix secrets host-key pve1',
    });
  }
  const home = '/var/lib/phoenix/gnupg';
  const user = `phoenix@${host}`;
  const onNode = [
    `install -d -m 0700 /var/lib/phoenix ${home}`,
    `gpg --homedir ${home} --batch --pinentry-mode loopback --passphrase '' --quick-generate-key ${user} future-default default never`,
    `gpg --homedir ${home} --armor --export ${user} > /root/${host}.asc`,
  ];
  const here = [`scp root@${host}:${host}.asc .`, `phoenix secrets rekey --add ${host}.asc`];
  return {
    code: exitCodes.done,
    data: { host, onNode, here },
    text: () =>
      ['# on the node, as root', ...onNode, '', '# here, where a key can decrypt the vault', ...here].join('\n'),
    notes: () =>
      'The key has no passphrase, so that the applier can use it: whoever is root on the node, or has its disk or a backup of it, reads every secret that is for the node.',
  };
};
