import { collectProblems, type Problem } from '../base/errors.js';
import { compareText } from '../base/stable.js';
import type { Listing } from './listing.js';
import { type FilePlace, SourceFile } from './source-file.js';

/** The files of a listing, read. What could not be read is missing, and among the problems. */
export interface ReadFiles {
  readonly host: SourceFile | undefined;
  readonly sections: readonly (Listing['sections'][number] & { readonly file: SourceFile })[];
  readonly defaults: readonly (Listing['defaults'][number] & { readonly file: SourceFile })[];
  readonly profiles: readonly (Listing['profiles'][number] & { readonly file: SourceFile })[];
  /** A guest whose file could not be read, or is one too many, is still one that others may refer to. */
  readonly guests: readonly (Listing['guests'][number] & { readonly file: SourceFile | undefined })[];
  /** Whether everything that describes the host could be read; without it nobody can say what guests may refer to. */
  readonly isHostWhole: boolean;
  readonly problems: readonly Problem[];
}

/** Reads all files, whatever is wrong with some of them. */
export function readFiles(listing: Listing): ReadFiles {
  const problems: Problem[] = [...listing.problems];
  const read = (place: FilePlace): SourceFile | undefined => {
    let file: SourceFile | undefined;
    problems.push(
      ...collectProblems([
        () => {
          file = SourceFile.read(place);
        },
      ]),
    );
    return file;
  };
  const present = <T extends FilePlace>(places: readonly T[]) =>
    places.flatMap((place) => {
      const file = read(place);
      return file === undefined ? [] : [{ ...place, file }];
    });
  const host = listing.host === undefined ? undefined : read(listing.host);
  const sections = present(listing.sections);
  return {
    host,
    sections,
    isHostWhole: sections.length === listing.sections.length && (host === undefined) === (listing.host === undefined),
    defaults: present(listing.defaults),
    profiles: present(listing.profiles),
    // before the others, which their names belong to
    guests: [
      ...listing.excessGuests.map((place) => ({ ...place, file: undefined })),
      ...listing.guests.map((place) => ({ ...place, file: read(place) })),
    ],
    problems,
  };
}

/** By file, then by place in it: the order of every report. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort(
    (a, b) =>
      compareText(fileOf(a), fileOf(b)) ||
      (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
      (a.place?.column ?? 0) - (b.place?.column ?? 0) ||
      compareText(a.code, b.code),
  );
}

function fileOf(problem: Problem): string {
  return problem.place?.file ?? problem.path ?? '';
}
