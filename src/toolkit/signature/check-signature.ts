import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Key, KeyID, Signature, SignaturePacket } from 'openpgp';
import { PhoenixError } from '../../base/errors.js';
import { signatureFile } from '../../model/artifact.js';
import { isSigned } from '../altered-files.js';

/** Who signed an assembly, and when by the signer's clock. */
export interface Signer {
  /** 40 capital hex digits. */
  readonly fingerprint: string;
  /** What the key says of its owner. */
  readonly name: string;
  readonly made: Date;
}

/** `0x91C4…`: as gpg writes it. */
export function keyText({ fingerprint }: Pick<Signer, 'fingerprint'>): string {
  return `0x${fingerprint.slice(-16)}`;
}

/**
 * Whether the manifest in a folder was signed by one of these keys, which has to be valid today. What the manifest lists is not looked at.
 * @throws `signature/missing`, `signature/bad`, `signature/unknown-key`, `signature/expired-key`, `signature/revoked-key`
 */
export async function checkSignature(folder: string, keys: readonly Key[]): Promise<Signer> {
  if (!isSigned(folder)) {
    throw new PhoenixError({
      code: 'signature/missing',
      message: `there is no ${signatureFile} in ${folder}`,
      fix: 'sign it: phoenix sign',
    });
  }
  const manifest = readFileSync(join(folder, 'manifest.json'));
  return checkSigned(readFileSync(join(folder, signatureFile), 'latin1'), manifest, keys);
}

/**
 * The same for a signature that may not lie in any folder yet.
 * @throws `signature/bad`, `signature/unknown-key`, `signature/expired-key`, `signature/revoked-key`
 */
export async function checkSigned(armored: string, manifest: Uint8Array, keys: readonly Key[]): Promise<Signer> {
  const signature = await parsedSignature(armored);
  const packet = onlyPacket(signature);
  const key = keys.find((known) => known.getKeys(packet.issuerKeyID).length > 0);
  const id = `0x${packet.issuerKeyID.toHex().toUpperCase()}`;
  if (key === undefined) {
    throw new PhoenixError({
      code: 'signature/unknown-key',
      message: `${id}, which signed, is none of \`signers\``,
      fix: 'sign with a key that is, or let its owner be one',
    });
  }
  await refuseInvalid(key, packet.issuerKeyID, id);
  await refuseForged(manifest, signature, key, id);
  return {
    fingerprint: key.getFingerprint().toUpperCase(),
    name: key.getUserIDs()[0] ?? '',
    made: packet.created ?? new Date(0),
  };
}

async function parsedSignature(armored: string): Promise<Signature> {
  const { readSignature } = await import('openpgp');
  try {
    return await readSignature({ armoredSignature: armored });
  } catch {
    throw new PhoenixError({
      code: 'signature/bad',
      message: `${signatureFile} is no signature`,
      fix: 'sign anew: phoenix sign',
    });
  }
}

function onlyPacket({ packets }: Signature): SignaturePacket {
  const [packet, second] = packets;
  // 0: over a file as it is
  if (packet === undefined || second !== undefined || packet.signatureType !== 0) {
    throw new PhoenixError({
      code: 'signature/bad',
      message: `${signatureFile} is not one signature over a file`,
      fix: 'sign anew: phoenix sign',
    });
  }
  return packet;
}

async function refuseInvalid(key: Key, id: KeyID, shown: string): Promise<void> {
  const now = new Date();
  if (await key.isRevoked(undefined, undefined, now)) {
    throw new PhoenixError({
      code: 'signature/revoked-key',
      message: `${shown}, which signed, was revoked`,
      fix: 'sign with another key',
    });
  }
  try {
    await key.getSigningKey(id, now);
  } catch (error) {
    if (/revoked/i.test(String(error))) {
      throw new PhoenixError({
        code: 'signature/revoked-key',
        message: `${shown}, which signed, was revoked`,
        fix: 'sign with another key',
      });
    }
    throw new PhoenixError({
      code: 'signature/expired-key',
      message: `${shown}, which signed, is not valid today: ${error instanceof Error ? error.message : String(error)}`,
      fix: 'put its prolonged public key in the place of the old one, or sign with another',
    });
  }
}

async function refuseForged(manifest: Uint8Array, signature: Signature, key: Key, id: string): Promise<void> {
  const { createMessage, verify } = await import('openpgp');
  const message = await createMessage({ binary: manifest });
  const { signatures } = await verify({ message, signature, verificationKeys: key, format: 'binary' });
  try {
    await signatures[0]?.verified;
  } catch {
    throw new PhoenixError({
      code: 'signature/bad',
      message: `manifest.json is not what ${id} signed`,
      fix: 'it was altered, or this is the signature of another assembly: synthesize and sign anew',
    });
  }
}
