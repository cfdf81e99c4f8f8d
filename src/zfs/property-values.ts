import type { Problem } from '../base/errors.js';
import type { Setting } from '../model/step.js';

/** Values of properties of ZFS that ZFS would refuse. Properties that are not in the table, and those of users, are not judged. */
export function valueProblems(properties: readonly Setting[], path: string): Problem[] {
  return properties.flatMap(({ name, value }) => {
    const rule = values[name];
    return rule === undefined || rule.fits(value)
      ? []
      : [
          {
            code: 'zfs/property-value',
            message: `${name} of a dataset cannot be ${JSON.stringify(value)}`,
            path,
            value,
            fix: `give ${rule.expects}`,
          },
        ];
  });
}

interface Rule {
  readonly fits: (value: string) => boolean;
  readonly expects: string;
}

const onOff = oneOf('on', 'off');
const cached = oneOf('all', 'none', 'metadata');
const limit = sizeOr('none', 'none or a number of bytes');

/** As `zfs get -p` prints them: sizes are numbers of bytes, and aliases (`posixacl`) are none, or they would differ for ever. */
const values: Readonly<Record<string, Rule>> = {
  aclinherit: oneOf('discard', 'noallow', 'restricted', 'passthrough', 'passthrough-x'),
  aclmode: oneOf('discard', 'groupmask', 'passthrough', 'restricted'),
  acltype: oneOf('off', 'nfsv4', 'posix'),
  atime: onOff,
  canmount: oneOf('on', 'off', 'noauto'),
  casesensitivity: oneOf('sensitive', 'insensitive', 'mixed'),
  checksum: oneOf('on', 'off', 'fletcher2', 'fletcher4', 'sha256', 'noparity', 'sha512', 'skein', 'edonr', 'blake3'),
  compression: {
    fits: (value) =>
      /^(on|off|lz4|lzjb|zle|gzip(-[1-9])?|zstd(-([1-9]|1[0-9]))?|zstd-fast(-([1-9]|[1-9]0|100|500|1000))?)$/.test(
        value,
      ),
    expects: 'on, off, lz4, zstd, zstd-1 to zstd-19, zstd-fast, zstd-fast-N, gzip, gzip-1 to gzip-9, zle or lzjb',
  },
  copies: oneOf('1', '2', '3'),
  dedup: {
    fits: (value) =>
      /^(on|off|verify|sha256(,verify)?|sha512(,verify)?|skein(,verify)?|blake3(,verify)?|edonr,verify)$/.test(value),
    expects: 'on, off, verify or a strong checksum; edonr only as edonr,verify',
  },
  devices: onOff,
  dnodesize: oneOf('legacy', 'auto', '1k', '2k', '4k', '8k', '16k'),
  encryption: {
    fits: (value) => /^(on|off|aes-(128|192|256)-(ccm|gcm))$/.test(value),
    expects: 'on, off, or aes-128, aes-192 or aes-256 with -ccm or -gcm behind it',
  },
  exec: onOff,
  filesystem_limit: limit,
  keyformat: oneOf('raw', 'hex', 'passphrase'),
  keylocation: {
    fits: (value) => /^(prompt|(file|https?):\/\/\S+)$/.test(value),
    expects: 'prompt, file:///… or https://…',
  },
  logbias: oneOf('latency', 'throughput'),
  normalization: oneOf('none', 'formC', 'formD', 'formKC', 'formKD'),
  overlay: onOff,
  prefetch: cached,
  primarycache: cached,
  quota: limit,
  readonly: onOff,
  recordsize: powerOfTwo(512, 16 * 1024 * 1024),
  redundant_metadata: oneOf('all', 'most', 'some', 'none'),
  refquota: limit,
  refreservation: limit,
  relatime: onOff,
  reservation: limit,
  secondarycache: cached,
  setuid: onOff,
  snapdir: oneOf('hidden', 'visible', 'disabled'),
  snapshot_limit: limit,
  special_small_blocks: {
    fits: (value) => /^[0-9]+$/.test(value) && Number(value) <= 16 * 1024 * 1024,
    expects: 'a number of bytes up to 16777216',
  },
  sync: oneOf('standard', 'always', 'disabled'),
  utf8only: onOff,
  version: { fits: (value) => /^[1-5]$/.test(value), expects: 'a version of the file system, 1 to 5' },
  xattr: oneOf('on', 'off', 'dir', 'sa'),
};

function oneOf(...words: readonly string[]): Rule {
  return { fits: (value) => words.includes(value), expects: `one of ${words.join(', ')}` };
}

function sizeOr(word: string, expects: string): Rule {
  return { fits: (value) => value === word || /^[0-9]+$/.test(value), expects };
}

function powerOfTwo(min: number, max: number): Rule {
  return {
    fits: (value) => {
      const bytes = Number(value);
      return /^[0-9]+$/.test(value) && bytes >= min && bytes <= max && Number.isInteger(Math.log2(bytes));
    },
    expects: `a power of two from ${min} to ${max}`,
  };
}
