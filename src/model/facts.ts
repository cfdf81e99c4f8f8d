import * as z from 'zod';
import { PhoenixError, type Problem } from '../base/errors.js';
import { lazy } from '../base/lazy.js';
import { nodeName } from '../base/proxmox-words.js';
import { shown } from '../base/shown.js';
import { readBySchema } from './schema-faults.js';

/** Version of the form of facts. A reader refuses what is later than it knows. */
export const factsVersion = 1;

/** Stands in facts in the place of a value that does not leave its host: what Proxmox itself shows for a password. */
export const withheldMark = '**********';

/** When something was looked at, by the host's own clock: `2026-06-12T14:15:02Z`. */
const stampPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

const text = z.string();
const count = z.int('a whole number').min(0);
const vmid = z.int('a whole number').min(1);
const lines = z.array(text).readonly();

/** A card that shows something or computes, as the kernel sees it. */
const displayDevice = lazy(() =>
  z.strictObject({
    /** PCI address: `0000:01:00.0`. */
    address: text,
    /** Six hexadecimal digits; `03....` is a display, `12....` an accelerator. */
    class: text,
    /** Four hexadecimal digits; `10de` is NVIDIA. */
    vendor: text,
    device: text,
    /** Maker and number of the card as a whole: `1043:889a`. */
    subsystem: text.optional(),
    /** As `lspci` names it, if the host has its list. */
    name: text.optional(),
    /** Driver of the kernel that holds it. */
    driver: text.optional(),
    iommuGroup: count.optional(),
    /** As NVIDIA's driver names it. */
    model: text.optional(),
    /** Number of its device file, `/dev/nvidia0`. */
    minor: count.optional(),
  }),
);

const networkInterface = lazy(() =>
  z.strictObject({
    name: text,
    kind: z.enum(['card', 'bridge', 'bond', 'vlan', 'other']),
    mtu: count.optional(),
    mac: text.optional(),
    /** With their prefix; those of the link alone are left out. Missing if they could not be seen. */
    addresses: lines.optional(),
    /** Of a bridge or bond; those of guests are left out. */
    ports: lines.optional(),
    vlanAware: z.boolean().optional(),
    /** Of a bond. */
    mode: text.optional(),
    /** Interface that a VLAN lies on, and its tag. */
    over: text.optional(),
    tag: count.optional(),
  }),
);

const guest = lazy(() =>
  z.strictObject({
    vmid,
    node: text,
    type: z.enum(['lxc', 'qemu']),
    name: text.optional(),
    /** Told of guests on the host itself alone. */
    running: z.boolean().optional(),
    template: z.boolean().optional(),
    /** What Proxmox is doing with it. */
    lock: text.optional(),
    /** The owner's line in its notes. */
    mark: z.strictObject({ app: text, path: text, vmid }).optional(),
  }),
);

/** An app that has a journal on the host. */
const app = lazy(() =>
  z.strictObject({
    name: text,
    /** Guests that it looks after. */
    guests: z.array(vmid).readonly(),
    /** Those of them that it did not make. */
    adopted: z.array(vmid).readonly().optional(),
    /** Which keys of their configs its steps have set, by step. */
    applied: z.record(
      text,
      z.strictObject({ keys: lines, raw: lines.optional(), protection: z.literal(true).optional() }),
    ),
  }),
);

