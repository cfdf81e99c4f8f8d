/** A parsed file: its data, and where in the text each part of it stands. */
export interface Document {
  /** Plain data. */
  readonly value: unknown;
  /** The part of the text that the keys lead to; undefined where there is nothing. */
  locate(keys: readonly string[], part: 'key' | 'value'): Span | undefined;
}

/** A part of a text, in UTF-16 units from 0. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** What is wrong with a text, before any of its keys is looked at. */
export interface TextProblem {
  readonly code: 'conf/syntax' | 'conf/key-twice' | 'conf/yaml-feature' | 'conf/too-deep';
  readonly message: string;
  readonly fix: string;
  readonly span: Span;
}

/** A parser of one format. Returns problems in place of a document, all that it can find. */
export type DocumentParser = (text: string) => Document | readonly TextProblem[];

/** Levels that a document may have. People need five; a file of a thousand brackets would exhaust the stack. */
export const deepest = 64;
