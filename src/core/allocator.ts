import { collectProblems, PhoenixError, type Problem } from '../base/errors.js';
import { addTo } from '../base/group.js';
import { compareText, sha256 } from '../base/stable.js';
import type { LockEntries } from './lock-file.js';

/** A set of values of which each may have one owner: VMIDs of a cluster, addresses of a subnet, MAC addresses. */
export interface Pool {
  /** Name in messages and in the lock file: `vmid`, `address 10.0.0.0/24`. */
  readonly name: string;
  /** How many candidates there are. */
  readonly size: number;
  /** The candidate of a number below `size`; undefined if that one may not be given out. */
  readonly candidate: (index: number) => string | undefined;
  /** Further names under which its values are claimed, of what others give out, too: the addresses on a bridge. */
  readonly alsoIn?: readonly string[];
}

/** Who asks: a construct path, and the path it had before it was moved. */
export interface Owner {
  readonly path: string;
  readonly renamedFrom?: string | undefined;
}

/** Whether a value is in use on a host by somebody else than who asks for it. The kind is the first word of the pool's name: `address`. */
export type Occupied = (kind: string, value: string, asking: Owner) => boolean;

interface Claim {
  readonly path: string;
  readonly given: boolean;
}

/**
 * Gives out numbers and addresses, the same ones in every synth.
 *
 * What the program gives is taken first. A missing value is the one pinned in the lock file, or else the first free candidate from the hash
 * of the owner's path on; so a new owner never moves the value of another. What is in use on a host is given to nobody anew. Two owners of
 * one value are a problem that names both.
 */
export class Allocator {
  private readonly claims = new Map<string, Claim>();
  private readonly pinned: LockEntries;
  private readonly used = new Map<string, string>();
  private readonly waiting: (() => void)[] = [];
  private pinnedKeys: Map<string, string[]> | undefined;
  readonly problems: Problem[] = [];

  constructor(
    pinned: LockEntries,
    private readonly isOccupied: Occupied = () => false,
  ) {
    this.pinned = pinned;
  }

  /** Takes a value that the program gives. */
  take(from: string | Pick<Pool, 'name' | 'alsoIn'>, value: string, path: string): void {
    const names = typeof from === 'string' ? [from] : namesOf(from);
    const pool = names.find((name) => this.isAnothers(name, value, path));
    if (pool === undefined) {
      this.claim(names, value, { path, given: true });
      return;
    }
    const [first, second] = [this.claims.get(`${pool}\n${value}`)?.path ?? path, path].sort(compareText);
    this.problems.push({
      code: `${codeOf(pool)}/taken-twice`,
      message: `${pool} ${value} is claimed by ${first} and by ${second}`,
      path: second ?? path,
      value,
      fix: 'give one of them another value, or leave it out to have a free one chosen and pinned',
    });
  }

  /** Asks for a value; `receive` is called with it once everything that is given has been taken. */
  request(pool: Pool, owner: Owner, receive: (value: string) => void): void {
    this.waiting.push(() => receive(this.choose(pool, owner)));
  }

  /** Serves all requests, in the order they were made; those that cannot be served are problems. What is pinned goes first, so that a new owner cannot take it. */
  settle(): void {
    this.problems.push(...collectProblems(this.waiting.splice(0)));
  }

  /** The lock file's entries for what was given out in this synth. */
  entries(): LockEntries {
    return this.used;
  }

  private choose(pool: Pool, owner: Owner): string {
    const { path, renamedFrom } = owner;
    const value = this.pinnedValue(pool, path, renamedFrom) ?? this.firstFree(pool, owner);
    this.claim(namesOf(pool), value, { path, given: false });
    this.used.set(`${pool.name} ${path}`, value);
    return value;
  }

  private claim(names: readonly string[], value: string, claim: Claim): void {
    for (const name of names) {
      this.claims.set(`${name}\n${value}`, claim);
    }
  }

  private isAnothers(pool: string, value: string, path: string): boolean {
    const owner = this.claims.get(`${pool}\n${value}`);
    return owner !== undefined && owner.path !== path;
  }

  private otherOwner(pool: Pool, value: string, path: string): Claim | undefined {
    const name = namesOf(pool).find((it) => this.isAnothers(it, value, path));
    return name === undefined ? undefined : this.claims.get(`${name}\n${value}`);
  }

  private pinnedValue(pool: Pool, path: string, renamedFrom: string | undefined): string | undefined {
    const value = this.pinned.get(`${pool.name} ${path}`) ?? this.pinned.get(`${pool.name} ${renamedFrom}`);
    const owner = value === undefined ? undefined : this.otherOwner(pool, value, path);
    if (owner !== undefined) {
      this.problems.push(
        owner.given ? pinnedTaken(pool, value, path, owner.path) : pinnedTwice(pool, value, path, owner.path),
      );
    }
    return value;
  }

  private firstFree(pool: Pool, owner: Owner): string {
    const { path } = owner;
    const start = Number.parseInt(sha256(`${pool.name}\n${path}`).slice(0, 8), 16);
    for (let step = 0; step < pool.size; step++) {
      const value = pool.candidate((start + step) % pool.size);
      if (
        value !== undefined &&
        !namesOf(pool).some((name) => this.claims.has(`${name}\n${value}`)) &&
        !this.pinnedForOther(pool.name, value, path) &&
        !this.isOccupied(codeOf(pool.name), value, owner)
      ) {
        return value;
      }
    }
    throw new PhoenixError({
      code: `${codeOf(pool.name)}/exhausted`,
      message: `no free ${pool.name} is left for ${path}`,
      path,
      fix: 'widen the range, or remove owners that are no longer needed',
    });
  }

  /** Keys of the lock file hold pool and path with a blank between, and a path may hold blanks itself. */
  private pinnedForOther(pool: string, value: string, path: string): boolean {
    const keys = this.keysByPinnedValue().get(value) ?? [];
    return keys.some((key) => key.startsWith(`${pool} `) && key !== `${pool} ${path}`);
  }

  private keysByPinnedValue(): Map<string, string[]> {
    if (this.pinnedKeys === undefined) {
      this.pinnedKeys = new Map();
      for (const [key, value] of this.pinned) {
        addTo(this.pinnedKeys, value, key);
      }
    }
    return this.pinnedKeys;
  }
}

function pinnedTaken(pool: Pool, value: string | undefined, path: string, other: string): Problem {
  return {
    code: `${codeOf(pool.name)}/pinned-taken`,
    message: `${pool.name} ${value} is pinned for ${path} and given to ${other} by the program`,
    path,
    value,
    fix: `give ${other} another value; ${path} already has this one on the host`,
  };
}

/** What two branches that each add a guest can leave behind when they are merged. */
function pinnedTwice(pool: Pool, value: string | undefined, path: string, other: string): Problem {
  return {
    code: `${codeOf(pool.name)}/pinned-twice`,
    message: `${pool.name} ${value} is pinned for ${other} and for ${path}`,
    path,
    value,
    fix: 'take the line of the one that is not on the host yet out of the lock file',
  };
}

function namesOf({ name, alsoIn = [] }: Pick<Pool, 'name' | 'alsoIn'>): readonly string[] {
  return [name, ...alsoIn];
}

function codeOf(pool: string): string {
  return pool.split(' ', 1)[0] ?? pool;
}
