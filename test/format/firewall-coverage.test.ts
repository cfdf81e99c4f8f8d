import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { firewallLogLevels } from '../../src/base/proxmox-words.js';
import { firewallMacros, macroPackets } from '../../src/format/firewall-macros.js';
import { firewallProblems } from '../../src/format/firewall-model.js';
import { type FirewallScope, firewallOptions } from '../../src/format/firewall-options.js';

/** What the options of a file may be, as `pvesh usage` tells it, for those that stand for a kind each. */
const samples: Readonly<Record<string, { readonly good: readonly string[]; readonly bad: readonly string[] }>> = {
  ebtables: { good: ['0', '1'], bad: ['yes', '2'] },
  enable: { good: ['0', '1'], bad: ['2', '-1', 'on'] },
  log_ratelimit: {
    good: ['1', 'enable=0', 'enable=1,rate=2/hour,burst=7'],
    bad: ['rate=1/week', 'rate=0/second', 'burst=x', 'burst=1,burst=2', 'speed=1'],
  },
  policy_in: { good: ['ACCEPT', 'DROP', 'REJECT'], bad: ['DENY', 'drop'] },
  policy_forward: { good: ['ACCEPT', 'DROP'], bad: ['REJECT'] },
  log_level_in: { good: [...firewallLogLevels], bad: ['loud', 'warn'] },
  nf_conntrack_helpers: { good: ['ftp', 'ftp,sip'], bad: ['http', 'ftp;sip'] },
  nf_conntrack_max: { good: ['32768'], bad: ['32767', '1e6', 'x'] },
  nf_conntrack_tcp_timeout_established: { good: ['7875'], bad: ['7874'] },
  nf_conntrack_tcp_timeout_syn_recv: { good: ['30', '60'], bad: ['29', '61'] },
};

const codes = (scope: FirewallScope, key: string, value: string) =>
  firewallProblems({ options: { [key]: value } }, scope).map(({ code }) => code);

describe.each(['cluster', 'host', 'guest', 'vnet'] as const)('options of the file of a %s', (scope) => {
  const known = Object.keys(firewallOptions[scope]).filter((key) => key in samples);
  it.each(known)('%s takes what Proxmox takes, and nothing else', (key) => {
    for (const value of samples[key]?.good ?? []) expect(codes(scope, key, value), value).toEqual([]);
    for (const value of samples[key]?.bad ?? []) expect(codes(scope, key, value), value).toContain('firewall/option');
  });

  it('are no others', () => {
    expect(codes(scope, 'polici_in', 'DROP')).toEqual(['firewall/option']);
  });
});

const schemaFile = fileURLToPath(new URL('../../../shared/reference/pve-schema/firewall.json', import.meta.url));
const isThere = existsSync(schemaFile);
if (!isThere) {
  console.log(`skipped: the schema of Proxmox's firewall is not at ${schemaFile}`);
}

interface Schema {
  readonly options: Readonly<Record<FirewallScope, Readonly<Record<string, SchemaOption>>>>;
  readonly macros: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;
}

interface SchemaOption {
  readonly type: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

describe.skipIf(!isThere)("against the schema of Proxmox's firewall", () => {
  const schema = isThere ? (JSON.parse(readFileSync(schemaFile, 'utf8')) as Schema) : undefined;

  it.each(['cluster', 'host', 'guest', 'vnet'] as const)('every option of a %s is known, and no other', (scope) => {
    expect(Object.keys(firewallOptions[scope]).sort()).toEqual(Object.keys(schema?.options[scope] ?? {}).sort());
  });

  it('every word and every end of a range is taken, and what lies beyond is not', () => {
    for (const scope of ['cluster', 'host', 'guest', 'vnet'] as const) {
      for (const [key, option] of Object.entries(schema?.options[scope] ?? {})) {
        const numbers = [option.minimum, option.maximum].filter((end) => end !== undefined).map(String);
        const good = option.type === 'boolean' ? ['0', '1'] : [...(option.enum ?? []), ...numbers];
        const beyond = option.maximum === undefined ? [] : [String(option.maximum + 1)];
        const below = option.minimum === undefined ? [] : [String(option.minimum - 1)];
        for (const value of good) expect(codes(scope, key, value), `${scope} ${key}: ${value}`).toEqual([]);
        for (const value of ['?', ...beyond, ...below]) {
          expect(codes(scope, key, value), `${scope} ${key}: ${value}`).toContain('firewall/option');
        }
      }
    }
  });

  it('every macro fits the same packets', () => {
    expect([...firewallMacros].sort()).toEqual(Object.keys(schema?.macros ?? {}).sort());
    for (const macro of firewallMacros) {
      const theirs = (schema?.macros[macro] ?? []).map(({ proto = '', dport, sport }) => {
        const protocol = proto.replace('icmpv6', 'ipv6-icmp');
        const isIcmp = protocol === 'icmp' || protocol === 'ipv6-icmp';
        return {
          protocol,
          ports: isIcmp ? undefined : dport,
          sourcePorts: sport,
          icmpType: isIcmp ? dport : undefined,
        };
      });
      expect(macroPackets(macro), macro).toEqual(theirs);
    }
  });
});
