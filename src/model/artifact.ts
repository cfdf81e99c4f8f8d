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

function wrongSegment(segment: string): string | undefined {
  if (segment === '' || segment === '.' || segment === '..') {
    return 'it climbs, is absolute or has an empty part';
  }
  if (forbiddenCharacters.test(segment)) {
    return `${JSON.stringify(segment)} holds a character that file names may not have`;
  }
  return forbiddenNames.test(segment) ? `${JSON.stringify(segment)} is a reserved name on Windows` : undefined;
}
