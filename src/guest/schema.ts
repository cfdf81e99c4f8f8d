import * as z from 'zod';
import { isMac, parseAddress } from '../base/ip.js';
import { Size } from '../base/units.js';
import type { ContentPart } from '../model/content.js';
import {
  custom,
  defaulted,
  type Field,
  flag,
  integer,
  list,
  object,
  reference,
  required,
  size,
  text,
} from '../model/fields.js';
import { removalField } from '../model/removal.js';
import { secretReference } from '../model/secret-field.js';
import { secretEncodings } from '../model/secret-ref.js';

/** A name of DNS, labels with dots between: what Proxmox and the guest itself take as a host name. */
export const hostNamePattern =
  /^(?=.{1,255}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

/** Keys that guests of every type have. */
export const guestFields = {
  vmid: integer('Number of the guest, unique in its cluster.', { min: 100, max: 999_999_999 }),
  hostname: text('Name of the guest.', {
    pattern: hostNamePattern,
    expects: 'a DNS name: letters, digits and dashes, in labels separated by dots',
  }),
  cores: integer('Processor cores the guest may use.', { min: 1, max: 8192 }),
  memory: size('Main memory.', { min: Size.mib(16) }),
  network: reference('Network that the first network device is attached to.', 'network'),
  address: custom('Address of the first network device.', "an IPv4 address of the network, 'dhcp' or 'manual'", () =>
    z.string().refine((it) => it === 'dhcp' || it === 'manual' || parseAddress(it)?.family === 4),
  ),
  mac: custom(
    'Hardware address of the first network device.',
    'six pairs of hexadecimal digits of a unicast address',
    () => z.string().refine(isMac),
  ),
  onboot: flag('Whether the guest starts with its host.'),
  startup: object('Place of the guest when its host starts and stops.', {
    order: integer('Lower starts first and stops last.', { min: 0 }),
    up: integer('How long the host waits before it starts the next guest.', { min: 0, unit: 'seconds' }),
    down: integer('How long the host waits for the guest to stop.', { min: 0, unit: 'seconds' }),
  }),
  protection: flag('Whether Proxmox refuses to remove the guest and its disks.'),
  removalPolicy: removalField('the guest and its disks'),
  tags: list(
    'Labels in the web interface.',
    text('A label.', {
      pattern: /^[a-z0-9_][a-z0-9_.+-]*$/,
      expects: 'a tag: small letters, digits, `_`, `-`, `+` and `.`',
    }),
    'append',
  ),
  renamedFrom: text('Construct path that the guest had before it was moved in the program.'),
};

/** What is known of a script, as plain data. */
export interface ScriptSpec {
  readonly name: string;
  readonly text: string;
  readonly timeoutSeconds: number;
  /** What else makes it run again when it changes. */
  readonly inputs: readonly string[];
}

/** A script as it stands in a layer. Files name a script of ours, or a file. */
export function scriptField(): Field<ScriptSpec, 'optional'> {
  const field = custom('A script.', 'a Script', () =>
    z.strictObject({
      name: z.string(),
      text: z.string(),
      timeoutSeconds: z.int().positive(),
      inputs: z.array(z.string()).readonly(),
    }),
  );
  return { ...field, refers: 'script', authored: writtenScript };
}

/** A script as people write it in files. */
function writtenScript(): z.ZodType {
  return z.union([
    z.string().meta({ description: 'Name of a script that the library brings, such as `base-tools`.' }),
    z.strictObject({
      file: z.string().meta({ description: 'Path of a bash script, from the config directory on.' }),
      timeout: z.string().optional().meta({ description: 'How long it may take.', default: '30min' }),
    }),
  ]);
}

const part = z.union([z.string(), z.strictObject({ secret: secretReference, encoding: z.enum(secretEncodings) })]);

/** Text with the places of secrets. Files may name another file for it. */
function contentField(): Field<string | readonly ContentPart[], 'optional'> {
  const field = custom<string | readonly ContentPart[]>('What is in the file.', 'text, or parts with secrets', () =>
    z.union([z.string(), z.array(part).readonly()]),
  );
  return { ...field, refers: 'content', authored: writtenContent };
}

/** The content of a file as people write it in files. */
function writtenContent(): z.ZodType {
  const secret = z.strictObject({
    $secret: z.string().meta({ description: 'Name of the secret in the vault.' }),
    encoding: z.enum(secretEncodings).optional().meta({ description: 'How its bytes are written.', default: 'raw' }),
  });
  const file = z.strictObject({
    $file: z.string().meta({ description: 'Path of a text file, from the config directory on.' }),
  });
  return z.union([z.string(), file, z.array(z.union([z.string(), secret]))]);
}

/** A file inside a guest as it stands in a layer. */
export const guestFileFields = {
  target: required(
    text('Path inside the guest.', {
      pattern: /^(?!.*\/\/)(?!.*\/\.\.?(\/|$))\/[^\0\n]*[^/\0\n]$/,
      expects: 'an absolute path of a file without empty parts, `.` and `..`',
    }),
  ),
  content: required(contentField()),
  mode: text('Permissions. Without: 0644, and 0600 with secrets.', {
    pattern: /^0[0-7]{3}$/,
    expects: 'four octal digits beginning with 0',
  }),
  uid: defaulted(integer('Owner, as numbered inside the guest.', { min: 0 }), 0),
  gid: defaulted(integer('Group, as numbered inside the guest.', { min: 0 }), 0),
};
