import { parseAddress } from '../../base/ip.js';
import { parseBoolean, splitList } from '../../format/lists.js';
import { partsOf } from '../../format/parts.js';
import { qemuFormat } from '../../format/qemu-properties.js';
import { qemuVersionGates } from '../../format/version-gates.js';
import type { PveVersion } from '../../model/pve-version.js';
import { vmTable } from '../../vm/schema.js';
import { Draft, type DraftRules } from './draft.js';
import { gateTrouble } from './gates.js';
import { takeFirewall } from './guest-firewall.js';
import { takeIdentity } from './identity.js';
import type { GuestInventory } from './inventory.js';
import type { Literal, LiteralRecord } from './literal.js';
import type { GuestSurroundings } from './lxc-draft.js';
import { asFlag, asMib, asNumber, asTags, asText, type Reader } from './readers.js';
import { takeDevices } from './vm-devices.js';
import { takeDisks } from './vm-disks.js';
import { takeVmNics } from './vm-nics.js';
import { settle } from './vm-settle.js';

/** What the program says of a machine; a text is why it can say nothing of it. */
export function vmDraft(guest: GuestInventory, around: GuestSurroundings): Draft | string {
  const draft = new Draft(guest, rulesOf(around.pveVersion));
  draft.isTemplate = parseBoolean(draft.take('template') ?? '0') === true;
  if (draft.isTemplate) {
    keepOfTemplate(draft);
  }
  draft.props['vmid'] = guest.vmid;
  draft.props['from'] = 'adopted';
  const trouble = takeIdentity(draft, 'name', around.id) ?? takePlain(draft);
  if (trouble !== undefined) {
    return trouble;
  }
  const drive = takeDisks(draft, around.storages);
  takeFirewall(draft, around.firewall);
  takeVmNics(draft, around.claims, drive !== undefined);
  takeCloudInit(draft, drive);
  takePorts(draft, 'serial');
  takePorts(draft, 'parallel');
  takeDevices(draft);
  settle(draft);
  takeBoot(draft);
  takeRest(draft);
  return draft;
}

/** A template never starts, is not protected and holds no device of the host: nobody looks after such keys that it has all the same. */
function keepOfTemplate(draft: Draft): void {
  for (const key of draft.keys.filter((it) => /^(onboot|startup|protection|hostpci\d+)$/.test(it))) {
    draft.keep(key, draft.take(key) ?? '', 'templates do not say it');
  }
}

function rulesOf(release: PveVersion): DraftRules {
  return {
    table: vmTable,
    tooNew: (key, value) => gateTrouble(qemuVersionGates, qemuFormat, release, key, value),
  };
}

/** Keys whose value is said by one prop, each with how it is read. */
const plainKeys: readonly (readonly [key: string, prop: string, read: Reader])[] = [
  ['ostype', 'ostype', asText],
  ['bios', 'bios', asText],
  ['arch', 'arch', asText],
  ['sockets', 'sockets', asNumber],
  ['cores', 'cores', asNumber],
  ['vcpus', 'vcpus', asNumber],
  ['cpulimit', 'cpulimit', asNumber],
  ['cpuunits', 'cpuunits', asNumber],
  ['affinity', 'affinity', asText],
  ['memory', 'memory', (value) => asMib(value.replace(/^current=/, ''))],
  ['balloon', 'balloon', asMib],
  ['shares', 'shares', asNumber],
  ['hugepages', 'hugepages', asText],
  ['keephugepages', 'keepHugepages', asFlag],
  ['allow-ksm', 'allowKsm', asFlag],
  ['kvm', 'kvm', asFlag],
  ['acpi', 'acpi', asFlag],
  ['scsihw', 'scsiController', asText],
  ['hotplug', 'hotplug', hotplugOf],
  ['tablet', 'tablet', asFlag],
  ['numa', 'numa', asFlag],
  ['keyboard', 'keyboard', asText],
  ['onboot', 'onboot', asFlag],
  ['startup', 'startup', startupOf],
  ['protection', 'protection', asFlag],
  ['tags', 'tags', asTags],
  ['reboot', 'reboot', asFlag],
  ['freeze', 'freeze', asFlag],
  ['autostart', 'autostart', asFlag],
  ['localtime', 'localtime', asFlag],
  ['startdate', 'startDate', asText],
  ['tdf', 'tdf', asFlag],
  ['migrate_downtime', 'migrateDowntime', asNumber],
  ['migrate_speed', 'migrateSpeed', asNumber],
  ['hookscript', 'hookscript', asText],
  ['args', 'args', asText],
];

/** Props that are left out where they say what holds anyway. */
const defaults: Readonly<Record<string, Literal>> = { memory: '2GiB', onboot: false, protection: false };

/** Gives why the machine cannot be said; nothing if it can. */
function takePlain(draft: Draft): string | undefined {
  let trouble: string | undefined;
  for (const [key, prop, read] of plainKeys) {
    const value = draft.take(key) ?? (key === 'memory' ? '512' : undefined);
    if (value === undefined) {
      continue;
    }
    const literal = read(value);
    if (literal !== undefined && draft.accepts({ [prop]: literal })) {
      if (defaults[prop] !== literal) {
        draft.say(prop, literal, [[key, value]]);
      }
    } else if (prop in defaults) {
      trouble ??= `${key} is ${JSON.stringify(value)}, which Proxmox does not take: set it first`;
    } else if (qemuFormat(key) !== undefined && partsOf(value, qemuFormat(key) ?? { required: [] }) !== undefined) {
      draft.override(key, value, 'No prop says it.');
    } else {
      draft.keep(key, value, 'Proxmox itself would not take it');
    }
  }
  return trouble;
}

