import { Size } from '../base/units.js';
import { orImportAnew } from '../core/facts-check.js';
import type { HostFacts } from '../core/host-facts.js';
import type { Finding } from '../model/finding.js';

/** What a program says of a machine. */
interface DeclaredHost {
  readonly path: string;
  readonly pveVersion: string;
  readonly cores: number | undefined;
  readonly memoryBytes: number | undefined;
}

/** What a host is otherwise than declared, and what of it nobody could see. */
export function hostFindings(declared: DeclaredHost, known: HostFacts): Finding[] {
  return [
    ...otherRelease(declared, known),
    ...fewerCores(declared, known),
    ...lessMemory(declared, known),
    ...unseen(declared, known),
  ];
}

function otherRelease({ path, pveVersion }: DeclaredHost, { facts, file }: HostFacts): Finding[] {
  const is = /^\d+\.\d+/.exec(facts.pveVersion ?? '')?.[0];
  return is === undefined || is === pveVersion
    ? []
    : [
        {
          code: 'facts/release',
          severity: 'warning',
          path,
          message: `runs Proxmox VE ${facts.pveVersion} by ${file}, and the program is made for ${pveVersion}: the applier will refuse`,
          value: facts.pveVersion ?? '',
          fix: `give pveVersion: '${is}', ${orImportAnew}`,
        },
      ];
}

function fewerCores({ path, cores }: DeclaredHost, { facts, file }: HostFacts): Finding[] {
  return cores === undefined || facts.cores === undefined || facts.cores >= cores
    ? []
    : [
        {
          code: 'facts/cores',
          severity: 'warning',
          path,
          message: `has ${facts.cores} processor threads by ${file}, and ${cores} are declared`,
          value: facts.cores,
          fix: `give cores: ${facts.cores}, ${orImportAnew}`,
        },
      ];
}

/** Firmware, the kernel itself and graphics take their part of what is built in before it is counted. */
const countedShare = 0.92;

function lessMemory({ path, memoryBytes }: DeclaredHost, { facts, file }: HostFacts): Finding[] {
  return memoryBytes === undefined || facts.memory === undefined || facts.memory >= memoryBytes * countedShare
    ? []
    : [
        {
          code: 'facts/memory',
          severity: 'warning',
          path,
          message: `has ${gib(facts.memory)} of memory by ${file}, and ${gib(memoryBytes)} are declared`,
          value: facts.memory,
          fix: `give the memory that is built in, ${orImportAnew}`,
        },
      ];
}

function unseen({ path }: DeclaredHost, { facts, file }: HostFacts): Finding[] {
  return facts.unknown.map(({ what, why }) => ({
    code: 'facts/unknown',
    severity: 'info',
    path,
    message: `${file} does not know ${what}, so nothing is checked against it: ${why}`,
    value: what,
    fix: 'see what is wrong on the host, and import its facts anew',
  }));
}

function gib(bytes: number): string {
  return `${Number((bytes / Size.gib(1).toBytes()).toFixed(1))} GiB`;
}
