/**
 * Protocols that rules may name: those of `/etc/protocols` of a Proxmox host, and `icmpv6`. Proxmox compares as they stand there, and enforces
 * nothing of a rule with another word or number.
 */
const numbers: Readonly<Record<string, number>> = {
  ip: 0,
  hopopt: 0,
  icmp: 1,
  igmp: 2,
  ggp: 3,
  ipencap: 4,
  st: 5,
  tcp: 6,
  egp: 8,
  igp: 9,
  pup: 12,
  udp: 17,
  hmp: 20,
  'xns-idp': 22,
  rdp: 27,
  'iso-tp4': 29,
  dccp: 33,
  xtp: 36,
  ddp: 37,
  'idpr-cmtp': 38,
  ipv6: 41,
  'ipv6-route': 43,
  'ipv6-frag': 44,
  idrp: 45,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  skip: 57,
  icmpv6: 58,
  'ipv6-icmp': 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  rspf: 73,
  vmtp: 81,
  eigrp: 88,
  ospf: 89,
  'ax.25': 93,
  ipip: 94,
  etherip: 97,
  encap: 98,
  pim: 103,
  ipcomp: 108,
  vrrp: 112,
  l2tp: 115,
  isis: 124,
  sctp: 132,
  fc: 133,
  'mobility-header': 135,
  udplite: 136,
  'mpls-in-ip': 137,
  manet: 138,
  hip: 139,
  shim6: 140,
  wesp: 141,
  rohc: 142,
  ethernet: 143,
  mptcp: 262,
};

const known: ReadonlySet<string> = new Set(Object.entries(numbers).flatMap(([name, number]) => [name, String(number)]));

/** The protocol as Proxmox spells it, however its letters are cased; undefined if it knows none of that name or number. */
export function protocolNamed(text: string): string | undefined {
  const spelled = text.toLowerCase();
  return known.has(spelled) ? spelled : undefined;
}

/** Names that somebody may have meant. */
export const protocolNames: readonly string[] = Object.keys(numbers);

/** The number of a protocol, by name or number; undefined if Proxmox does not know it. */
export function protocolNumber(text: string): number | undefined {
  const spelled = protocolNamed(text);
  return spelled === undefined ? undefined : (numbers[spelled] ?? Number(spelled));
}
