import { pathIn } from '../core/scope.js';
import { type ImageSource, readSource } from './image-source.js';
import type { Storage } from './storage.js';
import { type FileKind, StoredFile } from './stored-file.js';

/** A disk image that machines are made from, such as distributions publish for clouds. It lies on a storage that takes `import`. */
export class CloudImage extends StoredFile<'disk image'> {
  /**
   * Fetched by URL and checked.
   *
   * Proxmox goes by the ending of `file`: Ubuntu's images are called .img and are qcow2, so give them a name that ends in .qcow2. Throws
   * `config/*` and `download/*`.
   */
  static fromUrl(storage: Storage, file: string, source: ImageSource): CloudImage {
    return new CloudImage(storage, diskImages, file, ...readSource(pathIn(storage, file), source));
  }

  /** An image that somebody else keeps: it has to be there, and is never fetched. Throws `download/name`. */
  static fromName(storage: Storage, file: string): CloudImage {
    return new CloudImage(storage, diskImages, file, 'nowhere');
  }
}

const diskImages: FileKind<'disk image'> = {
  content: 'import',
  kind: 'disk image',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._+=-]*\.(qcow2|raw|vmdk)$/,
  expects: 'a .qcow2, .raw or .vmdk file',
  plural: 'images to import',
};
