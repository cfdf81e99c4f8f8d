import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { canonicalInterface } from '../../src/format/interfaces-canonical.js';
import { type InterfaceConfig, parseInterfaces, replaceInterfaces } from '../../src/format/interfaces-file.js';
import type { Step, StepOf } from '../../src/model/step.js';
import type { SimulatedRun } from '../../src/testing/simulated-commands.js';
import type { SimulatedNodeOptions } from '../../src/testing/simulated-node-options.js';
import { perlOptions } from '../support/runtime.js';
import { Bench } from './bench.js';

const file = '/etc/network/interfaces';
const guard = '/var/lib/phoenix/.network-guard';
const id = 'network/interfaces/entries';

type Given = Omit<Partial<InterfaceConfig>, 'stanzas'> & {
  readonly name: string;
  readonly options: readonly (readonly [string, string])[];
};

/** A step with these interfaces, as Proxmox writes them. */
function network(interfaces: readonly Given[], cards: StepOf<'network'>['cards'] = []): Step {
  return {
    kind: 'network',
    id,
    resource: 'network/interfaces',
    path: 'pve/network',
    title: 'interfaces',
    needs: [],
    exclusive: ['file/interfaces'],
    management: '10.0.0.13',
    interfaces: interfaces.map(({ name, autostart = true, options }) => {
      const isStatic = options.some(([option]) => option === 'address');
      const stanza = { family: 'inet', method: isStatic ? 'static' : 'manual', options, comments: [] } as const;
      const [first] = canonicalInterface({ name, autostart, stanzas: [stanza] }).stanzas;
      const written = (first?.options ?? []).map(([option, value]) => ({ name: option, value }));
      return { name, autostart, stanzas: [{ ...stanza, options: written }] };
    }),
    cards,
  };
}

const eno2 = { name: 'eno2', autostart: false } as const;
const vmbr1 = { name: 'vmbr1', options: [['bridge-ports', 'eno2']] } as const;
const uplink = (...more: (readonly [string, string])[]): Given => ({
  name: 'vmbr0',
  options: [['address', '10.0.0.13/24'], ['gateway', '10.0.0.1'], ['bridge-ports', 'eno1'], ...more],
});

function bench(steps: readonly Step[], options: SimulatedNodeOptions = {}): Bench {
  const made = new Bench(options);
  made.synthesize({ steps });
  return made;
}

function again(made: Bench, ...steps: Step[]): void {
  made.synthesize({ steps });
}

function apply(made: Bench, ...words: string[]): SimulatedRun {
  return made.run('apply', ...words);
}

const tools = (made: Bench) =>
  made.node
    .commands()
    .map(({ argv }) => argv.join(' '))
    .filter((line) => /^(ifreload|ping|ip) /.test(line));

test('a bridge of its own is written behind what stands there, brought up once, and in place from then on', () => {
  const made = bench([network([vmbr1], [eno2])]);
  const before = made.node.readFile(file);
  const first = apply(made);
  expect(first, first.stderr).toMatchObject({ status: 0 });
  expect(made.node.readFile(file)).toBe(
    `${before}\nauto vmbr1\niface vmbr1 inet manual\n\tbridge-ports eno2\n\tbridge-stp off\n\tbridge-fd 0\n\n`,
  );
  expect(made.node.exists('/sys/class/net/vmbr1/brif/eno2')).toBe(true);
  expect(made.node.exists(guard)).toBe(false);
  expect(tools(made)).toEqual([
    'ping -n -c 1 -W 1 10.0.0.1',
    'ifreload -a -s',
    'ifreload -a',
    'ping -n -c 1 -W 1 10.0.0.1',
  ]);
  made.node.clearCommands();
  expect(apply(made).stdout).toMatch(/^Nothing to do: 1 steps in place/);
  expect(tools(made)).toEqual([]);
});

test('a card without an entry gets one', () => {
  const made = bench([network([vmbr1], [{ ...eno2, mtu: 9000 }])], {
    interfaces: 'auto lo\niface lo inet loopback\n',
  });
  expect(apply(made).status).toBe(0);
  expect(made.node.readFile(file)).toContain('iface eno2 inet manual\n\tmtu 9000\n');
  expect(made.node.readFile('/sys/class/net/eno2/mtu')).toBe('9000\n');
});

