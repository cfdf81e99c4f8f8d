import { addTo } from '../base/group.js';
import { lazy } from '../base/lazy.js';
import { parseGuestConf } from '../format/guest-conf.js';
import { type ConfiguredNic, configuredNics } from '../format/guest-nics.js';
import { type Facts, type GuestFacts, guestConfPath } from '../model/facts.js';

/** The facts of one host, where they are from, and what follows from them. */
export class HostFacts {
  /** Whether a guest is this app's, by the owner's line in its notes. */
  static isOurs({ vmid, mark }: GuestFacts, app: string): boolean {
    return mark !== undefined && mark.app === app && mark.vmid === vmid;
  }

  /** Guests of the whole cluster by their number; empty if they could not be seen. */
  readonly guests: () => ReadonlyMap<number, GuestFacts> = lazy(
    () => new Map((this.facts.guests ?? []).map((guest) => [guest.vmid, guest])),
  );

  /** Guests by what of a network only one should have: `address 10.0.0.50`, `mac BC:24:11:00:00:01`. */
  readonly holders: () => ReadonlyMap<string, readonly GuestFacts[]> = lazy(() => this.findHolders());

  constructor(
    readonly facts: Facts,
    /** From the root of the app on: `facts/pve.json`. */
    readonly file: string,
    readonly sha256: string,
  ) {}

  private findHolders(): Map<string, GuestFacts[]> {
    const holders = new Map<string, GuestFacts[]>();
    for (const guest of this.guests().values()) {
      for (const { mac, addresses } of this.nicsOf(guest)) {
        addresses.forEach((address) => addTo(holders, `address ${address}`, guest));
        if (mac !== undefined) {
          addTo(holders, `mac ${mac}`, guest);
        }
      }
    }
    return holders;
  }

  private nicsOf(guest: GuestFacts): ConfiguredNic[] {
    const lines = this.facts.files?.[guestConfPath(guest)];
    return lines === undefined ? [] : configuredNics(parseGuestConf(lines.join('\n'), guest.type));
  }
}
