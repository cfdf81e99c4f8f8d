#!/usr/bin/env node
import type { TerminalStream } from './command.js';
import { runCommandLine } from './command-line.js';

process.stdout.on('error', endQuietlyWithTheReader);
runCommandLine(process.argv.slice(2), {
  cwd: process.cwd(),
  out: terminalStream(process.stdout),
  err: terminalStream(process.stderr),
}).then((code) => {
  // Not process.exit: what is still on its way to a pipe has to arrive.
  process.exitCode = code;
});

function terminalStream(stream: NodeJS.WriteStream): TerminalStream {
  const wantsColor = (process.env['NO_COLOR'] ?? '') === '';
  const isTerminal = stream.isTTY === true;
  return { write: (text) => stream.write(text), hasColor: wantsColor && isTerminal, isTerminal };
}

/** `phoenix tree | head` closes the pipe early, which is no failure. */
function endQuietlyWithTheReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') {
    throw error;
  }
}
