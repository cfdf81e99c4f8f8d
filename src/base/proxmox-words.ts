/** Name of a node, as Proxmox VE takes one; also fit to be the name of a file. */
export const nodeName = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** What Proxmox VE calls a config id: the name of an entry in a file of the cluster, such as a mapping. */
export const configId = /^[A-Za-z][A-Za-z0-9_-]+$/;

/** Modes of the kernel's bonds, in the order of their numbers. */
export const bondModes = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
] as const;

/** The levels a rule can log at, from the most urgent to the least, and not at all. */
export const firewallLogLevels = [
  'emerg',
  'alert',
  'crit',
  'err',
  'warning',
  'notice',
  'info',
  'debug',
  'nolog',
] as const;

/** Trackers of connections that the kernel can be told to use for protocols that open further ones. */
export const conntrackHelpers = ['amanda', 'ftp', 'irc', 'netbios-ns', 'pptp', 'sane', 'sip', 'snmp', 'tftp'] as const;
