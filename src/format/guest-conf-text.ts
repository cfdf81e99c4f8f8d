import { PhoenixError, type Problem } from '../base/errors.js';
import { compareText } from '../base/stable.js';
import { trim } from './blanks.js';
import type { GuestConf, GuestKind, GuestLine, GuestSection } from './guest-conf.js';
import { encodeDescription, withoutLastFeeds } from './guest-notes.js';
import { headerRole, pendingHeader, SPECIAL } from './guest-sections.js';

/**
 * Writes a guest's file exactly as Proxmox would: the notes, the keys in byte order, the raw lines, the pending
 * section, then the other sections, each after a blank line. Raw lines keep their order, except that the runtime
 * environment comes first.
 *
 * `kind` is `lxc` unless given. `oddities` are not written.
 * @throws `key/invalid`, `key/duplicate`, `section/name`, `value/empty`, `value/blank` or `value/newline`, all that
 * were found
 */
export function renderGuestConf(conf: GuestSection & Partial<GuestConf>): string {
  const { kind = 'lxc', pending, specials = [], snapshots = [] } = conf;
  const writer: Writer = { kind, problems: [] };
  let text = sectionText(conf, '', writer);
  if (pending !== undefined) {
    const body = sectionText(pending, pendingHeader[kind], writer, pending.deletes);
    text += body === '' ? '' : `\n${pendingHeader[kind]}\n${body}`;
  }
  for (const [name, section] of sortedByName(specials)) {
    text += namedSectionText(SPECIAL + name, 'special', section, writer);
  }
  for (const [name, section] of sortedByName(snapshots)) {
    text += namedSectionText(name, 'snapshot', section, writer);
  }
  if (writer.problems.length > 0) {
    throw new PhoenixError(writer.problems);
  }
  return text;
}

interface Writer {
  readonly kind: GuestKind;
  readonly problems: Problem[];
}

function namedSectionText(name: string, role: 'special' | 'snapshot', section: GuestSection, writer: Writer): string {
  if (headerRole(writer.kind, name) !== role) {
    const fix = 'a section is named by a letter, then letters, digits, - and _';
    writer.problems.push({
      code: 'section/name',
      message: `'${name}' is no name of a ${role} section`,
      value: name,
      fix,
    });
  }
  return `\n[${name}]\n${sectionText(section, `[${name}] `, writer)}`;
}

function sectionText(section: GuestSection, place: string, writer: Writer, deletes: readonly string[] = []): string {
  let text = notesText(section.description ?? '');
  const deleteLine: GuestLine[] = deletes.length === 0 ? [] : [['delete', deletes.join(',')]];
  let last = '';
  for (const [key, value] of [...section.keys, ...deleteLine].sort((a, b) => compareText(a[0], b[0]))) {
    checkKey(key, last, deletes, place, writer);
    checkValue(key, value, place, writer);
    last = key;
    text += `${key}: ${value}\n`;
  }
  for (const [key, value] of environmentFirst(section.raw)) {
    checkRaw(key, value, place, writer);
    text += `${key}: ${value}\n`;
  }
  return text;
}

function notesText(description: string): string {
  const notes = withoutLastFeeds(description);
  return notes === ''
    ? ''
    : notes
        .split('\n')
        .map((line) => `#${encodeDescription(line)}\n`)
        .join('');
}

function checkKey(key: string, last: string, deletes: readonly string[], place: string, writer: Writer): void {
  const pattern = writer.kind === 'lxc' ? /^[a-z][a-z_]*\d*$/ : /^[a-z][a-z_-]*\d*$/;
  const isReserved = key === 'description' || (key === 'delete' && deletes.length === 0);
  if (isReserved || !pattern.test(key)) {
    const fix = 'use a key of the guest; notes, deletions and raw lxc lines have fields of their own';
    writer.problems.push({
      code: 'key/invalid',
      message: `${place}'${key}' is no key of a guest's file`,
      value: key,
      fix,
    });
  }
  if (key === last) {
    const message = `${place}'${key}' is given twice`;
    writer.problems.push({ code: 'key/duplicate', message, value: key, fix: 'keep one of the two lines' });
  }
}

function checkValue(key: string, value: string, place: string, writer: Writer): void {
  if (value === '') {
    const message = `${place}'${key}' has no value`;
    writer.problems.push({ code: 'value/empty', message, value, fix: 'give a value or leave the key out' });
  } else {
    checkLine(key, value, place, writer);
  }
}

function checkRaw(key: string, value: string, place: string, writer: Writer): void {
  if (writer.kind !== 'lxc' || !/^lxc\.[a-z0-9_.-]+$/.test(key)) {
    const fix = 'raw lines are for containers and start with lxc.';
    writer.problems.push({ code: 'key/invalid', message: `${place}'${key}' is no raw key`, value: key, fix });
  }
  checkLine(key, value, place, writer);
}

function checkLine(key: string, value: string, place: string, writer: Writer): void {
  if (/[\n\r\0]/.test(value)) {
    const message = `${place}'${key}' has a value with a line break or NUL: ${JSON.stringify(value)}`;
    writer.problems.push({ code: 'value/newline', message, value, fix: 'use a value of one line' });
  } else if (value !== trim(value)) {
    const message = `${place}'${key}' has a value with blanks around it: '${value}'`;
    writer.problems.push({ code: 'value/blank', message, value, fix: 'take the blanks away, Proxmox drops them' });
  }
}

function environmentFirst(raw: readonly GuestLine[]): readonly GuestLine[] {
  const isEnvironment = ([key]: GuestLine): boolean => key === 'lxc.environment.runtime';
  return raw.some(isEnvironment) ? [...raw.filter(isEnvironment), ...raw.filter((line) => !isEnvironment(line))] : raw;
}

function sortedByName<T>(sections: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  return [...sections].sort((a, b) => compareText(a[0], b[0]));
}
