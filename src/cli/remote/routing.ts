import type { AssemblyContent } from '../../toolkit/assembly.js';

/** Flags of the applier whose value names things of the program, which are on one host or another. */
const namingFlags = new Set([
  '--stack',
  '--only',
  '--from',
  '--skip',
  '--adopt',
  '--rebuild',
  '--allow-restart',
  '--allow-replace',
  '--allow-move',
  '--allow-create-pool',
]);

/** Verbs with operands that name things of the program. */
const namingVerbs = new Set(['orphan', 'destroy']);

/** Flags that choose what a run is about: a host that has none of it has nothing to do. */
const choosingFlags = new Set(['--stack', '--only', '--from']);

/**
 * The words of a verb for each host: the applier takes a name that fits nothing on its host for a mistake, so each host is told of its own
 * alone. A name that fits nothing anywhere goes to all of them, which then say so. Undefined for a host that nothing is asked of.
 */
export function wordsByHost(
  verb: string,
  words: readonly string[],
  hosts: readonly string[],
  content: AssemblyContent,
): ReadonlyMap<string, readonly string[] | undefined> {
  const places = new Places(content);
  const parts = partsOf(words, namingVerbs.has(verb));
  const choices = new Set(parts.flatMap(({ choice }) => choice ?? []));
  return new Map(
    hosts.map((host) => {
      const mine = parts.map((part) => ({ ...part, words: partFor(part, host, hosts, places) }));
      const isAsked = [...choices].every((choice) =>
        mine.some((part) => part.choice === choice && part.words !== undefined),
      );
      return [host, isAsked ? mine.flatMap((part) => part.words ?? []) : undefined];
    }),
  );
}

/** Stacks that the words choose; none if they choose no stack. */
export function chosenStacks(words: readonly string[]): readonly string[] {
  return partsOf(words, false).flatMap(({ flag, value }) => (flag === '--stack' ? value.split(',') : []));
}

/** The words with these stacks in the place of those that they choose. */
export function withStacks(words: readonly string[], stacks: readonly string[]): string[] {
  const others = partsOf(words, false).filter(({ flag }) => flag !== '--stack');
  const kept = others.flatMap(({ flag, value, names }) => [
    ...(flag === undefined ? [] : [flag]),
    ...(names || flag === undefined ? [value] : []),
  ]);
  return [...kept, ...stacks.flatMap((stack) => ['--stack', stack])];
}

/** A flag with its value, an operand, or any other word. */
interface Part {
  readonly flag: string | undefined;
  readonly value: string;
  /** Whether the value names things of the program. */
  readonly names: boolean;
  /** In which way it says what the run is about, if it does; a host has to have something of each way. */
  readonly choice: string | undefined;
}

function partsOf(words: readonly string[], hasOperands: boolean): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const [flag = '', ...rest] = word.split('=');
    if (namingFlags.has(flag)) {
      const value = rest.length > 0 ? rest.join('=') : words[++at];
      // without its value it is for the applier to refuse
      parts.push({
        flag,
        value: value ?? '',
        names: value !== undefined,
        choice: choosingFlags.has(flag) ? flag : undefined,
      });
    } else {
      const names = hasOperands && !word.startsWith('-');
      parts.push({ flag: undefined, value: word, names, choice: names ? 'operand' : undefined });
    }
  }
  return parts;
}

/** The words of the part for a host, undefined if none of it is there. */
function partFor(part: Part, host: string, hosts: readonly string[], places: Places): string[] | undefined {
  const { flag, value, names } = part;
  if (!names) {
    return flag === undefined ? [value] : [flag];
  }
  const mine = value.split(',').filter((name) => {
    const found = places.hostsOf(flag, name).filter((other) => hosts.includes(other));
    return found.length === 0 || found.includes(host);
  });
  return mine.length === 0 ? undefined : [...(flag === undefined ? [] : [flag]), mine.join(',')];
}

/** Where the things of a program are. */
class Places {
  private readonly known = new Map<string, readonly string[]>();

  constructor(private readonly content: AssemblyContent) {}

  /** Hosts with something of the name; `flag` says what it names. */
  hostsOf(flag: string | undefined, name: string): readonly string[] {
    const key = `${flag} ${name}`;
    const found = this.known.get(key) ?? (flag === '--stack' ? this.ofStack(name) : this.ofThings(name));
    this.known.set(key, found);
    return found;
  }

  private ofStack(name: string): string[] {
    return this.content.runbooks.filter(({ stack }) => stack === name).map(({ host }) => host);
  }

  /** By a path or an identity or the beginning of one, a VMID, or a pool. */
  private ofThings(name: string): string[] {
    const isBelow = (text: string) => text === name || text.startsWith(`${name}/`);
    const found = this.content.runbooks.filter(({ steps }) =>
      steps.some(
        (step) =>
          [step.path, step.id, step.resource].some(isBelow) ||
          step.resource === `guest/${name}` ||
          (step.kind === 'zfs-pool' && step.pool === name),
      ),
    );
    return [...new Set(found.map(({ host }) => host))];
  }
}
