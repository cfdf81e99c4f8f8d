import type { SimulatedNode } from 'phoenix-cdk/testing';
import type { Subject } from './subject.js';

/** Everything by which two hosts are compared, by name. */
export type Outcome = Readonly<Record<string, string>>;

/** What a host holds in the end, without what differs from one host to the next: identities of datasets, times, numbers of runs. */
export function outcome(node: SimulatedNode, { vmids }: Subject): Outcome {
  return {
    ...Object.fromEntries(vmids.map((vmid) => [`config of ${vmid}`, node.guestConfig(vmid).replaceAll(chance, '')])),
    ...Object.fromEntries(vmids.map((vmid) => [`running ${vmid}`, String(node.isRunning(vmid))])),
    ...Object.fromEntries(vmids.map((vmid) => [`scripts of ${vmid}`, scripts(node, vmid)])),
    guests: said(node, 'ls', node.path('/etc/pve/lxc'), node.path('/etc/pve/qemu-server')),
    firewall: said(node, 'sh', '-c', `cd ${node.path('/etc/pve/firewall')} && head -n 99 *`),
    datasets: said(node, 'zfs', 'get', '-Hp', '-t', 'filesystem,volume', properties),
    storages: node.readFile('/etc/pve/storage.cfg'),
    interfaces: node.readFile('/etc/network/interfaces'),
    mappings: said(node, 'sh', '-c', `cd ${node.path('/etc/pve/mapping')} 2>/dev/null && head -n 99 *`),
    files: said(node, 'find', node.path('/srv'), node.path('/rpool/models'), '-printf', '%m %U:%G %s %P\\n'),
    'left behind': said(node, 'find', node.root, '-name', '*.tmp.phoenix', '-o', '-path', '*/run/phoenix/*'),
    journal: journal(node),
  };
}

/** The lines by which two outcomes differ, `-` being what was expected. */
export function differences(expected: Outcome, found: Outcome): string[] {
  return Object.keys(expected).flatMap((name) => {
    const [before, after] = [expected[name] ?? '', found[name] ?? ''].map((text) => text.split('\n'));
    const lost = before?.filter((line) => after?.includes(line) === false) ?? [];
    const gained = after?.filter((line) => before?.includes(line) === false) ?? [];
    return [...lost.map((line) => `${name}: - ${line}`), ...gained.map((line) => `${name}: + ${line}`)];
  });
}

/** What Proxmox makes up for a machine, and sizes that are only its cache: the storage has the size, and a person is told where they differ. */
const chance = /,size=\w+|^(?:vmgenid|meta|smbios1): .*\n/gm;

const properties = 'recordsize,quota,refquota,compression,readonly,mountpoint,mounted,origin';

/** Each script that was run in a guest, once: a run that was killed may run it again. */
function scripts(node: SimulatedNode, vmid: number): string {
  const runs = node.guestRuns().filter((run) => run.vmid === vmid && run.script !== undefined);
  const texts = runs.map(({ script }) => (script ?? '').replace(/\b[0-9a-f]{20,24}\b/g, 'NONCE'));
  return [...new Set(texts)].join('\n');
}

/**
 * What still counts of the journal, and whether the root disks in it are the ones that are there. That a step is done is seen by looking
 * where that can be seen; such records prove nothing and are left out.
 */
function journal(node: SimulatedNode): string {
  const guids = new Map<string, string>();
  for (const line of said(node, 'zfs', 'get', '-Hp', '-t', 'filesystem,volume', 'guid').split('\n')) {
    const [name = '', , guid = ''] = line.split('\t');
    // A machine is known by any of its disks.
    guids.set(guid, name.replace(/\/(?:vm|base)-(\d+)-disk-\d+$/, '/a disk of $1'));
  }
  const records = new Map<string, string>();
  for (const line of node.readFile('/var/lib/phoenix/campaign/journal').trimEnd().split('\n')) {
    const [kind = '', id = '', ...rest] = line.split('\t');
    if (kind === 'intent') records.set(`intent ${id}`, '');
    else if (kind === 'restarted') records.delete(`restart ${id}`);
    else if (kind === 'gone')
      for (const name of ['intent', 'guest', 'applied', 'sealed', 'restart', 'made']) records.delete(`${name} ${id}`);
    else
      records.set(
        `${kind} ${id}`,
        rest
          .filter(lasting)
          .map((field) => field.replace(/:(?:vm|base)-(\d+)-disk-\d+$/, ':a disk of $1'))
          .map((field, at) => guids.get(field) ?? (kind === 'made' && at === 1 ? 'KNOWN' : field))
          .join(' '),
      );
    if (kind === 'applied') records.delete(`intent ${id}`);
  }
  return [...records]
    .filter(([name, text]) => !name.startsWith('applied ') || !text.endsWith(' -'))
    .map(([name, text]) => `${name} ${text}`)
    .sort()
    .join('\n');
}

/** False for values that differ from one run to the next: stamps inside guests, times of files, the process of a machine and its start. */
function lasting(field: string): boolean {
  return !/^(?:stamp|at|mtime)=|^\d+\.\d{10}$/.test(field);
}

function said(node: SimulatedNode, ...argv: string[]): string {
  const { stdout, stderr } = node.run(argv);
  return (stdout + stderr).replaceAll(node.root, '');
}