test('a card whose entry says nothing is told the size of packets; one that says another is not touched', () => {
  const jumbo = network([{ name: 'vmbr1', options: [...vmbr1.options, ['mtu', '9000']] }], [{ ...eno2, mtu: 9000 }]);
  const made = bench([jumbo]);
  expect(apply(made).status).toBe(0);
  expect(made.node.readFile(file)).toContain('iface eno2 inet manual\n\tmtu 9000\n');
  expect(apply(made).stdout).toMatch(/^Nothing to do/);
  const other = bench([jumbo], { interfaces: 'iface eno2 inet manual\n\tmtu 4000\n' });
  expect(other.plan()[id]).toMatchObject({ verdict: 'refused', reason: expect.stringMatching(/^eno2 stands in/) });
});

test('what the host is reached by is changed only if it is named', () => {
  const made = bench([network([uplink()])]);
  expect(apply(made).stdout, 'taken over because it says the same').toMatch(/^Nothing to do/);
  again(made, network([uplink(['bridge-vlan-aware', 'yes'])]));
  expect(made.plan()[id]).toMatchObject({
    verdict: 'held',
    flag: '--allow-network vmbr0',
    changes: [
      { key: 'vmbr0 bridge-vids', from: '', to: '2-4094' },
      { key: 'vmbr0 bridge-vlan-aware', from: 'no', to: 'yes' },
    ],
  });
  const before = made.node.readFile(file);
  expect(apply(made).status).toBe(0);
  expect(made.node.readFile(file)).toBe(before);
  const allowed = apply(made, '--allow-network', 'vmbr0');
  expect(allowed, allowed.stderr).toMatchObject({ status: 0 });
  expect(made.node.readFile('/sys/class/net/vmbr0/bridge/vlan_filtering')).toBe('1\n');
});

test('what the host is reached by is put back as before a run only if it is named', () => {
  const made = bench([network([uplink()])]);
  expect(apply(made).status).toBe(0);
  const before = made.node.readFile(file);
  again(made, network([uplink(['bridge-vlan-aware', 'yes'])]));
  expect(apply(made, '--allow-network', 'vmbr0').status).toBe(0);
  const [run] = made.node.run(['ls', made.node.path('/var/lib/phoenix/phoenix/before')]).stdout.split('\n');
  const held = made.run('restore', run as string, '--yes');
  expect(held.stdout).toContain('--allow-network vmbr0');
  expect(made.node.readFile(file)).not.toBe(before);
  const { status, stdout } = made.run('restore', run as string, '--yes', '--allow-network', 'vmbr0');
  expect(status, stdout).toBe(0);
  expect(made.node.readFile(file)).toBe(before);
});

test('a card below what the host is reached by is not taken away from somebody else', () => {
  const made = bench([network([{ name: 'vmbr1', options: [['bridge-ports', 'eno1']] }], [{ ...eno2, name: 'eno1' }])]);
  expect(made.plan()[id]).toMatchObject({
    verdict: 'refused',
    reason: 'vmbr1 would take eno1, which vmbr0 has in /etc/network/interfaces',
  });
});

test.each<[string, Given, StepOf<'network'>['cards'], RegExp]>([
  [
    'says something else of it',
    uplink(['mtu', '1400']),
    [],
    /vmbr0 stands in .* and this program did not put it there/,
  ],
  [
    'has no such card',
    { name: 'vmbr1', options: [['bridge-ports', 'eno9']] },
    [{ ...eno2, name: 'eno9' }],
    /no network card eno9/,
  ],
  [
    'does not know what it stands on',
    { name: 'bond7.20', options: [['address', '10.2.0.1/24']] },
    [],
    /bond7.20 stands on bond7, which neither/,
  ],
])('an interface is refused where the host %s', (_, given, cards, reason) => {
  const made = bench([network([given], cards)]);
  const before = made.node.readFile(file);
  expect(made.plan()[id]).toMatchObject({ verdict: 'refused', reason: expect.stringMatching(reason) });
  expect(apply(made).status).toBe(1);
  expect(made.node.readFile(file)).toBe(before);
});

test('changes that wait in the web interface are not overtaken', () => {
  const made = bench([network([vmbr1], [eno2])]);
  made.node.writeFile(`${file}.new`, made.node.readFile(file));
  expect(made.plan()[id]).toMatchObject({ verdict: 'refused', reason: expect.stringMatching(/web interface/) });
});

