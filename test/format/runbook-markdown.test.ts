import { describe, expect, it } from 'vitest';
import { dotText, mermaidText, resourceGraph } from '../../src/format/runbook-graph.js';
import { renderPlan, summarize } from '../../src/format/runbook-markdown.js';
import type { Finding } from '../../src/model/finding.js';
import type { Step } from '../../src/model/step.js';
import { everyStep, everyStepInOrder } from '../model/every-step.js';

const header = { app: 'small', host: 'pve', pveVersion: '9.1', stack: 'ai', order: 0, restart: 'never' } as const;
const finding: Finding = { code: 'gpu/tight', severity: 'warning', path: 'ai/qwen', message: 'little is left' };

describe('the plan of a stack', () => {
  const plan = renderPlan(header, everyStepInOrder, [finding, { ...finding, acknowledged: 'measured' }]);

  it('names stack, host, app, release and restarts', () => {
    expect(plan).toMatch(
      /^# Stack ai on host pve\n\nApp `small`, made for Proxmox VE 9\.1\. Restarts of guests: never\. 18 steps\.\n/,
    );
  });

  it('lists what will exist, sorted, with the number of steps', () => {
    const [, table = ''] = plan.split('## What will exist\n\n');
    const rows = (table.split('\n\n')[0] ?? '').split('\n').slice(2);
    expect(rows).toEqual([...rows].sort());
    expect(rows).toContainEqual(expect.stringMatching(/^\| `guest\/950` \| .* \| 6 \|$/));
  });

  it('lists what guests are allowed beyond their own disks, and nothing else', () => {
    expect(plan).toContain(
      '## Privileges\n\n- ai/guest/950/config (guest/950): `dev0: /dev/nvidia0`\n- ai/guest/950/config (guest/950): `lxc.cap.drop: sys_admin`\n\n',
    );
    const plain: Step = {
      ...everyStep['guest-config'],
      keys: [{ is: 'exact', key: 'memory', value: '1', impact: 'live' }],
      raw: [],
    };
    expect(renderPlan(header, [plain], [])).not.toContain('## Privileges');
  });

  it.each([
    ['mp0', '/tank/models,mp=/models', true],
    ['mp0', 'fast:subvol-1,mp=/data', false],
    ['unprivileged', '0', true],
    ['unprivileged', '1', false],
    ['features', 'nesting=1', true],
    ['dev3', '/dev/dri/card0', true],
    ['net0', 'name=eth0', false],
  ])('takes %s: %s for a privilege: %s', (key, value, isPrivilege) => {
    const step: Step = { ...everyStep['guest-config'], keys: [{ is: 'exact', key, value, impact: 'live' }], raw: [] };
    expect(renderPlan(header, [step], []).includes('## Privileges')).toBe(isPrivilege);
  });

  it('lists findings, acknowledged ones with their reason', () => {
    expect(plan).toContain('- **warning** `gpu/tight` ai/qwen: little is left\n');
    expect(plan).toContain('little is left (acknowledged: measured)\n');
    expect(renderPlan(header, everyStepInOrder, [])).not.toContain('## Findings');
  });

  it('numbers the steps in their order', () => {
    const lines = plan.split('## Steps\n\n')[1]?.split('\n') ?? [];
    expect(lines[0]).toMatch(/^1\. .*file\/motd\/file: file \[`\/etc\/motd`\]\(<.+>\)/);
    expect(plan).toContain('\n16. ai/guest/950/health · guest/950/health: ');
  });

  it('of nothing is only its head', () => {
    expect(renderPlan(header, [], [])).toMatch(/^# Stack ai on host pve\n\nApp .* 0 steps\.\n/);
  });
});

describe('the summary of a step', () => {
  it('links files inside a guest to their content, whatever they are called', () => {
    expect(summarize(everyStep['guest-file'])).toMatch(/^inside the guest \[`.+`\]\(<.+>\)/);
  });

  it('says sizes of datasets as people do', () => {
    const properties = [{ name: 'quota', value: String(400 * 1024 ** 3) }];
    expect(summarize({ ...everyStep['zfs-dataset'], properties })).toContain('quota=400GiB');
  });

  it.each([
    ['zfs-dataset', 'dataset `tank/models` with `atime=off`'],
    ['zfs-pool', 'pool `tank` (created only if allowed by name)'],
    ['guest-create', 'linked clone of 920; it may be destroyed with its disks'],
    ['guest-config', '8 keys and 1 raw line of [config.conf](guests/950/config.conf)'],
    ['guest-state', 'is running'],
    ['health', 'http://10.0.0.5:8000/health answers 200'],
    ['guest-template', 'becomes a template, for good'],
  ] as const)('of %s is %j', (kind, words) => {
    expect(summarize(everyStep[kind])).toBe(words);
  });

  it('says of what is imported only that it has to be there', () => {
    const { create: _create, ...imported } = everyStep['zfs-pool'];
    expect(summarize(imported)).toBe('pool `tank` is there and healthy');
    expect(summarize({ ...everyStep['zfs-dataset'], create: false })).toBe('dataset `tank/models` is there');
    expect(summarize({ ...everyStep.run, commands: [] })).toBe('has to be so');
  });

  it('exists for every kind', () => {
    for (const step of everyStepInOrder) expect(summarize(step)).toMatch(/^\S/);
  });
});

describe('the graph of a runbook', () => {
  it('has resources once, and edges between different ones', () => {
    const label = (step: Step) => `${step.path} · ${step.resource}`;
    const graph = mermaidText(resourceGraph([everyStep['zfs-pool'], everyStep['zfs-dataset'], everyStep.folder]));
    expect(graph.split('\n')).toEqual([
      'graph TD',
      `  r0["${label(everyStep['zfs-pool'])}"]`,
      `  r1["${label(everyStep['zfs-dataset'])}"]`,
      `  r2["${label(everyStep.folder)}"]`,
      '  r0 --> r1',
      '  r1 --> r2',
    ]);
  });

  it('leaves out what is within a resource and what is of other stacks', () => {
    const alone = (steps: readonly Step[]) => mermaidText(resourceGraph(steps)).split('\n').slice(1);
    expect(alone([everyStep['guest-create'], everyStep['guest-config']])).toEqual([
      expect.stringMatching(/^ {2}r0\[".* · guest\/950"\]$/),
    ]);
    expect(alone([everyStep['zfs-dataset']])).toEqual([expect.stringMatching(/^ {2}r0\[".* · zfs\/tank\/models"\]$/)]);
  });

  it('is drawn by Graphviz, too, whatever stands in a path', () => {
    const odd = { ...everyStep['zfs-dataset'], path: 'a"b\\c' };
    expect(dotText(resourceGraph([everyStep['zfs-pool'], odd])).split('\n')).toEqual([
      'digraph {',
      '  node [shape=box];',
      `  "zpool/tank" [label="${everyStep['zfs-pool'].path}\\nzpool/tank"];`,
      '  "zfs/tank/models" [label="a\\"b\\\\c\\nzfs/tank/models"];',
      '  "zpool/tank" -> "zfs/tank/models";',
      '}',
    ]);
  });
});
