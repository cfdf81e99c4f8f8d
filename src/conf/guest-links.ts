import type { IConstruct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import type { Connectable, Connections } from '../firewall/connections.js';
import { Port } from '../firewall/port.js';
import { type Frame, permissionOf, type WrittenPermission } from './frame.js';
import type { LoadContext } from './load-context.js';
import type { SourceFile } from './source-file.js';

/** What a guest can be told by methods. Other packages' guests need not have all of it. */
interface Tellable extends IConstruct {
  readonly connections?: Connections;
  readonly startAfter?: (guest: { readonly identity: string }) => void;
  readonly exposePort?: (port: Port) => void;
  readonly override?: (key: string, value: string | undefined) => void;
  readonly addRawLine?: (key: `lxc.${string}`, value: string) => void;
}

/** Tells a guest what its file says past the props, which concerns nobody else. */
export function tellGuest(guest: IConstruct, frame: Frame, file: SourceFile, context: LoadContext): void {
  const it: Tellable = guest;
  const { exposePort } = frame;
  if (exposePort !== undefined) {
    context.attempt({ file, keys: ['exposePort'] }, () =>
      able(it.exposePort, 'exposePort').call(guest, portOf(exposePort)),
    );
  }
  for (const [key, value] of Object.entries(frame.override ?? {})) {
    context.attempt({ file, keys: ['override', key] }, () =>
      able(it.override, 'override').call(guest, key, value ?? undefined),
    );
  }
  (frame.raw ?? []).forEach(([key, value], index) => {
    context.attempt({ file, keys: ['raw', String(index)] }, () =>
      able(it.addRawLine, 'raw').call(guest, key as `lxc.${string}`, value),
    );
  });
  for (const [code, reason] of Object.entries(frame.acknowledge ?? {})) {
    context.attempt({ file, keys: ['acknowledge', code] }, () => context.acknowledge(code, reason, guest));
  }
}

/** Carries out what a guest's file says of other guests: `startAfter`, `allowFrom`, `allowTo`. */
export function connectGuest(guest: IConstruct, frame: Frame, file: SourceFile, context: LoadContext): void {
  const it: Tellable = guest;
  (frame.startAfter ?? []).forEach((name, index) => {
    context.attempt({ file, keys: ['startAfter', String(index)] }, () => {
      const other = context.find('peer', name);
      if (!('identity' in other)) {
        throw wrong('startAfter', name, 'the name of a guest');
      }
      able(it.startAfter, 'startAfter').call(guest, other as { readonly identity: string });
    });
  });
  for (const key of ['allowFrom', 'allowTo'] as const) {
    (frame[key] ?? []).forEach((entry, index) => {
      context.attempt({ file, keys: [key, String(index)] }, () =>
        allow(able(it.connections, key), key, permissionOf(entry), context),
      );
    });
  }
}

function allow(
  connections: Connections,
  key: 'allowFrom' | 'allowTo',
  { peer, port, why = '' }: WrittenPermission,
  context: LoadContext,
): void {
  const kind = ['network', 'firewall address'].find((one) => context.knows(one, peer)) ?? 'peer';
  const other = context.find(kind, peer);
  if (!isConnectable(other)) {
    throw wrong(key, peer, 'somebody who has an address');
  }
  if (port !== undefined) {
    connections[key](other, portOf(port), why);
  } else if (key === 'allowFrom') {
    connections.allowDefaultPortFrom(other, why);
  } else {
    throw wrong(key, peer, '{ peer, port }: which port of the other end');
  }
}

function isConnectable(thing: object): thing is Connectable {
  return 'peer' in thing;
}

/** `tcp/8000`, `udp/5000-5100`, `icmp`, as the frame's table takes it. */
function portOf(text: string): Port {
  const [protocol, range = ''] = text.split('/', 2);
  const [from = 0, to = from] = range.split('-', 2).map(Number);
  if (protocol === 'icmp') {
    return Port.icmp();
  }
  return protocol === 'tcp' ? Port.tcpRange(from, to) : Port.udpRange(from, to);
}

/** What a guest has for a key. Throws `config/unknown-key` for guests without it. */
function able<T>(part: T | undefined, key: string): T {
  if (part === undefined) {
    throw new PhoenixError({
      code: 'config/unknown-key',
      message: `\`${key}\` means nothing to a guest of this kind`,
      value: key,
      fix: 'leave it out',
    });
  }
  return part;
}

function wrong(key: string, value: unknown, expected: string): PhoenixError {
  return new PhoenixError({
    code: 'config/wrong-value',
    message: `\`${key}\` is ${JSON.stringify(value)}, expected ${expected}`,
    value,
    fix: `write ${expected}`,
  });
}
