import { conntrackHelpers, firewallLogLevels } from '../base/proxmox-words.js';

/** Whose file it is: that decides what may stand in it. */
export type FirewallScope = 'cluster' | 'host' | 'guest' | 'vnet';

/** A level that a rule can log at. */
export type FirewallLogLevel = (typeof firewallLogLevels)[number];

/** What an option of a firewall file may be. */
export interface FirewallOption {
  /** In words, for messages: `0 or 1`. */
  readonly expects: string;
  readonly fits: (value: string) => boolean;
  /** What holds where the option is not said. */
  readonly default?: string;
}

const on = flag('1');
const off = flag('0');
const level = words(firewallLogLevels, 'nolog');
const policy = (value: string): FirewallOption => words(['ACCEPT', 'DROP', 'REJECT'], value);
const forward = words(['ACCEPT', 'DROP'], 'ACCEPT');

/** The options of each file, by the names that Proxmox knows them by. */
export const firewallOptions: Readonly<Record<FirewallScope, Readonly<Record<string, FirewallOption>>>> = {
  cluster: {
    // Any other number is taken for the second at which it was switched on, and is off a minute later.
    enable: off,
    ebtables: on,
    policy_in: policy('DROP'),
    policy_out: policy('ACCEPT'),
    policy_forward: forward,
    log_ratelimit: { expects: 'like enable=1,rate=1/second,burst=5', fits: isRateLimit },
  },
  host: {
    enable: on,
    ndp: on,
    nosmurfs: on,
    tcpflags: off,
    nftables: off,
    log_level_in: level,
    log_level_out: level,
    log_level_forward: level,
    smurf_log_level: level,
    tcp_flags_log_level: level,
    log_nf_conntrack: off,
    nf_conntrack_allow_invalid: off,
    nf_conntrack_helpers: {
      expects: `a list of ${conntrackHelpers.join(', ')}`,
      fits: (value) => value.split(',').every((name) => conntrackHelpers.some((helper) => helper === name)),
    },
    nf_conntrack_max: number(32_768, undefined, '262144'),
    nf_conntrack_tcp_timeout_established: number(7875, undefined, '432000'),
    nf_conntrack_tcp_timeout_syn_recv: number(30, 60, '60'),
    protection_synflood: off,
    protection_synflood_rate: number(0, undefined, '200'),
    protection_synflood_burst: number(0, undefined, '1000'),
  },
  guest: {
    enable: off,
    dhcp: off,
    ndp: on,
    radv: off,
    macfilter: on,
    ipfilter: off,
    policy_in: policy('DROP'),
    policy_out: policy('ACCEPT'),
    log_level_in: level,
    log_level_out: level,
  },
  vnet: {
    enable: off,
    policy_forward: forward,
    log_level_forward: level,
  },
};

function flag(value: string): FirewallOption {
  return { expects: '0 or 1', fits: (text) => text === '0' || text === '1', default: value };
}

function words(list: readonly string[], value: string): FirewallOption {
  return { expects: `one of ${list.join(', ')}`, fits: (text) => list.includes(text), default: value };
}

function number(min: number, max: number | undefined, value: string): FirewallOption {
  const range = max === undefined ? `of ${min} or more` : `from ${min} to ${max}`;
  return {
    expects: `a whole number ${range}`,
    fits: (text) => /^\d{1,10}$/.test(text) && Number(text) >= min && Number(text) <= (max ?? 2 ** 32),
    default: value,
  };
}

function isRateLimit(text: string): boolean {
  const seen = new Set<string>();
  return text.split(',').every((part, index) => {
    const [key = '', value] = part.includes('=') ? part.split('=', 2) : index === 0 ? ['enable', part] : [part];
    const isKnown = value !== undefined && rateLimitParts[key]?.test(value) === true && !seen.has(key);
    seen.add(key);
    return isKnown;
  });
}

const rateLimitParts: Readonly<Record<string, RegExp>> = {
  enable: /^[01]$/,
  rate: /^[1-9]\d*\/(?:second|minute|hour|day)$/,
  burst: /^\d+$/,
};
