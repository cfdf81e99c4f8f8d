import { expect } from 'vitest';
import type { Step } from '../../src/model/step.js';
import { HandMadeHost } from './hand-made.js';
import { configOf, exact, hostFile } from './steps.js';

/** Texts of privileges as `kind text`; what is held back or only for a template says so. */
export interface Told {
  readonly broader: readonly string[];
  readonly narrower: readonly string[];
}

interface Privilege {
  readonly resource: string;
  readonly kind: string;
  readonly text: string;
  readonly direction: 'broader' | 'narrower';
  readonly held?: boolean;
  readonly template?: boolean;
}

function privileges(host: HandMadeHost, steps: Step[], files: Record<string, string>, ...words: string[]): Privilege[] {
  const { stdout, stderr } = host.run([{ steps, files }], 'plan', '--json', ...words);
  expect(stderr).toBe('');
  return (JSON.parse(stdout) as { privileges: Privilege[] }).privileges;
}

function sorted(all: readonly Privilege[]): Told {
  const of = (direction: string) =>
    all
      .filter((one) => one.direction === direction)
      .map(({ kind, text, held, template }) => `${held ? 'held ' : ''}${template ? 'template ' : ''}${kind} ${text}`);
  return { broader: of('broader'), narrower: of('narrower') };
}

/** What a plan tells. */
export function told(host: HandMadeHost, steps: Step[], files: Record<string, string> = {}, ...words: string[]): Told {
  return sorted(privileges(host, steps, files, ...words));
}

export const nothing: Told = { broader: [], narrower: [] };
export const card = 'net0: name=eth0,bridge=vmbr0,firewall=1';

/** A stopped container of ours that has one config and firewall and is to have others, all by their lines. */
export interface Change {
  readonly config?: readonly [before: string, after: string];
  readonly rules?: readonly [before: string, after: string];
}

/** What one plan of many containers tells of each, made when the first one is asked for. */
export function fleet(changes: readonly Change[], cluster = ''): (index: number) => Told {
  let all: Privilege[] | undefined;
  return (index) => {
    all ??= planned(changes, cluster);
    return sorted(all.filter(({ resource }) => resource === `guest/${200 + index}`));
  };
}

function planned(changes: readonly Change[], cluster: string): Privilege[] {
  const host = new HandMadeHost();
  host.write(clusterFw, cluster);
  const records: (string | number)[][] = [];
  const files: Record<string, string> = {};
  const steps = changes.flatMap(({ config = [card, card], rules: [before, after] = [on(), on()] }, index) => {
    const vmid = 200 + index;
    const target = `/etc/pve/firewall/${vmid}.fw`;
    const placed = hostFile(target, after);
    Object.assign(files, placed.files);
    host.guest(vmid, `unprivileged: 1\n${config[0]}`);
    host.write(target, before);
    const raw = lines(config[0]).flatMap(([key, value]) => (key.startsWith('lxc.') ? [`${key}: ${value}`] : []));
    records.push(HandMadeHost.known(vmid), ['applied', `guest/${vmid}/config`, vmid, '-', `raw=${raw.join('%0A')}`]);
    return [changed(vmid, ...config), { ...placed.step, resource: `guest/${vmid}` }];
  });
  host.journal(...records);
  return privileges(host, steps, files);
}

function changed(vmid: number, before: string, after: string): Step {
  const wanted = lines(after);
  const isRaw = ([key]: readonly [string, string]) => key.startsWith('lxc.');
  const gone = lines(before).filter((line) => !isRaw(line) && !wanted.some(([key]) => key === line[0]));
  return configOf(
    vmid,
    [
      ...wanted.filter((line) => !isRaw(line)).map(([key, value]) => exact(key, value)),
      ...gone.map(([key]) => ({ is: 'absent', key, impact: 'restart' }) as const),
    ],
    { raw: wanted.filter(isRaw).map(([key, value]) => ({ key, value })) },
  );
}

/** Keys and raw lines of a config, up to its first section. */
function lines(text: string): (readonly [key: string, value: string])[] {
  const [main = ''] = text.split('\n[');
  return main.split('\n').flatMap((line) => {
    const colon = line.indexOf(': ');
    return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 2)] as const];
  });
}

export const clusterFw = '/etc/pve/firewall/cluster.fw';
export const on = (...rules: string[]) => `[OPTIONS]\nenable: 1\n[RULES]\n${rules.join('\n')}\n`;
export const web = 'IN ACCEPT -p tcp -dport 8000';
