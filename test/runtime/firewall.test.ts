import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeSharedFirewall } from '../../src/firewall/plan.js';
import type { FirewallFile } from '../../src/format/firewall-model.js';
import { Bench } from './bench.js';

const clusterFw = '/etc/pve/firewall/cluster.fw';
const entries = 'firewall/cluster/entries';
const options = 'firewall/cluster/options';
const mark = '(phoenix-cdk app=phoenix)';

/** The steps of a cluster's file, as `ClusterFirewall` makes them. */
function steps(file: Partial<FirewallFile>, app = 'phoenix') {
  const whole = { options: {}, aliases: [], ipsets: [], groups: [], rules: [], ...file };
  const place = { app, path: 'host/firewall', host: 'pve', pveVersion: '9.1' } as const;
  const spec = { ...whole, imported: false, needs: { entries: [], options: [] }, removalPolicy: 'retain' as const };
  return [...describeSharedFirewall('cluster', spec, place).steps];
}

const ours: Partial<FirewallFile> = {
  options: { policy_in: 'DROP' },
  aliases: [{ name: 'router', cidr: '10.0.0.1' }],
  ipsets: [{ name: 'admins', comment: 'who may', entries: [{ cidr: '10.0.0.5' }] }],
  groups: [{ name: 'web', rules: [{ direction: 'IN', action: 'ACCEPT', macro: 'HTTPS' }] }],
  rules: [{ direction: 'IN', action: 'ACCEPT', source: '+dc/admins', proto: 'tcp', dport: '8006' }],
};

const people = `# written by hand
[OPTIONS]

enable: 0
log_ratelimit: enable=1,rate=1/second

[aliases]

nas  10.0.0.9
home 10.0.0.0/24 # all of us

[RULES]

IN ACCEPT -source home  -p tcp -dport 22 # me
|IN DROP

[group db] # theirs

IN ACCEPT -p tcp -dport 5432
`;

function bench(file: Partial<FirewallFile>, text?: string): Bench {
  const made = new Bench();
  if (text !== undefined) {
    made.node.writeFile(clusterFw, text);
  }
  made.synthesize({ steps: steps(file) });
  return made;
}

/** The file without the lines that carry our mark and what they are the header of. */
function foreign(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '' && !line.includes(mark));
}

