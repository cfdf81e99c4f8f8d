import { PhoenixError } from './errors.js';

/** A size as people write it: a decimal number and a binary unit, `32GiB`. A bare number is no size. */
export type SizeText = `${number}${'KiB' | 'MiB' | 'GiB' | 'TiB'}`;

/** A span of time as people write it: a decimal number and a unit, `90s`. A bare number is no duration. */
export type DurationText = `${number}${'ms' | 's' | 'min' | 'h'}`;

const sizeMarker = Symbol.for('phoenix-cdk.Size');
const durationMarker = Symbol.for('phoenix-cdk.Duration');

/** An amount of memory or storage: a whole number of bytes, at least 0. Immutable. */
export class Size {
  /** @throws `size/invalid` unless `n` is a whole number of bytes, 0 or more */
  static bytes(n: number): Size {
    return new Size(wholeAmount(n, 1, 'bytes', sizeGrammar));
  }

  /** `n` × 1024 bytes. @throws `size/invalid` unless that is a whole number of bytes, 0 or more */
  static kib(n: number): Size {
    return new Size(wholeAmount(n, KIB, 'KiB', sizeGrammar));
  }

  /** `n` × 1024 KiB. @throws `size/invalid` unless that is a whole number of bytes, 0 or more */
  static mib(n: number): Size {
    return new Size(wholeAmount(n, MIB, 'MiB', sizeGrammar));
  }

  /** `n` × 1024 MiB. @throws `size/invalid` unless that is a whole number of bytes, 0 or more */
  static gib(n: number): Size {
    return new Size(wholeAmount(n, GIB, 'GiB', sizeGrammar));
  }

  /** `n` × 1024 GiB. @throws `size/invalid` unless that is a whole number of bytes, 0 or more */
  static tib(n: number): Size {
    return new Size(wholeAmount(n, TIB, 'TiB', sizeGrammar));
  }

  /**
   * Reads `32GiB`, `1.5GiB`, `512MiB`. Decimal units and bare numbers are refused, because half the readers would guess
   * them wrong.
   * @throws `size/invalid`
   */
  static parse(text: string): Size {
    return new Size(parseAmount(text, sizeGrammar));
  }

  /** The size itself, or the one its text stands for. @throws `size/invalid` */
  static from(size: Size | SizeText): Size {
    return typeof size === 'string' ? Size.parse(size) : size;
  }

  /** True for every Size, also one made by another copy of this library. */
  static isSize(x: unknown): x is Size {
    return typeof x === 'object' && x !== null && sizeMarker in x;
  }

  private readonly byteCount: number;

  private constructor(byteCount: number) {
    this.byteCount = byteCount;
    Object.freeze(this);
  }

  get [sizeMarker](): true {
    return true;
  }

  toBytes(): number {
    return this.byteCount;
  }

  /** @throws `size/not-whole` if this is no whole number of MiB: Proxmox has no place for the rest */
  toMib(): number {
    return wholeUnits(this.byteCount, MIB, 'MiB', sizeGrammar);
  }

  /** @throws `size/not-whole` if this is no whole number of GiB */
  toGib(): number {
    return wholeUnits(this.byteCount, GIB, 'GiB', sizeGrammar);
  }

  /** In the largest unit that leaves no fraction, `32GiB`; {@link Size.parse} reads it back. */
  toString(): SizeText {
    const unit = largestExactUnit(this.byteCount, sizeGrammar);
    return unit === undefined ? fractionOfKib(this.byteCount) : `${this.byteCount / unit[1]}${unit[0]}`;
  }
}

/** A span of time: a whole number of milliseconds, at least 0. Immutable. */
export class Duration {
  /** @throws `duration/invalid` unless `n` is a whole number, 0 or more */
  static millis(n: number): Duration {
    return new Duration(wholeAmount(n, 1, 'ms', durationGrammar));
  }

  /** @throws `duration/invalid` unless that is a whole number of milliseconds, 0 or more */
  static seconds(n: number): Duration {
    return new Duration(wholeAmount(n, SECOND, 's', durationGrammar));
  }

  /** @throws `duration/invalid` unless that is a whole number of milliseconds, 0 or more */
  static minutes(n: number): Duration {
    return new Duration(wholeAmount(n, MINUTE, 'min', durationGrammar));
  }

  /** @throws `duration/invalid` unless that is a whole number of milliseconds, 0 or more */
  static hours(n: number): Duration {
    return new Duration(wholeAmount(n, HOUR, 'h', durationGrammar));
  }

  /**
   * Reads `90s`, `1.5h`, `250ms`, `5min`. `m` is refused: it could be months, minutes or a thousandth.
   * @throws `duration/invalid`
   */
  static parse(text: string): Duration {
    return new Duration(parseAmount(text, durationGrammar));
  }

