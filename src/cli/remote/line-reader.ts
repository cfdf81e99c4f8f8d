import { StringDecoder } from 'node:string_decoder';

/** Reads a stream by lines for as long as somebody asks for them, and hands all that follows to somebody else. */
export class LineReader {
  private readonly decoder = new StringDecoder('utf8');
  private text = '';
  private hasEnded = false;
  private wanted: ((line: string | undefined) => void) | undefined;
  private rest: ((text: string) => void) | undefined;

  constructor(stream: NodeJS.ReadableStream) {
    stream.on('data', (bytes: Buffer) => this.take(this.decoder.write(bytes)));
    stream.on('end', () => this.end());
    stream.on('error', () => this.end());
  }

  /** The next line without its end; undefined at the end of all. One at a time. */
  next(): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.wanted = resolve;
      this.serve();
    });
  }

  /** From now on everything goes there as it comes. */
  handOver(rest: (text: string) => void): void {
    this.rest = rest;
    this.take('');
  }

  private take(text: string): void {
    this.text += text;
    if (this.rest !== undefined) {
      const all = this.text;
      this.text = '';
      if (all !== '') {
        this.rest(all);
      }
      return;
    }
    this.serve();
  }

  private end(): void {
    this.take(this.decoder.end());
    this.hasEnded = true;
    this.serve();
  }

  private serve(): void {
    const { wanted } = this;
    const end = this.text.indexOf('\n');
    if (wanted === undefined || (end < 0 && !this.hasEnded)) {
      return;
    }
    this.wanted = undefined;
    const line = end < 0 ? undefined : this.text.slice(0, end);
    this.text = end < 0 ? '' : this.text.slice(end + 1);
    wanted(line);
  }
}
