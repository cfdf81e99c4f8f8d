import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Step } from '../../src/model/step.js';
import { openAssembly } from '../../src/toolkit/assembly.js';
import { applierAlone, lackingOf, shipmentFor } from '../../src/toolkit/shipment.js';
import { writeSmallAssembly } from './small-assembly.js';

function secretFile(secret: string): Step {
  const file = { target: '/etc/x', source: 'root/etc/x', sha256: 'a'.repeat(64), secrets: [secret] };
  return { kind: 'file', id: `file/${secret}`, resource: 'file//etc/x', path: 'ai/x', title: 'file', needs: [], file };
}

function newAssembly() {
  const folder = writeSmallAssembly({
    stacks: { ai: [secretFile('used')] },
    files: { 'vault/used.asc': 'ciphertext', 'vault/other.asc': 'ciphertext' },
  });
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return openAssembly(folder);
}

it('has all files, but of encrypted secrets only those that the host uses', () => {
  const assembly = newAssembly();
  const paths = (host: string) =>
    shipmentFor(assembly, host)
      .files.map(({ path }) => path)
      .sort();
  expect(paths('pve')).toEqual(['manifest.json', 'stacks/ai/runbook.json', 'tree.json', 'vault/used.asc']);
  expect(paths('pve2')).toEqual(['manifest.json', 'stacks/ai/runbook.json', 'tree.json']);
  expect(shipmentFor(assembly, 'pve').id).not.toBe(shipmentFor(assembly, 'pve2').id);
});

it('is another one with another signature', () => {
  const assembly = newAssembly();
  const { id } = shipmentFor(assembly, 'pve');
  writeFileSync(join(assembly.folder, 'manifest.json.asc'), 'a signature');
  expect(shipmentFor(assembly, 'pve').id).not.toBe(id);
});

it('lacks what the host has not with the same bytes and mode', () => {
  const assembly = newAssembly();
  const shipment = shipmentFor(assembly, 'pve2');
  const lines = shipment.files.flatMap(({ path, sha256 }) => [`f644 ${path}`, `${sha256}  ${path}`]);
  const lacking = (listing: string[]) => lackingOf(shipment, listing).lacking.map(({ path }) => path);
  expect(lacking([])).toHaveLength(3);
  expect(lacking(lines)).toEqual([]);
  expect(lacking(lines.map((line) => line.replace('f644 tree', 'f755 tree')))).toEqual(['tree.json']);
  expect(lacking(lines.filter((line) => !line.endsWith('  manifest.json')))).toEqual(['manifest.json']);
});

it('never sends other bytes than it named', () => {
  const assembly = newAssembly();
  const { files, read } = shipmentFor(assembly, 'pve');
  const file = files.find(({ path }) => path === 'tree.json')!;
  expect(read(file).length).toBeGreaterThan(0);
  writeFileSync(join(assembly.folder, 'tree.json'), '{}');
  expect(() => read(file)).toThrow('was changed while it was sent');
});

it('may be the applier alone', () => {
  const { files } = applierAlone();
  expect(files.find(({ path }) => path === 'applier')?.mode).toBe('0755');
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(['engine.pl', 'run/args.bash']));
});
