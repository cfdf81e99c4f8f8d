import { PhoenixError } from '../../base/errors.js';
import type { ImageSource } from '../../storage/image-source.js';
import { IsoImage } from '../../storage/iso-image.js';
import { Storage } from '../../storage/storage.js';
import { namedSection } from '../section.js';
import { existing } from './existing.js';
import { imageFieldsOf } from './images.js';

/** Media for the drives of machines. */
export const isosSection = namedSection({
  key: 'isos',
  doc: 'Media for the optical drives of machines, by a name of your own.',
  kind: 'ISO image',
  fields: imageFieldsOf('medium', 'iso', '.iso or .img'),
  make: (_scope, name, { storage, file, ...source }) => {
    if (!Storage.isStorage(storage) || typeof file !== 'string') {
      const message = `medium ${name} needs a \`storage\` and a \`file\``;
      throw new PhoenixError({ code: 'config/missing', message, fix: 'give both' });
    }
    return (
      existing(source, () => IsoImage.fromName(storage, file)) ??
      IsoImage.fromUrl(storage, file, source as unknown as ImageSource)
    );
  },
});
