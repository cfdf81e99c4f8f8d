import { unlessRefused } from '../base/errors.js';
import { compareText } from '../base/stable.js';
import { decodeDescription, encodeDescription } from './guest-notes.js';
import { sortedList, splitList } from './lists.js';
import { canonicalPropertyString, type PropertyFormat } from './property-string.js';
import {
  type ConfigSection,
  type ParsedSection,
  parseSections,
  renderSections,
  type SectionGrammar,
  type SectionLine,
} from './section-config.js';

/** The files below `/etc/pve` whose entries this module knows. */
export type SectionFileName =
  | 'jobs.cfg'
  | 'replication.cfg'
  | 'ha/resources.cfg'
  | 'ha/rules.cfg'
  | 'mapping/pci.cfg'
  | 'mapping/usb.cfg'
  | 'mapping/directory.cfg';

/** What one kind of entry has of its own. */
export interface SectionType {
  /** Keys that Proxmox needs and writes first. */
  readonly required: readonly string[];
  /** Keys that may stand on several lines. Any other counts once: the first line of it. */
  readonly repeated?: readonly string[];
  /** Keys that are 0 or 1; Proxmox skips a line with any other word. */
  readonly booleans?: readonly string[];
  /** Lists that Proxmox sorts when it writes. */
  readonly sortedLists?: readonly string[];
  /** Values that are property strings, and which. */
  readonly properties?: Readonly<Record<string, PropertyFormat>>;
  /** Those of them that Proxmox writes anew in its own order; others stay as they were given. */
  readonly rewritten?: readonly string[];
}

/**
 * Reads one of the files. Comments that the file holds percent-encoded are decoded; values, also wrong ones, are as
 * they stand; a key that counts once and stands there twice, and a boolean that is neither 0 nor 1, are told in `oddities`. Never throws.
 */
export function parseSectionFile(text: string, name: SectionFileName): ParsedSection[] {
  const file = files[name];
  return parseSections(text, file.grammar).map((section) => ({
    ...section,
    lines: file.encodesComments ? section.lines.map(decoded) : section.lines,
    oddities: [...section.oddities, ...doubles(section, file), ...wrongBooleans(section, file)],
  }));
}

/**
 * Writes one of the files: entries that were found byte for byte, all others as Proxmox does.
 * @throws what {@link renderSections} does
 */
export function renderSectionFile(sections: readonly (ConfigSection | ParsedSection)[], name: SectionFileName): string {
  const file = files[name];
  return renderSections(
    sections.map((section) => ('raw' in section ? section : written(section, file))),
    file.grammar,
  );
}

/**
 * The file as it would be after Proxmox has read and written it: the last of several entries with one name, the first
 * of several lines of one key, everything in order, no comment lines. Keys and types that this library does not know
 * stay, because a newer Proxmox may.
 * @throws what {@link renderSections} does
 */
export function canonicalSectionFile(text: string, name: SectionFileName): string {
  const last = new Map<string, ConfigSection>();
  for (const section of parseSectionFile(text, name)) {
    const { type, id } = section;
    last.delete(id);
    last.set(id, { type, id, lines: section.lines.filter((line) => !isWrongBoolean(line, section, files[name])) });
  }
  return renderSectionFile([...last.values()], name);
}

/** What is known about entries of the type in the file, if anything. */
export function sectionType(name: SectionFileName, type: string): SectionType | undefined {
  return typeOf(type, files[name]);
}

/** How long backups are kept. */
export const pruneBackups: PropertyFormat = { required: [], booleans: ['keep-all'] };

/** Where a backup of a running machine puts blocks aside. */
export const backupFleecing: PropertyFormat = { defaultKey: 'enabled', required: [], booleans: ['enabled'] };

/** How hard a backup may work. */
export const backupPerformance: PropertyFormat = { required: [] };

/** The device of one node behind a name for PCI devices. */
export const pciMap: PropertyFormat = { required: ['id', 'node', 'path'] };

/** The device of one node behind a name for USB devices. */
export const usbMap: PropertyFormat = { required: ['id', 'node'] };

/** The folder of one node behind a name for folders. */
export const directoryMap: PropertyFormat = { required: ['node', 'path'] };

interface SectionFile {
  readonly grammar: SectionGrammar;
  readonly encodesComments: boolean;
  readonly types: Readonly<Record<string, SectionType>>;
}

const haResource: SectionType = { required: [], booleans: ['failback'] };

