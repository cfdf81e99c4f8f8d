import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Check } from './doctor-check.js';

/** The oldest release of node that phoenix runs on. */
const OLDEST_NODE = [20, 19] as const;

/** Whether node is new enough. */
export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  const name = 'node';
  return isEnough
    ? { name, status: 'ok', message: version }
    : { name, status: 'fail', message: `${version} is too old`, fix: `install node ${OLDEST_NODE.join('.')} or newer` };
}

/** Programs that the applier starts; those of Proxmox VE itself are not named. */
const applierTools = ['bash', 'perl', 'tar', 'curl', 'flock', 'sha256sum'];

/** Whether the applier could run here. Only the Proxmox VE node itself has to have its tools. */
export function checkApplierTools(isNode: boolean): Check {
  const missing = applierTools.filter((tool) => findOnPath(tool) === undefined);
  const name = 'applier';
  if (missing.length === 0) {
    return { name, status: 'ok', message: `has its tools here (${applierTools.join(', ')})` };
  }
  return isNode
    ? { name, status: 'fail', message: `misses ${missing.join(', ')}`, fix: `install ${missing.join(', ')}` }
    : {
        name,
        status: 'warn',
        message: `misses ${missing.join(', ')} here`,
        fix: 'run plan, apply, verify and status on the Proxmox VE node',
      };
}

/** Where a command lies, if it does. */
export function findOnPath(command: string): string | undefined {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', '.bat', ''] : [''];
  const folders = /[\\/]/.test(command) ? [''] : (process.env['PATH'] ?? '').split(delimiter);
  return folders
    .flatMap((folder) => endings.map((ending) => join(folder, command + ending)))
    .find((path) => isProgram(path));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
