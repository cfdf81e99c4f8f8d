import type { LiveOutput } from '../command.js';
import type { Listener } from './connection.js';

/** Listens to one run and shows or keeps what it says. */
export interface Voice extends Listener {
  /** Says what is left of a line, and gives what was kept of standard output. */
  readonly end: () => string;
}

/** How the output of runs is shown. */
export interface Manner {
  /** Keeps what goes to standard output, to be shown when all hosts are done. */
  readonly keepsOutput: boolean;
  /** Width of the longest name of a host, to be put in front of each line; undefined for a single host, whose words are shown as they are. */
  readonly width: number | undefined;
}

/** The voice of a run on a host. */
export function voiceOf(host: string, { keepsOutput, width }: Manner, { out, err }: LiveOutput): Voice {
  let kept = '';
  const keep: Lines = {
    take: (text) => {
      kept += text;
    },
    end: () => {},
  };
  const show = (write: (text: string) => void) =>
    width === undefined ? { take: write, end: () => {} } : wholeLines(`${host.padEnd(width)} │ `, write);
  const [toOut, toErr] = [keepsOutput ? keep : show(out.write), show(err.write)];
  return {
    out: toOut.take,
    err: toErr.take,
    end: () => {
      toOut.end();
      toErr.end();
      return kept;
    },
  };
}

interface Lines {
  readonly take: (text: string) => void;
  readonly end: () => void;
}

/** Only whole lines, so that those of several hosts do not mix. */
function wholeLines(front: string, write: (text: string) => void): Lines {
  let open = '';
  const say = (lines: readonly string[]) => write(lines.map((line) => `${front}${line}\n`).join(''));
  return {
    take: (text) => {
      const lines = (open + text).split('\n');
      open = lines.pop() ?? '';
      say(lines);
    },
    end: () => {
      say(open === '' ? [] : [open]);
      open = '';
    },
  };
}
