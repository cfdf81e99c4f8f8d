import { PhoenixError } from '../base/errors.js';

/** A file of the assembly. */
export interface Artifact {
  /** Path within the assembly, with `/` on every system. */
  readonly path: string;
  readonly text: string;
  /** Whether the file is a program. Default: false. */
  readonly executable?: boolean;
  /** Construct path of whoever made the file. */
  readonly owner?: string;
}

/** Name of the signature over the manifest, beside it: no file that the manifest lists, because it is made later. */
export const signatureFile = 'manifest.json.asc';

const forbiddenNames = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what Windows refuses
const forbiddenCharacters = /[<>:"\\|?*\u0000-\u001f]|[. ]$/;

/** Throws `artifact/path` for a path that leaves the assembly or that some system would not take as a file name. */
export function checkArtifactPath(path: string): void {
  const reason = path
    .split('/')
    .map(wrongSegment)
    .find((wrong) => wrong !== undefined);
  if (reason !== undefined) {
    throw new PhoenixError({
      code: 'artifact/path',
      message: `${JSON.stringify(path)} cannot be a file of the assembly: ${reason}`,
      value: path,
      fix: 'use a relative path of plain names that is legal on Linux, macOS and Windows',
    });
  }
}

/**
 * A path of a host or guest as one that {@link checkArtifactPath} takes: what some system would refuse in a file name
 * becomes the `%XX` of its bytes, as does `%`, so that no two paths become one.
 */
export function artifactPathOf(path: string): string {
  return path.split('/').map(legalSegment).join('/');
}

function legalSegment(segment: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what Windows refuses
  const legal = segment.replaceAll(/[<>:"\\|?*%\u0000-\u001f]|[. ]$/g, percentCode);
  return forbiddenNames.test(legal) ? `${percentCode(legal.charAt(0))}${legal.slice(1)}` : legal;
}

function percentCode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function wrongSegment(segment: string): string | undefined {
  if (segment === '' || segment === '.' || segment === '..') {
    return 'it climbs, is absolute or has an empty part';
  }
  if (forbiddenCharacters.test(segment)) {
    return `${JSON.stringify(segment)} holds a character that file names may not have`;
  }
  return forbiddenNames.test(segment) ? `${JSON.stringify(segment)} is a reserved name on Windows` : undefined;
}
