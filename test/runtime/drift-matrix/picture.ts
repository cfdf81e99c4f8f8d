import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { SimulatedNode } from '../../../src/testing/simulated-node.js';

/** All of a node, as texts by path: files with mode, owner and content, datasets with properties, mounts. What only looks at it is left out. */
export type Picture = ReadonlyMap<string, string>;

/** What is no part of the node's state: records of what was done, locks, and numbers that only count up. */
const records = [
  /^root\/var\/lib\/phoenix(\/|$)/,
  /^root\/run(\/lock.*|\/phoenix.*|\/qemu-server)?$/,
  /^root\/var\/log\/pve\/tasks(\/|$)/,
  /^root\/etc\/pve\/priv(\/lock.*)?$/,
  /^state(\/(commands\.log|counters|locks|faults|guest-runs|former-cgroups|later)(\/.*)?)?$/,
  /^state\/mirrors$/,
];

export function pictureOf(node: SimulatedNode): Picture {
  const picture = new Map<string, string>();
  for (const path of [...walk(node.dir, 'root'), ...walk(node.dir, 'state')]) {
    if (!records.some((record) => record.test(path))) {
      read(join(node.dir, path), path, picture);
    }
  }
  return picture;
}

/** What differs, one line a path. Of resources that were made anew only what makes them that one is left out. */
export function differences(from: Picture, to: Picture, anew: readonly string[] = []): string[] {
  const [before, after] = [from, to].map((picture) => blurred(picture, anew));
  const paths = new Set([...(before ?? new Map()).keys(), ...(after ?? new Map()).keys()]);
  return [...paths].sort().flatMap((path) => {
    const [was, is] = [before?.get(path), after?.get(path)];
    return was === is ? [] : [`${path}: ${shown(was)} → ${shown(is)}`];
  });
}

function* walk(dir: string, path: string): Generator<string> {
  yield path;
  if (!lstatSync(join(dir, path)).isDirectory()) {
    return;
  }
  for (const name of readdirSync(join(dir, path)).sort()) {
    yield* walk(dir, `${path}/${name}`);
  }
}

function read(place: string, path: string, picture: Map<string, string>): void {
  const stat = lstatSync(place);
  const owner = `${(stat.mode & 0o7777).toString(8)} ${stat.uid}:${stat.gid}`;
  if (stat.isSymbolicLink()) {
    picture.set(path, `link to ${readlinkSync(place)}`);
  } else if (stat.isDirectory()) {
    picture.set(path, `folder ${owner}`);
  } else {
    const content = readFileSync(place);
    const parts = splitters[path]?.(content.toString('utf8'));
    if (parts === undefined) {
      picture.set(path, `${owner}\n${printable(content).replace(emptySection, '')}`);
    }
    for (const [name, text] of parts ?? []) {
      picture.set(`${path}#${name}`, text);
    }
  }
}

/** Files whose entries come in no order that counts, or with numbers that count up. */
const splitters: Readonly<Record<string, (text: string) => [string, string][]>> = {
  'state/zfs': (text) =>
    lines(text).map((line) => {
      const [kind, name, ...fields] = line.split('\t');
      return [`${kind}/${decodeURIComponent(name ?? '')}`, fields.join(' ')];
    }),
  'root/proc/self/mountinfo': (text) =>
    lines(text).map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      return [before.split(' ')[4] ?? '', after];
    }),
  'root/proc/net/unix': (text) => lines(text).map((line) => [line.replace(/^.* /, ''), 'there']),
};

/** Proxmox writes it once a name or address was changed while cloud-init had the old one, and never removes it. */
const emptySection = /\n\[special:cloudinit\]\n(?=\n\[|$)/;

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

function printable(content: Buffer): string {
  const text = content.toString('utf8');
  return text.includes('\ufffd') || text.length > 20_000 ? createHash('sha256').update(content).digest('hex') : text;
}

/** Processes of machines go by numbers of their own; what was made anew has other identities. */
function blurred(picture: Picture, anew: readonly string[]): Map<string, string> {
  const marks = anew.map((resource) => resource.replace(/^\w+\//, ''));
  return new Map(
    [...picture].map(([path, text]) => {
      const process = /^root\/proc\/(\d{7,})(.*)$/.exec(path);
      const place = process === null ? path : `root/proc/<${machineOf(picture, process[1] ?? '')}>${process[2]}`;
      return [place, marks.some((mark) => isOf(mark, path)) ? withoutIdentity(text, path) : withoutProcess(text, path)];
    }),
  );
}

function machineOf(picture: Picture, pid: string): string {
  return /-id\0(\d+)/.exec(picture.get(`root/proc/${pid}/cmdline`) ?? '')?.[1] ?? pid;
}

function withoutProcess(text: string, path: string): string {
  return /^root\/run\/qemu-server\//.test(path) ? text.replace(/\d{7,}/, 'PID') : text;
}

/** A guest by its number in a name of a path, a dataset by its own. */
function isOf(mark: string, path: string): boolean {
  return (
    path.includes(`-${mark}-`) || path.includes(`/${mark}.`) || path.includes(`/${mark}/`) || path.endsWith(`/${mark}`)
  );
}

function withoutIdentity(text: string, path: string): string {
  if (/\/(machine-id|ssh_host_\w+(\.pub)?|stamps\/.*)$/.test(path)) {
    return 'made anew';
  }
  return withoutProcess(text, path)
    .replaceAll(/\b(guid|creation|order)=\d+/g, '$1=anew')
    .replaceAll(/^(smbios1|vmgenid|meta|snaptime): .*$/gm, '$1: anew');
}

function shown(text: string | undefined): string {
  return text === undefined ? 'absent' : JSON.stringify(text);
}
