/** The text without the blanks around it. */
export function trim(text: string): string {
  const from = skipBlanks(text, 0, text.length);
  return text.slice(from, trimEnd(text, from, text.length));
}

/** The first place from `start` on that is no blank. */
export function skipBlanks(text: string, start: number, end: number): number {
  let i = start;
  while (i < end && isBlankCode(text.charCodeAt(i))) {
    i++;
  }
  return i;
}

/** The place behind the last character before `end` that is no blank. */
export function trimEnd(text: string, start: number, end: number): number {
  let i = end;
  while (i > start && isBlankCode(text.charCodeAt(i - 1))) {
    i--;
  }
  return i;
}

/** ASCII blanks only, as Proxmox sees them in the file's bytes. */
function isBlankCode(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
