/** What a command line gave. */
export interface SimulatedRun {
  /** Exit code; 128 + signal when it was killed. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A recorded command line; `exit` is null when it was killed or is still running. */
export interface RecordedCommand {
  readonly argv: readonly string[];
  readonly exit: number | null;
}

/** A command that was sent into a guest. */
export interface GuestRun {
  readonly vmid: number;
  readonly argv: readonly string[];
  /** Names of the variables that were handed over from the host. */
  readonly environment: readonly string[];
  /** The script that came with `-c` or on stdin. */
  readonly script?: string;
  /** File on this machine with the tar archive that came on stdin. */
  readonly archive?: string;
}

/** Which command a fault strikes, and how. */
export interface SimulatedFault {
  /** The first words of the command line, or a regular expression (Perl's) for all of it joined by blanks. */
  readonly argv: readonly string[] | RegExp;
  /** Strikes the n-th matching command from now on. Default: 1. */
  readonly nth?: number;
  /**
   * `fail-before`: nothing happens but the exit code. `fail-after`: everything happens, the exit code lies.
   * `kill-…`: kill -9 before, after, or in the middle, leaving what the real tool leaves there.
   * `pause-middle`: stops there for `milliseconds`, to look at locks and races.
   */
  readonly mode: 'fail-before' | 'fail-after' | 'kill-before' | 'kill-middle' | 'kill-after' | 'pause-middle';
  /** Which place in the middle, where a command has several. Default: 1. */
  readonly point?: number;
  /**
   * Whom a kill hits: the process `group` (the applier too), the `tool` alone, or Proxmox's `worker`, whose
   * front end then reports it and ends with 255. Default: `group`.
   */
  readonly victim?: 'group' | 'tool' | 'worker';
  /** Exit code of `fail-…`. Default: 255. */
  readonly exit?: number;
  /** Text of `fail-…` on stderr. */
  readonly stderr?: string;
  /** Length of `pause-middle`. Default: 1000. */
  readonly milliseconds?: number;
}

/** What a script or command inside a guest answers. */
export interface GuestAnswer {
  /** Only in this guest. Default: in any. */
  readonly vmid?: number;
  /** Only when the script's text (or the command line) matches, in Perl's syntax. Default: always. */
  readonly match?: RegExp | string;
  /** Default: 0. */
  readonly exit?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** Files that the script leaves in the guest, by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
  /** The connection breaks: no end marker is printed. Default: false. */
  readonly lost?: boolean;
  /** How often the answer is given. Default: always. */
  readonly times?: number;
}

/** What a command line of the host answers instead of being simulated. */
export interface HostAnswer {
  /** The whole command line, arguments joined by blanks, in Perl's syntax. */
  readonly match: RegExp | string;
  /** Default: 0. */
  readonly exit?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** How often the answer is given. Default: always. */
  readonly times?: number;
}

/** What a URL answers to the node's `curl`. */
export interface HttpAnswer {
  /** Default: 200. */
  readonly status?: number;
  /** Default: empty. */
  readonly body?: string | Uint8Array;
  /** Answers only while this guest runs. */
  readonly whileRunning?: number;
}
