import { describe, expect, it } from 'vitest';
import { ZfsDataset } from '../../src/zfs/zfs-dataset.js';
import { codesOf, SmallHost } from '../support/small-host.js';

const cases: Readonly<Record<string, { good: readonly string[]; bad: readonly string[] }>> = {
  compression: {
    good: ['on', 'off', 'lz4', 'zstd-19', 'zstd-fast-10', 'zstd-fast-500', 'gzip-9', 'zle'],
    bad: ['zstd-20', 'zstd-0', 'gzip-10', 'zstd-fast-11', 'lz5', ''],
  },
  dedup: { good: ['off', 'verify', 'blake3,verify', 'edonr,verify'], bad: ['edonr', 'sha1', 'yes'] },
  checksum: { good: ['on', 'blake3', 'fletcher4'], bad: ['md5'] },
  copies: { good: ['1', '3'], bad: ['0', '4'] },
  primarycache: { good: ['metadata'], bad: ['data'] },
  redundant_metadata: { good: ['some', 'none'], bad: ['on'] },
  special_small_blocks: { good: ['0', '65536', '16777216'], bad: ['64K', '16777217', '-1'] },
  refreservation: { good: ['none', '1073741824'], bad: ['1G', 'auto'] },
  canmount: { good: ['noauto'], bad: ['no'] },
  encryption: { good: ['on', 'aes-256-gcm'], bad: ['aes-512-gcm', 'aes-256'] },
  keylocation: { good: ['prompt', 'file:///root/key', 'https://keys.lan/a'], bad: ['/root/key', 'ftp://a/b'] },
  dnodesize: { good: ['legacy', 'auto', '16k'], bad: ['16384', '32k'] },
  exec: { good: ['on'], bad: ['yes'] },
  normalization: { good: ['none', 'formD'], bad: ['formE'] },
  recordsize: { good: ['512', '131072', '16777216'], bad: ['128K', '1000', '256', '33554432'] },
  'com.example:anything': { good: ['at all', ''], bad: [] },
};

describe.each(Object.entries(cases))('the property %s of a dataset', (name, { good, bad }) => {
  const codes = (value: string) => {
    const { base, rpool } = new SmallHost();
    return codesOf(() => new ZfsDataset(base, 'a', { parent: rpool, properties: { [name]: value } }));
  };

  it.each(good)('may be %j', (value) => {
    expect(codes(value)).toEqual([]);
  });

  it.each(bad)('is refused as %j', (value) => {
    expect(codes(value)).toEqual(['zfs/property-value']);
  });
});

it('the prop of a dataset is judged as well, where any word may be given', () => {
  const { base, rpool } = new SmallHost();
  const compression = 'zstd-99' as 'zstd';
  expect(codesOf(() => new ZfsDataset(base, 'a', { parent: rpool, compression }))).toEqual(['zfs/property-value']);
});

it('records as small as a sector are counted in bytes', () => {
  const host = new SmallHost();
  new ZfsDataset(host.base, 'a', { parent: host.rpool, recordsize: '512' });
  const properties = [{ name: 'recordsize', value: '512' }];
  expect(host.synth().stepOf('zfs-dataset', 'zfs/rpool/a/dataset').properties).toEqual(
    expect.arrayContaining(properties),
  );
});
