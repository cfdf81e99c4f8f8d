import { PhoenixError } from '../../base/errors.js';
import { type Fields, reference, required, text } from '../../model/fields.js';
import { completeSpec, readLayer, table } from '../../model/layer.js';
import { OsTemplate } from '../../storage/os-template.js';
import { Storage } from '../../storage/storage.js';
import { removalPolicy } from '../../storage/stored-file.js';
import { namedSection } from '../section.js';

const archiveFields = {
  storage: required(reference('Storage that keeps the archive.', 'storage')),
  file: required(text('Name of the archive: `debian-13-standard_13.1-2_amd64.tar.zst`.')),
  url: text(
    'Where it is fetched from. Without one, and with a checksum, from Proxmox; without both, by its catalogue.',
  ),
  sha512: text('SHA-512 of the archive.'),
  removalPolicy,
} satisfies Fields;

/** Archives that containers are made from. */
export const archivesSection = namedSection({
  key: 'archives',
  doc: 'Archives that containers are made from, by a name of your own.',
  kind: 'container archive',
  fields: archiveFields,
  make: (_scope, name, { storage, ...props }) => {
    const { storage: _, ...ownFields } = archiveFields;
    const own = table('archives', ownFields);
    const { file, url, sha512, removalPolicy } = completeSpec(
      own,
      [{ name, values: readLayer(own, props, name) }],
      name,
    );
    if (!Storage.isStorage(storage)) {
      throw new PhoenixError({
        code: 'config/missing',
        message: `archive ${name} has no \`storage\``,
        fix: 'name one',
      });
    }
    if (sha512 === undefined && url !== undefined) {
      throw new PhoenixError({
        code: 'download/checksum',
        message: `nothing says what the file at the \`url\` of ${name} has to be`,
        value: name,
        fix: 'give `sha512`, as `sha512sum` prints it',
      });
    }
    return sha512 === undefined
      ? OsTemplate.fromCatalogue(storage, file, { removalPolicy })
      : OsTemplate.fromUrl(storage, file, { sha512, removalPolicy, ...(url === undefined ? {} : { url }) });
  },
});
