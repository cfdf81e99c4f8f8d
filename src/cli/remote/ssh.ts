import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { PhoenixError, type Problem } from '../../base/errors.js';
import { readAppCommand } from '../app-command.js';

/** Exit code of ssh itself, where it did not come to run anything or lost the connection. */
export const SSH_FAILED = 255;

export interface SshOptions {
  /** Ask nothing of the person at the terminal: of several connections at once nobody could tell whose question it is. */
  readonly isQuiet: boolean;
}

/**
 * Starts a command on another machine by the system's ssh, which knows keys, names and ways. No terminal over there: with one, a connection
 * that breaks would end what it runs. The command is text for the shell over there, quoted by whoever gives it.
 * @throws `ssh/destination` for what is no `[user@]host`, `ssh/missing`
 */
export function startSsh(destination: string, command: string, options: SshOptions): ChildProcessWithoutNullStreams {
  checkDestination(destination);
  const words = [
    ...sshCommand(),
    '-T',
    ...['-o', 'ConnectTimeout=20', '-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=4'],
    ...(options.isQuiet ? ['-o', 'BatchMode=yes'] : []),
    ...['--', destination, command],
  ];
  const [program = 'ssh', ...rest] = process.platform === 'win32' ? words : [...heedless, ...words];
  const child = spawn(program, rest, { stdio: 'pipe' });
  open.add(child);
  child.on('close', () => open.delete(child));
  return child;
}

const open = new Set<ChildProcessWithoutNullStreams>();

/** Ends every ssh that was started here, be it at a question. */
export function endAllSsh(): void {
  open.forEach((child) => child.kill());
}

/** Ctrl-C reaches ssh, too, which would end the connection; so it starts without an ear for that. We say over there what it means. */
const heedless = ['sh', '-c', 'trap "" INT; exec "$@"', 'sh'];

/** `ssh`, or what PHOENIX_SSH names instead, split into words as `app` of phoenix.json is: `ssh -F ci/ssh_config`. */
function sshCommand(): readonly string[] {
  const given = process.env['PHOENIX_SSH'] ?? '';
  const command = given.trim() === '' ? undefined : readAppCommand(given, process.platform);
  if (command?.shellLine !== undefined) {
    throw new PhoenixError({
      code: 'ssh/command',
      message: `PHOENIX_SSH is no plain command: ${given}`,
      value: given,
      fix: 'name a program and its options, such as `ssh -F ci/ssh_config`',
    });
  }
  return command === undefined ? ['ssh'] : [command.file, ...command.words];
}

function checkDestination(destination: string): void {
  if (!/^(ssh:\/\/)?[A-Za-z0-9_[][A-Za-z0-9_.@:%+[\]\\-]*$/.test(destination)) {
    throw new PhoenixError({
      code: 'ssh/destination',
      message: `${JSON.stringify(destination)} is nothing that ssh could connect to`,
      value: destination,
      fix: 'write --host root@pve1, a name of ~/.ssh/config, or ssh://root@10.0.0.13:2222',
    });
  }
}

/** Why there is no connection, by what ssh said. */
export function sshProblem(destination: string, said: string): Problem {
  const cause = causes.find(({ words }) => words.test(said)) ?? otherCause;
  const words = said.trim().split('\n').at(-1)?.trim() ?? '';
  return {
    code: cause.code,
    message: `${destination}: ${cause.message}${words === '' ? '' : ` (${words})`}`,
    value: destination,
    fix: cause.fix(destination),
  };
}

interface Cause {
  readonly words: RegExp;
  readonly code: string;
  readonly message: string;
  readonly fix: (destination: string) => string;
}

const otherCause: Omit<Cause, 'words'> = {
  code: 'ssh/failed',
  message: 'ssh did not connect',
  fix: (destination) => `see what \`ssh ${destination} true\` says`,
};

/** ssh says it in English everywhere. */
const causes: readonly Cause[] = [
  {
    words: /Host key verification failed|IDENTIFICATION HAS CHANGED/,
    code: 'ssh/host-key',
    message: 'the host key is not known, or is another one than it was',
    fix: (destination) => `connect once by hand and compare the key: ssh ${destination}`,
  },
  {
    words: /Permission denied|Too many authentication failures|No supported authentication/,
    code: 'ssh/denied',
    message: 'the host does not let us in',
    fix: (destination) => `give it your key (ssh-copy-id ${destination}), and load that into an agent (ssh-add)`,
  },
  {
    words: /Could not resolve hostname|Name or service not known/,
    code: 'ssh/unknown-host',
    message: 'there is no such name',
    fix: () => 'write the address, or give it a name in ~/.ssh/config',
  },
  {
    words: /timed out|refused|No route to host|unreachable|Connection (closed|reset)|banner|kex_exchange/,
    code: 'ssh/no-connection',
    message: 'the host does not answer',
    fix: (destination) => `see whether it is up and sshd listens: ssh -v ${destination}`,
  },
];

/** Why ssh itself did not start. */
export function notStarted(error: NodeJS.ErrnoException): Problem {
  return {
    code: 'ssh/missing',
    message: `ssh could not be started: ${error.message}`,
    fix: 'install the OpenSSH client, or name another program with PHOENIX_SSH',
  };
}
