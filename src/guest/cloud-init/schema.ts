import * as z from 'zod';
import type { LayerOf, SpecOf } from '../../model/fields.js';
import { choice, custom, flag, integer, list, map, object, required, text } from '../../model/fields.js';
import type { SecretRef } from '../../model/secret-ref.js';
import { guestFileFields } from '../schema.js';
import { disksFields } from './disks-schema.js';
import { networkConfigFields } from './network-schema.js';
import { packagesFields } from './packages-schema.js';
import { snippetsField } from './snippets-schema.js';
import { usersFields } from './users-schema.js';
import { line, server, url } from './words-schema.js';

/** A command: words for the kernel, or a line for the shell. */
export type CloudInitCommand = string | readonly string[];

/** Values without a prop of ours; `secretRef(…)` in place of a text. */
export type CloudInitExtra =
  | string
  | number
  | boolean
  | null
  | SecretRef
  | readonly CloudInitExtra[]
  | { readonly [key: string]: CloudInitExtra };

const command = custom<CloudInitCommand>('A command.', 'a list of words, or a line for the shell', () =>
  z.union([z.string().min(1), z.array(z.string()).min(1).readonly()]),
);

const phoneHomeValues = ['pub_key_rsa', 'pub_key_ecdsa', 'pub_key_ed25519', 'instance_id', 'hostname', 'fqdn'] as const;

/** Data within data, which a JSON Schema could say only by a definition beside it. */
const extraField = {
  ...custom<CloudInitExtra>(
    'Value.',
    'plain data, and secretRef(…) in place of a text',
    () => z.json() as z.ZodType<CloudInitExtra>,
  ),
  authored: () => z.unknown(),
};

/** Everything that a `#cloud-config` document may say here; each key is cloud-init's own, in camel case. */
export const cloudConfigFields = {
  fqdn: text('Full name of the machine in DNS.', server),
  preserveHostname: flag('Whether the name that the image has stays as it is.'),
  manageEtcHosts: custom<boolean | 'localhost'>(
    "Whether /etc/hosts is written at every boot; 'localhost' keeps to the line of the own name.",
    "true, false or 'localhost'",
    () => z.union([z.boolean(), z.literal('localhost')]),
  ),
  timezone: text('Time zone.', {
    pattern: /^[A-Za-z0-9_+/-]+$/,
    expects: 'the name of a time zone such as Europe/Berlin',
  }),
  locale: text('Locale.', { pattern: /^[\w.@-]+$/, expects: 'a locale such as en_US.UTF-8' }),
  keyboard: object('Keyboard of the console.', {
    layout: required(text('Layout.', line)),
    model: text('Model.', line),
    variant: text('Variant.', line),
    options: text('Options.', line),
  }),
  ...usersFields,
  ...disksFields,
  ntp: object('Clock.', {
    enabled: flag('Whether the clock is set by NTP.'),
    ntpClient: text('Program that does it.', line),
    servers: list('Servers.', text('A server.', server), 'append'),
    pools: list('Pools of servers.', text('A pool.', server), 'append'),
  }),
  caCerts: object('Certificates of authorities.', {
    removeDefaults: flag('Whether those of the distribution are thrown away.'),
    trusted: list(
      'Certificates that are trusted.',
      text('A certificate in PEM.', {
        pattern: /^\s*-----BEGIN CERTIFICATE-----[\s\S]*-----END CERTIFICATE-----\s*$/,
        expects: 'a block between BEGIN CERTIFICATE and END CERTIFICATE',
      }),
      'append',
    ),
  }),
  ...packagesFields,
  writeFiles: list(
    'Files.',
    object('A file.', {
      path: required(guestFileFields.target),
      content: guestFileFields.content,
      permissions: text('Permissions.', { pattern: /^0[0-7]{3}$/, expects: 'four octal digits beginning with 0' }),
      owner: text('Owner and group.', {
        pattern: /^[A-Za-z_][\w.-]*(:[A-Za-z_][\w.-]*)?$/,
        expects: 'USER or USER:GROUP',
      }),
      append: flag('Whether it is added to a file that is there.'),
      defer: flag('Whether it waits for users and packages.'),
    }),
    { by: 'path' },
  ),
  bootcmd: list('Commands at every boot, early.', command, 'sequence'),
  runcmd: list('Commands at the end of the first boot.', command, 'sequence'),

  phoneHome: object('A URL that is told when it is done.', {
    url: required(text('The URL.', url)),
    post: custom<'all' | readonly (typeof phoneHomeValues)[number][]>('What it is told.', "'all', or a list", () =>
      z.union([z.literal('all'), z.array(z.enum(phoneHomeValues)).min(1).readonly()]),
    ),
    tries: integer('How often it is tried.', { min: 1 }),
  }),
  finalMessage: text('What the console shows when it is done.'),
  powerState: object('What becomes of the machine when it is done.', {
    mode: required(choice('What.', ['reboot', 'poweroff', 'halt'])),
    delay: custom<'now' | number>("When: 'now', or after so many minutes.", "'now' or a number of minutes", () =>
      z.union([z.literal('now'), z.int().min(0)]),
    ),
    timeout: integer('How long it is waited for cloud-init to end.', { min: 0, unit: 'seconds' }),
    message: text('What users are told.', line),
    condition: custom<boolean | CloudInitCommand>(
      'Whether at all: yes, no, or if a command ends well.',
      'true, false or a command',
      () => z.union([z.boolean(), command.plain()]),
    ),
  }),

  extra: map("Keys that have no prop of ours, in cloud-init's own spelling.", extraField),
};

/** Keys of a machine's `cloudInit` that ask for documents of its own. */
export const cloudInitFields = {
  userData: object('What the machine does at its first boot.', cloudConfigFields),
  vendorData: object('The same from whoever made the image; user data wins.', cloudConfigFields),
  networkConfig: object('More of the network than the devices of the machine say.', networkConfigFields),
  snippets: snippetsField,
};

export type CloudInitFields = typeof cloudInitFields;
/** What one layer says of the documents. */
export type CloudInitLayer = LayerOf<CloudInitFields>;
export type CloudInitValues = SpecOf<CloudInitFields>;
export type CloudConfigValues = SpecOf<typeof cloudConfigFields>;
