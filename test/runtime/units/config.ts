import { conf, type HostFacts, host, type LookFacts, look } from './given.js';
import { aboutContainer } from './ours.js';
import { evaluate } from './perl.js';

export type Words = readonly (string | number)[];

/** A `guest-config` step of container 950. */
export const step = (...words: Words) => aboutContainer('guest-config', 'config', ...words);
export const memory = ['--key', 'memory', 'live', '512'] as const;

/** Code about a guest of ours, with $step, $look, $owner and $state as the comparison has them. */
export const within = (facts: LookFacts, code: string, ...rest: readonly unknown[]) =>
  evaluate(
    `my $look = shift; my $step = $look->{steps}[0]; my ($type, $vmid) = @{ $step->{has}{guest} }; my $owner = Ownership::of($look, $vmid, $type); my $state = CompareConfig::state_of($step, $look, $owner); ${code}`,
    look(facts),
    ...rest,
  );

export interface State {
  readonly type?: 'lxc' | 'qemu';
  readonly more?: object;
  readonly facts?: HostFacts;
}

/** What the comparison knows about a guest with this config. */
export const state = (text: string, { type = 'lxc', more = {}, facts = {} }: State = {}) => ({
  type,
  vmid: '950',
  conf: conf(text, type),
  host: host(facts),
  notes: [],
  filled: {},
  added: {},
  ...more,
});

/** A change, of a key that is set unless it is said otherwise. */
export const change = (key: string, how = 'set', more: object = {}) => ({
  key,
  how,
  from: 'a',
  to: 'b',
  value: 'b',
  impact: 'live',
  ...more,
});
