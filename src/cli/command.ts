import type { Style } from './style.js';

/** Options that every command takes. */
export interface GlobalOptions {
  /** The program's command, or a folder with an assembly. */
  readonly app?: string;
  /** Folder of the assembly, as given: relative to the working directory. */
  readonly output?: string;
  readonly context: Readonly<Record<string, string>>;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly strict: boolean;
  /** False if somebody asked for no colour; whether there is some also depends on the stream. */
  readonly color: boolean;
  readonly ci: boolean;
}

/** A command line, read. */
export interface Call {
  /** Arguments of the command; for the applier's verbs also its flags, in the order given. */
  readonly words: readonly string[];
  /** The command's own options by their long name in camel case. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly globals: GlobalOptions;
  /** Working directory. */
  readonly cwd: string;
  /** Says something at once, on standard error: for what should be read before the action goes on. */
  readonly warn: (text: string) => void;
  /** Where goes at once what another program says, as it says it. */
  readonly live: LiveOutput;
}

export interface LiveOutput {
  readonly out: TerminalStream;
  readonly err: TerminalStream;
}

export interface TerminalStream {
  readonly write: (text: string) => void;
  /** Whether the stream shows colours. */
  readonly hasColor: boolean;
  /** Whether somebody looks at it as it is written, so that a line may be overwritten. Default: false */
  readonly isTerminal?: boolean;
}

/** Exit codes, the applier's too: done; failed or rules violated; wrong usage; differences where `--fail` was given. */
export const exitCodes = { done: 0, failed: 1, usage: 2, differences: 3 } as const;

/** What an action came to: data first, and how people read it. */
export interface Outcome {
  readonly code: number;
  /** What `--json` prints. Left out by an action whose child process has printed already. */
  readonly data?: object;
  /** The result, for people: goes to standard output. Without a line end. */
  readonly text?: (style: Style) => string;
  /** Everything else that people should read: goes to standard error. */
  readonly notes?: (style: Style) => string;
}

/** Does what a command is for and says what came of it. Prints nothing. Throws PhoenixError. */
export type Action = (call: Call) => Outcome | Promise<Outcome>;

export interface ArgumentRow {
  /** As the help shows it: `[folder]` may be left out, `<folder>` may not, `...` takes several. */
  readonly name: string;
  readonly help: string;
  readonly choices?: readonly string[];
}

export interface OptionRow {
  /** As the help shows them: `-c, --context <key=value>`. */
  readonly flags: string;
  readonly help: string;
  /** Takes one value each time it is given. */
  readonly repeats?: boolean;
}

/** A command: everything the parser and the help have to know, and where its action is. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  /** More for `--help`. */
  readonly details?: string;
  readonly arguments?: readonly ArgumentRow[];
  readonly options?: readonly OptionRow[];
  /** Takes any words and flags and hands them on. */
  readonly passesOn?: boolean;
  /** Loads the action; what the action needs costs nothing before. */
  readonly load: () => Promise<Action>;
}

/** A name before the names of commands: `secrets set`. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly details?: string;
  readonly commands: readonly CommandRow[];
}
