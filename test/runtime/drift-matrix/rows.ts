import type { StepKind } from '../../../src/model/step.js';
import type { Row } from './row.js';
import { containerConfigRows } from './rows/container-config.js';
import { containerRows, containerStateRows, containerTemplateRows } from './rows/containers.js';
import { fileRows } from './rows/files.js';
import { firewallRows } from './rows/firewall.js';
import { insideFileRows, insideScriptRows } from './rows/inside.js';
import { machineConfigRows } from './rows/machine-config.js';
import { machineRows, machineStateRows, machineTemplateRows } from './rows/machines.js';
import { networkRows } from './rows/network.js';
import { healthRows, runRows } from './rows/odds.js';
import { downloadRows, mappingRows, storageRows } from './rows/storage.js';
import { datasetRows, folderRows, poolRows } from './rows/zfs.js';

/** Rows of every kind of step; a sentence instead says why there is nothing of it on a host that anybody could change. */
export const rows: Readonly<Record<StepKind, readonly Row[] | string>> = {
  file: fileRows,
  'zfs-pool': poolRows,
  'zfs-dataset': datasetRows,
  folder: folderRows,
  storage: storageRows,
  mapping: mappingRows,
  download: downloadRows,
  'firewall-entries': firewallRows,
  network: networkRows,
  'guest-create': [...containerRows, ...machineRows],
  'guest-config': [...containerConfigRows, ...machineConfigRows],
  'guest-state': [...containerStateRows, ...machineStateRows],
  'guest-file': insideFileRows,
  'guest-run': insideScriptRows,
  'guest-template': [...containerTemplateRows, ...machineTemplateRows],
  health: healthRows,
  run: runRows,
  note: 'a note is said, and leaves nothing on the host',
};

/** The kinds that have rows, in the order of the table. */
export const kindsWithRows = Object.entries(rows).flatMap(([kind, of]): [kind: string, rows: readonly Row[]][] =>
  typeof of === 'string' ? [] : [[kind, of]],
);
