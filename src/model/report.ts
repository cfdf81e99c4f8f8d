import type { Problem } from '../base/errors.js';
import type { Finding } from './finding.js';

/** What a run of the program tells the command line that started it. Lies outside the assembly, which an error leaves untouched. */
export type Report = SynthResult | { readonly outcome: 'refused'; readonly problems: readonly Problem[] };

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
  readonly steps: number;
  readonly findings: readonly Finding[];
}
