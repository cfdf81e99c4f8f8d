import type { Problem } from '../base/errors.js';
import type { ExplainedValue } from './explain.js';
import type { Finding } from './finding.js';
import type { UsedSecret } from './secret-use.js';

/** What a run of the program tells the command line that started it. Lies outside the assembly, which an error leaves untouched. */
export type Report = SynthResult | Refusal;

/** Why a run counts as failed. */
export interface Refusal {
  readonly outcome: 'refused';
  readonly problems: readonly Problem[];
  /** Whether the assembly had been written when the program failed. Default: false */
  readonly afterSynth?: boolean;
}

/** What a synth wrote and found. */
export interface SynthResult {
  readonly outcome: 'written';
  readonly app: string;
  readonly outdir: string;
  /** Number of files in the assembly. */
  readonly files: number;
  /** Paths of those that are new or have other bytes than before. */
  readonly changed: readonly string[];
  /** Paths that the former assembly had and this one has not. */
  readonly removed: readonly string[];
  readonly stacks: readonly { readonly name: string; readonly host: string; readonly pveVersion: string }[];
  /** Facts of hosts that were used, each with the file from the root of the app on and the host's own stamp. */
  readonly facts: readonly { readonly host: string; readonly file: string; readonly takenAt: string }[];
  readonly steps: number;
  readonly findings: readonly Finding[];
  /** Folder of the vault. Absolute; need not be there. */
  readonly vault: string;
  /** Secrets that the program uses or declares, by name; never their values. */
  readonly secrets: readonly UsedSecret[];
  /** What the command line asked to have explained. */
  readonly explanation?: Explanation;
}

/** Where values of a resource come from. */
export interface Explanation {
  /** Construct path. */
  readonly path: string;
  readonly identity: string;
  /** Class of the construct. */
  readonly type: string;
  /** The line that was asked for, if it was a line. */
  readonly artifact?: ArtifactLine;
  /** What the line is there for, where that is no value: connections with others. */
  readonly reasons?: readonly string[];
  readonly values: readonly ExplainedValue[];
}

/** A line of a file of the assembly. */
export interface ArtifactLine {
  /** Path in the assembly. */
  readonly file: string;
  readonly line: number;
  readonly text: string;
}
