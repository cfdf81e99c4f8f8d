import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { SimulatedRun } from '../../src/testing/simulated-commands.js';
import { SimulatedNode } from '../../src/testing/simulated-node.js';
import type { SimulatedNodeOptions } from '../../src/testing/simulated-node-options.js';

export const TEMPLATE = 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst';

/** A node with one OS template and a disk or two, gone when the test is. */
export function freshNode(options: SimulatedNodeOptions = {}): SimulatedNode {
  const dir = mkdtempSync(join(tmpdir(), 'simulated-node-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return SimulatedNode.create(dir, { osTemplates: { [TEMPLATE]: {} }, lockTimeoutMs: 100, ...options });
}

/** Runs a line of words apart by single blanks. */
export function run(node: SimulatedNode, line: string, input?: string | Uint8Array): SimulatedRun {
  return node.run(line.split(' '), input);
}

/** Runs a line that has to succeed; answers what it printed. */
export function ok(node: SimulatedNode, line: string): string {
  const result = run(node, line);
  expect({ line, ...result }).toMatchObject({ status: 0 });
  return result.stdout;
}

/** Makes a stopped container; more options may follow. */
export function container(node: SimulatedNode, vmid: number, options = ''): void {
  ok(node, `pct create ${vmid} ${TEMPLATE} --rootfs local-zfs:1${options === '' ? '' : ` ${options}`}`);
}

/** The value of a key in the part of the file that counts now. */
export function key(node: SimulatedNode, vmid: number, name: string): string | undefined {
  const [main = ''] = node.guestConfig(vmid).split(/^\[/m);
  return new RegExp(`^${name}: (.*)$`, 'm').exec(main)?.[1];
}

/** The lines of the section of pending changes. */
export function pending(node: SimulatedNode, vmid: number): string[] {
  const [, section = ''] = node.guestConfig(vmid).split('[pve:pending]\n');
  const [lines = ''] = section.split('\n[');
  return lines.split('\n').filter((line) => line !== '');
}
