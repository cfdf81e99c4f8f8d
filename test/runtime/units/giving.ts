import { type HostFacts, host, type LookFacts, plan, step } from './given.js';
import { evaluate } from './perl.js';

export type Facts = Readonly<Record<string, unknown>>;
type Words = readonly (string | number)[];

export const nic = (last: number) => `name=eth0,bridge=vmbr0,ip=10.0.0.${last}/24`;
export const address = (last: number) => `address 10.0.0.${last} on vmbr0`;
export const about = (kind: string, vmid: number, part: string, ...words: Words) =>
  step(kind, `guest/${vmid}/${part}`, '--guest', 'lxc', vmid, '--path', `ai/${vmid}`, '--title', part, ...words);
export const create = (vmid: number) => about('guest-create', vmid, 'create');
export const state = (vmid: number, wanted = 'running') => about('guest-state', vmid, 'state', '--state', wanted);
/** A config step that asks for an address. */
export const config = (vmid: number, last: number, ...words: Words) =>
  about('guest-config', vmid, 'config', '--key', 'net0', 'live', nic(last), ...words);
/** A verdict that changes the network card. */
export const changes = (more: Facts = {}) => ({
  verdict: 'change',
  do: 'set',
  changes: [{ key: 'net0', impact: 'live', ...more }],
});
export const satisfied = { verdict: 'satisfied', changes: [] };

export interface Given {
  /** The config of each container here. */
  readonly guests?: Readonly<Record<number, string>>;
  readonly running?: readonly number[];
  readonly host?: HostFacts;
  readonly steps?: LookFacts['steps'];
  readonly verdicts?: Facts;
}

/** Code that has $plan, $look and $verdicts. */
export const within = (
  { guests, running, host: more, steps = [], verdicts = {} }: Given,
  code: string,
  ...rest: unknown[]
) =>
  evaluate(
    `my ($plan, $verdicts) = splice @_, 0, 2; my $look = $plan->{look}; ${code}`,
    plan({ host: host({ guests: guests ?? {}, running: running ?? [], ...more }), steps }),
    verdicts,
    ...rest,
  );
export const has = (last: number, more = '') => `net0: ${nic(last)}\n${more}`;

export const its = `${address(5)} is ai/951 (951)'s`;
export const others = `${address(5)} is guest 951's`;
export const running = [951];
export const gives = [create(951), config(951, 9), state(951)];
export const configured = (verdict: Facts) => ({ 'guest/951/config': verdict, 'guest/951/state': satisfied });
