import { Names } from '../adopt/names.js';
import type { Entry } from './input.js';
import type { MonolithGuest } from './read-monolith.js';
import { textOf, wordsOf } from './values.js';

/** What guests have to know of each other: names, addresses, and what a clone has from its templates. */
export class Fleet {
  private readonly ids = new Map<number, string>();
  private readonly byAddress = new Map<string, MonolithGuest>();
  private readonly byVmid: ReadonlyMap<number, MonolithGuest>;

  constructor(readonly guests: readonly MonolithGuest[]) {
    const names = new Names();
    this.byVmid = new Map(guests.map((guest) => [guest.vmid, guest]));
    for (const { vmid, folder, entry } of guests) {
      const own = hostNameOf(nameOf(entry) ?? `${folder}${vmid}`);
      this.ids.set(vmid, names.give(own, `${own}-${vmid}`));
    }
    for (const guest of guests) {
      const address = addressOf(guest.entry)?.replace(/\/.*$/, '');
      const other = address === undefined ? undefined : this.byAddress.get(address);
      if (address !== undefined && (other === undefined || (startsNever(other) && !startsNever(guest)))) {
        this.byAddress.set(address, guest);
      }
    }
  }

  id(vmid: number): string {
    return this.ids.get(vmid) ?? String(vmid);
  }

  find(vmid: number): MonolithGuest | undefined {
    return this.byVmid.get(vmid);
  }

  /** The guest that keeps an address which several ask for: the first that may start with the host. */
  at(address: string): MonolithGuest | undefined {
    return this.byAddress.get(address);
  }

  isTemplate({ vmid, folder, entry }: MonolithGuest): boolean {
    const says = entry.member('is_template')?.value;
    return (
      says === true ||
      says === 'true' ||
      this.guests.some((guest) => guest.folder === folder && parentOf(guest.entry) === vmid)
    );
  }

  /** The template that a guest is cloned from, then that one's, and so on. */
  templatesOf({ vmid, entry }: MonolithGuest): readonly MonolithGuest[] {
    const chain: MonolithGuest[] = [];
    for (
      let parent = this.find(parentOf(entry) ?? 0);
      parent !== undefined;
      parent = this.find(parentOf(parent.entry) ?? 0)
    ) {
      if (parent.vmid === vmid || chain.includes(parent)) {
        break;
      }
      chain.push(parent);
    }
    return chain;
  }

  /** Whether a template of the guest has a feature already. */
  inherits(guest: MonolithGuest, feature: string): boolean {
    return this.templatesOf(guest).some(({ entry }) => featuresOf(entry).includes(feature));
  }
}

/** Words of `features`. */
export function featuresOf(entry: Entry): readonly string[] {
  return wordsOf(entry.member('features')) ?? [];
}

/** A DNS label: small letters, digits and dashes. */
export function hostNameOf(name: string): string {
  const label = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return label === '' ? 'guest' : label;
}

function nameOf(entry: Entry): string | undefined {
  return textOf(entry.member('name')) ?? textOf(entry.member('hostname'));
}

/** Keys by which a guest names its template. */
export const parentKeys = ['clone_from_ctid', 'clone_from_vmid', 'clone_from'] as const;

function parentOf(entry: Entry): number | undefined {
  const text = parentKeys.flatMap((key) => textOf(entry.member(key)) ?? [])[0];
  return text === undefined ? undefined : Number(text);
}

function addressOf(entry: Entry): string | undefined {
  const config = entry.member('network_config') ?? entry.member('network');
  return textOf(config?.member('ip')) ?? textOf(config)?.split(',')[0] ?? textOf(entry.member('ip'));
}

function startsNever({ entry }: MonolithGuest): boolean {
  return String(entry.member('start_at_boot')?.value ?? entry.member('onboot')?.value) === 'false';
}
