import { PhoenixError } from '../base/errors.js';
import { required, text } from '../model/fields.js';
import { table } from '../model/layer.js';
import { readProps } from '../model/read-props.js';
import type { DownloadSpec } from './plan.js';
import { checksumOf, removalPolicy, type StoredFileOptions } from './stored-file.js';

/** Where an image comes from. One of the two checksums is needed: without, anything could be fetched. */
export type ImageSource = StoredFileOptions & {
  /** Where the image is fetched from, http:// or https://. */
  readonly url: string;
} & (
    | {
        /** SHA-256 of the image, 64 hexadecimal digits. The applier checks it before the image is used. */
        readonly sha256: string;
        readonly sha512?: never;
      }
    | {
        /** SHA-512 of the image, 128 hexadecimal digits. The applier checks it before the image is used. */
        readonly sha512: string;
        readonly sha256?: never;
      }
  );

/** The URL and the rest, read. Throws `config/*` and `download/checksum`. */
export function readSource(
  path: string,
  source: ImageSource,
): [from: DownloadSpec['from'], props: StoredFileOptions & Pick<DownloadSpec, 'checksum'>] {
  const { url, sha256, sha512, removalPolicy } = readProps(sourceTable, source, path);
  const checksum = checksumOf({ sha256, sha512 }, path);
  if (checksum === undefined) {
    throw new PhoenixError({
      code: 'download/checksum',
      message: 'no checksum is given, and without one anything could be fetched',
      path,
      fix: 'give the `sha256` or `sha512` that the distribution publishes beside the image',
    });
  }
  return [{ url }, { checksum, removalPolicy }];
}

const sourceTable = table('Image.fromUrl', {
  url: required(text('Where the image is fetched from.')),
  sha256: text('SHA-256 of the image.'),
  sha512: text('SHA-512 of the image.'),
  removalPolicy,
});
