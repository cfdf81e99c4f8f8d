import type { Finding } from '../model/finding.js';
import type { Step } from '../model/step.js';
import type { Described } from './resource.js';

/**
 * Values that Proxmox's tools would keep as another text: they decode the words of a command line by the locale, and write most of what they keep as
 * Latin-1. Only notes are spared. Such a value would never be as it should be.
 */
export function garbledFindings(described: readonly Described[]): Finding[] {
  return described.flatMap(({ outcome, path }) =>
    outcome.steps.flatMap((step) => keptBy(step).flatMap((kept) => garbled(kept, step, path))),
  );
}

interface Kept {
  readonly name: string;
  readonly value: string;
}

/** What a step has Proxmox's tools write down, by the names that it gets there. */
function keptBy(step: Step): readonly Kept[] {
  switch (step.kind) {
    case 'guest-config':
      return step.keys.flatMap((key) => {
        if (key.is === 'exact') return [{ name: key.key, value: key.value }];
        return key.is === 'volume' ? [{ name: key.key, value: key.options }] : [];
      });
    case 'storage':
      return step.create ? step.options : [];
    case 'mapping':
      return step.create ? [...step.options, ...step.maps.map((value) => ({ name: 'map', value }))] : [];
    default:
      return [];
  }
}

function garbled({ name, value }: Kept, step: Step, path: string): Finding[] {
  const letter = /[^\0-\x7f]/u.exec(value)?.[0];
  if (letter === undefined) {
    return [];
  }
  return [
    {
      code: 'config/not-ascii',
      severity: 'error',
      path,
      message: `${name} of ${step.resource} holds \`${letter}\`, which Proxmox's tools store as something else`,
      value,
      fix: 'use a name without it; a folder may be mounted a second time under another name',
    },
  ];
}
