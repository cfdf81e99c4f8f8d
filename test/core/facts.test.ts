import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/base/stable.js';
import type { Artifact } from '../../src/model/artifact.js';
import { type Facts, parseFacts } from '../../src/model/facts.js';
import type { Manifest } from '../../src/model/manifest.js';
import { assembled } from '../../src/testing/assembled.js';
import { VirtualMachine } from '../../src/vm/virtual-machine.js';
import { factsOf, knownGuest, putFacts } from '../support/facts.js';
import { codesOf, problemsOf, SmallHost } from '../support/small-host.js';

/** Two containers and a machine; the numbers and addresses of the first are for the synth to choose. */
function program(facts?: Facts): SmallHost {
  const small = new SmallHost();
  small.container('web', { network: small.lan });
  small.container('db', { vmid: 951, address: '10.0.0.51', network: small.lan, mac: 'BC:24:11:00:00:51' });
  new VirtualMachine(small.ai, 'docker', {
    network: small.lan,
    disks: [{ key: 'scsi0', storage: small.disks, size: '8GiB' }],
  });
  if (facts !== undefined) putFacts(small.app, facts);
  return small;
}

/** Everything that is a stranger's: the first that an empty host would give out. */
function strangersInTheWay(): Facts {
  const { pinned } = assembled(program().app).synthesis;
  const value = (pool: string) => pinned.get(`${pool} ai/web`) ?? '';
  const conf = [`net0: name=eth0,bridge=vmbr0,hwaddr=${value('mac')},ip=${value('address 10.0.0.0/24')}/24`];
  return factsOf(knownGuest(Number(value('vmid')), conf));
}

const textOf = (files: readonly Artifact[], path: string) => String(files.find((file) => file.path === path)?.text);

