import { pathIn } from '../core/scope.js';
import { type ImageSource, readSource } from './image-source.js';
import type { Storage } from './storage.js';
import { type FileKind, StoredFile } from './stored-file.js';

/** A medium for the drive of a machine. It lies on a storage that takes `iso`. */
export class IsoImage extends StoredFile<'ISO image'> {
  /** Fetched by URL and checked. Throws `config/*` and `download/*`. */
  static fromUrl(storage: Storage, file: string, source: ImageSource): IsoImage {
    return new IsoImage(storage, isoImages, file, ...readSource(pathIn(storage, file), source));
  }

  /** A medium that somebody else keeps: it has to be there, and is never fetched. Throws `download/name`. */
  static fromName(storage: Storage, file: string): IsoImage {
    return new IsoImage(storage, isoImages, file, 'nowhere');
  }
}

const isoImages: FileKind<'ISO image'> = {
  content: 'iso',
  kind: 'ISO image',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._+=-]*\.(iso|img)$/i,
  expects: 'an .iso or .img file',
  plural: 'ISO images',
};