function hotplugOf(value: string): Literal | undefined {
  const kinds = splitList(value);
  return parseBoolean(value) === false ? [] : parseBoolean(value) === true ? undefined : kinds;
}

function startupOf(value: string): Literal | undefined {
  const parts = partsOf(value, qemuFormat('startup') ?? { required: [] });
  const isRead = parts !== undefined && Object.values(parts).every((text) => /^\d{1,9}$/.test(text));
  return isRead ? Object.fromEntries(Object.entries(parts).map(([key, text]) => [key, Number(text)])) : undefined;
}

/** What cloud-init is told. Without a drive nothing reads it, and it is said past the props. */
function takeCloudInit(draft: Draft, drive: Record<string, Literal> | undefined): void {
  const cloudInit: Record<string, Literal> = { ...drive };
  for (const [key, prop, read] of [
    ['citype', 'type', asText],
    ['ciuser', 'user', asText],
    ['ciupgrade', 'upgrade', asFlag],
    ['sshkeys', 'sshKeys', sshKeysOf],
    ['cicustom', 'custom', customOf],
  ] as const) {
    const value = draft.take(key);
    const literal = value === undefined ? undefined : read(value);
    if (value === undefined) {
      continue;
    }
    if (drive !== undefined && literal !== undefined && draft.accepts({ cloudInit: { [prop]: literal } })) {
      cloudInit[prop] = literal;
    } else {
      draft.override(key, value, drive === undefined ? 'There is no drive for cloud-init.' : 'No prop says it.');
    }
  }
  for (const [key, prop] of [
    ['nameserver', 'nameservers'],
    ['searchdomain', 'searchDomain'],
  ] as const) {
    const value = draft.take(key);
    const servers = splitList(value ?? '');
    const literal = key === 'nameserver' ? servers : (value ?? '');
    const isPlain = key === 'searchdomain' || servers.every((server) => parseAddress(server)?.family === 4);
    if (value !== undefined && drive !== undefined && isPlain && draft.accepts({ [prop]: literal })) {
      draft.props[prop] = literal;
    } else if (value !== undefined) {
      draft.override(key, value, drive === undefined ? 'There is no drive for cloud-init.' : 'No prop says it.');
    }
  }
  if (draft.take('cipassword') !== undefined) {
    draft.remark('host', 'cipassword', 'is a secret; it stays on the host');
  }
  if (drive !== undefined) {
    draft.props['cloudInit'] = cloudInit;
  }
}

/** Keys that would be written as they are found; others are left to an override. */
function sshKeysOf(value: string): Literal | undefined {
  try {
    const keys = decodeURIComponent(value).split('\n');
    const last = keys.pop();
    return last === '' && keys.length > 0 && encodeURIComponent(`${keys.join('\n')}\n`) === value ? keys : undefined;
  } catch {
    return undefined;
  }
}

function customOf(value: string): Literal | undefined {
  return partsOf(value, qemuFormat('cicustom') ?? { required: [] });
}

/** Ports, which the props number by their place. */
function takePorts(draft: Draft, key: 'serial' | 'parallel'): void {
  const ports = draft.takeNumbered(key);
  const values = ports.map(({ value }) => value);
  const isInOrder = ports.every(({ number }, index) => number === index);
  if (isInOrder && ports.length > 0 && draft.accepts({ [key]: values })) {
    draft.say(
      key,
      values,
      ports.map((port) => [port.key, port.value]),
    );
  } else {
    ports.forEach((port) => {
      draft.override(port.key, port.value, 'No prop says it.');
    });
  }
}

/** The order of boot names devices; one that only the host knows of cannot be in a prop. */
function takeBoot(draft: Draft): void {
  const value = draft.take('boot');
  if (value === undefined) {
    return;
  }
  const order = /^order=([a-z0-9;]+)$/.exec(value)?.[1]?.split(';');
  const known = new Set(keysOf(draft));
  if (order?.every((key) => known.has(key)) === true && draft.accepts({ boot: order })) {
    draft.props['boot'] = order;
  } else {
    draft.override('boot', value, 'It names devices that no prop says.');
  }
}

function keysOf({ props }: Draft): string[] {
  const cloudInit = props['cloudInit'] as Readonly<Record<string, Literal>> | undefined;
  const lists = [props['disks'], props['cdroms'], props['nics']] as (readonly Record<string, Literal>[] | undefined)[];
  const devices = (['hostPci', 'usb'] as const).flatMap((prop) =>
    ((props[prop] ?? []) as readonly LiteralRecord[]).map(
      (item, index) => `${prop.toLowerCase()}${item['number'] ?? index}`,
    ),
  );
  const keys = [
    ...lists.flatMap((list) => (list ?? []).map((item) => String(item['key'] ?? item['name']))),
    ...devices,
  ];
  return cloudInit === undefined ? keys : [...keys, String(cloudInit['key'] ?? 'ide2')];
}

/** Written by Proxmox for itself; the applier leaves them alone. */
const ownOfProxmox = new Set(['meta', 'vmgenid', 'parent', 'digest', 'vmstate', 'runningmachine', 'runningcpu']);

/** What no prop says, word for word. */
function takeRest(draft: Draft): void {
  for (const key of draft.keys.sort()) {
    const value = draft.take(key) ?? '';
    if (/^unused\d+$/.test(key)) {
      draft.remark('host', key, `the disk ${value} is not in use; it stays`);
    } else if (key === 'lock') {
      draft.keep(key, value, 'it says what Proxmox is doing');
    } else if (ownOfProxmox.has(key)) {
      draft.remark('note', key, 'is written by Proxmox for itself; it stays');
    } else if (qemuFormat(key) !== undefined) {
      draft.override(key, value, 'No prop says it.');
    } else {
      draft.keep(key, value, 'this library does not know it');
    }
  }
}
