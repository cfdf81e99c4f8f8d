import { unlessRefused } from '../../base/errors.js';
import { parseBoolean } from '../../format/lists.js';
import type { ParsedSection } from '../../format/section-config.js';
import { directoryMappingTable, pciMappingTable, usbMappingTable } from '../../host/mapping-schema.js';
import type { Fields } from '../../model/fields.js';
import { readLayer, type Table } from '../../model/layer.js';
import type { MappingSection } from './inventory.js';
import type { Literal, LiteralRecord } from './literal.js';
import type { NodeConstruct } from './node-construct.js';

/** The entry as a construct below a node; undefined if it says nothing of the node. What no prop says is imported. */
export function adoptMapping({ kind, section }: MappingSection, node: string): NodeConstruct | undefined {
  const { className, table } = kinds[kind];
  const maps = section.lines.filter(([key]) => key === 'map').map(([, value]) => partsOf(value));
  const own = maps.filter((parts) => parts.get('node') === node);
  if (own.length === 0) {
    return undefined;
  }
  const props = propsOf(kind, section, own);
  const isSaid = props !== undefined && accepts(table, props);
  return { className, name: section.id, nameProp: 'mappingId', props: isSaid ? props : undefined };
}

/** The files by the kind of mapping. */
export const mappingFiles = { pci: 'mapping/pci.cfg', usb: 'mapping/usb.cfg', dir: 'mapping/directory.cfg' } as const;

const kinds: Readonly<Record<MappingSection['kind'], { className: string; table: Table<Fields> }>> = {
  pci: { className: 'PciMapping', table: pciMappingTable },
  usb: { className: 'UsbMapping', table: usbMappingTable },
  dir: { className: 'DirectoryMapping', table: directoryMappingTable },
};

type MapParts = ReadonlyMap<string, string>;

/** Parts of a map; one without `=` is no part. */
function partsOf(map: string): MapParts {
  return new Map(
    map.split(',').map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
    }),
  );
}

function propsOf(kind: MappingSection['kind'], { lines }: ParsedSection, own: readonly MapParts[]) {
  const options = new Map(lines.filter(([key]) => key !== 'map'));
  const description = options.get('description');
  const common: LiteralRecord = description === undefined ? {} : { description };
  const [only, ...others] = own.map((parts) => said(parts, partNames[kind]));
  if (kind === 'pci') {
    const maps = own.map((parts) => said(parts, partNames.pci));
    return maps.every((map) => map !== undefined) ? { ...common, ...switchesOf(options), maps } : undefined;
  }
  return only === undefined || others.length > 0 ? undefined : { ...common, ...only };
}

const partNames: Readonly<Record<MappingSection['kind'], Readonly<Record<string, string>>>> = {
  pci: {
    path: 'path',
    id: 'id',
    'subsystem-id': 'subsystemId',
    iommugroup: 'iommuGroup',
    description: 'description',
  },
  usb: { id: 'id', path: 'path' },
  dir: { path: 'path' },
};

/** Undefined if the map says what no prop does. */
function said(parts: MapParts, names: Readonly<Record<string, string>>): LiteralRecord | undefined {
  const props: Record<string, Literal> = {};
  for (const [name, text] of parts) {
    const prop = names[name];
    if (prop !== undefined) {
      props[prop] = prop === 'iommuGroup' ? Number(text) : text;
    } else if (name !== 'node') {
      return undefined;
    }
  }
  return props;
}

function switchesOf(options: MapParts): LiteralRecord {
  const found = [
    ['mdev', 'mdev'],
    ['live-migration-capable', 'liveMigration'],
  ].flatMap(([option = '', prop = '']) => {
    const flag = parseBoolean(options.get(option) ?? '');
    return flag === undefined ? [] : [[prop, flag] as const];
  });
  return Object.fromEntries(found);
}

function accepts(table: Table<Fields>, props: LiteralRecord): boolean {
  return unlessRefused(() => readLayer(table, props, '')) !== undefined;
}
