import * as z from 'zod';
import { custom, flag, list, map, object, required, text } from '../../model/fields.js';
import { line, server, url } from './words-schema.js';

/** A package, or a package in one version. */
export type CloudInitPackage = string | { readonly name: string; readonly version: string };

const packageName = {
  pattern: /^[A-Za-z0-9@][A-Za-z0-9@._+:~/=*-]*$/,
  expects: 'the name of a package',
};

const packageField = custom<CloudInitPackage>('A package.', 'the name of a package, or { name, version }', () =>
  z.union([
    z.string().regex(packageName.pattern),
    z.strictObject({ name: z.string().regex(packageName.pattern), version: z.string().regex(/^[\w.+:~-]+$/) }),
  ]),
);

const armoredKey = text('Public OpenPGP key, armored.', {
  pattern: /^\s*-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*-----END PGP PUBLIC KEY BLOCK-----\s*$/,
  expects: 'a block between BEGIN PGP PUBLIC KEY BLOCK and END PGP PUBLIC KEY BLOCK',
});

const mirrors = (doc: string) =>
  list(
    doc,
    object('A mirror.', {
      arches: required(list('Architectures that it is for; `default` is every other.', text('A name.', line))),
      uri: text('Where it is.', url),
      search: list('Mirrors of which the first that DNS knows is taken.', text('A mirror.', url)),
      key: armoredKey,
      keyid: text('Fingerprint of its key.', line),
      keyserver: text('Server that the key is fetched from.', server),
    }),
  );

/** Packages and where they come from. */
export const packagesFields = {
  apt: object('Sources of packages of Debian and Ubuntu.', {
    preserveSourcesList: flag('Whether the lists of the image stay as they are.'),
    primary: mirrors('Mirrors of the archive.'),
    security: mirrors('Mirrors of the security updates.'),
    proxy: text('Proxy for HTTP.', url),
    httpsProxy: text('Proxy for HTTPS.', url),
    conf: text('Configuration of apt as it is.'),
    debconfSelections: map(
      'Answers given beforehand, by a name of your own.',
      text('Lines of `package question type answer`.'),
    ),
    sources: map(
      'Further sources, by the file in /etc/apt/sources.list.d.',
      object('A source.', {
        source: text('The line. $RELEASE and $KEY_FILE are filled in.', line),
        key: armoredKey,
        keyid: text('Fingerprint of its key, fetched from `keyserver`.', line),
        keyserver: text('Server that the key is fetched from.', server),
        filename: text('Name of the file.', { pattern: /^[\w.-]+$/, expects: 'a file name' }),
        append: flag('Whether the line is added to what the file holds.'),
      }),
    ),
  }),
  packageUpdate: flag('Whether the lists of packages are fetched.'),
  packageUpgrade: flag('Whether all packages are brought up to date.'),
  packageRebootIfRequired: flag('Whether it boots again where a package asks for it.'),
  packages: list('Packages.', packageField, 'append'),
};
