import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PhoenixError, type Problem } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import { compareText } from '../base/stable.js';
import { laterSections, sectionNotYet } from './later-sections.js';
import { type FilePlace, fileEndings } from './source-file.js';

/** What the files of a config directory are about, by their names alone. */
export interface Listing {
  readonly host: FilePlace | undefined;
  /** Sections of the host that are files of their own. */
  readonly sections: readonly (FilePlace & { readonly section: string })[];
  /** Lowest layers, by folder of the guests that they are for. */
  readonly defaults: readonly (FilePlace & { readonly folder: string })[];
  readonly profiles: readonly (FilePlace & { readonly profile: string; readonly folder: string })[];
  readonly guests: readonly (FilePlace & { readonly folder: string; readonly vmid: number; readonly id: string })[];
  /** Guests that another file has the VMID or the id of: nothing is made of them, and others may refer to them. */
  readonly excessGuests: Listing['guests'];
  readonly problems: readonly Problem[];
}

/** Folders of guests. */
const guestFolders = ['lxc', 'vm'] as const;

/** Lists the files in an order that depends on their names alone. `sections` may be files of their own. Throws `conf/no-folder`. */
export function listFiles(
  folder: { readonly path: string; readonly name: string },
  sections: readonly string[],
): Listing {
  const problems: Problem[] = [];
  const listing: Mutable = {
    known: sections,
    host: [],
    sections: [],
    defaults: [],
    profiles: [],
    guests: [],
    problems,
  };
  for (const { path, isFolder } of entriesOf(folder)) {
    sortIn(
      listing,
      { name: `${folder.name}/${path}`, path: join(folder.path, path), within: folder.path },
      path,
      isFolder,
    );
  }
  const guests = once(
    once(listing.guests, problems, ({ vmid }) => `VMID ${vmid}`, { code: 'conf/vmid-twice' }),
    problems,
    ({ id }) => `the id ${id}`,
  );
  const hosts = once(listing.host, problems, () => 'the machine');
  return {
    host: hosts[0],
    sections: once(listing.sections, problems, ({ section }) => `the section ${section}`),
    defaults: once(listing.defaults, problems, ({ folder }) => `the base of ${folder}`),
    profiles: once(listing.profiles, problems, ({ profile, folder }) => `profile ${profile} of ${folder}`),
    guests,
    excessGuests: listing.guests.filter((guest) => !guests.includes(guest)),
    problems,
  };
}

interface Mutable {
  /** Keys of sections. */
  readonly known: readonly string[];
  readonly sections: Listing['sections'][number][];
  readonly host: FilePlace[];
  readonly defaults: Listing['defaults'][number][];
  readonly profiles: Listing['profiles'][number][];
  readonly guests: Listing['guests'][number][];
  readonly problems: Problem[];
}

function entriesOf(folder: { readonly path: string; readonly name: string }): { path: string; isFolder: boolean }[] {
  const list = (below: string) => {
    try {
      return readdirSync(join(folder.path, below), { withFileTypes: true });
    } catch {
      throw new PhoenixError({
        code: 'conf/no-folder',
        message: `there is no folder ${folder.name}`,
        value: folder.name,
        fix: 'give the path of the config directory, from the root of the app on',
      });
    }
  };
  const found: { path: string; isFolder: boolean }[] = [];
  for (const entry of list('')) {
    found.push({ path: entry.name, isFolder: entry.isDirectory() });
    if (entry.isDirectory() && knownFolders.includes(entry.name)) {
      found.push(
        ...list(entry.name).map((inner) => ({ path: `${entry.name}/${inner.name}`, isFolder: inner.isDirectory() })),
      );
    }
  }
  return found.filter(({ path }) => !isIgnored(path)).sort((a, b) => compareText(a.path, b.path));
}

const knownFolders: readonly string[] = ['defaults', ...guestFolders, 'scripts', 'files'];

/** Notes for people, what begins with a dot, and what editors leave behind. */
function isIgnored(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return /^\.|~$|\.md$/.test(name);
}