test('a host that loses its router gets its former network back', () => {
  const made = bench([network([uplink()])]);
  expect(apply(made).status).toBe(0);
  const before = made.node.readFile(file);
  // the cable is in eno1
  again(made, network([{ ...uplink(), options: [...uplink().options.slice(0, 2), ['bridge-ports', 'eno2']] }], [eno2]));
  const { status, stderr } = apply(made, '--allow-network', 'vmbr0');
  expect(status).toBe(1);
  expect(stderr).toContain(
    'the host did not reach its router 10.0.0.1 after the change; the former file is in force again',
  );
  expect(made.node.readFile(file)).toBe(before);
  expect(made.node.exists('/sys/class/net/vmbr0/brif/eno1')).toBe(true);
  expect(made.node.exists('/sys/class/net/vmbr0/brif/eno2')).toBe(false);
  expect(made.node.exists(guard)).toBe(false);
});

test('a change that cannot be taken back is told as such, and taken back by the next run that can', () => {
  const made = bench([network([uplink()])]);
  expect(apply(made).status).toBe(0);
  const before = made.node.readFile(file);
  const moved = [
    ['address', '10.0.0.13/24'],
    ['gateway', '10.0.0.1'],
    ['bridge-ports', 'eno2'],
  ] as const;
  again(made, network([{ name: 'vmbr0', options: moved }], [eno2]));
  const full = 'case "$*" in *interfaces.tmp.phoenix*) echo "cp: No space left on device" >&2; exit 1 ;; esac';
  made.standIn('cp', `${full}\nexec /bin/cp "$@"`);
  const failed = apply(made, '--allow-network', 'vmbr0');
  expect(failed.status).toBe(1);
  expect(failed.stderr).toMatch(/taking it back FAILED: run apply again, or put \S+\/\.network-guard\/former back/);
  expect(failed.stderr).not.toContain('in force again');
  expect(made.node.exists(`${guard}/failed`)).toBe(true);
  expect(apply(made, '--allow-network', 'vmbr0').stderr).toContain(
    'an earlier change of the network cannot be taken back',
  );
  made.standIn('cp', 'exec /bin/cp "$@"');
  again(made, network([uplink()]));
  const settled = apply(made, '--allow-network', 'vmbr0');
  expect(settled, settled.stderr).toMatchObject({ status: 0 });
  expect(settled.stderr).toContain('was not confirmed and is taken back');
  expect(made.node.readFile(file)).toBe(before);
  expect(made.node.exists('/sys/class/net/vmbr0/brif/eno1')).toBe(true);
});

test('a router that answers no ping is known by its hardware address', () => {
  const made = bench([network([vmbr1], [eno2])]);
  made.node.setting('pings', 'no');
  expect(apply(made).status).toBe(0);
  expect(tools(made).at(-1)).toBe('ip neigh show to 10.0.0.1');
});

test('a file that ifreload does not understand is taken back before it is in force', () => {
  const made = bench([
    network([
      {
        name: 'vmbr1',
        options: [
          ['bridge-ports', 'none'],
          ['address', '10.3.0.999/24'],
        ],
      },
    ]),
  ]);
  const before = made.node.readFile(file);
  const { status, stderr } = apply(made);
  expect(status).toBe(1);
  expect(stderr).toContain('ifreload does not understand');
  expect(made.node.readFile(file)).toBe(before);
});

test('an interface of ours that somebody changed is told of and set right; notes of people stay', () => {
  const made = bench([network([vmbr1], [eno2])]);
  expect(apply(made).status).toBe(0);
  const ours = made.node.readFile(file);
  made.node.writeFile(file, ours.replace(/\n\n$/, '\n\tmtu 1400\n# for the guests\n\n'));
  expect(made.plan()[id]).toMatchObject({ changes: [{ key: 'vmbr1 mtu', from: '1400', to: '' }] });
  expect(apply(made).status).toBe(0);
  expect(made.node.readFile(file)).toBe(ours.replace(/\n\n$/, '\n# for the guests\n\n'));
});

test('an interface that is no longer asked for stays, and is told of with those who use it', () => {
  const made = bench([network([vmbr1, { name: 'vmbr2', options: [['bridge-ports', 'none']] }], [eno2])]);
  expect(apply(made).status).toBe(0);
  made.node.writeFile('/sys/class/net/vmbr2/brif/tap100i0', '');
  again(made, network([vmbr1], [eno2]));
  expect(made.plan()[id]).toMatchObject({
    verdict: 'satisfied',
    notes: ['vmbr2 was made by this program, which no longer asks for it; it stays, in use by tap100i0'],
  });
});

