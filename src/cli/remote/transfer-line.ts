import type { TerminalStream } from '../command.js';

/** A line that says how far a transfer is, for as long as it takes. */
export interface TransferLine {
  readonly show: (share: number) => void;
  readonly end: () => void;
}

/** On a terminal it is overwritten again and again, and gone at the end; elsewhere there is none. */
export function transferLine(host: string, { isTerminal, write }: TerminalStream): TransferLine {
  return isTerminal === true
    ? {
        show: (share) => write(`\rsending to ${host}  ${Math.floor(share * 100)} %`),
        end: () => write('\r\u001b[K'),
      }
    : { show: () => {}, end: () => {} };
}
