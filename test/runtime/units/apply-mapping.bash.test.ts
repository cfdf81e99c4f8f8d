import { expect, test } from 'vitest';
import { bash } from './bash.js';

test.each([
  ['/cluster/mapping/pci', 'pci.cfg'],
  ['/cluster/mapping/dir/models', 'directory.cfg'],
  ['/cluster/mapping/usb/stick', 'usb.cfg'],
])('apply_mapping keeps the file of %s, calls pvesh, and notes how that left it', (path, file) => {
  const { calls } = bash('apply-mapping', ['apply_mapping', 's'], {
    set: { doing: 'set', arguments: [path, '--map', 'node=pve,path=1'] },
    stubs: { keep_before: '', patiently: '', note_left: '' },
  });
  expect(calls).toEqual([
    `keep_before /etc/pve/mapping/${file}`,
    `patiently pvesh set ${path} --map node=pve,path=1`,
    `note_left s /etc/pve/mapping/${file}`,
  ]);
});