test('the last interface that leaves the program is told of, too', () => {
  const made = bench([network([vmbr1], [eno2])]);
  expect(apply(made).status).toBe(0);
  made.node.writeFile('/sys/class/net/vmbr1/brif/tap100i0', '');
  const note: Step = {
    kind: 'note',
    id: 'host/note',
    resource: 'host',
    path: 'pve',
    title: 'a note',
    needs: [],
    text: 'x',
  };
  again(made, note);
  const left = 'vmbr1 was made by this program, which no longer asks for it; it stays, in use by tap100i0';
  expect(made.run('plan').stdout).toContain(`\nLeft: ${left}\n`);
  expect(JSON.parse(made.run('plan', '--json').stdout)).toMatchObject({ notes: [left] });
  expect(apply(made).stdout).toContain(left);
  made.node.writeFile(file, made.node.readFile(file).replace(/\nauto vmbr1[\s\S]*/, ''));
  expect(made.run('plan').stdout).not.toContain('Left:');
});

/** The host of the tests, reached by IPv6 alone. */
const six = `auto lo
iface lo inet loopback

iface eno1 inet manual

iface eno2 inet manual

auto vmbr0
iface vmbr0 inet6 static
\taddress fd00:1::13/64
\tgateway fd00:1::1
\tbridge-ports eno1
\tbridge-stp off
\tbridge-fd 0

`;

test('a host that is reached by IPv6 alone is asked over its IPv6 router', () => {
  const made = bench([network([vmbr1], [eno2])], { interfaces: six });
  const first = apply(made);
  expect(first, first.stderr).toMatchObject({ status: 0 });
  expect(tools(made)).toEqual([
    'ping -n -c 1 -W 1 fd00:0001:0000:0000:0000:0000:0000:0001',
    'ifreload -a -s',
    'ifreload -a',
    'ping -n -c 1 -W 1 fd00:0001:0000:0000:0000:0000:0000:0001',
  ]);
});

test('a host that loses its IPv6 router gets its former network back', () => {
  const uplink6 = (port: string): Step => {
    const step = network([{ name: 'vmbr0', options: [['bridge-ports', port]] }], port === 'eno2' ? [eno2] : []);
    if (step.kind !== 'network') throw new Error('it is a network');
    const options = [
      { name: 'address', value: 'fd00:1::13/64' },
      { name: 'gateway', value: 'fd00:1::1' },
      ...(step.interfaces[0]?.stanzas[0]?.options ?? []),
    ];
    const stanzas = [{ family: 'inet6', method: 'static', options, comments: [] }] as const;
    return { ...step, management: 'fd00:1::13', interfaces: [{ name: 'vmbr0', autostart: true, stanzas }] };
  };
  const made = bench([uplink6('eno1')], { interfaces: six });
  expect(apply(made).stdout, 'taken over because it says the same').toMatch(/^Nothing to do/);
  again(made, uplink6('eno2'));
  expect(made.plan()[id]).toMatchObject({ verdict: 'held', flag: '--allow-network vmbr0' });
  const { status, stderr } = apply(made, '--allow-network', 'vmbr0');
  expect(status).toBe(1);
  expect(stderr).toContain('after the change; the former file is in force again');
  expect(made.node.readFile(file)).toBe(six);
  expect(made.node.exists('/sys/class/net/vmbr0/brif/eno1')).toBe(true);
});

test('guests that fall off their bridges are told of', () => {
  const made = bench([network([vmbr1], [eno2])]);
  made.node.writeFile('/sys/class/net/vmbr0/brif/tap100i0', '');
  expect(apply(made).status).toBe(0);
  made.node.setting('guest-ports', 'go');
  again(made, network([{ name: 'vmbr1', options: [...vmbr1.options, ['bridge-vlan-aware', 'yes']] }], [eno2]));
  const { status, stderr } = apply(made);
  expect(status).toBe(1);
  expect(stderr).toContain('these ports of guests are no longer on their bridges: vmbr0/tap100i0');
});

