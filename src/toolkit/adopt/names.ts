/** Gives out names, each once. */
export class Names {
  private readonly taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.taken = new Set(taken);
  }

  /** The first of the wishes that is free; else the last of them with the lowest number from 2 that makes it free. */
  give(...wishes: readonly [string, ...string[]]): string {
    const last = wishes.at(-1) ?? wishes[0];
    let name = wishes.find((wish) => !this.taken.has(wish));
    for (let number = 2; name === undefined; number++) {
      const numbered = `${last}${number}`;
      name = this.taken.has(numbered) ? undefined : numbered;
    }
    this.taken.add(name);
    return name;
  }
}

/** The text as a name of a constant: `local-zfs` becomes `localZfs`, `101` becomes `the101`. */
export function identifierOf(text: string): string {
  const [first = '', ...others] = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const name = decapitalized(first) + others.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return /^[A-Za-z]/.test(name) ? name : `the${name}`;
}

/** Words that a constant of a module may not be called, and those that would hide something. */
export const reservedNames: readonly string[] = [
  'abstract any arguments as async await boolean break case catch class const constructor continue debugger declare',
  'default delete do else enum eval export extends false finally for from function get global globalThis if implements',
  'import in infer instanceof interface is keyof let module namespace never new null number object of package private',
  'process protected public readonly require return satisfies set static string super switch symbol this throw true try',
  'type typeof undefined unique unknown using var void while with yield Array Boolean Buffer Date Error Infinity JSON Map',
  'Math NaN Number Object Promise Set String Symbol console',
].flatMap((line) => line.split(' '));

function decapitalized(word: string): string {
  return /^[A-Z0-9]+$/.test(word) ? word.toLowerCase() : word.charAt(0).toLowerCase() + word.slice(1);
}
