import { type HostFacts, host, journal, type LookFacts, step } from './given.js';

export const marker = 'phoenix-cdk app=phoenix path=ai/qwen vmid=950';
/** The root disk of container 950, and of machine 100. */
export const disk = 'local-zfs:subvol-950-disk-0';
export const machineDisk = 'local-zfs:vm-100-disk-0';

type Record = readonly (string | number)[];

export interface Given extends Omit<LookFacts, 'host' | 'journal'> {
  /** Further records of the journal. */
  readonly records?: readonly Record[];
  /** What else there is on the host, or is otherwise. */
  readonly host?: HostFacts;
}

const known: readonly Record[] = [
  ['guest', 950, 'lxc', 7, disk, '-'],
  ['guest', 100, 'qemu', 5, machineDisk, '-'],
];

/** A look at a host with container 950, which is ours and has these lines in its config. */
export function container(lines: string, given: Given = {}): LookFacts {
  return looked({ 950: `#${marker}\nrootfs: ${disk},size=4G\n${lines}` }, given);
}

/** The same with machine 100. */
export function machine(lines: string, given: Given = {}): LookFacts {
  const line = '#phoenix-cdk app=phoenix path=vm/docker vmid=100';
  return looked({ 100: { type: 'qemu', text: `${line}\nscsi0: ${machineDisk},size=32G\n${lines}` } }, given);
}

function looked(guests: HostFacts['guests'] & object, { records = [], host: facts = {}, ...more }: Given): LookFacts {
  const datasets = {
    'rpool/data/subvol-950-disk-0': { guid: '7', refquota: String(4 * 1024 ** 3) },
    'rpool/data/vm-100-disk-0': { guid: '5', volsize: String(32 * 1024 ** 3) },
    ...facts.datasets,
  };
  return {
    ...more,
    host: host({ answers: { zfs: [0] }, ...facts, guests: { ...guests, ...facts.guests }, datasets }),
    journal: journal(...known, ...records),
  };
}

/** A step about container 950, or about machine 100. */
export const aboutContainer = (kind: string, part: string, ...words: readonly (string | number)[]) =>
  step(kind, `guest/950/${part}`, '--guest', 'lxc', 950, '--path', 'ai/qwen', '--resource', 'guest/950', ...words);
export const aboutMachine = (kind: string, part: string, ...words: readonly (string | number)[]) =>
  step(kind, `guest/100/${part}`, '--guest', 'qemu', 100, '--path', 'vm/docker', '--resource', 'guest/100', ...words);
