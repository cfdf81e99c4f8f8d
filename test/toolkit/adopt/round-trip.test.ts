import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SimulatedNode } from '../../../src/testing/simulated-node.js';
import { adoptReport } from '../../../src/toolkit/adopt/report.js';
import { AdoptedHost, fixtures, type PlannedStep } from './host-fixture.js';

const pve = join(fixtures, 'one/etc/pve');
const leftOut = [112, 113];

function textsIn(folder: string, end: string): Map<number, string> {
  const names = readdirSync(join(pve, folder)).filter((name) => name.endsWith(end) && /^\d/.test(name));
  return new Map(
    names
      .map((name): [number, string] => [Number.parseInt(name, 10), readFileSync(join(pve, folder, name), 'utf8')])
      .filter(([vmid]) => !leftOut.includes(vmid)),
  );
}

describe('a host with every oddity, adopted', () => {
  const host = new AdoptedHost(join(fixtures, 'one'));
  const texts = textsIn('lxc', '.conf');
  let node: SimulatedNode;
  let plan: readonly PlannedStep[];

  beforeAll(() => {
    host.synth();
    node = host.node('pve1', texts, textsIn('qemu-server', '.conf'), textsIn('firewall', '.fw'));
    plan = host.plan(node);
  });

  test('the plan is empty', () => {
    expect(plan.filter(({ verdict }) => verdict !== 'satisfied')).toEqual([]);
    expect(plan.length).toBeGreaterThan(texts.size);
  });

  test('a key stays outside of the program only where the report says so', () => {
    const foreign = plan.flatMap(({ id, notes = [] }) =>
      notes.flatMap(
        (note) =>
          /^foreign (?:key (\S+)|line `(\S+):)/
            .exec(note)
            ?.slice(1)
            .filter(Boolean)
            .map((key) => `${id} ${key}`) ?? [],
      ),
    );
    const [{ guests = [] } = {}] = adoptReport(host.app, host.program.nodes, []).nodes;
    const told = guests.flatMap(({ vmid, remarks }) =>
      remarks.filter(({ is }) => is === 'host').map(({ key }) => `guest/${vmid}/config ${key}`),
    );
    expect(foreign.filter((key) => !told.includes(key))).toEqual([]);
    expect(foreign).toContain('guest/106/config strange_key');
  });

  test('a rule that somebody changes is a change, and one that Proxmox writes anew is none', () => {
    const path = '/etc/pve/firewall/101.fw';
    const text = node.readFile(path);
    const verdict = () => host.plan(node).find(({ id }) => id === 'guest/101/firewall')?.verdict;
    node.writeFile(path, text.replaceAll('\n\n', '\n').replace('-p tcp -dport 8080', '-dport 8080 -p tcp'));
    expect(verdict()).toBe('satisfied');
    node.writeFile(path, text.replace('8080', '8081'));
    expect(verdict()).toBe('change');
    node.writeFile(path, text);
  });

  test('an ordinary guest is not made a template, and templates are what went into them', () => {
    const paths = ['/etc/pve/nodes/pve1/lxc/900.conf', '/etc/pve/nodes/pve1/qemu-server/901.conf'];
    const texts = paths.map((path) => node.readFile(path));
    paths.forEach((path, index) => {
      node.writeFile(path, texts[index]?.replace('template: 1\n', '') ?? '');
    });
    const refused = host.plan(node).filter(({ id }) => /^guest\/90[01]\/template$/.test(id));
    expect(refused.map(({ verdict }) => verdict)).toEqual(['refused', 'refused']);
    expect(refused[0]?.reason).toContain('adopted as a template and is none');
    paths.forEach((path, index) => {
      node.writeFile(path, texts[index] ?? '');
    });
    expect(host.apply(node)).toBe(0);
    const sealed = node.readFile(`/var/lib/phoenix/${host.app}/journal`).match(/^sealed\t\d+/gm);
    expect(sealed).toEqual(['sealed\t900', 'sealed\t901']);
  });

  test('a guest that is gone is not made anew', () => {
    rmSync(node.path('/etc/pve/nodes/pve1/lxc/105.conf'));
    rmSync(node.path('/etc/pve/nodes/pve1/qemu-server/203.conf'));
    const gone = host.plan(node).filter(({ id }) => id === 'guest/105/create' || id === 'guest/203/create');
    expect(gone.map(({ verdict }) => verdict)).toEqual(['refused', 'refused']);
    expect(gone[0]?.reason).toMatch(/was adopted and is not there any more.*restore it from a backup/);
  });
});