function sortIn(listing: Mutable, place: FilePlace, path: string, isFolder: boolean): void {
  const [top = '', inner] = path.split('/', 2);
  if (top === 'scripts' || top === 'files' || (isFolder && knownFolders.includes(path))) {
    return;
  }
  const name = inner ?? top;
  const ending = fileEndings.find((end) => name.endsWith(end));
  const stem = ending === undefined ? name : name.slice(0, -ending.length);
  if (isFolder || ending === undefined) {
    listing.problems.push(
      unknown(place, isFolder ? 'folder' : 'file', isFolder ? top : stem, isFolder ? knownFolders : ['host']),
    );
  } else if (inner === undefined) {
    sortTop(listing, place, stem);
  } else if (top === 'defaults') {
    sortDefaults(listing, place, stem);
  } else {
    sortGuest(listing, place, top, stem);
  }
}

/** `host.json`, and sections beside it. */
function sortTop(listing: Mutable, place: FilePlace, stem: string): void {
  if (stem === 'host') {
    listing.host.push(place);
  } else if (listing.known.includes(stem)) {
    listing.sections.push({ ...place, section: stem });
  } else {
    listing.problems.push(
      laterSections.includes(stem)
        ? { ...sectionNotYet(stem), path: place.name }
        : unknown(place, 'file', stem, ['host', ...listing.known]),
    );
  }
}

function sortDefaults(listing: Mutable, place: FilePlace, stem: string): void {
  const [, folder] = /^(lxc|vm)_base$/.exec(stem) ?? [];
  const [, kind, profile] = /^(vm_)?profile_([A-Za-z0-9][A-Za-z0-9_.-]*)$/.exec(stem) ?? [];
  if (folder !== undefined) {
    listing.defaults.push({ ...place, folder });
  } else if (profile !== undefined) {
    listing.profiles.push({ ...place, profile, folder: kind === undefined ? 'lxc' : 'vm' });
  } else {
    listing.problems.push({
      code: 'conf/file-name',
      message: `${place.name} is neither a base nor a profile`,
      path: place.name,
      value: stem,
      fix: 'call it lxc_base, vm_base, profile_<name> or vm_profile_<name>',
    });
  }
}

function sortGuest(listing: Mutable, place: FilePlace, folder: string, stem: string): void {
  const [, number, id] = /^([1-9]\d{2,8})_([A-Za-z0-9][A-Za-z0-9_.-]*)$/.exec(stem) ?? [];
  if (number === undefined || id === undefined) {
    listing.problems.push({
      code: 'conf/file-name',
      message: `${place.name} does not say which guest it is`,
      path: place.name,
      value: stem,
      fix: 'call it <vmid>_<id>, such as 950_qwen; the VMID from 100 to 999999999',
    });
  } else {
    listing.guests.push({ ...place, folder, vmid: Number(number), id });
  }
}

function unknown(place: FilePlace, what: string, name: string, known: readonly string[]): Problem {
  const like = nearest(name, known);
  return {
    code: 'conf/unknown-file',
    message: `nothing is known of a ${what} ${place.name}`,
    path: place.name,
    value: name,
    fix:
      like === undefined
        ? `known: host, sections of it, ${knownFolders.map((folder) => `${folder}/`).join(', ')}; files end in ${fileEndings.join(', ')}`
        : `did you mean ${like}?`,
  };
}

/** Those that are the first of what they are about; the others are problems. */
function once<T extends FilePlace>(
  files: readonly T[],
  problems: Problem[],
  wordsOf: (file: T) => string,
  change: Partial<Problem> = {},
): readonly T[] {
  const first = new Map<string, T>();
  for (const file of files) {
    const words = wordsOf(file);
    const other = first.get(words);
    if (other === undefined) {
      first.set(words, file);
    } else {
      problems.push({ ...twice(other, file, words), ...change });
    }
  }
  return [...first.values()];
}

function twice(first: FilePlace, second: FilePlace, what: string): Problem {
  return {
    code: 'conf/name-twice',
    message: `${what} is described by ${first.name} and by ${second.name}`,
    path: second.name,
    fix: 'keep one of the files, or rename one',
  };
}