describe('entries of a firewall file that others write, too', () => {
  it('are written where there is no file, in an order that Proxmox can read', () => {
    const made = bench(ours);
    const { status, stderr } = made.run('apply');
    expect(status, stderr).toBe(0);
    expect(made.node.readFile(clusterFw)).toBe(
      [
        '[OPTIONS]',
        '',
        'policy_in: DROP',
        '',
        '[ALIASES]',
        '',
        `router 10.0.0.1 # ${mark}`,
        '',
        `[IPSET admins] # who may ${mark}`,
        '',
        '10.0.0.5',
        '',
        '[RULES]',
        '',
        `IN ACCEPT -source +dc/admins -p tcp -dport 8006 # ${mark}`,
        '',
        `[group web] # ${mark}`,
        '',
        'IN HTTPS(ACCEPT)',
        '',
        '',
      ].join('\n'),
    );
    expect(made.run('apply').stdout).toMatch(/^Nothing to do/);
  });

  it('leave every byte of others as it was, and name what is of others', () => {
    const made = bench(ours, people);
    expect(made.plan()[entries]?.notes.join()).toContain('2 rules, alias home, group db');
    expect(made.run('apply').status).toBe(0);
    const text = made.node.readFile(clusterFw);
    const kept = text.split('\n').filter((line) => people.split('\n').includes(line) && line !== '');
    expect(kept).toEqual(people.split('\n').filter((line) => line !== ''));
    expect(text).toContain(
      `[RULES]\n\nIN ACCEPT -source +dc/admins -p tcp -dport 8006 # ${mark}\nIN ACCEPT -source home  -p tcp`,
    );
    expect(text).toContain(`home 10.0.0.0/24 # all of us\nrouter 10.0.0.1 # ${mark}\n`);
    expect(made.run('apply').stdout).toMatch(/^Nothing to do/);
    made.synthesize({ steps: steps({}) });
    expect(made.run('apply').status).toBe(0);
    expect(made.node.readFile(clusterFw).replace(/\n+$/, '\n')).toBe(people);
  });

  it('keep a copy of the file as it was', () => {
    const made = bench(ours, people);
    made.run('apply');
    const copies = made.node
      .run(['find', made.node.path('/var/lib/phoenix/phoenix/before'), '-type', 'f'])
      .stdout.trim();
    expect(copies).toMatch(/\/before\/[\w-]+\/etc\/pve\/firewall\/cluster\.fw$/);
  });

  it('are not taken from others: a group, set or alias of the same name that says something else is refused', () => {
    for (const [text, what] of [
      ['[group web]\n\nIN ACCEPT -p tcp -dport 80\n', 'group web'],
      ['[IPSET admins]\n\n10.0.0.77\n', 'ipset admins'],
      ['[ALIASES]\n\nrouter 10.0.0.254\n', 'alias router'],
    ] as const) {
      const made = bench(ours, text);
      expect(made.plan()[entries]).toMatchObject({ verdict: 'refused', reason: expect.stringContaining(what) });
      expect(made.run('apply').status).toBe(1);
      expect(made.node.readFile(clusterFw)).toBe(text);
    }
  });

  it('may stand there already in the words of others, and then stay theirs', () => {
    const made = bench({ groups: ours.groups ?? [] }, '[group WEB] # mine\n\nIN  HTTPS(ACCEPT) # hello\n');
    expect(made.plan()[entries]).toMatchObject({
      verdict: 'satisfied',
      notes: [expect.stringContaining('not ours'), expect.anything()],
    });
  });

  it('are put back when somebody changed, moved or removed them', () => {
    const made = bench(ours, people);
    made.run('apply');
    const settled = made.node.readFile(clusterFw);
    for (const drift of [
      settled.replace('-dport 8006', '-dport 8007'),
      settled.replace(`router 10.0.0.1 # ${mark}\n`, ''),
      settled.replace('\nIN HTTPS(ACCEPT)\n', '\n'),
      settled.replace(/^(IN ACCEPT -source \+dc.*\n)(IN ACCEPT.*\n)/m, '$2$1'),
    ]) {
      expect(drift).not.toBe(settled);
      made.node.writeFile(clusterFw, drift);
      expect(made.plan()[entries]?.verdict).toBe('change');
      const { status, stdout } = made.run('apply');
      expect(status, stdout).toBe(0);
      expect(foreign(made.node.readFile(clusterFw))).toEqual(foreign(settled));
      expect(made.run('apply').stdout).toMatch(/^Nothing to do/);
    }
  });

  it('are seen as they are when the web interface has written the file anew', () => {
    const made = bench(ours);
    made.run('apply');
    const text = made.node.readFile(clusterFw);
    made.node.writeFile(clusterFw, text.replaceAll('\n\n', '\n').replace('[RULES]\n', '[RULES]\n\n\n'));
    expect(made.plan()[entries]?.verdict).toBe('satisfied');
  });

  it('stay while somebody else uses them', () => {
    const made = bench(ours, '[RULES]\n\nGROUP web -i vmbr0\n');
    made.run('apply');
    made.synthesize({ steps: steps({}) });
    expect(made.plan()[entries]?.notes.join()).toContain(
      'group web is asked for no more, and stays, because `GROUP web -i vmbr0` uses it',
    );
    made.run('apply');
    expect(made.node.readFile(clusterFw)).toContain('[group web]');
    expect(made.node.readFile(clusterFw)).not.toContain('[IPSET admins]');
  });

  it('of another app stay', () => {
    const made = bench(ours, `[RULES]\n\nIN ACCEPT -p tcp -dport 9 # (phoenix-cdk app=other)\n`);
    made.run('apply');
    made.synthesize({ steps: steps({}) });
    made.run('apply');
    expect(made.node.readFile(clusterFw)).toContain('app=other');
  });

  it('are not written without quorum', () => {
    const made = bench(ours);
    made.node.writeFile('/etc/pve/.members', '{ "cluster": { "quorate": 0 } }');
    expect(made.plan()[entries]?.verdict).toBe('unknown');
    expect(made.run('apply').status).toBe(1);
    expect(made.node.exists(clusterFw)).toBe(false);
  });

  it('take the lock of Proxmox, and give it back', () => {
    const made = bench(ours);
    made.node.writeFile('/etc/pve/priv/lock/other/x', '');
    expect(made.run('apply').status).toBe(0);
    expect(made.node.exists('/etc/pve/priv/lock/firewall-cluster')).toBe(false);
  });
});

