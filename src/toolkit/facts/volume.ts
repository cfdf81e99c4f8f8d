import { Size } from '../../base/units.js';
import { configParts, sameConfigParts } from '../../format/config-meaning.js';
import { parseDiskSize, renderDiskSize } from '../../format/disk-size.js';
import type { KeyRequirement } from '../../model/step.js';
import type { FieldDifference } from '../field-difference.js';
import { type ConfigState, difference } from './config-state.js';

type VolumeRequirement = Extract<KeyRequirement, { is: 'volume' }>;

/** A volume is made once, grown, and never exchanged. Its size is what its dataset says; `size=` in the config is a cache. */
export function volume(state: ConfigState, wanted: VolumeRequirement): FieldDifference[] {
  const { key, storage, bytes } = wanted;
  const found = state.keys.get(key);
  if (found === undefined) {
    return missing(state, wanted);
  }
  const { id, parts, cache } = volumeParts(key, found);
  const [, on, name = ''] = /^([^:]+):(.+)$/.exec(id) ?? [];
  if (on === undefined) {
    return [difference(key, id, `a volume on ${storage}`, 'replace')];
  }
  if (on !== storage) {
    return [difference(key, `on ${on}`, `on ${storage}`, 'replace')];
  }
  const owner = /(?:^|\/)(?:subvol|basevol|vm|base)-(\d+)-[^/]*$/.exec(name)?.[1];
  if (owner !== undefined && Number(owner) !== state.guest.vmid) {
    return [difference(key, id, `a volume of guest ${state.guest.vmid}`, 'impossible')];
  }
  const size = bytes === 0 ? undefined : sizeOf(state, id, cache);
  if (size === 'unseen') {
    state.unseen.push(key);
    return [];
  }
  return [...grown(key, size, bytes), ...options(state, wanted, found, { id, parts })];
}

function grown(key: string, size: number | undefined, bytes: number): FieldDifference[] {
  return size === undefined || size >= bytes ? [] : [difference(key, sizeText(size), sizeText(bytes), 'live')];
}

function options(
  state: ConfigState,
  { key, options, filled, impact }: VolumeRequirement,
  found: string,
  { id, parts }: { readonly id: string; readonly parts: Map<string, string> },
): FieldDifference[] {
  const wanted = configParts(key, options);
  if (filled === 'cloudinit') {
    wanted.delete('media');
    parts.delete('media');
  }
  const pending = state.pending.get(key);
  const isSame = sameConfigParts(key, wanted, parts);
  if (pending === undefined) {
    return isSame ? [] : [difference(key, joined(parts), options, impact)];
  }
  if (isSame) {
    return [difference(key, pending, found, 'live')];
  }
  const waiting = volumeParts(key, pending);
  const willBe = waiting.id === id && sameConfigParts(key, wanted, waiting.parts);
  return willBe ? [] : [difference(key, joined(parts), options, impact)];
}

/** A volume that is to be made. A root disk never is: it comes with its guest. */
function missing(
  { pending }: ConfigState,
  { key, storage, bytes, filled, impact }: VolumeRequirement,
): FieldDifference[] {
  if (pending.has(key)) {
    return [];
  }
  const from = typeof filled === 'object' ? ` from ${filled.import}` : '';
  const after = bytes === 0 ? `${storage}${from}` : `${storage}, ${sizeText(bytes)}${from}`;
  return [difference(key, '', after, key === 'rootfs' ? 'impossible' : impact)];
}

function volumeParts(
  key: string,
  value: string,
): { id: string; parts: Map<string, string>; cache: string | undefined } {
  const parts = configParts(key, value);
  const id = parts.get('volume') ?? parts.get('file') ?? '';
  const cache = parts.get('size');
  for (const name of ['volume', 'file', 'size']) {
    parts.delete(name);
  }
  return { id, parts, cache };
}

/** Bytes; undefined where nothing says it. */
function sizeOf({ view }: ConfigState, id: string, cache: string | undefined): number | 'unseen' | undefined {
  const dataset = view.volumeDataset(id);
  if (dataset === undefined) {
    return cache !== undefined && /^\d+(?:\.\d+)?[KMGT]?$/.test(cache) ? parseDiskSize(cache).toBytes() : undefined;
  }
  const properties = view.dataset(dataset);
  const size = [properties?.['volsize'], properties?.['refquota']].find((text) => /^[1-9]\d*$/.test(text ?? ''));
  return properties === undefined ? 'unseen' : size === undefined ? undefined : Number(size);
}

function sizeText(bytes: number): string {
  return renderDiskSize(Size.bytes(bytes));
}

function joined(parts: ReadonlyMap<string, string>): string {
  return [...parts]
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(',');
}
