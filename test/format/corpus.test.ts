import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseGuestConf } from '../../src/format/guest-conf.js';
import { renderGuestConf } from '../../src/format/guest-conf-text.js';
import { canonicalInterfacesFile } from '../../src/format/interfaces-canonical.js';
import { parseInterfaces } from '../../src/format/interfaces-file.js';
import { lintLxcConf } from '../../src/format/lxc-lint.js';
import { renderSections } from '../../src/format/section-config.js';
import { canonicalSectionFile, parseSectionFile, type SectionFileName } from '../../src/format/section-files.js';

const folder = fileURLToPath(new URL('./corpus/', import.meta.url));
const read = (name: string): string => readFileSync(folder + name, 'utf8');

const sectionFiles: readonly (readonly [file: string, name: SectionFileName, oddLines: number])[] = [
  ['jobs.cfg', 'jobs.cfg', 4],
  ['replication.cfg', 'replication.cfg', 0],
  ['ha-resources.cfg', 'ha/resources.cfg', 1],
  ['ha-rules.cfg', 'ha/rules.cfg', 1],
  ['mapping-pci.cfg', 'mapping/pci.cfg', 2],
  ['mapping-usb.cfg', 'mapping/usb.cfg', 0],
  ['mapping-directory.cfg', 'mapping/directory.cfg', 0],
];

const canonical: Readonly<Record<string, (text: string) => string>> = {
  ...Object.fromEntries(
    sectionFiles.map(([file, name]) => [file, (text: string) => canonicalSectionFile(text, name)] as const),
  ),
  interfaces: canonicalInterfacesFile,
  'interfaces.odd': canonicalInterfacesFile,
  'lxc-950.conf': (text) => renderGuestConf(parseGuestConf(text, 'lxc')),
  'qemu-100.conf': (text) => renderGuestConf(parseGuestConf(text, 'qemu')),
};

describe('a file of the corpus', () => {
  test.each(Object.entries(canonical))('%s becomes what Proxmox would write', (file, write) => {
    expect(write(read(file))).toBe(read(`${file}.canonical`));
    expect(write(read(`${file}.canonical`))).toBe(read(`${file}.canonical`));
  });

  test('has an expectation, each of them', () => {
    const files = readdirSync(folder).filter((file) => !file.endsWith('.canonical'));
    expect(files.filter((file) => file !== 'user.cfg')).toEqual(Object.keys(canonical).sort());
  });

  test.each(sectionFiles)('%s keeps every byte and tells what is odd', (file, name, oddLines) => {
    const found = parseSectionFile(read(file), name);
    expect(renderSections(found)).toBe(read(file));
    expect(found.flatMap(({ oddities }) => oddities)).toHaveLength(oddLines);
  });

  test.each(['interfaces', 'interfaces.odd'])('%s keeps every byte in its pieces', (file) => {
    const { pieces } = parseInterfaces(read(file));
    expect(pieces.map(({ raw }) => raw).join('')).toBe(read(file));
  });

  test('lxc-950.conf has what Proxmox takes and the start refuses', () => {
    expect(
      lintLxcConf(parseGuestConf(read('lxc-950.conf'), 'lxc'), 950).map(({ code, value }) => [code, value]),
    ).toEqual([
      ['lxc-conf/gateway-outside', '10.0.1.1'],
      ['lxc-conf/nic-name-twice', 'eth0'],
      ['lxc-conf/foreign-volume', 'local-zfs:subvol-951-disk-1'],
      ['lxc-conf/allocation', 'local-zfs:8'],
      ['lxc-conf/raw-commas', 'sys_time, sys_module'],
      ['lxc-conf/raw-place', 'lxc.apparmor.profile'],
      ['lxc-conf/raw-place', 'lxc.cap.drop'],
    ]);
  });

  test('qemu-100.conf loses one line, which has no value', () => {
    expect(parseGuestConf(read('qemu-100.conf'), 'qemu').oddities).toEqual([
      "line 12: 'balloon:' is no line of the grammar and will be lost",
    ]);
  });
});
