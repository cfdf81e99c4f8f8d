import { describe, expect, it } from 'vitest';
import { Hosts, on, project } from './hosts.js';

/** `web` of pve2 waits for `store` of pve1; pve3 waits for nobody. */
const three = {
  store: { host: 'pve1', datasets: ['models'] },
  web: { host: 'pve2', datasets: ['a'], after: ['store'] },
  edge: { host: 'pve3', datasets: ['b'] },
} as const;

/** What a node was told to make, in the order of all nodes: they log into files of their own, with times. */
function made(hosts: Hosts, name: string): string[] {
  return hosts
    .get(name)
    .commands()
    .filter(({ argv }) => argv[0] === 'zfs' && argv[1] === 'create')
    .map(({ argv }) => argv.at(-1) ?? '');
}

describe('a verb on several hosts', () => {
  it('is done on each for its own stacks, and says whose words are whose', async () => {
    const hosts = new Hosts('pve1', 'pve2', 'pve3');
    const { code, live, text, warnings } = await on(project(three), ['pve1', 'pve2', 'pve3'], 'apply');
    expect({ code, text }).toEqual({ code: 0, text: 'pve1  done\npve2  done\npve3  done' });
    expect(warnings.toSorted()).toEqual(
      ['pve1', 'pve2', 'pve3'].map((name) => expect.stringMatching(`^${name}: sent \\d+ files`)),
    );
    for (const name of ['pve1', 'pve2', 'pve3'])
      expect(live.out).toMatch(new RegExp(`^${name} │ Applied: 1 created`, 'm'));
    expect(['pve1', 'pve2', 'pve3'].map((name) => made(hosts, name))).toEqual([
      ['rpool/models'],
      ['rpool/a'],
      ['rpool/b'],
    ]);
    // whoever waits begins when the other has ended
    expect(live.out.indexOf('pve2 │ Applied')).toBeGreaterThan(live.out.indexOf('pve1 │ Applied'));
  });

  it('shows plans one after the other, as the hosts were named', async () => {
    new Hosts('pve1', 'pve2');
    const { code, text, live } = await on(project(three), ['pve2', 'pve1'], 'plan', '--fail');
    expect({ code, out: live.out }).toEqual({ code: 3, out: '' });
    expect(text).toMatch(/^── pve2 \(root@pve2\)\nhost pve2 [\s\S]+── pve1 \(root@pve1\)\nhost pve1 /);
  });

  it('stops only those who wait for a host that failed, and says so', async () => {
    const hosts = new Hosts('pve1', 'pve2', 'pve3');
    hosts.get('pve1').fault({ argv: ['zfs', 'create'], mode: 'fail-before', stderr: 'out of space\n' });
    const { code, text, data } = await on(project(three), ['pve3', 'pve2', 'pve1'], 'apply');
    expect({ code, text }).toEqual({
      code: 1,
      text: 'pve3  done\npve2  web not begun: waits for pve1, which failed\npve1  exit 1',
    });
    expect(data).toMatchObject({
      hosts: [
        { code: 0 },
        { code: 1, runs: [{ stacks: ['host-pve2'], code: 0 }], notRun: expect.any(String) },
        { code: 1 },
      ],
    });
    expect(made(hosts, 'pve2')).toEqual([]);
  });

  it('takes a host that does not answer for failed, whichever it is', async () => {
    const hosts = new Hosts('pve2', 'pve3');
    const { code, text, notes } = await on(project(three), ['nowhere', 'pve2', 'pve3'], 'apply');
    expect(code).toBe(1);
    expect(text).toBe(
      'root@nowhere  ssh/no-connection\npve2  web not begun: waits for pve1, which may be root@nowhere\npve3  done',
    );
    expect(notes).toMatch(/^error {2}ssh\/no-connection\n +root@nowhere: the host does not answer \(ssh: connect/);
    expect(made(hosts, 'pve2')).toEqual([]);
  });

  it('takes for done what a host does that was not named', async () => {
    const hosts = new Hosts('pve2');
    const { code, warnings } = await on(project(three), ['pve2'], 'apply');
    expect(code).toBe(0);
    expect(warnings).toContain('stack web waits for store of pve1, which is not among the hosts: taken for done');
    expect(made(hosts, 'pve2')).toEqual(['rpool/a']);
  });

  it('goes to a host twice where two of its stacks are before and after those of another', async () => {
    const hosts = new Hosts('pve1', 'pve2');
    const folder = project({
      store: { host: 'pve1', datasets: ['models'] },
      web: { host: 'pve2', datasets: ['a'], after: ['store'] },
      front: { host: 'pve1', datasets: ['z'], after: ['web'] },
    });
    const { code, data } = await on(folder, ['pve1', 'pve2'], 'apply', '--json');
    expect(code).toBe(0);
    expect(data).toMatchObject({
      hosts: [
        { host: 'pve1', runs: [{ stacks: ['host-pve1', 'store'] }, { stacks: ['front'] }] },
        { host: 'pve2', runs: [{ stacks: ['host-pve2'] }, { stacks: ['web'] }] },
      ],
    });
    expect([made(hosts, 'pve1'), made(hosts, 'pve2')]).toEqual([['rpool/models', 'rpool/z'], ['rpool/a']]);
  });

  it('tells each host only of its own things, and leaves out those that nothing is asked of', async () => {
    const hosts = new Hosts('pve1', 'pve2', 'pve3');
    const folder = project(three);
    const { code, text } = await on(folder, ['pve1', 'pve2', 'pve3'], 'apply', '--only', 'edge/b', '--only=store');
    expect({ code, text }).toEqual({
      code: 0,
      text: 'pve1  done\npve2  nothing of what was named is there\npve3  done',
    });
    expect(made(hosts, 'pve2')).toEqual([]);
    const wrong = await on(folder, ['pve1', 'pve2'], 'plan', '--only', 'nosuch');
    expect(wrong.code).toBe(2);
    expect(wrong.live.err).toMatch(/^pve1 │ error {2}usage\/unknown-name\npve1 │ {8}nothing is named nosuch/m);
  });

  it('is refused where two names are one host, before anything is done', async () => {
    const hosts = new Hosts('pve1');
    await expect(on(project(three), ['pve1', 'ada@pve1'], 'apply')).rejects.toMatchObject({
      problems: [{ code: 'ship/same-host', message: 'root@ada@pve1 is the same host as root@pve1: pve1' }],
    });
    expect(made(hosts, 'pve1')).toEqual([]);
  });

  it('is refused for a run that is to be taken back', async () => {
    await expect(on(project(three), ['pve1', 'pve2'], 'restore', '20260612-141502-7f3a')).rejects.toMatchObject({
      problems: [{ code: 'usage/one-host' }],
    });
  });
});