test.each([
  ['before it checks', { argv: /^ifreload -a -s/, mode: 'kill-before' } as const],
  ['in the midst of the reload', { argv: /^ifreload -a$/, mode: 'kill-middle' } as const],
  ['after the reload', { argv: /^ifreload -a$/, mode: 'kill-after' } as const],
])('a run that is killed %s is taken back by the watch, and the next one does it all', (_, fault) => {
  const made = bench([network([vmbr1], [eno2])]);
  const before = made.node.readFile(file);
  made.node.fault(fault);
  expect(apply(made).status).toBeGreaterThan(128);
  expect(made.node.readFile(file)).not.toBe(before);
  made.node.clearFaults();
  const { status, stderr } = apply(made);
  expect(status, stderr).toBe(0);
  expect(stderr).toContain('an earlier change of the network was not confirmed and is taken back');
  expect(made.node.exists('/sys/class/net/vmbr1/brif/eno2')).toBe(true);
  expect(made.node.exists(guard)).toBe(false);
  expect(apply(made).stdout).toMatch(/^Nothing to do/);
});

test('the watch takes a change back by itself when nobody comes to confirm it', { timeout: 120_000 }, async () => {
  const made = bench([network([vmbr1], [eno2])]);
  const before = made.node.readFile(file);
  made.node.fault({ argv: /^ifreload -a$/, mode: 'kill-after' });
  const applier = join(made.folder, 'cdk.out/applier');
  expect(made.node.run(['env', 'PHOENIX_GUARD=1', 'PHOENIX_PAUSE=0.05', applier, 'apply']).status).toBeGreaterThan(128);
  await vi.waitUntil(() => made.node.exists(`${guard}/restored`), { timeout: 100_000 });
  expect(made.node.readFile(file)).toBe(before);
  expect(made.node.exists('/sys/class/net/vmbr1')).toBe(false);
});

const foreign = fc.stringMatching(
  /^(?:auto x[0-9]( x[0-9])?|iface x[0-9] inet (?:manual|dhcp)|\t(?:up|mtu|address) [0-9a-z.]{1,9}|# ?[a-z ]{0,9}|source \/etc\/x|mapping x|word|[ \t]{0,3})$/,
);
const lines = fc
  .array(foreign, { maxLength: 25 })
  .chain((all) => fc.constantFrom(`${all.join('\n')}\n`, all.join('\n')));

test('what is not ours keeps its bytes, and entries are put into the file as the grammar of TypeScript puts them', () => {
  const [first, second] = ['x1', 'vmbr1'].map((name): InterfaceConfig => {
    const options = [['bridge-ports', 'none']] as const;
    return { name, autostart: true, stanzas: [{ family: 'inet', method: 'manual', options, comments: ['ours'] }] };
  });
  if (first === undefined || second === undefined) throw new Error('two are given');
  fc.assert(
    fc.property(fc.array(lines, { minLength: 30, maxLength: 40 }), (texts) => {
      const program = `
        require NetworkFile;
        my @entries = map { { name => $_, auto => 1, stanzas => [ { family => "inet", method => "manual", options => [ [ "bridge-ports", "none" ] ], comments => ["ours"] } ] } } qw(x1 vmbr1);
        local $/;
        print join "\\0", map { NetworkFile::with_entries($_, @entries) } split /\\0/, <STDIN>, -1;`;
      const result = spawnSync('perl', [...perlOptions, '-e', program], {
        input: texts.join('\0'),
        encoding: 'utf8',
      });
      expect(result.stderr).toBe('');
      const written = result.stdout.split('\0');
      expect(written).toEqual(texts.map((text) => replaceInterfaces(text, { put: [first, second] })));
      // lines of others are all there, in their order
      for (const [index, text] of texts.entries()) {
        const kept = parseInterfaces(text).pieces.filter(
          (piece) => !(piece.is === 'stanza' && piece.name === 'x1') && piece.is !== 'auto',
        );
        let at = 0;
        for (const { raw } of kept) {
          const found = (written[index] ?? '').indexOf(raw, at);
          expect(found).toBeGreaterThanOrEqual(at);
          at = found + raw.length;
        }
      }
    }),
    { numRuns: 10 },
  );
});

test('a watch that was killed with everybody else is stood in for by the next run', () => {
  const made = bench([network([vmbr1], [eno2])]);
  const before = made.node.readFile(file);
  mkdirSync(made.node.path(guard), { recursive: true });
  for (const [name, text] of Object.entries({
    former: before,
    new: 'auto lo\n',
    written: '',
    restoring: '',
    pid: '1\n',
  })) {
    writeFileSync(made.node.path(`${guard}/${name}`), text);
  }
  made.node.writeFile(file, 'auto lo\n');
  expect(apply(made).status).toBe(0);
  expect(made.node.readFile(file).startsWith(before)).toBe(true);
});