describe('options of a firewall file', () => {
  it('go when nobody asks for them any more, unless somebody changed them', () => {
    const made = bench({ options: { ebtables: '0', policy_out: 'ACCEPT' } }, people);
    made.run('apply');
    made.node.writeFile(clusterFw, made.node.readFile(clusterFw).replace('policy_out: ACCEPT', 'policy_out: REJECT'));
    made.synthesize({ steps: steps({}) });
    expect(made.plan()[options]?.notes.join()).toContain('policy_out was changed by somebody to REJECT');
    made.run('apply');
    expect(made.node.readFile(clusterFw)).toBe(
      people.replace('rate=1/second\n', 'rate=1/second\npolicy_out: REJECT\n'),
    );
  });
});

describe('what may cut off whoever is connected', () => {
  const on = { options: { enable: '1' } };

  it('is held back without a flag: switching the firewall on', () => {
    const made = bench({ ...ours, ...on }, people);
    expect(made.plan()[options]).toMatchObject({ verdict: 'held', flag: '--allow-firewall' });
    const first = made.run('apply');
    expect(first.stdout).toContain('--allow-firewall');
    expect(made.node.readFile(clusterFw)).toContain('enable: 0\n');
    expect(made.node.readFile(clusterFw)).toContain('dport 8006');
    expect(made.run('apply', '--allow-firewall').status).toBe(0);
    expect(made.node.readFile(clusterFw)).toContain('enable: 1\n');
    expect(made.run('apply').stdout).toMatch(/^Nothing to do/);
  });

  it('is not held back where a set of administrators gets one more', () => {
    const made = bench({ ipsets: [{ name: 'management', entries: [{ cidr: '10.0.0.5' }] }] }, '[OPTIONS]\nenable: 1\n');
    expect(made.plan()[entries]?.verdict).toBe('change');
  });

  it('is not held back where it is on already, or goes off', () => {
    expect(bench(on, '[OPTIONS]\nenable: 1\n').plan()[options]?.verdict).toBe('satisfied');
    expect(bench({ options: { enable: '0' } }, '[OPTIONS]\nenable: 1\n').plan()[options]?.verdict).toBe('change');
  });

  it('is not held back where a set gets narrower that no way in for administrators names, or wider', () => {
    const file = (cidr: string) => ({ ipsets: [{ name: 'web', entries: [{ cidr }] }] });
    const text = (port: string) =>
      `[OPTIONS]\nenable: 1\n[IPSET web] # ${mark}\n10.0.0.0/24\n[RULES]\nIN ACCEPT -source +web -p tcp -dport ${port}\n`;
    expect(bench(file('10.0.0.5'), text('443')).plan()[entries]?.verdict).toBe('change');
    expect(bench(file('10.0.0.5'), text('22')).plan()[entries]).toMatchObject({
      verdict: 'held',
      flag: '--allow-firewall',
    });
    expect(bench(file('10.0.0.0/16'), text('22')).plan()[entries]?.verdict).toBe('change');
  });

  it.each<[string, Partial<FirewallFile>, string]>([
    [
      'a policy that lets less through',
      { options: { policy_in: 'DROP' } },
      '[OPTIONS]\nenable: 1\npolicy_in: ACCEPT\n',
    ],
    ['a new rule that drops', { rules: [{ direction: 'IN', action: 'DROP', proto: 'tcp' }] }, '[OPTIONS]\nenable: 1\n'],
    ['a rule that let administrators in and goes', {}, `[OPTIONS]\nenable: 1\n[RULES]\nIN SSH(ACCEPT) # ${mark}\n`],
    [
      'a set of administrators that loses one',
      { ipsets: [{ name: 'management', entries: [{ cidr: '10.0.0.5' }] }] },
      `[OPTIONS]\nenable: 1\n[IPSET management] # ${mark}\n10.0.0.5\n10.0.0.6\n`,
    ],
    [
      'a list of those who get nowhere that gets longer',
      { ipsets: [{ name: 'blacklist', entries: [{ cidr: '10.0.0.5' }] }] },
      '[OPTIONS]\nenable: 1\n',
    ],
    [
      'a set that rules of others let in to ssh',
      { ipsets: [{ name: 'admins', entries: [{ cidr: '10.0.0.5' }] }] },
      `[OPTIONS]\nenable: 1\n[IPSET admins] # ${mark}\n10.0.0.5\n10.0.0.6\n[RULES]\nIN ACCEPT -source +dc/admins -p tcp -dport 20:30 # me\n`,
    ],
    [
      'an alias that is a member of such a set',
      { aliases: [{ name: 'desk', cidr: '10.0.0.9' }] },
      `[OPTIONS]\nenable: 1\n[ALIASES]\ndesk 10.0.0.5 # ${mark}\n[IPSET us]\ndesk\n[RULES]\nIN ACCEPT -source +us -p tcp -dport 80,8006\n`,
    ],
    [
      'a group that a rule knows by its name',
      { groups: [{ name: 'in', rules: [{ direction: 'IN', action: 'ACCEPT', macro: 'HTTPS' }] }] },
      `[OPTIONS]\nenable: 1\n[RULES]\nGROUP in -i vmbr0\n[group in] # ${mark}\nIN SSH(ACCEPT)\nIN HTTPS(ACCEPT)\n`,
    ],
    [
      'a rule that drops and comes before one that lets in',
      { rules: [{ direction: 'IN', action: 'DROP', proto: 'tcp' }] },
      `[OPTIONS]\nenable: 1\n[RULES]\nIN SSH(ACCEPT) # me\nIN DROP -p tcp # ${mark}\n`,
    ],
    [
      'a rule that lets a group through and goes',
      {},
      `[OPTIONS]\nenable: 1\n[RULES]\nGROUP in # ${mark}\n[group in]\nIN ACCEPT -p tcp -dport 1:1024\n`,
    ],
  ])('is held back while the firewall is on: %s', (_, file, text) => {
    const made = bench(file, text);
    const held = Object.values(made.plan()).filter(({ verdict }) => verdict === 'held');
    expect(held).toHaveLength(1);
    expect(bench(file, text.replace('enable: 1', 'enable: 0')).plan()[entries]?.verdict).not.toBe('held');
  });
});

