import { type GuestConf, parseGuestConf } from '../../format/guest-conf.js';
import { type Facts, type GuestFacts, guestConfPath } from '../../model/facts.js';
import type { Runbook } from '../../model/manifest.js';
import type { Step, StepOf } from '../../model/step.js';

/** Which keys of a guest's config a step of the app has set, by its journal. */
export type AppliedKeys = NonNullable<Facts['apps']>[number]['applied'][string];

/** A guest on the host, as far as facts know it. */
export interface SeenGuest extends GuestFacts {
  /** Undefined if its config could not be seen. */
  readonly conf: GuestConf | undefined;
  /** The owner's line is this app's, and so is the journal's record. */
  readonly isOurs: boolean;
  /** The app knows it and did not make it, or it is not the app's yet: nothing that it has was born with it. */
  readonly isTaken: boolean;
}

/** One host by its facts, beside what one app wants of it. */
export class HostView {
  readonly steps: readonly Step[];
  private readonly guests = new Map<number, SeenGuest>();
  private readonly configs = new Map<number, StepOf<'guest-config'>[]>();
  private readonly app: NonNullable<Facts['apps']>[number] | undefined;

  constructor(
    readonly facts: Facts,
    readonly appName: string,
    runbooks: readonly Runbook[],
  ) {
    this.steps = runbooks.filter(({ host }) => host === facts.node).flatMap(({ steps }) => steps);
    this.app = facts.apps?.find(({ name }) => name === appName);
    for (const step of this.steps) {
      if (step.kind === 'guest-config') {
        this.configs.set(step.vmid, [...(this.configs.get(step.vmid) ?? []), step]);
      }
    }
    for (const guest of facts.guests ?? []) {
      this.guests.set(guest.vmid, this.seen(guest));
    }
  }

  /** Undefined if there is no such guest in the cluster. */
  guest(vmid: number): SeenGuest | undefined {
    return this.guests.get(vmid);
  }

  /** Guests on this host. */
  get guestsHere(): SeenGuest[] {
    return [...this.guests.values()].filter(({ node }) => node === this.facts.node);
  }

  /** The steps that look after the config of a guest. */
  configsOf(vmid: number): readonly StepOf<'guest-config'>[] {
    return this.configs.get(vmid) ?? [];
  }

  applied(step: string): AppliedKeys | undefined {
    const applied = this.app?.applied ?? {};
    return Object.hasOwn(applied, step) ? applied[step] : undefined;
  }

  /** The entry of storage.cfg; undefined if there is none, or nobody could see. */
  storage(id: string): NonNullable<Facts['storages']>[string] | undefined {
    const { storages = {} } = this.facts;
    return Object.hasOwn(storages, id) ? storages[id] : undefined;
  }

  dataset(name: string): Readonly<Record<string, string>> | undefined {
    const { datasets = {} } = this.facts;
    return Object.hasOwn(datasets, name) ? datasets[name] : undefined;
  }

  /** The dataset behind a volume such as `local-zfs:basevol-901-disk-0/subvol-930-disk-0`; undefined if it lies on no pool. */
  volumeDataset(volume: string): string | undefined {
    const colon = volume.indexOf(':');
    const { type, options } = this.storage(volume.slice(0, colon)) ?? {};
    const pool = options?.['pool'];
    return type !== 'zfspool' || pool === undefined
      ? undefined
      : `${pool}/${volume.slice(colon + 1).replace(/.*\//, '')}`;
  }

  /** Whether nobody could see a section, or a part of one. */
  isUnknown(what: string): boolean {
    return this.facts.unknown.some((unknown) => unknown.what === what);
  }

  /** Then the owner's line alone has to do. */
  private get isJournalUnseen(): boolean {
    return this.facts.apps === undefined || this.isUnknown(`app ${this.appName}`);
  }

  private seen(guest: GuestFacts): SeenGuest {
    const { vmid, type, mark } = guest;
    const lines = this.facts.files?.[guestConfPath(guest)];
    const isKnown = this.app?.guests.includes(vmid) ?? this.isJournalUnseen;
    const isOurs = mark?.app === this.appName && mark.vmid === vmid && isKnown;
    return {
      ...guest,
      conf: lines === undefined ? undefined : parseGuestConf(lines.join('\n'), type),
      isOurs,
      isTaken: !isOurs || this.app?.adopted?.includes(vmid) === true,
    };
  }
}
