import { PhoenixError } from '../../base/errors.js';
import { type Fields, map, object } from '../../model/fields.js';
import { datasetTable, folderTable, poolTable } from '../../zfs/schema.js';
import { ZfsDataset, type ZfsDatasetProps } from '../../zfs/zfs-dataset.js';
import { ZfsPool, type ZfsPoolProps } from '../../zfs/zfs-pool.js';
import type { LoadContext } from '../load-context.js';
import { namedSection } from '../section.js';
import { existing, existingField } from './existing.js';

/** ZFS pools. */
export const poolsSection = namedSection({
  key: 'pools',
  doc: 'ZFS pools by name.',
  kind: 'dataset',
  fields: { ...poolTable.fields, existing: existingField },
  make: (scope, name, props) =>
    existing(props, () => ZfsPool.fromName(scope, name)) ?? new ZfsPool(scope, name, props as unknown as ZfsPoolProps),
});

const { parent: _, name: __, ...ownFields } = datasetTable.fields;
const datasetFields: Fields = {
  ...ownFields,
  existing: existingField,
  folders: map('Folders with an owner or a mode, by path.', object('A folder.', folderTable.fields)),
};

/** ZFS file systems, each given after what it lies in. */
export const datasetsSection = namedSection({
  key: 'datasets',
  doc: 'ZFS file systems by full name, `tank/models`, each after what it lies in.',
  kind: 'dataset',
  fields: datasetFields,
  make: (_scope, name, { folders = {}, ...props }, context) => {
    const dataset = datasetOf(context, name, props);
    for (const [path, folder] of Object.entries(folders as Readonly<Record<string, object>>)) {
      context.declare('folder', `${name}:${path}`, dataset.folder(path, folder));
    }
    return dataset;
  },
});

function datasetOf(context: LoadContext, name: string, props: Readonly<Record<string, unknown>>): ZfsDataset {
  const id = name.replaceAll('/', '.');
  const scope = context.scope('datasets', id);
  const found = existing(
    props,
    ({ mountpoint }) => ZfsDataset.fromName(scope, name, typeof mountpoint === 'string' ? { mountpoint } : {}),
    ['mountpoint'],
  );
  if (found !== undefined) {
    return found;
  }
  const slash = name.lastIndexOf('/');
  if (slash === -1) {
    throw new PhoenixError({
      code: 'conf/dataset-name',
      message: `${JSON.stringify(name)} is the name of a pool, not of a dataset in one`,
      value: name,
      fix: 'write the full name, `tank/models`',
    });
  }
  const parent = context.find('dataset', name.slice(0, slash));
  const own = { ...props, parent, name: name.slice(slash + 1) };
  return new ZfsDataset(scope, id, own as unknown as ZfsDatasetProps);
}
