import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type TarMember, tarArchive } from '../../src/toolkit/tar-archive.js';

it('is unpacked by tar as it was, whatever the paths and sizes', () => {
  const long = `${'a long folder/'.repeat(12)}file`;
  const members: TarMember[] = [
    { path: 'applier', mode: '0755', content: Buffer.from('#!/bin/sh\n') },
    { path: 'empty', mode: '0644', content: Buffer.alloc(0) },
    { path: 'stacks/a/schön', mode: '0644', content: Buffer.alloc(512, 1) },
    { path: long, mode: '0644', content: Buffer.alloc(70_000, 2) },
    { path: `${'x'.repeat(99)}/${'y'.repeat(200)}`, mode: '0644', content: Buffer.alloc(513, 3) },
  ];
  const folder = mkdtempSync(join(tmpdir(), 'phoenix-tar-'));
  try {
    execFileSync('tar', ['-xpf', '-', '-C', folder], { input: tarArchive(members) });
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      statSync(join(folder, path)).isFile(),
    );
    expect(files.sort()).toEqual(members.map(({ path }) => path).sort());
    for (const { path, mode, content } of members) {
      expect(readFileSync(join(folder, path)).equals(Buffer.from(content)), path).toBe(true);
      expect((statSync(join(folder, path)).mode & 0o777).toString(8), path).toBe(mode.slice(1));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
