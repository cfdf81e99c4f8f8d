import type { CommandGroup, OptionRow } from './command.js';

const vault: OptionRow = { flags: '--vault <folder>', help: 'the vault (default: vault beside phoenix.json)' };
/** For what has to be decrypted here. */
const keys: readonly OptionRow[] = [
  { flags: '--key <file>', help: 'file with your private key (default: what gpg has)' },
  { flags: '--passphrase-file <file>', help: 'file with the passphrase of that key (default: asks)' },
];
const policy: readonly OptionRow[] = [
  { flags: '--length <number>', help: 'number of characters (default: 32)' },
  { flags: '--alphabet <name>', help: 'alphanumeric, readable, hex, base64url or symbols (default: alphanumeric)' },
  { flags: '--hash <name>', help: 'keep a hash beside it as a field of that name: sha512-crypt' },
];

/** `phoenix secrets ...`. No option and no argument takes a value of a secret: everybody on the machine can read them. */
export const secretsCommands: CommandGroup = {
  name: 'secrets',
  summary: 'passwords, tokens and keys, encrypted beside the program',
  commands: [
    {
      name: 'init',
      summary: 'make a vault, or give a folder of it recipients of its own',
      options: [
        vault,
        {
          flags: '--recipient <key>',
          help: 'who may decrypt: file with a public key, or fingerprint for gpg',
          repeats: true,
        },
        { flags: '--folder <name>', help: 'folder of the vault (default: the vault itself)' },
        ...keys,
      ],
      load: async () => (await import('./actions/secrets/init.js')).init,
    },
    {
      name: 'set',
      summary: 'put a secret into the vault; needs no private key and no gpg',
      details: 'The value is read from --file, else from standard input, else asked for without showing it.',
      arguments: [{ name: '<name>', help: 'name of the secret: samba/heads' }],
      options: [vault, { flags: '-f, --file <file>', help: 'file with the value, taken as it is' }],
      load: async () => (await import('./actions/secrets/set.js')).set,
    },
    {
      name: 'get',
      summary: 'decrypt a secret and print it',
      arguments: [{ name: '<name>', help: 'name of the secret; name#field for one field' }],
      options: [vault, { flags: '-t, --to <file>', help: 'write it to a new file that only you can read' }, ...keys],
      load: async () => (await import('./actions/secrets/get.js')).get,
    },
    {
      name: 'list',
      summary: 'list the names of all secrets; decrypts nothing',
      options: [vault],
      load: async () => (await import('./actions/secrets/list.js')).list,
    },
    {
      name: 'edit',
      summary: 'decrypt a secret into memory, open it with your editor, and encrypt it again',
      arguments: [{ name: '<name>', help: 'name of the secret' }],
      options: [vault, ...keys],
      load: async () => (await import('./actions/secrets/edit.js')).edit,
    },
    {
      name: 'rm',
      summary: 'take secrets out of the vault; the history of git keeps them',
      arguments: [{ name: '<name...>', help: 'names of secrets' }],
      options: [vault],
      load: async () => (await import('./actions/secrets/rm.js')).rm,
    },
    {
      name: 'generate',
      summary: 'make up a secret and put it into the vault',
      arguments: [{ name: '<name>', help: 'name of the secret' }],
      options: [vault, ...policy],
      load: async () => (await import('./actions/secrets/generate.js')).generate,
    },
    {
      name: 'rotate',
      summary: 'make up new values for secrets, as the program declares them or as the options say',
      details:
        'Only the password is new; other fields of a secret that the program does not declare are kept, which needs a private key.',
      arguments: [{ name: '<name...>', help: 'names of secrets' }],
      options: [vault, ...policy, ...keys],
      load: async () => (await import('./actions/secrets/rotate.js')).rotate,
    },
    {
      name: 'rekey',
      summary: 'change who may decrypt, and encrypt anew what that concerns',
      details: 'Needs a private key that can decrypt now, unless nothing is to be encrypted anew.',
      options: [
        vault,
        { flags: '--add <key>', help: 'file with a public key, or fingerprint for gpg', repeats: true },
        { flags: '--remove <fingerprint>', help: 'who may no longer decrypt', repeats: true },
        { flags: '--folder <name>', help: 'folder of the vault (default: the vault itself)' },
        { flags: '--all', help: 'encrypt everything anew, which binds what pass made to its name' },
        ...keys,
      ],
      load: async () => (await import('./actions/secrets/rekey.js')).rekeyVault,
    },
    {
      name: 'ensure',
      summary: 'make what the program declares with Secret.generate and the vault lacks',
      options: [vault],
      load: async () => (await import('./actions/secrets/ensure.js')).ensure,
    },
    {
      name: 'audit',
      summary: 'which stacks and guests use which secret, what is missing, unused or old',
      options: [vault],
      load: async () => (await import('./actions/secrets/audit.js')).audit,
    },
    {
      name: 'doctor',
      summary: 'look whether keys and files of the vault are in order',
      options: [vault, { flags: '--deep', help: 'decrypt everything too: is it whole, and of its name?' }, ...keys],
      load: async () => (await import('./actions/secrets/doctor.js')).doctor,
    },
    {
      name: 'host-key',
      summary: 'print the commands that give a node a key to decrypt with',
      arguments: [{ name: '<host>', help: 'name of the node' }],
      load: async () => (await import('./actions/secrets/host-key.js')).hostKey,
    },
  ],
};
