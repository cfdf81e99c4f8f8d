import type { ConfGuest } from './conf-tree.js';
import { GuestReader, type GuestWorld } from './guest-reader.js';
import type { MonolithGuest } from './read-monolith.js';
import { textOf, type Value } from './values.js';

/** What became of one machine: its file, and the image that it is made from. */
export interface MigratedMachine extends ConfGuest {
  readonly image: { readonly name: string; readonly file: string } | undefined;
}

/** Reads one machine. */
export function readMachine(guest: MonolithGuest, world: GuestWorld): MigratedMachine {
  const reader = new GuestReader(guest, world, world.host.machineDefaults);
  const { values, ledger } = reader;
  const { vmid, entry } = guest;
  if (reader.isTemplate) {
    values['kind'] = 'vm-template';
  }
  reader.template();
  const image = imageOf(reader);
  reader.name();
  reader.power();
  const { storage, size } = reader.disk();
  if (storage !== undefined || size !== undefined) {
    values['disk'] = { ...(storage === undefined ? {} : { storage }), ...(size === undefined ? {} : { size }) };
  }
  reader.network();
  reader.boot();
  cloudInit(reader, storage);
  for (const one of reader.take('features')?.members() ?? []) {
    ledger.set(one, 'kept aside', `feature ${textOf(one) ?? ''}: work inside a machine is cloud-init's`);
    ledger.todo(`install what the feature ${textOf(one) ?? ''} of ${vmid} did, by cloudInit`, one);
  }
  reader.dependencies();
  reader.leaveRest();
  const id = world.fleet.id(vmid);
  ledger.set(entry, 'mapped', `vm/${vmid}_${id}.json`);
  const archive = world.host.machineDefaults?.member('template');
  ledger.set(archive, 'suspicious', 'an archive of containers, of which no machine can be made; left out');
  return { folder: 'vm', vmid, id, values, image };
}

/** Proxmox goes by the ending: images of distributions are called .img and are qcow2. */
function imageOf(reader: GuestReader): MigratedMachine['image'] {
  const entry = reader.take('template_image', 'image');
  const file = textOf(entry)?.replace(/^.*\//, '');
  if (file === undefined || entry === undefined) {
    return undefined;
  }
  if (reader.values['cloneFrom'] !== undefined || reader.world.host.archiveStorage === undefined) {
    reader.ledger.set(entry, 'contradictory', 'cloned, or no storage keeps images; left out');
    return undefined;
  }
  const name = file.replace(/\.[^.]*$/, '');
  const qcow2 = `${name}.qcow2`;
  reader.values['image'] = name;
  reader.ledger.set(entry, file === qcow2 ? 'mapped' : 'changed', `${qcow2}: Proxmox takes an image by its ending`);
  reader.ledger.todo(
    `put ${file} as import/${qcow2} on ${reader.world.host.archiveStorage}, or give its \`url\` and \`sha256\` in \`images\``,
    entry,
  );
  return { name, file: qcow2 };
}

function cloudInit(reader: GuestReader, storage: string | undefined): void {
  const config = reader.take('user_config', 'user');
  const name = config?.member('username') ?? config?.member('name');
  const keys = config?.member('ssh_public_key') ?? config?.member('ssh_keys');
  reader.ledger.set(name, 'mapped');
  reader.ledger.set(keys, textOf(keys) === undefined ? 'dropped' : 'mapped', textOf(keys) === undefined ? 'empty' : '');
  reader.ledger.set(
    config?.member('gw'),
    'suspicious',
    'a gateway among the settings of a user, where nothing read it; that of the network holds',
  );
  reader.ledger.set(config?.member('password_hash'), 'dropped', 'no password is set: users come in by key');
  const user = textOf(name);
  const key = textOf(keys);
  const values: Record<string, Value> = {
    ...(storage === undefined ? {} : { storage }),
    ...(user === undefined ? {} : { user }),
    ...(key === undefined ? {} : { sshKeys: [key] }),
  };
  if (user !== undefined || key !== undefined || reader.values['address'] !== undefined) {
    reader.values['cloudInit'] = values;
  }
}
