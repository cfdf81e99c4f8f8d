import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { assetPath } from '../../src/base/package-root.js';
import type { SimulatedRun } from '../../src/testing/simulated-commands.js';
import { Hosts, temporaryFolder } from '../cli/remote/hosts.js';

const id = 'a'.repeat(32);

function record(...words: readonly string[]): string {
  return `${[String(words.length), ...words].join('\0')}\0`;
}

/** Has the node take in an archive as whoever has a key that is good for nothing else. */
function taken(hosts: Hosts, lay: (folder: string) => void): SimulatedRun {
  const folder = temporaryFolder();
  lay(folder);
  const archive = execFileSync('tar', ['-czf', '-', '-C', folder, ...readdirSync(folder)]);
  const said = record('assembly', id) + record('list') + record('take', String(archive.length));
  const node = hosts.get('pve1');
  mkdirSync(node.path('/etc/phoenix/signers'), { recursive: true });
  return node.run(
    ['env', 'SSH_ORIGINAL_COMMAND=bash -c TEXT phoenix lab 00ff', assetPath('remote/phoenix-receive')],
    Buffer.concat([Buffer.from(said), archive]),
  );
}

it.each<[string, (folder: string, outside: string) => void]>([
  [
    'a link in the place of its folder',
    (folder, outside) => {
      writeFileSync(join(folder, 'keep'), 'evil\0');
      symlinkSync(outside, join(folder, 'new'));
    },
  ],
  [
    'a link below it',
    (folder, outside) => {
      writeFileSync(join(folder, 'keep'), 'sub/evil\0');
      mkdirSync(join(folder, 'new'));
      symlinkSync(outside, join(folder, 'new/sub'));
    },
  ],
  [
    'a link for the list of what is there',
    (folder, outside) => {
      mkdirSync(join(folder, 'new'));
      symlinkSync(join(outside, 'secret'), join(folder, 'keep'));
    },
  ],
  [
    'a list that climbs',
    (folder) => {
      mkdirSync(join(folder, 'new'));
      writeFileSync(join(folder, 'keep'), 'a\0../../../secret\0');
    },
  ],
])('refuses %s, and nothing is written or told outside of its own', (_, lay) => {
  const hosts = new Hosts('pve1');
  const base = join(hosts.store('pve1'), 'b'.repeat(32));
  mkdirSync(join(base, 'sub'), { recursive: true });
  writeFileSync(join(base, 'evil'), 'evil');
  writeFileSync(join(base, 'sub/evil'), 'evil');
  const outside = temporaryFolder();
  writeFileSync(join(outside, 'secret'), 'canary-of-a-secret');
  const { stdout, stderr } = taken(hosts, (folder) => lay(folder, outside));
  expect(stdout).toMatch(new RegExp(`\ntrouble damaged ${id}\n$`));
  expect(stderr).toBe('');
  expect([existsSync(join(outside, 'evil')), readdirSync(hosts.store('pve1'))]).toEqual([false, ['b'.repeat(32)]]);
});

it('is of no use without its own words', () => {
  const node = new Hosts('pve1').get('pve1');
  for (const command of ['touch x', 'x phoenix lab 00; touch x', 'x phoenix ../lab 00', '']) {
    expect(node.run(['env', `SSH_ORIGINAL_COMMAND=${command}`, assetPath('remote/phoenix-receive')]).status).toBe(2);
  }
});
