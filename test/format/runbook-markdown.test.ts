import { describe, expect, it } from 'vitest';
import { dotText, mermaidText, resourceGraph } from '../../src/format/runbook-graph.js';
import { renderPlan, summarize } from '../../src/format/runbook-markdown.js';
import type { Finding } from '../../src/model/finding.js';
import type { Step } from '../../src/model/step.js';
import { everyStep, everyStepInOrder } from '../model/every-step.js';

const header = { app: 'small', host: 'pve', pveVersion: '9.1', stack: 'ai', order: 0, restart: 'never' } as const;
const finding: Finding = { code: 'gpu/tight', severity: 'warning', path: 'ai/qwen', message: 'little is left' };

const noText = () => undefined;

describe('the plan of a stack', () => {
  const plan = renderPlan(header, everyStepInOrder, [finding, { ...finding, acknowledged: 'measured' }], noText);

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

  it('lists what anybody is allowed, a line for each construct and kind, and nothing else', () => {
    const [, privileges = ''] = plan.split('## Privileges\n\n');
    expect(privileges.split('\n\n')[0]?.split('\n')).toEqual([
      '- ai/mapping/pci/gpu/entry (mapping/pci/gpu) device: `PCI 01:00.0 (mapping gpu)`',
      '- ai/firewall/cluster/entries (firewall/cluster) port: `tcp 8006 from +dc/admins`',
      '- ai/guest/950/config (guest/950) device: `/dev/nvidia0 (0660)`',
      "- ai/thing/x/run (thing/x) root: `touch /it's $(here)`",
    ]);
    const plain: Step = {
      ...everyStep['guest-config'],
      keys: [{ is: 'exact', key: 'memory', value: '1', impact: 'live' }],
      raw: [],
    };
    expect(renderPlan(header, [plain], [], noText)).not.toContain('## Privileges');
  });

  it('tells what is open of a guest by the text of its firewall, and of a template that it is only for a while', () => {
    const config: Step = {
      ...everyStep['guest-config'],
      keys: [{ is: 'exact', key: 'net0', value: 'name=eth0,firewall=1', impact: 'live' }],
      raw: [],
      until: { template: 950 },
    };
    const target = '/etc/pve/firewall/950.fw';
    const rules: Step = { ...everyStep.file, file: { target, source: 'x.fw', sha256: 'a'.repeat(64) } };
    const texts = new Map([['x.fw', '[OPTIONS]\nenable: 1\n[RULES]\nIN ACCEPT -p tcp -dport 80\nIN DROP -p udp\n']]);
    const rendered = renderPlan(header, [config, rules], [], (source) => texts.get(source));
    expect(rendered).toContain(
      '\n- ai/guest/950/config (guest/950) port, while the template is made: `tcp 80 from anywhere`\n',
    );
  });

  it('lists findings, acknowledged ones with their reason', () => {
    expect(plan).toContain('- **warning** `gpu/tight` ai/qwen: little is left\n');
    expect(plan).toContain('little is left (acknowledged: measured)\n');
    expect(renderPlan(header, everyStepInOrder, [], noText)).not.toContain('## Findings');
  });

  it('numbers the steps in their order', () => {
    const lines = plan.split('## Steps\n\n')[1]?.split('\n') ?? [];
    expect(lines[0]).toMatch(/^1\. .*file\/motd\/file: file \[`\/etc\/motd`\]\(<.+>\)/);
    expect(plan).toContain('\n16. ai/guest/950/health · guest/950/health: ');
  });

  it('of nothing is only its head', () => {
    expect(renderPlan(header, [], [], noText)).toMatch(/^# Stack ai on host pve\n\nApp .* 0 steps\.\n/);
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
