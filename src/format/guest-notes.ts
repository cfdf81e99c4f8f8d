/**
 * Any text as one line that guest files and Proxmox's comments can hold: `%`, `:`, control characters and everything
 * beyond ASCII become the `%XX` of their UTF-8 bytes.
 */
export function encodeDescription(text: string): string {
  return text.replace(/[^ -$&-9;-~]+/g, percentBytes);
}

/**
 * The text that {@link encodeDescription} was given. Every `%XX` counts, also one that somebody typed: `%41` is `A`.
 */
export function decodeDescription(line: string): string {
  if (!line.includes('%')) {
    return line;
  }
  const bytes: number[] = [];
  const source = Buffer.from(line);
  for (let i = 0; i < source.length; i++) {
    const byte = source[i] ?? 0;
    const high = byte === PERCENT ? hexValue(source[i + 1]) : -1;
    const low = high < 0 ? -1 : hexValue(source[i + 2]);
    if (low < 0) {
      bytes.push(byte);
    } else {
      bytes.push(high * 16 + low);
      i += 2;
    }
  }
  return Buffer.from(bytes).toString();
}

const PERCENT = 0x25;

/** Proxmox drops empty lines at the end of the notes when it writes. */
export function withoutLastFeeds(text: string): string {
  let end = text.length;
  while (text[end - 1] === '\n') {
    end--;
  }
  return text.slice(0, end);
}

function percentBytes(run: string): string {
  let text = '';
  for (const byte of Buffer.from(run)) {
    text += `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`;
  }
  return text;
}

function hexValue(byte: number | undefined): number {
  const value = byte === undefined ? Number.NaN : Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(value) ? -1 : value;
}
