import { unlessRefused } from '../../base/errors.js';
import { withheldMark } from '../../model/facts.js';
import type { Fields } from '../../model/fields.js';
import { readLayer, type Table } from '../../model/layer.js';
import type { GuestInventory } from './inventory.js';
import { Code, type Literal } from './literal.js';

/** Why something of a host is not said by a prop, or what else has to be known of it. */
export interface Remark {
  /**
   * `override`: set past the props. `raw`: a line for LXC. `host`: stays on the host and is not in the program. `pending`: waits for a
   * restart. `note`: to be known.
   */
  readonly is: 'override' | 'raw' | 'host' | 'pending' | 'note';
  /** Key of the file; undefined for what concerns the guest as a whole. */
  readonly key?: string;
  readonly why: string;
}

/** What holds for guests of one type on hosts of one release. */
export interface DraftRules {
  /** Props are checked against it before they are put in. */
  readonly table: Table<Fields>;
  /** Why a key is none of the host's release; undefined if it is. */
  readonly tooNew: (key: string, value: string) => string | undefined;
}

/** A key of the file and its value. */
export type Origin = readonly [key: string, value: string];

/** A call on the guest's construct. */
export interface DraftCall {
  readonly method: 'override' | 'addRawLine';
  readonly args: readonly Literal[];
  /** Why it is no prop; undefined where the call says it itself. */
  readonly why: string | undefined;
}

/**
 * What the program will say of one guest, put together key by key.
 *
 * The keys are those that will be in force after the guest's next start: a program that asked for the values in force now would take back
 * what people have set in the meantime.
 */
export class Draft {
  readonly props: Record<string, Literal> = {};
  readonly calls: DraftCall[] = [];
  readonly remarks: Remark[] = [];
  isTemplate = false;
  private readonly left: Map<string, string>;
  private readonly origins = new Map<string, readonly Origin[]>();

  constructor(
    readonly guest: GuestInventory,
    readonly rules: DraftRules,
  ) {
    const { keys, pending } = guest.conf;
    this.left = new Map(keys);
    for (const key of pending?.deletes ?? []) {
      const name = key.replace(/^!/, '');
      this.left.delete(name);
      this.remark('pending', name, 'will be taken away at the next start');
      this.calls.push({ method: 'override', args: [name, new Code('undefined')], why: 'It goes at the next start.' });
    }
    for (const [key, value] of pending?.keys ?? []) {
      this.left.set(key, value);
      this.remark('pending', key, `will be ${value} from the next start on`);
    }
    for (const [key, value] of this.left) {
      if (value.includes(withheldMark)) {
        this.left.delete(key);
        this.remark('host', key, 'is left out of the facts, being a secret or like one; it stays on the host');
        continue;
      }
      const trouble = rules.tooNew(key, value);
      if (trouble !== undefined) {
        this.left.delete(key);
        this.keep(key, value, trouble);
      }
    }
    if (guest.withheld?.includes('notes') === true) {
      this.remark('note', undefined, 'has notes, which are not in the facts');
    }
  }

  /** Keys that nobody has taken yet. */
  get keys(): string[] {
    return [...this.left.keys()];
  }

  /** The value of a key, which then counts as dealt with. */
  take(key: string): string | undefined {
    const value = this.left.get(key);
    this.left.delete(key);
    return value;
  }

  /** Keys such as `mp0`, `mp1`, with their numbers and in the order of those, which then count as dealt with. */
  takeNumbered(stem: string): { key: string; number: number; value: string }[] {
    return this.keys
      .flatMap((key) => {
        const number = key.startsWith(stem) ? key.slice(stem.length) : '';
        return /^(0|[1-9]\d*)$/.test(number) ? [{ key, number: Number(number), value: this.take(key) ?? '' }] : [];
      })
      .sort((a, b) => a.number - b.number);
  }

  /** Whether the construct takes these props, as plain data. */
  accepts(props: Readonly<Record<string, unknown>>): boolean {
    return unlessRefused(() => readLayer(this.rules.table, props, '')) !== undefined;
  }

  /** Sets a prop in the place of these keys. */
  say(prop: string, literal: Literal, origins: readonly Origin[]): void {
    this.props[prop] = literal;
    this.origins.set(prop, origins);
  }

  /** Takes a prop out again and sets its keys past the props. */
  takeBack(prop: string, why: string): void {
    delete this.props[prop];
    this.origins.get(prop)?.forEach(([key, value]) => {
      this.override(key, value, why);
    });
  }

  /** Sets a key past the props: for values that Proxmox takes and the props do not. */
  override(key: string, value: string, why: string): void {
    this.calls.push({ method: 'override', args: [key, value], why });
    this.remarks.push({ is: 'override', key, why });
  }

  /** Leaves a key to the host, where the applier does not touch what no program asks for: values that Proxmox itself would refuse. */
  keep(key: string, value: string, why: string): void {
    this.remarks.push({ is: 'host', key, why: `\`${value}\` stays as it is: ${why}` });
  }

  rawLine(key: string, value: string): void {
    this.calls.push({ method: 'addRawLine', args: [key, value], why: undefined });
    this.remarks.push({ is: 'raw', key, why: `${value}: no prop says it` });
  }

  remark(is: Remark['is'], key: string | undefined, why: string): void {
    this.remarks.push({ is, ...(key === undefined ? {} : { key }), why });
  }
}
