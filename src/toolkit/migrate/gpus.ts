import { cardsOf, type MigratedContainer } from './containers.js';
import type { Ledger } from './ledger.js';
import type { MonolithGuest } from './read-monolith.js';
import type { Values } from './values.js';

/** A card as the command line gives it. */
export interface KnownCard {
  /** The library's name: `rtx4090`. */
  readonly model: string;
  readonly pci: string;
}

/** Cards for `host.json`. The files count them only; what they are has to be said. */
export function cardsOfHost(
  containers: readonly MigratedContainer[],
  known: readonly KnownCard[],
  ledger: Ledger,
): readonly Values[] {
  const count = Math.max(0, ...containers.flatMap(({ values }) => cardsOf(values).map((card) => card + 1)));
  if (known.length < count) {
    ledger.todo(
      `say which ${count} cards the host has (\`gpus\` in host.json, or --gpu): the files do not, and what stands there is a guess`,
    );
  }
  return Array.from({ length: Math.max(count, known.length) }, (_, index) => {
    const card = known[index];
    const pci = `0000:${String(index + 1).padStart(2, '0')}:00.0`;
    return card === undefined
      ? { name: 'NVIDIA card', vendor: 'nvidia', memory: '16GiB', pci }
      : { model: card.model, pci: card.pci };
  });
}

/** Compares what guests are promised of each card. */
export function comparePromises(
  containers: readonly MigratedContainer[],
  guests: readonly MonolithGuest[],
  ledger: Ledger,
): void {
  const users = containers.filter(({ values }) => values['kind'] !== 'lxc-template');
  const cards = [...new Set(users.flatMap(({ values }) => cardsOf(values)))].sort((a, b) => a - b);
  for (const card of cards) {
    const sharers = users.filter(({ values }) => cardsOf(values).includes(card));
    const running = sharers.filter(({ values }) => values['onboot'] === true);
    const sum = running.reduce((total, { values }) => total + shareOf(values), 0);
    const unbounded = running.filter(({ values }) => shareOf(values) === 0);
    if (running.length > 1 && (sum > 0.95 || unbounded.length > 0)) {
      const names = running.map(({ vmid }) => vmid).join(', ');
      const share = Math.round(sum * 1000) / 1000;
      const free = unbounded.map(({ vmid }) => vmid).join(', ');
      const why = `card ${card} is shared by ${names}: shares of ${share} are promised${free === '' ? '' : `, and nothing bounds ${free}`}`;
      for (const { vmid } of running) {
        const entry = guests.find((guest) => guest.vmid === vmid)?.entry;
        ledger.set(
          entry?.member('gpu_assignment') ?? entry?.member('gpus'),
          sum > 1 ? 'contradictory' : 'suspicious',
          why,
        );
      }
    }
  }
}

/** 0 for a guest that nothing bounds. */
function shareOf({ gpuMemoryUtilization }: Values): number {
  return typeof gpuMemoryUtilization === 'number' ? gpuMemoryUtilization : 0;
}
