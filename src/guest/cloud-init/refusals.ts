import { collectProblems, type Problem } from '../../base/errors.js';
import { nearest } from '../../base/nearest.js';
import { renderContent } from '../../model/content.js';
import { snakeCase } from './document.js';
import type { CloudInitTexts } from './documents.js';
import type { CloudInitMachine } from './machine.js';
import type { NetworkConfigValues } from './network-schema.js';
import { type CloudConfigValues, type CloudInitValues, cloudConfigFields } from './schema.js';

/** What is wrong with a machine's documents as a whole, keys each being right. All of it. */
export function cloudInitProblems(values: CloudInitValues, machine: CloudInitMachine): Problem[] {
  return [
    ...markerProblems(values),
    ...configProblems('userData', values.userData ?? {}),
    ...configProblems('vendorData', values.vendorData ?? {}),
    ...networkProblems(values.networkConfig ?? {}, machine),
  ];
}

/** Texts that would be taken for the place of a secret, wherever they stand. */
function markerProblems(value: unknown): Problem[] {
  if (typeof value === 'string') {
    return collectProblems([() => renderContent(value)]);
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(markerProblems) : [];
}

/** Most that Proxmox reads of a document. */
const longest = 1024 * 1024;
/** Most that goes onto the drive. */
const longestTogether = 3 * longest;

/** What is too long for Proxmox, in bytes. Secrets add theirs on the host. */
export function lengthProblems(texts: CloudInitTexts): Problem[] {
  const lengths = Object.entries(texts).map(([part, text]) => [part, Buffer.byteLength(text ?? '')] as const);
  const all = lengths.reduce((sum, [, length]) => sum + length, 0);
  const tooLong = lengths
    .filter(([, length]) => length > longest)
    .map(([part, length]) => tooLarge(part, length, longest));
  return all > longestTogether ? [...tooLong, tooLarge('all documents together', all, longestTogether)] : tooLong;
}

function tooLarge(what: string, length: number, limit: number): Problem {
  return {
    code: 'cloud-init/too-large',
    message: `cloud-init's ${what} has ${length} bytes, and Proxmox takes ${limit}`,
    value: length,
    fix: 'let the machine fetch what is large, or put it onto a disk',
  };
}

function configProblems(document: 'userData' | 'vendorData', values: CloudConfigValues): Problem[] {
  return [
    ...twice(document, 'users', values.users?.map(({ name }) => name) ?? []),
    ...twice(document, 'writeFiles', values.writeFiles?.flatMap(({ path, append }) => (append ? [] : [path])) ?? []),
    ...twice(document, 'mounts', values.mounts?.flatMap(({ path }) => (path === 'none' ? [] : [path])) ?? []),
    ...noDefaultUser(document, values),
    ...encodingProblems(document, values),
    ...Object.keys(values.extra ?? {}).flatMap((key) => extraProblems(document, key)),
  ];
}

function twice(document: string, key: string, names: readonly string[]): Problem[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].map((name) => ({
    code: 'cloud-init/twice',
    message: `\`cloudInit.${document}.${key}\` holds ${name} twice`,
    value: name,
    fix: 'make one of the two',
  }));
}

function noDefaultUser(document: string, { users = [] }: CloudConfigValues): Problem[] {
  return users.some(({ name }) => name === 'default')
    ? [
        {
          code: 'cloud-init/default-user',
          message: `\`cloudInit.${document}.users\` names a user \`default\`, which is cloud-init's word for the image's own`,
          value: 'default',
          fix: "leave it out: the image's own user is made unless `defaultUser` is false",
        },
      ]
    : [];
}

/** A file stands in a document of YAML, whose escapes a secret gets. */
function encodingProblems(document: string, { writeFiles = [] }: CloudConfigValues): Problem[] {
  return writeFiles.flatMap(({ path, content }) =>
    (typeof content === 'string' ? [] : content).flatMap((part) =>
      typeof part === 'string' || part.encoding === 'raw'
        ? []
        : [
            {
              code: 'cloud-init/secret-encoding',
              message: `secret ${part.secret.$secret} in ${path} of \`cloudInit.${document}\` asks to be written as ${part.encoding}, which a cloud-init document cannot do besides its own`,
              value: part.encoding,
              fix: 'use the secret as it is, and keep in it what is already in that form',
            },
          ],
    ),
  );
}

function extraProblems(document: string, key: string): Problem[] {
  const prop = propOf(key);
  if (prop !== undefined) {
    return [
      {
        code: 'cloud-init/extra',
        message: `\`cloudInit.${document}.extra\` says ${key}, which has a prop`,
        value: key,
        fix: `say it as \`${prop}\``,
      },
    ];
  }
  const like = nearest(key, [...propNames.keys()]);
  return /^[a-z][a-z0-9_-]*$/.test(key)
    ? []
    : [
        {
          code: 'cloud-init/extra',
          message: `\`cloudInit.${document}.extra\` says ${JSON.stringify(key)}, which is no key of cloud-init`,
          value: key,
          fix:
            like === undefined
              ? "use cloud-init's own spelling, such as rsyslog or yum_repos"
              : `did you mean \`${propNames.get(like)}\`, which has a prop?`,
        },
      ];
}

/** Props by the spelling of documents. */
const propNames = new Map(Object.keys(cloudConfigFields).map((key) => [snakeCase(key), key]));

/** The prop for a key, in old spellings too; keys that the machine itself fills in. */
function propOf(key: string): string | undefined {
  const spelt = key.replaceAll('-', '_');
  return elsewhere[spelt] ?? propNames.get(spelt);
}

const elsewhere: Readonly<Record<string, string>> = {
  hostname: 'hostname of the machine',
  user: 'cloudInit.user',
  apt_update: 'packageUpdate',
  apt_upgrade: 'packageUpgrade',
  password: 'users with hashedPasswd',
  network: 'cloudInit.networkConfig',
};

function networkProblems(values: NetworkConfigValues, machine: CloudInitMachine): Problem[] {
  const devices = machine.nics.map(({ name }) => name);
  const vlans = Object.entries(values.vlans ?? {});
  const unknown = [
    ...Object.keys(values.ethernets ?? {}).map((name) => ['ethernets', name] as const),
    ...vlans.map(([name, { link }]) => [`vlans.${name}.link`, link] as const),
  ].filter(([, name]) => !devices.includes(name));
  return [
    ...unknown.map(([key, name]) => ({
      code: 'cloud-init/no-device',
      message: `\`cloudInit.networkConfig.${key}\` names ${name}, and the machine has ${devices.length === 0 ? 'no devices' : devices.join(', ')}`,
      value: name,
      fix: 'name a device as it is called inside: net0 is eth0',
    })),
    ...vlans.flatMap(([name]) =>
      /^[A-Za-z][A-Za-z0-9_.-]{0,14}$/.test(name) && !devices.includes(name)
        ? []
        : [
            {
              code: 'cloud-init/device-name',
              message: `${JSON.stringify(name)} is no name for a VLAN of this machine`,
              value: name,
              fix: 'use up to 15 letters, digits, `_`, `-` and `.`, and no name that a device has',
            },
          ],
    ),
  ];
}
