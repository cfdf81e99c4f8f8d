import { compareText } from '../base/stable.js';

/**
 * The items of one of Proxmox's lists: parted by commas, semicolons and blanks alike; where a NUL is, by NULs only.
 * No item is empty.
 */
export function splitList(text: string): string[] {
  const parts = text.includes('\0') ? text.split('\0') : text.split(/[,;\s]+/);
  return parts.filter((part) => part !== '');
}

/** The items of a list, each once and sorted, parted as Proxmox writes most of them: by commas. */
export function sortedList(text: string): string {
  return [...new Set(splitList(text))].sort(compareText).join(',');
}

/** Tags as Proxmox stores them: lower case, each once, sorted, parted by `;`. */
export function renderTags(tags: readonly string[]): string {
  return [...new Set(tags.map((tag) => tag.toLowerCase()))].sort(compareText).join(';');
}

/** Whether a boolean of Proxmox's files is true; `undefined` for a text that is none. */
export function parseBoolean(text: string): boolean | undefined {
  if (/^(?:1|on|yes|true)$/i.test(text)) {
    return true;
  }
  return /^(?:0|off|no|false)$/i.test(text) ? false : undefined;
}