describe('facts of a host', () => {
  it('change no byte of an assembly but its findings and its record of the facts', () => {
    const pinned = assembled(program().app).synthesis.pinned;
    const without = assembled(program().app, { pinned }).files;
    const facts = factsOf({
      ...knownGuest(951, ['net0: virtio=BC:24:11:00:00:51,bridge=vmbr0'], {
        type: 'qemu',
        node: 'pve',
        mark: { app: 'test', path: 'ai/db', vmid: 951 },
      }),
      pveVersion: '9.0.1',
      cores: 2,
      nvidia: undefined,
    });
    const small = program(facts);
    const found = assembled(small.app, { pinned });
    expect(found.synthesis.findings.map(({ code }) => code)).toContain('facts/release');
    const rest = (files: readonly Artifact[]) => files.filter(({ path }) => !/(manifest\.json|PLAN\.md)$/.test(path));
    expect(rest(found.files)).toEqual(rest(without));
    const plan = (files: readonly Artifact[]) =>
      textOf(files, 'stacks/ai/PLAN.md')
        .split(/^## /m)
        .filter((part) => !part.startsWith('Findings'));
    expect(plan(found.files)).toEqual(plan(without));
    const hash = sha256(readFileSync(join(small.app.root, 'facts/pve.json'), 'utf8'));
    const manifest = (files: readonly Artifact[]) => JSON.parse(textOf(files, 'manifest.json')) as Manifest;
    expect(manifest(found.files).inputs).toEqual({ ...manifest(without).inputs, facts: { pve: hash } });
    expect(manifest(without).inputs.facts).toBeNull();
  });

  it('keep new guests from numbers and addresses that are taken', () => {
    const before = assembled(program().app).synthesis.pinned;
    const after = assembled(program(strangersInTheWay()).app).synthesis.pinned;
    for (const key of ['vmid ai/web', 'mac ai/web', 'address 10.0.0.0/24 ai/web']) {
      expect(after.get(key), key).not.toBe(before.get(key));
    }
    expect(after.get('vmid ai/docker')).toBe(before.get('vmid ai/docker'));
  });

  it('move nothing that is pinned, and say that somebody else has it', () => {
    const pinned = assembled(program().app).synthesis.pinned;
    const { synthesis } = assembled(program(strangersInTheWay()).app, { pinned });
    expect(synthesis.pinned).toEqual(pinned);
    expect(
      synthesis.findings.filter(({ code }) => code.startsWith('facts/')).map(({ code, path }) => [code, path]),
    ).toEqual([['facts/vmid-taken', 'ai/web']]);
  });

  it('leave to a guest of ours what it has, so that a lost lock file chooses the same again', () => {
    const strangers = strangersInTheWay();
    const vmid = strangers.guests?.[0]?.vmid ?? 0;
    const ours = (path: string, app = 'test') =>
      assembled(
        program({ ...strangers, guests: [{ vmid, node: 'pve', type: 'lxc', mark: { app, path, vmid } }] }).app,
      ).synthesis.pinned.get('vmid ai/web');
    expect(ours('ai/web')).toBe(String(vmid));
    expect(ours('ai/other')).not.toBe(String(vmid));
    expect(ours('ai/web', 'other')).not.toBe(String(vmid));
  });

  it('keep addresses of the host itself from guests', () => {
    const address = assembled(program().app).synthesis.pinned.get('address 10.0.0.0/24 ai/web');
    const interfaces = [{ name: 'vmbr0', kind: 'bridge' as const, addresses: ['10.0.0.13/24', `${address}/24`] }];
    const after = assembled(program(factsOf({ interfaces })).app).synthesis.pinned;
    expect(after.get('address 10.0.0.0/24 ai/web')).not.toBe(address);
  });

  it('count whatever a checkout made of the ends of their lines', () => {
    const small = program(factsOf());
    const file = join(small.app.root, 'facts/pve.json');
    const before = assembled(small.app).files;
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('\n', '\r\n'));
    expect(assembled(small.app).files).toEqual(before);
  });

  it.each([
    ['facts/invalid', 'no JSON'],
    ['facts/invalid', '{ "version": 1 }'],
    ['facts/version', '{ "version": 2 }'],
    ['facts/other-node', JSON.stringify(factsOf({ node: 'pve2' }))],
  ])('%s stops the synth', (code, text) => {
    const small = program(factsOf());
    writeFileSync(join(small.app.root, 'facts/pve.json'), text);
    expect(codesOf(() => small.synth())).toContain(code);
  });

  it('are refused in words of our own, with value, place and what is expected', () => {
    const text = JSON.stringify({ version: 1, takenAt: 'today', node: '../x', cores: 'many', unknown: [], more: 1 });
    expect(problemsOf(() => parseFacts(text, 'facts/pve.json'))).toEqual(
      [
        ['`takenAt` is "today", expected a time such as 2026-06-12T14:15:02Z', 'today', ['takenAt']],
        ['`node` is "../x", expected the name of a node, of letters, digits and hyphens', '../x', ['node']],
        ['`cores` is "many", expected a whole number', 'many', ['cores']],
        ['`more` is no key', undefined, ['more']],
      ].map(([message, value, keys]) => ({
        code: 'facts/invalid',
        message: `no facts of a host: ${message}`,
        path: 'facts/pve.json',
        fix: 'take them anew: npx phoenix facts import --host root@HOST',
        keys,
        ...(value === undefined ? {} : { value }),
      })),
    );
    expect(() => parseFacts('error: no host', 'x.json')).toThrow('it begins with "error: no host", expected JSON');
    expect(() => parseFacts('', 'x.json')).toThrow('it is empty, expected JSON');
  });

  it('of hosts that the program does not have are left alone', () => {
    const small = program(factsOf({ node: 'other' }));
    writeFileSync(join(small.app.root, 'facts/broken.json'), '{');
    mkdirSync(join(small.app.root, 'facts/folder'));
    expect(assembled(small.app).synthesis.facts.size).toBe(0);
  });
});
