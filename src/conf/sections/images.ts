import { PhoenixError } from '../../base/errors.js';
import { type Fields, reference, required, text } from '../../model/fields.js';
import { CloudImage } from '../../storage/cloud-image.js';
import type { ImageSource } from '../../storage/image-source.js';
import { Storage } from '../../storage/storage.js';
import { removalPolicy } from '../../storage/stored-file.js';
import { namedSection } from '../section.js';
import { existing, existingField } from './existing.js';

/** What is said of a file that is fetched to a storage. */
export function imageFieldsOf(what: string, content: string, endings: string) {
  return {
    storage: required(reference(`Storage that keeps the ${what}; it takes \`${content}\`.`, 'storage')),
    file: required(text(`Name of the ${what}, which ends in ${endings}.`)),
    url: text('Where it is fetched from.'),
    sha256: text('SHA-256 of the file.'),
    sha512: text('SHA-512 of the file.'),
    removalPolicy,
    existing: existingField,
  } satisfies Fields;
}

/** Disk images that machines are made from. */
export const imagesSection = namedSection({
  key: 'images',
  doc: 'Disk images that machines are made from, by a name of your own.',
  kind: 'disk image',
  fields: imageFieldsOf('image', 'import', '.qcow2, .raw or .vmdk'),
  make: (_scope, name, { storage, file, ...source }) => {
    if (!Storage.isStorage(storage) || typeof file !== 'string') {
      const message = `image ${name} needs a \`storage\` and a \`file\``;
      throw new PhoenixError({ code: 'config/missing', message, fix: 'give both' });
    }
    return (
      existing(source, () => CloudImage.fromName(storage, file)) ??
      CloudImage.fromUrl(storage, file, source as unknown as ImageSource)
    );
  },
});
