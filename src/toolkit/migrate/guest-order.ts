import type { ConfGuest } from './conf-tree.js';
import { classOf } from './program-classes.js';
import { listOf } from './values.js';

/** Templates first, each after its own; then guests, each after those that it waits for. */
export function inOrder(guests: readonly ConfGuest[]): readonly ConfGuest[] {
  const byName = new Map(
    guests.flatMap((guest) => [[`${guest.folder}/${guest.vmid}`, guest] as const, [guest.id, guest] as const]),
  );
  const ordered = new Set<ConfGuest>();
  const visit = (guest: ConfGuest, busy: readonly ConfGuest[]): void => {
    const before = [guest.values['cloneFrom'] ?? '', ...listOf(guest.values['startAfter'])].flatMap(
      (name) => byName.get(String(name)) ?? [],
    );
    for (const other of before) {
      if (!busy.includes(other) && !ordered.has(other)) {
        visit(other, [...busy, guest]);
      }
    }
    ordered.add(guest);
  };
  const templates = guests.filter((guest) => classOf(guest).templateKind !== undefined);
  for (const guest of [...templates, ...guests]) {
    visit(guest, [guest]);
  }
  return [...ordered];
}
