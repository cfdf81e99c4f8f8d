import type { IConstruct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import type { Connectable, Connections } from '../firewall/connections.js';
import { Port } from '../firewall/port.js';
import { isPlainObject } from '../model/fields.js';
import type { LoadContext } from './load-context.js';
import type { SourceFile } from './source-file.js';

/** What a guest can be told of others. Other packages' guests need not have all of it. */
interface Linkable extends IConstruct {
  readonly connections?: Connections;
  readonly startAfter?: (guest: { readonly identity: string }) => void;
}

/** Carries out what a guest's file says of other guests: `startAfter`, `allowFrom`, `allowTo`. */
export function connectGuest(guest: IConstruct, file: SourceFile, context: LoadContext): void {
  const linkable: Linkable = guest;
  each(file, 'startAfter', context, (entry) => {
    const other = context.find('peer', nameOf(entry));
    if (linkable.startAfter === undefined || !('identity' in other)) {
      throw wrong('startAfter', entry, 'the name of a guest');
    }
    linkable.startAfter(other as { readonly identity: string });
  });
  for (const key of ['allowFrom', 'allowTo'] as const) {
    each(file, key, context, (entry) => allow(linkable, key, entry, context));
  }
}

function each(file: SourceFile, key: string, context: LoadContext, action: (entry: unknown) => void): void {
  const value = file.value[key] ?? [];
  if (!Array.isArray(value)) {
    context.attempt({ file, keys: [key] }, () => {
      throw wrong(key, value, 'a list');
    });
    return;
  }
  value.forEach((entry, index) => {
    context.attempt({ file, keys: [key, String(index)] }, () => action(entry));
  });
}

function allow(guest: Linkable, key: 'allowFrom' | 'allowTo', entry: unknown, context: LoadContext): void {
  const { peer, port, why, ...others } = isPlainObject(entry) ? entry : { peer: entry };
  const [unknown] = Object.keys(others);
  if (typeof peer !== 'string' || unknown !== undefined || guest.connections === undefined) {
    throw wrong(key, entry, 'the name of a guest or network, or { peer, port, why }');
  }
  const kind = ['network', 'firewall address'].find((one) => context.knows(one, peer)) ?? 'peer';
  const other = context.find(kind, peer) as object & Connectable;
  const reason = typeof why === 'string' ? why : '';
  if (port !== undefined) {
    guest.connections[key](other, portOf(port), reason);
  } else if (key === 'allowFrom') {
    guest.connections.allowDefaultPortFrom(other, reason);
  } else {
    throw wrong(key, entry, '{ peer, port }: which port of the other end');
  }
}

/** `tcp/8000`, `udp/5000-5100`, `icmp`. */
function portOf(text: unknown): Port {
  if (text === 'icmp') {
    return Port.icmp();
  }
  const [, protocol, from, to] = /^(tcp|udp)\/(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(text)) ?? [];
  if (protocol === undefined) {
    throw wrong('port', text, "'tcp/8000', 'udp/5000-5100' or 'icmp'");
  }
  const range = [Number(from), Number(to ?? from)] as const;
  return protocol === 'tcp' ? Port.tcpRange(...range) : Port.udpRange(...range);
}

function nameOf(entry: unknown): string {
  if (typeof entry !== 'string') {
    throw wrong('startAfter', entry, 'the name of a guest');
  }
  return entry;
}

function wrong(key: string, value: unknown, expected: string): PhoenixError {
  return new PhoenixError({
    code: 'config/wrong-value',
    message: `\`${key}\` is ${JSON.stringify(value)}, expected ${expected}`,
    value,
    fix: `write ${expected}`,
  });
}
