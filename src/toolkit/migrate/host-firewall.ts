import { parseCidr } from '../../base/ip.js';
import type { Ledger } from './ledger.js';
import type { Monolith } from './read-monolith.js';
import { booleanOf, textOf, type Value, type Values } from './values.js';

/** The switch over all firewalls; the old system had it in a section where nothing read it. */
export function migratedFirewall(monolith: Monolith, ledger: Ledger, subnet: string | undefined): Values | undefined {
  const shared = monolith.section('shared_volumes')?.member('firewall');
  const section = shared ?? monolith.section('firewall');
  const enabled = section?.member('enabled');
  const [inbound, outbound] = [section?.member('default_input_policy'), section?.member('default_output_policy')];
  if (section === undefined || booleanOf(enabled) === undefined) {
    return undefined;
  }
  const heading = shared === undefined ? 'mapped' : 'suspicious';
  const why =
    shared === undefined
      ? 'firewall of the datacenter'
      : 'stood among shared volumes, where nothing read it; now it is the firewall of the datacenter, which is off until `--allow-firewall`';
  for (const entry of [enabled, inbound, outbound]) {
    ledger.set(entry, heading, why);
  }
  const cluster: Record<string, Value> = { enabled: booleanOf(enabled) === true };
  for (const [key, entry] of [
    ['inbound', inbound],
    ['outbound', outbound],
  ] as const) {
    const policy = textOf(entry)?.toUpperCase();
    if (policy === 'ACCEPT' || policy === 'DROP' || policy === 'REJECT') {
      cluster[key] = policy;
    }
  }
  const management =
    parseCidr(subnet ?? '') === undefined
      ? {}
      : { ipSets: { management: { entries: [{ cidr: subnet ?? '' }], comment: 'who administers the host' } } };
  return { ...management, cluster };
}