const files: Readonly<Record<SectionFileName, SectionFile>> = {
  'jobs.cfg': {
    grammar: {},
    encodesComments: true,
    types: {
      vzdump: {
        required: ['schedule'],
        repeated: ['exclude-path'],
        booleans: words('all enabled protected quiet remove repeat-missed stdexcludes stop'),
        properties: { 'prune-backups': pruneBackups, fleecing: backupFleecing, performance: backupPerformance },
        rewritten: ['prune-backups', 'fleecing', 'performance'],
      },
      'realm-sync': { required: ['realm', 'schedule', 'scope'], booleans: ['enable-new', 'enabled'] },
    },
  },
  'replication.cfg': {
    grammar: { foldsType: true },
    encodesComments: true,
    types: { local: { required: ['target'] } },
  },
  'ha/resources.cfg': {
    grammar: { foldsType: true },
    encodesComments: false,
    types: { ct: haResource, vm: haResource },
  },
  'ha/rules.cfg': {
    grammar: { foldsType: true },
    encodesComments: true,
    types: {
      'node-affinity': {
        required: ['nodes', 'resources'],
        booleans: ['strict'],
        sortedLists: ['resources'],
      },
      'resource-affinity': { required: ['affinity', 'resources'], sortedLists: ['resources'] },
    },
  },
  'mapping/pci.cfg': {
    grammar: { onlyType: 'pci' },
    encodesComments: false,
    types: {
      pci: {
        required: ['map'],
        repeated: ['map'],
        booleans: ['live-migration-capable', 'mdev'],
        properties: { map: pciMap },
      },
    },
  },
  'mapping/usb.cfg': {
    grammar: { onlyType: 'usb' },
    encodesComments: false,
    types: { usb: { required: ['map'], repeated: ['map'], properties: { map: usbMap } } },
  },
  'mapping/directory.cfg': {
    grammar: { onlyType: 'dir' },
    encodesComments: false,
    types: { dir: { required: ['map'], repeated: ['map'], properties: { map: directoryMap } } },
  },
};

function words(text: string): string[] {
  return text.split(' ');
}

function typeOf(type: string, { types }: SectionFile): SectionType | undefined {
  return Object.hasOwn(types, type) ? types[type] : undefined;
}

function decoded([key, value]: SectionLine): SectionLine {
  return key === 'comment' ? [key, decodeDescription(value)] : [key, value];
}

function doubles(section: ParsedSection, file: SectionFile): string[] {
  const { type, id, lines } = section;
  const { repeated = keysOf(section) } = typeOf(section.type, file) ?? {};
  const seen = new Set<string>();
  const twice = lines.filter(([key]) => !repeated.includes(key) && seen.size === seen.add(key).size);
  return twice.map(([key]) => `${type}: ${id}: '${key}' is given twice, the first value counts`);
}

function wrongBooleans(section: ParsedSection, file: SectionFile): string[] {
  const { type, id } = section;
  return section.lines
    .filter((line) => isWrongBoolean(line, section, file))
    .map(([key, value]) => `${type}: ${id}: '${key}' is '${value}', Proxmox skips what is neither 0 nor 1`);
}

function isWrongBoolean([key, value]: SectionLine, section: ConfigSection, file: SectionFile): boolean {
  const { booleans = [] } = typeOf(section.type, file) ?? {};
  return (booleans.includes(key) || key === 'disable') && value !== '0' && value !== '1';
}

function written(section: ConfigSection, file: SectionFile): ConfigSection {
  const type = typeOf(section.type, file) ?? { required: section.required ?? [], repeated: keysOf(section) };
  const seen = new Set<string>();
  const lines = section.lines.filter(
    ([key]) => type.repeated?.includes(key) === true || seen.size < seen.add(key).size,
  );
  return {
    type: section.type,
    id: section.id,
    required: type.required,
    lines: lines.map(([key, value]) => [key, writtenValue(key, value, type, file)]),
  };
}

function keysOf({ lines }: ConfigSection): string[] {
  return lines.map(([key]) => key);
}

function writtenValue(key: string, value: string, type: SectionType, file: SectionFile): string {
  if (key === 'comment') {
    return file.encodesComments ? encodeDescription(value) : value;
  }
  if (key === 'nodes' && type.required.includes('nodes')) {
    return sortedNodes(value);
  }
  if (type.sortedLists?.includes(key) === true) {
    return sortedList(value);
  }
  const format = type.rewritten?.includes(key) === true ? type.properties?.[key] : undefined;
  return format === undefined ? value : rewritten(value, format);
}

/** Nodes with priorities, `a:2,b`, by the nodes' names; a priority of 0 is none. */
function sortedNodes(value: string): string {
  const nodes = new Map(splitList(value).map((item) => [item.replace(/:.*/, ''), item.replace(/:0*$/, '')]));
  return [...nodes]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, item]) => item)
    .join(',');
}

/** A value that is no property string is none of ours: it stays, as it would in the file. */
function rewritten(value: string, format: PropertyFormat): string {
  return unlessRefused(() => canonicalPropertyString(value, format)) ?? value;
}