it('whatever stands in the file: lines of others keep their bytes and their order, and a second run finds nothing to do', () => {
  const line = fc.oneof(
    fc.constantFrom(
      '[OPTIONS]',
      '[ALIASES]',
      '[RULES]',
      '[group db]',
      '[IPSET lan] # x',
      '[nonsense]',
      '',
      '# note',
      'enable: 1',
      'IN ACCEPT -p tcp',
      'nas 10.0.0.9',
      '10.0.0.0/8',
      '\tIN DROP',
      'GROUP db',
      `IN DROP # ${mark}`,
    ),
    fc.stringMatching(/^[ -~]{0,12}$/),
  );
  const made = new Bench();
  fc.assert(
    fc.property(fc.array(line, { maxLength: 14 }), fc.boolean(), (lines, ends) => {
      const text = lines.join('\n') + (ends ? '\n' : '');
      made.node.writeFile(clusterFw, text);
      made.synthesize({ steps: steps(ours) });
      if (made.plan()[entries]?.verdict === 'refused') {
        return;
      }
      made.run('apply', '--allow-firewall');
      const after = made.node.readFile(clusterFw).split('\n');
      let at = 0;
      for (const one of lines.filter((it) => !it.includes(mark) && it.trim() !== '' && !/^\s*policy_in/.test(it))) {
        at = after.indexOf(one, at) + 1;
        expect(at, `${JSON.stringify(one)} of ${JSON.stringify(text)} in ${JSON.stringify(after)}`).toBeGreaterThan(0);
      }
      expect(made.run('apply', '--allow-firewall').stdout).toMatch(/^Nothing to do/);
    }),
    { numRuns: 12 },
  );
});
