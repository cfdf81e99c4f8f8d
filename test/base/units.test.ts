import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PhoenixError } from '../../src/base/errors.js';
import { Duration, Size } from '../../src/base/units.js';

function codesOf(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    return PhoenixError.isPhoenixError(error) ? error.problems.map(({ code }) => code) : [String(error)];
  }
  return [];
}

describe('a size', () => {
  test.each([
    ['32GiB', 32 * 2 ** 30],
    ['1.5GiB', 1.5 * 2 ** 30],
    ['0.5KiB', 512],
    ['1.0009765625KiB', 1025],
    ['0MiB', 0],
    ['007MiB', 7 * 2 ** 20],
    ['2TiB', 2 ** 41],
    ['8191.9990234375TiB', 2 ** 53 - 2 ** 30],
  ])('%s is %d bytes', (text, bytes) => {
    expect(Size.parse(text).toBytes()).toBe(bytes);
  });

  test.each([
    '32',
    '32G',
    '32GB',
    '32gib',
    '-1GiB',
    '+1GiB',
    '1e3GiB',
    '1.GiB',
    '.5GiB',
    '32 GiB',
    ' 32GiB',
    '32GiB\n',
    'GiB',
    '',
    '0.3KiB',
    '1,5GiB',
    '8192TiB',
    '99999999999999999999TiB',
    `${'9'.repeat(100_000)}GiB`,
  ])('%j is refused', (text) => {
    expect(codesOf(() => Size.parse(text))).toEqual(['size/invalid']);
  });

  test('a refusal names the legal forms', () => {
    expect(() => Size.parse('32G')).toThrow(/'32G' is not a size\n.*KiB, MiB, GiB, TiB/);
  });

  test.each([
    () => Size.bytes(-1),
    () => Size.bytes(0.5),
    () => Size.mib(0.1),
    () => Size.gib(Number.NaN),
    () => Size.gib(Number.POSITIVE_INFINITY),
    () => Size.tib(8192),
  ])('a maker refuses what is no whole number of bytes: %s', (make) => {
    expect(codesOf(make)).toEqual(['size/invalid']);
  });

  test.each([
    [Size.gib(32), '32GiB'],
    [Size.mib(1536), '1536MiB'],
    [Size.gib(1024), '1TiB'],
    [Size.kib(1), '1KiB'],
    [Size.bytes(1000), '0.9765625KiB'],
    [Size.bytes(0), '0KiB'],
    [Size.bytes(-0), '0KiB'],
    [Size.bytes(2 ** 53 - 1), '8796093022207.9990234375KiB'],
  ])('prints in the largest exact unit', (size, text) => {
    expect(size.toString()).toBe(text);
  });

  test('counts in MiB and GiB only when nothing is left over', () => {
    expect(Size.gib(1.5).toMib()).toBe(1536);
    expect(Size.gib(2).toGib()).toBe(2);
    expect(codesOf(() => Size.kib(1).toMib())).toEqual(['size/not-whole']);
    expect(codesOf(() => Size.gib(1.5).toGib())).toEqual(['size/not-whole']);
  });

  test('reads back what it prints, for any number of bytes', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(Size.parse(Size.bytes(bytes).toString()).toBytes()).toBe(bytes);
      }),
    );
  });

  test('is recognised by its symbol, so that another copy of the library is recognised too', () => {
    const foreign = Object.create({ [Symbol.for('phoenix-cdk.Size')]: true });
    expect([Size.gib(1), foreign].map(Size.isSize)).toEqual([true, true]);
    expect(['1GiB', null, undefined, {}, 5, Duration.seconds(1)].map(Size.isSize)).not.toContain(true);
  });

  test('is taken as it is or from its text', () => {
    const size = Size.gib(3);
    expect(Size.from(size)).toBe(size);
    expect(Size.from('3GiB')).toEqual(size);
    expect(Size.from('3GiB')).not.toEqual(Size.gib(4));
  });

  test('cannot be changed', () => {
    expect(Object.isFrozen(Size.gib(1))).toBe(true);
  });
});

describe('a duration', () => {
  test.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['1.5h', 5_400_000],
    ['5min', 300_000],
    ['0.001s', 1],
    ['0s', 0],
  ])('%s is %d milliseconds', (text, millis) => {
    expect(Duration.parse(text).toMillis()).toBe(millis);
  });

  test.each(['90', '5m', '5MIN', '1d', '-1s', '0.5ms', '1 s', '', 's'])('%j is refused', (text) => {
    expect(codesOf(() => Duration.parse(text))).toEqual(['duration/invalid']);
  });

  test.each([
    [Duration.seconds(90), '90s'],
    [Duration.seconds(120), '2min'],
    [Duration.minutes(60), '1h'],
    [Duration.millis(1500), '1500ms'],
    [Duration.hours(0), '0ms'],
  ])('prints in the largest exact unit', (duration, text) => {
    expect(duration.toString()).toBe(text);
  });

  test('counts in seconds and minutes only when nothing is left over', () => {
    expect(Duration.minutes(2).toSeconds()).toBe(120);
    expect(Duration.hours(1).toMinutes()).toBe(60);
    expect(codesOf(() => Duration.millis(1500).toSeconds())).toEqual(['duration/not-whole']);
    expect(codesOf(() => Duration.seconds(90).toMinutes())).toEqual(['duration/not-whole']);
  });

  test('reads back what it prints, for any number of milliseconds', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (millis) => {
        expect(Duration.parse(Duration.millis(millis).toString()).toMillis()).toBe(millis);
      }),
    );
  });

  test('is taken as it is or from its text, and is no size', () => {
    expect(Duration.from('90s')).toEqual(Duration.from(Duration.seconds(90)));
    expect([Duration.seconds(1), Size.gib(1)].map(Duration.isDuration)).toEqual([true, false]);
  });
});
