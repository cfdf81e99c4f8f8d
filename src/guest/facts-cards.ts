import { orImportAnew } from '../core/facts-check.js';
import type { HostFacts } from '../core/host-facts.js';
import type { Check, Completed, World } from '../core/resource.js';
import { type HostGpu, PveNode } from '../host/pve-node.js';
import type { DisplayDeviceFacts } from '../model/facts.js';
import type { Finding } from '../model/finding.js';
import { type GuestSpec, isGuestResource } from './roles.js';

/** The cards that hosts are declared to have, beside those that they have. */
export const cardFactsCheck: Check = { name: 'facts/cards', test: cards };

/** A card of the host where the program has it; undefined if none is there, or nobody could see. */
export function cardAt({ facts }: HostFacts, pci: string): DisplayDeviceFacts | undefined {
  return facts.displayDevices?.find(({ address }) => address === pci);
}

function* cards(world: World): Iterable<Finding> {
  for (const [host, known] of world.facts) {
    for (const gpu of PveNode.isPveNode(host) && known.facts.displayDevices !== undefined ? host.gpus : []) {
      const found = cardAt(known, gpu.pci);
      const users = world
        .of(isGuestResource)
        .filter(({ spec, home }) => home.host === host && spec.gpus.includes(gpu.index));
      yield* found === undefined
        ? [missing(gpu, host.node.path, users, known)]
        : other(gpu, found, host.node.path, known);
    }
  }
}

/** Without guests that use it nothing is refused yet. */
function missing(
  gpu: HostGpu,
  path: string,
  users: readonly Completed<GuestSpec>[],
  { facts, file }: HostFacts,
): Finding {
  const there = (facts.displayDevices ?? []).map((device) => `${device.address} ${nameOf(device)}`);
  const used = users.length === 0 ? '' : `; it is for ${users.map((entry) => entry.path).join(', ')}`;
  return {
    code: 'facts/no-gpu',
    severity: users.length === 0 ? 'warning' : 'error',
    path,
    message: `GPU ${gpu.index} (${gpu.model.name}) is declared at ${gpu.pci}, and by ${file} no card is there${used}`,
    value: gpu.pci,
    fix: `${there.length === 0 ? 'the host has no card at all' : `cards are at ${there.join(', ')}`}: correct \`pci\`, ${orImportAnew}`,
  };
}

const vendors: Readonly<Record<string, string>> = { '10de': 'nvidia', '1002': 'amd', '8086': 'intel' };

function* other(gpu: HostGpu, found: DisplayDeviceFacts, path: string, { file }: HostFacts): Iterable<Finding> {
  const { name, vendor } = gpu.model;
  const isOther = (vendors[found.vendor] ?? found.vendor) !== vendor || isAnotherModel(name, found.model ?? found.name);
  if (isOther) {
    yield {
      code: 'facts/other-gpu',
      severity: 'warning',
      path,
      message: `GPU ${gpu.index} is declared a ${name}, and by ${file} the card at ${gpu.pci} is ${nameOf(found)}`,
      value: gpu.pci,
      fix: `declare the card that is there, ${orImportAnew}`,
    };
  }
}

function nameOf({ model, name, vendor, device }: DisplayDeviceFacts): string {
  return model ?? name ?? `${vendor}:${device}`;
}

/**
 * True only if both names say a number of a model, and not the same one: people call cards as they like. Drivers leave out how much memory a
 * card has; the lists of PCI have the name in brackets.
 */
export function isAnotherModel(declared: string, found: string | undefined): boolean {
  const words = wordsOf(/\[(.*)\]/.exec(found ?? '')?.[1] ?? found ?? '');
  const wanted = wordsOf(declared);
  const numbers = wanted.filter((word) => /\d/.test(word));
  if (numbers.length === 0 || !words.some((word) => /\d/.test(word))) {
    return false;
  }
  const isSame = numbers.every((word) => words.includes(word));
  return !isSame || ['ti', 'super', 'd'].some((mark) => words.includes(mark) !== wanted.includes(mark));
}

function wordsOf(name: string): string[] {
  return name
    .toLowerCase()
    .replaceAll(/\b\d+\s*gb\b/g, ' ')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}
