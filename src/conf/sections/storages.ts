import type { Construct } from 'constructs';
import * as z from 'zod';
import { PhoenixError } from '../../base/errors.js';
import { nearest } from '../../base/nearest.js';
import { authoredSchema, choice, type Field, type Fields, reference, required } from '../../model/fields.js';
import { Storage } from '../../storage/storage.js';
import { storageTypes } from '../../storage/types/all.js';
import { namedSection } from '../section.js';
import { existing, existingField } from './existing.js';

/** Takes props that a type of storage knows; each maker checks them anew. */
type Maker = (scope: Construct, id: string, props: never) => Storage;

/** By Proxmox's word for the type. */
const makers: Readonly<Record<string, Maker>> = {
  dir: Storage.dir,
  zfspool: Storage.zfsPool,
  btrfs: Storage.btrfs,
  lvm: Storage.lvm,
  lvmthin: Storage.lvmThin,
  nfs: Storage.nfs,
  cifs: Storage.cifs,
  pbs: Storage.pbs,
  rbd: Storage.rbd,
  cephfs: Storage.cephFs,
  iscsi: Storage.iscsi,
  iscsidirect: Storage.iscsiDirect,
  zfs: Storage.zfsOverIscsi,
  esxi: Storage.esxi,
};

/** A dataset is referred to by its name; the rest is as the type has it. */
const dataset = reference('Dataset that it lies on, by full name.', 'dataset');

/** What files say of a type past its table, where the maker takes constructs. */
const ownKeys: Readonly<Record<string, Fields>> = {
  dir: { dataset },
  zfspool: { dataset },
};

const allFields = {
  ...fieldsOfAllTypes(),
  type: required(choice('Type of the storage.', Object.keys(makers))),
  dataset,
  existing: existingField,
};

/** Storages of Proxmox. */
export const storagesSection = namedSection({
  key: 'storages',
  doc: 'Storages by name, each of a `type`.',
  kind: 'storage',
  fields: allFields,
  written: writtenStorage,
  make: (scope, name, props) => existing(props, () => Storage.fromName(scope, name)) ?? storageOf(scope, name, props),
});

function storageOf(scope: Construct, name: string, { type, ...props }: Readonly<Record<string, unknown>>): Storage {
  const maker = makers[String(type)];
  if (maker === undefined) {
    const like = typeof type === 'string' ? nearest(type, Object.keys(makers)) : undefined;
    throw new PhoenixError({
      code: 'conf/storage-type',
      message: type === undefined ? `storage ${name} has no \`type\`` : `${JSON.stringify(type)} is no type of storage`,
      value: type,
      keys: ['type'],
      fix:
        like === undefined ? `known types: ${Object.keys(makers).join(', ')}` : `did you mean ${JSON.stringify(like)}?`,
    });
  }
  return maker(scope, name, props as never);
}

/** Keys that some type has: what is a reference in them is resolved before the type's own check. */
function fieldsOfAllTypes(): Fields {
  const all: Record<string, Field> = {};
  for (const { table } of storageTypes) {
    Object.assign(all, table.fields);
  }
  return all;
}

/** A storage with the keys of its own type, or one that exists. */
function writtenStorage(): z.ZodType {
  const { type } = allFields;
  const kinds = storageTypes.map(({ type: word, doc, table }) => {
    const written = authoredSchema({ ...table.fields, ...ownKeys[word] }) as z.ZodObject;
    return written.extend({ type: z.literal(word).meta({ description: type.doc }) }).meta({ description: doc });
  });
  const found = authoredSchema({ existing: existingField }).meta({ description: 'A storage that exists already.' });
  return z.union([found, ...kinds]);
}
