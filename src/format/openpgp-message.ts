import { PhoenixError } from '../base/errors.js';

/** What an encrypted OpenPGP message shows to somebody without a key. */
export interface MessageOutline {
  /** Ids of the keys that open it, 16 capital hex digits each; all zeros for a recipient that stays hidden. */
  readonly keyIds: readonly string[];
  /** Whether a passphrase opens it too. */
  readonly hasPassphrase: boolean;
  /** Whether every GnuPG from 2.2 on reads it. */
  readonly isWidelyReadable: boolean;
}

/**
 * Reads the packets around the ciphertext, which is not looked at.
 *
 * Throws `vault/damaged` for anything that is no whole message: other data, one cut off, one with something behind it.
 */
export function outlineOf(message: Uint8Array): MessageOutline {
  const keyIds: string[] = [];
  let hasPassphrase = false;
  let data: Packet | undefined;
  for (const packet of packetsOf(message)) {
    if (data !== undefined) {
      throw damaged('something stands behind its end');
    }
    if (packet.tag === tags.publicKeySession) {
      keyIds.push(keyIdOf(packet));
    } else if (packet.tag === tags.passphraseSession) {
      hasPassphrase = true;
    } else if (encrypted.has(packet.tag)) {
      data = packet;
    } else if (packet.tag !== tags.marker) {
      throw damaged('it is no encrypted message');
    }
  }
  if (data === undefined || data.body.length < 20) {
    throw damaged('it holds no ciphertext');
  }
  if (data.tag === tags.withoutIntegrity) {
    throw damaged('it has no protection against changes, which nothing of today writes');
  }
  return { keyIds, hasPassphrase, isWidelyReadable: data.tag === tags.integrity && data.body[0] === 1 };
}

/**
 * The bytes of a message that is armored or not. Throws `vault/damaged` for an armor that is cut off, or whose checksum is not that of its
 * bytes.
 */
export function messageBytes(file: Uint8Array): Uint8Array {
  const isBinary = file.length > 0 && ((file[0] ?? 0) & 0x80) !== 0;
  if (isBinary) {
    return file;
  }
  const lines = Buffer.from(file).toString('latin1').trim().split(/\r?\n/);
  const begin = lines.findIndex((line) => line.trim() === '-----BEGIN PGP MESSAGE-----');
  const end = lines.findIndex((line) => line.trim() === '-----END PGP MESSAGE-----');
  if (begin !== 0 || end !== lines.length - 1) {
    throw damaged('it is no OpenPGP message, or not a whole one');
  }
  const blank = lines.findIndex((line) => line.trim() === '');
  const body = lines.slice(blank < 0 ? 1 : blank + 1, end).map((line) => line.trim());
  const sum = body.at(-1)?.startsWith('=') === true ? body.pop()?.slice(1) : undefined;
  const bytes = Buffer.from(body.join(''), 'base64');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(body.join('')) || (sum !== undefined && sum !== checksum(bytes))) {
    throw damaged('its armor is damaged');
  }
  return bytes;
}

/** The message as text, the same for the same bytes. */
export function armored(message: Uint8Array): string {
  const lines =
    Buffer.from(message)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN PGP MESSAGE-----', '', ...lines, `=${checksum(message)}`, '-----END PGP MESSAGE-----', ''].join(
    '\n',
  );
}

const tags = {
  publicKeySession: 1,
  passphraseSession: 3,
  withoutIntegrity: 9,
  marker: 10,
  integrity: 18,
  ocb: 20,
} as const;
const encrypted: ReadonlySet<number> = new Set([tags.withoutIntegrity, tags.integrity, tags.ocb]);

interface Packet {
  readonly tag: number;
  readonly body: Uint8Array;
}

function* packetsOf(message: Uint8Array): Generator<Packet> {
  for (let at = 0; at < message.length; ) {
    const header = message[at] ?? 0;
    if ((header & 0x80) === 0) {
      throw damaged('it is no OpenPGP message');
    }
    const isNewForm = (header & 0x40) !== 0;
    const [body, next] = isNewForm ? newBody(message, at + 1) : oldBody(message, at + 1, header & 3);
    yield { tag: isNewForm ? header & 0x3f : (header & 0x3c) >> 2, body };
    at = next;
  }
}

type BodyAndNext = readonly [body: Uint8Array, next: number];

function oldBody(message: Uint8Array, at: number, lengthType: number): BodyAndNext {
  if (lengthType === 3) {
    return [message.subarray(at), message.length];
  }
  const octets = 1 << lengthType;
  return slice(message, at + octets, number(message, at, octets));
}

/** The body may come in parts, each with a length of its own. */
function newBody(message: Uint8Array, start: number): BodyAndNext {
  const parts: Uint8Array[] = [];
  for (let at = start; ; ) {
    const first = number(message, at, 1);
    const isPart = first >= 224 && first < 255;
    const octets = first < 192 || isPart ? 1 : first < 224 ? 2 : 5;
    const length = isPart
      ? 1 << (first & 31)
      : octets === 1
        ? first
        : octets === 2
          ? (first - 192) * 256 + number(message, at + 1, 1) + 192
          : number(message, at + 1, 4);
    const [part, next] = slice(message, at + octets, length);
    parts.push(part);
    at = next;
    if (!isPart) {
      return [parts.length === 1 ? part : Buffer.concat(parts), next];
    }
  }
}

function slice(message: Uint8Array, at: number, length: number): BodyAndNext {
  if (at + length > message.length) {
    throw damaged('it is cut off');
  }
  return [message.subarray(at, at + length), at + length];
}

function number(message: Uint8Array, at: number, octets: number): number {
  const [bytes] = slice(message, at, octets);
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function keyIdOf({ body }: Packet): string {
  if (body[0] !== 3 || body.length < 10) {
    throw damaged('it is for a kind of key that GnuPG does not know');
  }
  return Buffer.from(body.subarray(1, 9)).toString('hex').toUpperCase();
}

/** CRC-24 of RFC 4880, in base64. */
function checksum(bytes: Uint8Array): string {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) {
      crc <<= 1;
      if ((crc & 0x1000000) !== 0) {
        crc ^= 0x1864cfb;
      }
    }
  }
  return Buffer.from([crc >> 16, crc >> 8, crc]).toString('base64');
}

function damaged(what: string): PhoenixError {
  return new PhoenixError({
    code: 'vault/damaged',
    message: `the encrypted message is damaged: ${what}`,
    fix: 'take the file back from version control, or set the secret anew: `phoenix secrets set`',
  });
}
