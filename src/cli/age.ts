import { count } from './print-problems.js';

/** `2 days old`: how long ago a time was that was written down by another clock. */
export function ageText(stamp: string, now: number): string {
  const seconds = Math.floor((now - Date.parse(stamp)) / 1000);
  if (seconds < -60) {
    return 'from the future';
  }
  const [size, unit] = units.find(([length]) => seconds >= length) ?? [1, 'second'];
  return seconds < 60 ? 'a moment old' : `${count(Math.floor(seconds / size), unit)} old`;
}

const units: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
];
