import type { GuestReader } from './guest-reader.js';
import type { Entry } from './input.js';
import { booleanOf, textOf, type Value, type Values, wordsOf } from './values.js';

/** The container's firewall: rules that name a guest become connections to it. What `ports` promises is compared with them. */
export function containerFirewall(reader: GuestReader): Values {
  const section = reader.take('firewall');
  const enabled = section?.member('enabled');
  reader.ledger.set(enabled, 'mapped');
  const isOn = booleanOf(enabled) ?? section !== undefined;
  const list = section?.member('rules');
  const connections: Value[] = [];
  const rules: Value[] = [];
  const open = new Set<string>();
  for (const entry of list?.members() ?? []) {
    const rule = ruleOf(entry, reader);
    if (rule !== undefined) {
      rule.port === undefined || open.add(rule.port);
      rule.connection === undefined ? rules.push(rule.values) : connections.push(rule.connection);
    }
  }
  ports(reader, section === undefined || !isOn ? undefined : open, section);
  if (section !== undefined && isOn && connections.length + rules.length === 0) {
    const why = 'on, with no rule and the policy DROP: nobody reaches this guest';
    reader.ledger.set(section, 'suspicious', why);
    reader.ledger.todo(`say who may reach ${reader.guest.vmid} (\`allowFrom\`): its firewall is ${why}`, section);
  }
  const firewall = isOn ? (rules.length === 0 ? {} : { rules }) : { enabled: false };
  return {
    ...(section === undefined ? {} : { firewall }),
    ...(connections.length === 0 ? {} : { allowFrom: connections }),
  };
}

/** The applier asks from the host whether a server answers, which its firewall would not let through. */
export function letHostAsk(reader: GuestReader, { port = 8000 }: Values): void {
  const { values, world, ledger, guest } = reader;
  const { firewall, allowFrom } = values;
  if (firewall !== undefined && !(typeof firewall === 'object' && 'enabled' in firewall)) {
    const others = Array.isArray(allowFrom) ? allowFrom : [];
    values['allowFrom'] = [...others, { peer: world.hostName, port: `tcp/${String(port)}`, why: 'health' }];
    ledger.set(guest.entry.member('firewall'), 'changed', 'lets the host ask whether the server answers, too');
  }
}

interface ReadRule {
  /** `tcp/8000`, if it lets somebody in there. */
  readonly port: string | undefined;
  /** What lets one guest in by its name. */
  readonly connection?: Value;
  readonly values: Values;
}

function ruleOf(entry: Entry, reader: GuestReader): ReadRule | undefined {
  const part = (...names: readonly string[]) => {
    const found = names.flatMap((name) => entry.member(name) ?? [])[0];
    reader.ledger.set(found, 'mapped');
    return textOf(found);
  };
  const direction = (part('type', 'direction') ?? 'in').toUpperCase();
  const action = (part('action') ?? 'ACCEPT').toUpperCase();
  const [source, dest, protocol, ports] = [
    part('source'),
    part('dest'),
    part('proto', 'protocol'),
    part('port', 'dport', 'ports'),
  ];
  const comment = part('comment', 'description');
  if (!['IN', 'OUT'].includes(direction) || !['ACCEPT', 'DROP', 'REJECT'].includes(action)) {
    reader.ledger.setAll(entry, 'suspicious', 'no rule');
    for (const member of entry.members()) {
      reader.ledger.set(member, 'suspicious', 'no rule: neither in nor out, or no action of Proxmox; left out');
    }
    return undefined;
  }
  const isOpening = direction === 'IN' && action === 'ACCEPT' && protocol !== undefined && /^\d+$/.test(ports ?? '');
  const port = isOpening ? `${protocol}/${ports}` : undefined;
  const peer = source === undefined ? undefined : reader.world.fleet.at(source);
  const values = {
    ...(direction === 'IN' ? {} : { direction }),
    action,
    ...(protocol === undefined ? {} : { protocol }),
    ...(ports === undefined ? {} : { ports }),
    ...(source === undefined ? {} : { source }),
    ...(dest === undefined ? {} : { dest }),
    ...(comment === undefined ? {} : { comment }),
  };
  const isConnection =
    port !== undefined && peer !== undefined && dest === undefined && (protocol === 'tcp' || protocol === 'udp');
  return isConnection
    ? {
        port,
        values,
        connection: { peer: `${peer.folder}/${peer.vmid}`, port, ...(comment === undefined ? {} : { why: comment }) },
      }
    : { port, values };
}

/** `host:guest` pairs of a network that has no such ports: what listens is open unless the firewall shuts it. */
function ports(reader: GuestReader, open: ReadonlySet<string> | undefined, section: Entry | undefined): void {
  const entry = reader.take('ports');
  const published = wordsOf(entry) ?? [];
  reader.ledger.set(entry, 'dropped', 'a guest has an address of its own: nothing is to be published');
  const shut = published
    .map((word) => word.replace(/^.*:/, '').replace(/\/.*$/, ''))
    .filter((port) => open !== undefined && !open.has(`tcp/${port}`));
  if (shut.length > 0) {
    reader.ledger.set(entry, 'contradictory', `the firewall lets nobody in at ${shut.join(', ')}: it stays shut`);
    reader.ledger.todo(
      `decide who may reach ${shut.join(', ')} of ${reader.guest.vmid}, if anybody: published, but no rule lets anybody in`,
      entry,
    );
  }
  if (open === undefined && published.length > 0) {
    reader.ledger.set(
      entry,
      'suspicious',
      section === undefined
        ? 'published, and the guest has no firewall: open to everybody'
        : 'published, and the firewall is off',
    );
  }
  for (const one of Array.isArray(entry?.value) ? entry.members() : []) {
    reader.ledger.set(one, shut.includes((textOf(one) ?? '').replace(/^.*:/, '')) ? 'contradictory' : 'dropped');
  }
}
