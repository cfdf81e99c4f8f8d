import { isPlainObject } from '../../base/plain-object.js';
import type { Document, Span } from '../../format/document.js';

/** A file that is migrated: what it says, and where each part of it stands. */
export interface InputFile {
  /** As reports call it: the path below the folder that is migrated, with `/`. */
  readonly name: string;
  readonly text: string;
  readonly document: Document;
}

/** A value of a file, by the keys that lead to it. */
export class Entry {
  static root(file: InputFile): Entry {
    return new Entry(file, [], file.document.value);
  }

  private constructor(
    readonly file: InputFile,
    readonly keys: readonly string[],
    readonly value: unknown,
  ) {}

  /** Last of the keys. */
  get key(): string {
    return this.keys.at(-1) ?? '';
  }

  /** The value of a key or the element of that number; undefined if there is none, or `null`, which says as much. */
  member(name: string): Entry | undefined {
    const found = this.members().find(({ key }) => key === name);
    return found?.value === null ? undefined : found;
  }

  /** The values of all keys, or all elements; none of anything else. */
  members(): readonly Entry[] {
    const { value } = this;
    return isPlainObject(value) || Array.isArray(value)
      ? Object.entries(value).map(([key, inner]) => new Entry(this.file, [...this.keys, key], inner))
      : [];
  }

  /** This and everything below, outer before inner, in the order of the file. */
  all(): readonly Entry[] {
    return [this, ...this.members().flatMap((inner) => inner.all())];
  }

  get isElement(): boolean {
    return /^\d+$/.test(this.key) && Array.isArray(this.parent()?.value);
  }

  /** Names this value among all of all files. */
  get id(): string {
    return JSON.stringify([this.file.name, ...this.keys]);
  }

  /** As reports write it: `lxc_configs.950.memory_mb`, with quotes around keys that hold a dot. */
  get path(): string {
    return this.keys.map((key) => (/^[\w$-]+$/.test(key) ? key : JSON.stringify(key))).join('.');
  }

  /** Line of the key, or of an element, counted from 1. */
  get line(): number {
    const { offset } = this.span('key') ?? { offset: 0 };
    return this.file.text.slice(0, offset).split('\n').length;
  }

  /** The value as it is written in the file: digits that a number of JavaScript would lose are still there. */
  get written(): string {
    const span = this.span('value');
    return span === undefined ? '' : this.file.text.slice(span.offset, span.offset + span.length);
  }

  private span(part: 'key' | 'value'): Span | undefined {
    return this.file.document.locate(this.keys, part);
  }

  private parent(): Entry | undefined {
    return this.keys
      .slice(0, -1)
      .reduce<Entry | undefined>((here, key) => here?.members().find((one) => one.key === key), Entry.root(this.file));
  }
}