  /** The duration itself, or the one its text stands for. @throws `duration/invalid` */
  static from(duration: Duration | DurationText): Duration {
    return typeof duration === 'string' ? Duration.parse(duration) : duration;
  }

  /** True for every Duration, also one made by another copy of this library. */
  static isDuration(x: unknown): x is Duration {
    return typeof x === 'object' && x !== null && durationMarker in x;
  }

  private readonly millisCount: number;

  private constructor(millisCount: number) {
    this.millisCount = millisCount;
    Object.freeze(this);
  }

  get [durationMarker](): true {
    return true;
  }

  toMillis(): number {
    return this.millisCount;
  }

  /** @throws `duration/not-whole` if this is no whole number of seconds */
  toSeconds(): number {
    return wholeUnits(this.millisCount, SECOND, 's', durationGrammar);
  }

  /** @throws `duration/not-whole` if this is no whole number of minutes */
  toMinutes(): number {
    return wholeUnits(this.millisCount, MINUTE, 'min', durationGrammar);
  }

  /** In the largest unit that leaves no fraction, `90s`; {@link Duration.parse} reads it back. */
  toString(): DurationText {
    const unit = largestExactUnit(this.millisCount, durationGrammar);
    return unit === undefined ? `${this.millisCount}ms` : `${this.millisCount / unit[1]}${unit[0]}`;
  }
}

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Units from the largest to the smallest, each with its factor to the base unit. */
interface Grammar<U extends string> {
  readonly word: 'size' | 'duration';
  readonly base: string;
  readonly units: readonly (readonly [U, number])[];
  readonly fix: string;
}

const sizeGrammar: Grammar<'TiB' | 'GiB' | 'MiB' | 'KiB'> = {
  word: 'size',
  base: 'bytes',
  units: [
    ['TiB', TIB],
    ['GiB', GIB],
    ['MiB', MIB],
    ['KiB', KIB],
  ],
  fix: "write a number and one of KiB, MiB, GiB, TiB without a blank, like '32GiB', '1.5GiB' or '512MiB'",
};

const durationGrammar: Grammar<'h' | 'min' | 's' | 'ms'> = {
  word: 'duration',
  base: 'milliseconds',
  units: [
    ['h', HOUR],
    ['min', MINUTE],
    ['s', SECOND],
    ['ms', 1],
  ],
  fix: "write a number and one of ms, s, min, h without a blank, like '90s', '1.5h' or '250ms'",
};

const amountPattern = /^(\d{1,20})(?:\.(\d{1,20}))?([A-Za-z]{1,3})$/;

function parseAmount(text: string, grammar: Grammar<string>): number {
  const [, whole, fraction = '', unit] = amountPattern.exec(text) ?? [];
  const factor = grammar.units.find(([name]) => name === unit)?.[1];
  if (whole === undefined || factor === undefined) {
    throw invalid(text, `'${text}' is not a ${grammar.word}`, grammar);
  }
  // In whole numbers, because 0.1 has no exact binary form and '0.1' of something may still be whole.
  const scaled = BigInt(whole + fraction) * BigInt(factor);
  const divisor = 10n ** BigInt(fraction.length);
  const amount = Number(scaled / divisor);
  if (scaled % divisor !== 0n || !Number.isSafeInteger(amount)) {
    throw invalid(text, `'${text}' is not a whole number of ${grammar.base} below 2^53`, grammar);
  }
  return amount;
}

function wholeAmount(n: number, factor: number, unit: string, grammar: Grammar<string>): number {
  const amount = n * factor;
  if (!Number.isSafeInteger(amount) || amount < 0) {
    throw invalid(n, `${n} ${unit} is not a whole number of ${grammar.base} from 0 to 2^53`, grammar);
  }
  // A negative zero would print as one.
  return amount + 0;
}

function invalid(value: unknown, message: string, grammar: Grammar<string>): PhoenixError {
  return new PhoenixError({ code: `${grammar.word}/invalid`, message, value, fix: grammar.fix });
}

function wholeUnits(amount: number, factor: number, unit: string, grammar: Grammar<string>): number {
  if (amount % factor !== 0) {
    throw new PhoenixError({
      code: `${grammar.word}/not-whole`,
      message: `${amount} ${grammar.base} is not a whole number of ${unit}`,
      value: amount,
      fix: `give a ${grammar.word} that is a multiple of 1${unit}`,
    });
  }
  return amount / factor;
}

function largestExactUnit<U extends string>(amount: number, grammar: Grammar<U>): readonly [U, number] | undefined {
  return amount === 0 ? grammar.units.at(-1) : grammar.units.find(([, factor]) => amount % factor === 0);
}

/** Whole KiB and the rest apart: together they may have more digits than a number holds. */
function fractionOfKib(bytes: number): SizeText {
  const fraction = String((bytes % KIB) / KIB).slice(1);
  return `${Math.floor(bytes / KIB)}${fraction}KiB` as SizeText;
}
