import { compareText } from '../../base/stable.js';
import { Entry, type InputFile } from './input.js';

/** What became of a key, from the least to the most remarkable; a key stands under one of them. */
export const headings = [
  'mapped',
  'changed',
  'dropped',
  'kept aside',
  'suspicious',
  'contradictory',
  'secret',
  'unknown',
] as const;
export type Heading = (typeof headings)[number];

/** What became of one key. */
export interface Row {
  readonly file: string;
  readonly line: number;
  /** Keys that lead there, `lxc_configs.950.memory_mb`. */
  readonly key: string;
  readonly heading: Heading;
  /** What it became, or why it became nothing. Never a value that may be a secret. */
  readonly why: string;
}

/** Something that people have to decide or fetch before everything is as it was. */
export interface Todo {
  readonly what: string;
  /** Where it comes from; undefined for what no file says. */
  readonly file?: string;
  readonly line?: number;
}

/** Book of what became of each key of the input. A key that nobody speaks of is unknown. */
export class Ledger {
  readonly todos: Todo[] = [];
  private readonly notes = new Map<string, { heading: Heading; whys: string[] }>();

  /** Says what became of a key. The most remarkable heading wins; everything that is said is kept. */
  set(entry: Entry | undefined, heading: Heading, why = ''): void {
    if (entry === undefined) {
      return;
    }
    const known = this.notes.get(entry.id) ?? { heading, whys: [] };
    const isHigher = headings.indexOf(heading) > headings.indexOf(known.heading);
    if (why !== '' && !known.whys.includes(why)) {
      known.whys.push(why);
    }
    this.notes.set(entry.id, { heading: isHigher ? heading : known.heading, whys: known.whys });
  }

  /** The same of a key and of everything below it that nothing has been said of. */
  setAll(entry: Entry | undefined, heading: Heading, why: string): void {
    for (const inner of entry?.all() ?? []) {
      if (!this.knows(inner)) {
        this.set(inner, heading, why);
      }
    }
  }

  todo(what: string, entry?: Entry): void {
    const todo = entry === undefined ? { what } : { what, file: entry.file.name, line: entry.line };
    if (!this.todos.some((other) => other.what === what && other.line === todo.line && other.file === todo.file)) {
      this.todos.push(todo);
    }
  }

  knows(entry: Entry): boolean {
    return this.notes.has(entry.id);
  }

  /** Every key of the files, in their order. */
  rows(files: readonly InputFile[]): readonly Row[] {
    return [...files].sort((a, b) => compareText(a.name, b.name)).flatMap((file) => this.rowsOf(Entry.root(file)));
  }

  private rowsOf(entry: Entry): readonly Row[] {
    const inner = entry.members().flatMap((member) => this.rowsOf(member));
    const note = this.notes.get(entry.id);
    if (entry.keys.length === 0 || (entry.isElement && note === undefined)) {
      return inner;
    }
    const isKnown = note !== undefined || this.isKnownBelow(entry);
    const row: Row = {
      file: entry.file.name,
      line: entry.line,
      key: entry.path,
      heading: note?.heading ?? (isKnown ? 'mapped' : 'unknown'),
      why: note?.whys.join('; ') ?? '',
    };
    return [row, ...inner];
  }

  private isKnownBelow(entry: Entry): boolean {
    return entry.members().some((member) => this.knows(member) || this.isKnownBelow(member));
  }
}
