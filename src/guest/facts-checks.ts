import { factsCheck, orImportAnew } from '../core/facts-check.js';
import { HostFacts } from '../core/host-facts.js';
import type { Check, Completed, World } from '../core/resource.js';
import type { GuestFacts } from '../model/facts.js';
import type { Finding } from '../model/finding.js';
import { bridgesMade } from '../network/nic-rules.js';
import { contentFindings, isKept } from '../storage/facts-checks.js';
import { Storage } from '../storage/storage.js';
import { byHost } from './by-host.js';
import { type GuestSpec, isGuestResource } from './roles.js';

/** Rules about guests beside what the facts show on their host and in its cluster. */
export const guestFactsChecks: readonly Check[] = [
  factsCheck('facts/vmid', isGuestResource, vmidTaken),
  { name: 'facts/nic', test: valuesTaken },
  factsCheck('facts/bridge', isGuestResource, bridges),
  factsCheck('facts/disks', isGuestResource, disks),
];

type Entry = Completed<GuestSpec>;

/** Somebody else's guest of the number. One that is here and of the same type can be adopted; any other Proxmox keeps us from making. */
function* vmidTaken({ spec, path, home }: Entry, known: HostFacts, { app }: World): Iterable<Finding> {
  const guest = known.guests().get(spec.vmid);
  if (guest === undefined) {
    return;
  }
  const isHere = guest.node === home.host.hostName;
  if (HostFacts.isOurs(guest, app)) {
    yield* isHere ? [] : [moved(guest, path, home.host.hostName, known)];
    return;
  }
  const isSame = isHere && guest.type === (isContainer(spec) ? 'lxc' : 'qemu');
  if (isSame && spec.source.from === 'adopted') {
    return;
  }
  yield {
    code: 'facts/vmid-taken',
    severity: isSame ? 'warning' : 'error',
    path,
    message: `guest ${spec.vmid} exists by ${known.file} and is not this app's: ${described(guest)}`,
    value: spec.vmid,
    fix: isSame
      ? `adopt it (applier apply --adopt ${path}), or give this one another VMID`
      : `give this one another VMID, ${orImportAnew}`,
  };
}

function moved({ vmid, node }: GuestFacts, path: string, host: string, { file }: HostFacts): Finding {
  return {
    code: 'facts/moved',
    severity: 'warning',
    path,
    message: `guest ${vmid} is on node ${node} by ${file}, and the program has it on ${host}: the applier of ${host} leaves it alone`,
    value: node,
    fix: `move it back, put it into a stack of ${node}, ${orImportAnew}`,
  };
}

function described({ type, name, node, mark }: GuestFacts): string {
  const owner = mark === undefined ? '' : `, with the mark of ${mark.app} ${mark.path} (${mark.vmid})`;
  const called = name === undefined ? '' : ` ${name}`;
  return `a ${type === 'lxc' ? 'container' : 'machine'}${called} on ${node}${owner}`;
}

function isContainer({ rootfs }: GuestSpec): boolean {
  return rootfs !== undefined;
}

/** Addresses and MAC addresses that another guest has. Guests of the program itself will be as the program says, not as they were. */
function* valuesTaken(world: World): Iterable<Finding> {
  const guests = world.facts.size === 0 ? [] : world.of(isGuestResource);
  const own = new Set(guests.map(({ spec }) => spec.vmid));
  for (const [host, entries] of byHost(guests)) {
    const known = world.facts.get(host);
    yield* known === undefined ? [] : entries.flatMap((entry) => [...takenFrom(entry, known, own)]);
  }
}

function* takenFrom({ spec, path }: Entry, known: HostFacts, own: ReadonlySet<number>): Iterable<Finding> {
  for (const { name, ip, ip6, mac } of nicsOf(spec)) {
    const values = [ip, ip6].flatMap((text) => (text?.includes('/') === true ? [text.replace(/\/.*/, '')] : []));
    for (const key of [...values.map((address) => `address ${address}`), `mac ${mac.toUpperCase()}`]) {
      const other = known
        .holders()
        .get(key)
        ?.find(({ vmid }) => !own.has(vmid));
      yield* other === undefined ? [] : [taken(key, name, other, path, known)];
    }
  }
}

function taken(key: string, nic: string, guest: GuestFacts, path: string, { file }: HostFacts): Finding {
  const [kind = '', value = ''] = key.split(' ');
  return {
    code: kind === 'mac' ? 'facts/mac-taken' : 'facts/address-taken',
    severity: 'warning',
    path,
    message: `${nic} has ${value}, and so has guest ${guest.vmid} by ${file}: ${described(guest)}`,
    value,
    fix: `give one of them another ${kind === 'mac' ? 'MAC address' : 'address'}, ${orImportAnew}`,
  };
}

function nicsOf({ nic, nics }: GuestSpec): GuestSpec['nics'] {
  return nic === undefined ? nics : [nic, ...nics];
}

/** Bridges that neither the host has nor the program makes. A guest that exists may be on one that went: it does not start until that is back. */
function* bridges({ spec, path, home }: Entry, { facts, file }: HostFacts, world: World): Iterable<Finding> {
  if (facts.interfaces === undefined) {
    return;
  }
  const names = new Set([...facts.interfaces.map(({ name }) => name), ...bridgesMade(world, home.host).keys()]);
  for (const { name, bridge } of nicsOf(spec).filter((nic) => !names.has(nic.bridge))) {
    yield {
      code: 'facts/no-bridge',
      severity: spec.source.from === 'adopted' ? 'warning' : 'error',
      path,
      message: `${name} is on bridge ${bridge}, which is not there by ${file}`,
      value: bridge,
      fix: `make it with \`new Bridge\` or on the host, use another one, ${orImportAnew}`,
    };
  }
}

/** Disks on storages that somebody else keeps and that take none of the kind. */
function* disks({ spec, path, home }: Entry, known: HostFacts, world: World): Iterable<Finding> {
  const kind = isContainer(spec) ? 'rootdir' : 'images';
  const used = new Set(
    [...(spec.rootfs === undefined ? [] : [spec.rootfs]), ...spec.volumes].map(({ storage }) => storage),
  );
  for (const storage of spec.source.from === 'adopted' ? [] : used) {
    yield* isKept(storage, home.host, world.of(Storage.isStorage)) ? contentFindings(storage, kind, path, known) : [];
  }
}
