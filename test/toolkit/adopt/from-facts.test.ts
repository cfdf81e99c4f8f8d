import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parseFacts } from '../../../src/model/facts.js';
import { adoptedProgram } from '../../../src/toolkit/adopt/program.js';
import { readHost } from '../../../src/toolkit/adopt/read-host.js';
import { adoptReport } from '../../../src/toolkit/adopt/report.js';
import { renderFacts } from '../../../src/toolkit/facts/render.js';
import { applierFacts } from '../../support/applier-facts.js';
import { AdoptedHost, fixtures } from './host-fixture.js';

const folder = join(fixtures, 'one');
let file: string;

/** The host of the fixture as its applier sees it: what lies beside `nodes/` there lies below the node here. */
beforeAll(() => {
  const root = mkdtempSync(join(tmpdir(), 'adopt-facts-'));
  cpSync(join(folder, 'etc'), join(root, 'etc'), { recursive: true });
  const node = join(root, 'etc/pve/nodes/pve1');
  for (const kind of ['lxc', 'qemu-server']) {
    cpSync(join(folder, 'etc/pve', kind), join(node, kind), { recursive: true });
  }
  mkdirSync(join(root, 'var/lib/dpkg'), { recursive: true });
  writeFileSync(
    join(root, 'var/lib/dpkg/status'),
    'Package: pve-manager\nStatus: install ok installed\nVersion: 9.2.2\n\n',
  );
  const { stdout } = applierFacts(root);
  file = join(root, 'facts.json');
  writeFileSync(file, renderFacts(parseFacts(stdout, 'applier')));
});

const program = (place: string) => adoptedProgram(readHost(place), 'adopted');

/** Lines that differ: notes and secrets are not in facts. */
function differingLines(one: string, other: string): { readonly gone: string[]; readonly added: string[] } {
  const [left, right] = [one.split('\n'), other.split('\n')];
  return {
    gone: left.filter((line) => !right.includes(line)),
    added: right.filter((line) => !left.includes(line)),
  };
}

test('the program is the one that a copy of the files gives, but for what facts leave out', () => {
  const { gone, added } = differingLines(program(folder).text, program(file).text);
  expect({ gone, added }).toMatchInlineSnapshot(`
    {
      "added": [
        "// strange_key: is left out of the facts, being a secret or like one; it stays on the host",
        "// cipassword: is left out of the facts, being a secret or like one; it stays on the host",
        "// sshkeys: is left out of the facts, being a secret or like one; it stays on the host",
        "  cloudInit: { storage: localZfs, user: 'admin' },",
        "// strange-key: is left out of the facts, being a secret or like one; it stays on the host",
      ],
      "gone": [
        "// nginx for the intranet. Ask Anna (+49 30 1234) first; grüße",
        "// 100% of the vhosts come from git: see wiki",
        "// strange_key: \`some value\` stays as it is: this library does not know it",
        "// <div align='center'>",
        "// <a href='https://example.org' target='_blank'>🐳 Gateway</a>",
        "// line three",
        "// … (3 more lines of notes on the host)",
        "// Docker host",
        "// with notes",
        "// cipassword: is a secret; it stays on the host",
        "  cloudInit: { storage: localZfs, user: 'admin', sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtl anna@desk'] },",
        "// no: cloud-init drive",
        "// strange-key: \`value\` stays as it is: this library does not know it",
      ],
    }
  `);
});

test('the report names what stays on the host because it was left out', () => {
  const { nodes } = program(file);
  const [node] = adoptReport('adopted', nodes, []).nodes;
  const remarks = node?.guests.flatMap((guest) =>
    guest.remarks.map((remark) => `${guest.vmid} ${remark.key ?? ''} ${remark.why}`),
  );
  expect(remarks?.filter((remark) => /facts|secret/.test(remark))).toMatchInlineSnapshot(`
    [
      "101  has notes, which are not in the facts",
      "106 strange_key is left out of the facts, being a secret or like one; it stays on the host",
      "110  has notes, which are not in the facts",
      "201 cipassword is left out of the facts, being a secret or like one; it stays on the host",
      "201 sshkeys is left out of the facts, being a secret or like one; it stays on the host",
      "201  has notes, which are not in the facts",
      "204 strange-key is left out of the facts, being a secret or like one; it stays on the host",
      "204  has notes, which are not in the facts",
    ]
  `);
});

test('the plan of the program is empty on the host that it came from', { timeout: 60_000 }, () => {
  const host = new AdoptedHost(file).synth();
  const node = host.node('pve1', textsIn('lxc'), textsIn('qemu-server'), textsIn('firewall'));
  expect(host.plan(node).filter(({ verdict }) => verdict !== 'satisfied')).toEqual([]);
});

function textsIn(kind: string): Map<number, string> {
  const names = readdirSync(join(folder, 'etc/pve', kind)).filter((name) => /^(?!11[23])\d+\./.test(name));
  return new Map(
    names.map((name) => [Number.parseInt(name, 10), readFileSync(join(folder, 'etc/pve', kind, name), 'utf8')]),
  );
}

test('other files are named as in a copy', () => {
  expect(readHost(file).others).toEqual(readHost(folder).others);
});
