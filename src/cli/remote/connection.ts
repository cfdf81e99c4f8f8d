import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { PhoenixError, type Problem } from '../../base/errors.js';
import { assetPath } from '../../base/package-root.js';
import { quoteWords } from '../../base/shell.js';
import { LineReader } from './line-reader.js';
import { nodeProblem } from './node-problem.js';
import { notStarted, SSH_FAILED, type SshOptions, sshProblem, startSsh } from './ssh.js';

/** Where goes what a verb says on a host. */
export interface Listener {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** A verb to be run. */
export interface VerbCall {
  /** The verb and its flags. */
  readonly words: readonly string[];
  /** Whether it may change the host. */
  readonly acts: boolean;
  /** Whether an assembly may have been signed before the one that acted last. */
  readonly allowsOlder: boolean;
}

/** A connection to a host, with phoenix-receive at the other end of it. */
export class Connection {
  /**
   * Connects, and asks the host who it is.
   * @throws `ssh/*` without a connection, `ship/*` if the host lacks what it takes
   */
  static async open(destination: string, app: string, options: SshOptions): Promise<Connection> {
    const mark = randomBytes(12).toString('hex');
    const script = readFileSync(assetPath('remote/phoenix-receive'), 'utf8');
    const ssh = startSsh(destination, quoteWords(['bash', '-c', script, 'phoenix', app, mark]), options);
    const connection = new Connection(destination, ssh);
    await connection.hear(mark);
    return connection;
  }

  /** What the host calls itself in its cluster. */
  node = '';
  /** Whether the host runs only what somebody signed whom it trusts. */
  asksForSignatures = false;
  private readonly lines: LineReader;
  private readonly ended: Promise<number>;
  private said = '';
  private listener: Listener | undefined;

  private constructor(
    readonly destination: string,
    private readonly ssh: ChildProcessWithoutNullStreams,
  ) {
    this.lines = new LineReader(ssh.stdout);
    const decoder = new StringDecoder('utf8');
    ssh.stderr.on('data', (bytes: Buffer) => this.hearWords(decoder.write(bytes)));
    // that nobody reads any more shows by the exit code
    ssh.stdin.on('error', () => {});
    this.ended = new Promise((resolve, reject) => {
      ssh.on('error', (error) => reject(new PhoenixError(notStarted(error))));
      ssh.on('close', (code) => resolve(code ?? SSH_FAILED));
    });
    this.ended.catch(() => {});
  }

  /** Names the assembly that is to be run: whether it lies there already, whole. */
  async has(id: string): Promise<boolean> {
    this.tell('assembly', id);
    return (await this.answer()).includes('whole yes');
  }

  /** What lies there that may be of use, in the words of `listing_of`. */
  list(): Promise<readonly string[]> {
    this.tell('list');
    return this.answer();
  }

  /** Sends an archive, in parts, and waits until what it holds is in its place. Throws `ship/*`. */
  async take(archive: Buffer, progress: (sent: number) => void): Promise<void> {
    this.tell('take', String(archive.length));
    for (let at = 0; at < archive.length; at += PART) {
      await this.write(archive.subarray(at, at + PART));
      progress(Math.min(at + PART, archive.length));
    }
    await this.answer();
  }

  /**
   * Runs a verb and gives its exit code; the connection is used up.
   * @throws `ssh/lost` if the connection breaks before the verb ends
   */
  async run({ words, acts, allowsOlder }: VerbCall, listener: Listener): Promise<number> {
    this.listener = listener;
    this.said = '';
    this.lines.handOver(listener.out);
    this.tell('run', acts ? '1' : '0', allowsOlder ? '1' : '', ...words);
    const code = await this.ended;
    if (code === SSH_FAILED) {
      throw new PhoenixError(lost(this.destination, acts));
    }
    return code;
  }

  /** Passes Ctrl-C on to the verb. */
  interrupt(): void {
    this.tell('interrupt');
  }

  /** Lets go of the host; what runs there goes on. */
  close(): void {
    this.ssh.stdin.end();
    this.ssh.kill();
  }

  /** Whether it is there still: one that waits for a long time may break. */
  get isOpen(): boolean {
    return this.ssh.exitCode === null && this.ssh.signalCode === null;
  }

  private async hear(mark: string): Promise<void> {
    for (let line = await this.lines.next(); line !== mark; line = await this.lines.next()) {
      if (line === undefined) {
        throw new PhoenixError(await this.whyNot());
      }
    }
    for (const line of await this.answer()) {
      const [name, value = ''] = line.split(' ');
      if (name === 'node') {
        this.node = value;
      } else if (name === 'signers') {
        this.asksForSignatures = value === 'yes';
      }
    }
  }

  /** Lines up to `end`. */
  private async answer(): Promise<string[]> {
    const lines: string[] = [];
    for (let line = await this.lines.next(); line !== 'end'; line = await this.lines.next()) {
      if (line === undefined) {
        throw new PhoenixError(await this.whyNot());
      }
      if (line.startsWith('trouble ')) {
        throw new PhoenixError(nodeProblem(this.destination, line, this.said));
      }
      lines.push(line);
    }
    return lines;
  }

  private async whyNot(): Promise<Problem> {
    const code = await this.ended;
    return code === SSH_FAILED
      ? sshProblem(this.destination, this.said)
      : nodeProblem(this.destination, `exit ${code}`, this.said);
  }

  private hearWords(text: string): void {
    if (this.listener === undefined) {
      this.said += text;
    } else {
      this.listener.err(text);
    }
  }

  private tell(...words: readonly string[]): void {
    this.ssh.stdin.write(`${[String(words.length), ...words].join('\0')}\0`);
  }

  private write(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.ssh.stdin.write(bytes, () => resolve());
    });
  }
}

const PART = 1 << 16;

function lost(destination: string, acts: boolean): Problem {
  const message = `the connection to ${destination} broke`;
  return acts
    ? {
        code: 'ssh/lost',
        message: `${message}; what was begun there goes on without us`,
        value: destination,
        fix: `look at it: phoenix status --follow --host ${destination}`,
      }
    : { code: 'ssh/lost', message, value: destination, fix: 'say it again; nothing was changed' };
}
