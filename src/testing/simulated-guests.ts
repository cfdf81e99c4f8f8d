import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What of a simulated node these functions look at. */
interface HostFiles {
  exists(hostPath: string): boolean;
  readFile(hostPath: string): string;
}

/** The documents of a cloud-init drive, in cloud-init's own names. */
export type SimulatedCloudInit = Readonly<Partial<Record<'user' | 'network' | 'meta' | 'vendor', string>>>;

/** The path of the file of a container or a machine of this node. A guest that is not there counts as a container. */
export function guestFile(node: HostFiles, vmid: number): string {
  const machine = `/etc/pve/qemu-server/${vmid}.conf`;
  return node.exists(machine) ? machine : `/etc/pve/lxc/${vmid}.conf`;
}

/** The file's text with one key of its main part set, where it stood or as the part's last line. */
export function withKey(text: string, key: string, value: string): string {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => line.startsWith('['));
  const main = lines.slice(0, end < 0 ? lines.length : end);
  const present = main.findIndex((line) => line.startsWith(`${key}:`));
  if (present >= 0) {
    lines[present] = `${key}: ${value}`;
  } else {
    const blank = main.indexOf('');
    lines.splice(blank < 0 ? main.length : blank, 0, `${key}: ${value}`);
  }
  return lines.join('\n');
}

/** A machine runs when the process that its pid file names is there. */
export function isMachineRunning(node: HostFiles, vmid: number): boolean {
  const file = `/run/qemu-server/${vmid}.pid`;
  return node.exists(file) && node.exists(`/proc/${node.readFile(file).trim()}/cmdline`);
}

export function cloudInitDocuments(folder: string): SimulatedCloudInit | undefined {
  if (!existsSync(folder)) {
    return undefined;
  }
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