/** Built at the first use: a program without facts does not pay for it. */
export const factsSchema = lazy(() =>
  z.strictObject({
    version: z.literal(factsVersion),
    /** When the host was looked at, by its own clock. */
    takenAt: z.string().regex(stampPattern, 'a time such as 2026-06-12T14:15:02Z'),
    node: z.string().regex(nodeName, 'the name of a node, of letters, digits and hyphens'),
    /** `9.1.4`; missing on a host without Proxmox VE. */
    pveVersion: text.optional(),
    kernel: text.optional(),
    /** Versions of the packages that what we do depends on. */
    packages: z.record(text, text).optional(),
    /** Processor threads. */
    cores: count.optional(),
    /** Bytes that the kernel has, which is a little less than what is built in. */
    memory: count.optional(),
    displayDevices: z.array(displayDevice()).readonly().optional(),
    /** Driver that is loaded; missing if none is. */
    nvidia: z.strictObject({ version: text, flavor: z.enum(['open', 'proprietary']) }).optional(),
    pools: z
      .array(z.strictObject({ name: text, health: text, size: count.optional(), free: count.optional() }))
      .readonly()
      .optional(),
    /** Properties by dataset, as `zfs get -p` prints them. */
    datasets: z.record(text, z.record(text, text)).optional(),
    /** Entries of storage.cfg. */
    storages: z.record(text, z.strictObject({ type: text, options: z.record(text, text) })).optional(),
    interfaces: z.array(networkInterface()).readonly().optional(),
    cluster: z
      .strictObject({
        /** Missing for a host of its own. */
        name: text.optional(),
        quorate: z.boolean().optional(),
        members: z
          .array(z.strictObject({ name: text, address: text.optional(), online: z.boolean().optional() }))
          .readonly(),
      })
      .optional(),
    /** Guests of the whole cluster. */
    guests: z.array(guest()).readonly().optional(),
    apps: z.array(app()).readonly().optional(),
    /** Lines of config files by path, without what is withheld. */
    files: z.record(text, lines).optional(),
    /** Files that are there and not told. */
    otherFiles: lines.optional(),
    /** What was left out of which file, by name. */
    withheld: z.record(text, lines).optional(),
    /** What could not be seen, and why. A section that is neither there nor named here is surely absent. */
    unknown: z.array(z.strictObject({ what: text, why: text })).readonly(),
  }),
);

/** What `applier facts` saw of a host. Plain data. */
export type Facts = Readonly<z.infer<ReturnType<typeof factsSchema>>>;
export type GuestFacts = NonNullable<Facts['guests']>[number];
export type DisplayDeviceFacts = NonNullable<Facts['displayDevices']>[number];
export type InterfaceFacts = NonNullable<Facts['interfaces']>[number];

/** Where the config of a guest lies, on the host and among the files of facts. */
export function guestConfPath({ node, type, vmid }: Pick<GuestFacts, 'node' | 'type' | 'vmid'>): string {
  return `/etc/pve/nodes/${node}/${type === 'lxc' ? 'lxc' : 'qemu-server'}/${vmid}.conf`;
}

/**
 * Reads facts; `place` is what people know the text by.
 * @throws `facts/version` for a later form, `facts/invalid` with everything that is wrong
 */
export function parseFacts(json: string, place: string): Facts {
  const value = parsed(json, place);
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  if (typeof version === 'number' && version > factsVersion) {
    throw new PhoenixError({
      code: 'facts/version',
      message: `the facts have version ${version}, this phoenix reads up to ${factsVersion}`,
      path: place,
      value: version,
      fix: 'install a phoenix-cdk as new as the applier that took them, or take them with an older applier',
    });
  }
  const reading = readBySchema(factsSchema(), value);
  if ('faults' in reading) {
    throw new PhoenixError(
      reading.faults.slice(0, mostProblems).map(({ message, value, keys }) => ({
        ...invalid(place, message),
        ...(value === undefined ? {} : { value }),
        keys,
      })),
    );
  }
  return reading.data;
}

/** A file that is something else altogether has a problem at every key. */
const mostProblems = 10;

function parsed(json: string, place: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    const begins = json.trim() === '' ? 'it is empty' : `it begins with ${shown(json.trim().slice(0, 40))}`;
    throw new PhoenixError(invalid(place, `${begins}, expected JSON`));
  }
}

function invalid(path: string, message: string): Problem {
  const fix = 'take them anew: npx phoenix facts import --host root@HOST';
  return { code: 'facts/invalid', message: `no facts of a host: ${message}`, path, fix };
}
