import { PhoenixError } from '../../base/errors.js';
import { Code } from '../adopt/literal.js';
import { identifierOf, Names, reservedNames } from '../adopt/names.js';

/** Something that a program gives a constant if anything refers to it. */
interface Thing {
  readonly code: string;
  isUsed: boolean;
}

/** Constants of a program by what they stand for. Whatever nothing refers to needs none. */
export class ProgramNames {
  private readonly things = new Map<string, Thing>();
  private readonly names: Names;
  /** What the program imports from the library. */
  readonly imports = new Set<string>();
  /** What it imports from Node. */
  readonly nodeImports = new Map<string, string>();

  constructor(classes: readonly string[]) {
    this.names = new Names([...reservedNames, ...classes, 'app', 'join', 'readFileSync']);
  }

  /** Makes a thing known under a kind and a name; `wishes` are what its constant may be called. */
  declare(kind: string, name: string, ...wishes: readonly [string, ...string[]]): void {
    const [first, ...others] = wishes.map(identifierOf);
    const thing = { code: this.names.give(first ?? '', ...others), isUsed: false };
    this.things.set(keyOf(kind, name), thing);
  }

  /** A second name of a thing. */
  alias(kind: string, name: string, of: readonly [kind: string, name: string]): void {
    const thing = this.things.get(keyOf(...of));
    if (thing !== undefined) {
      this.things.set(keyOf(kind, name), thing);
    }
  }

  knows(kind: string, name: string): boolean {
    return this.things.has(keyOf(kind, name));
  }

  /** The constant, which then is one. Throws `migrate/no-typescript` for what nobody declared. */
  use(kind: string, name: string): Code {
    const thing = this.things.get(keyOf(kind, name));
    if (thing === undefined) {
      throw new PhoenixError({
        code: 'migrate/no-typescript',
        message: `there is no ${kind} ${JSON.stringify(name)} in the files`,
        value: name,
        fix: 'run `phoenix validate` over the files first',
      });
    }
    thing.isUsed = true;
    return new Code(thing.code);
  }

  /** `const lan = ` for what something refers to, and nothing for anything else. */
  head(kind: string, name: string): string {
    const thing = this.things.get(keyOf(kind, name));
    return thing?.isUsed === true ? `const ${thing.code} = ` : '';
  }

  /** A name of the library, which is imported. */
  imported(name: string): string {
    this.imports.add(name);
    return name;
  }
}

function keyOf(kind: string, name: string): string {
  return `${kind}\0${name}`;
}
