// Numbers for people. Units and thousands are set off by a no-break space.

/** Between a number and its unit. */
export const NBSP = '\u00a0';
const NO_NUMBER = '\u2013';

/** A share of 1: "41 %", "3.2 %", "0.4 %", "<0.1 %", ">99 %" (not quite 100 %), "0 %". No number: an en dash. */
export function percent(p: number): string {
  const [mark, digits] = percentParts(p);
  return digits === '' ? NO_NUMBER : `${mark}${digits}${NBSP}%`;
}

/** Two shares that are held against each other, with as many digits as tell them apart: "44.6 %" and "45.0 %". */
export function percentsApart(one: number, other: number): [string, string] {
  const [a, b] = [percent(one), percent(other)];
  if (a !== b || one === other) return [a, b];
  for (let digits = 1; digits <= 4; digits += 1) {
    const [x, y] = [(100 * one).toFixed(digits), (100 * other).toFixed(digits)];
    if (x !== y) return [`${x}${NBSP}%`, `${y}${NBSP}%`];
  }
  return [a, b];
}

/** percent() for the ear: "31 percent", "less than 0.1 percent". */
export function percentWords(p: number): string {
  const [mark, digits] = percentParts(p);
  if (digits === '') return 'unknown';
  const words = { '': '', '<': 'less than ', '>': 'more than ' };
  return `${words[mark]}${digits} percent`;
}

function percentParts(p: number): ['' | '<' | '>', string] {
  if (!Number.isFinite(p)) return ['', ''];
  // Sums of rounded probabilities: 0.9999999 is still not all.
  const x = 100 * p;
  if (x > 0 && x < 0.1 - 1e-9) return ['<', '0.1'];
  if (x >= 99.5 && x < 100 - 1e-9) return ['>', '99'];
  const isWhole = Math.abs(x - Math.round(x)) < 1e-9;
  return ['', x >= 9.95 || isWhole ? x.toFixed(0) : x.toFixed(1)];
}

/** A whole number, thousands apart from 10 000 on: "50 254", "4096". */
export function count(n: number): string {
  if (!Number.isFinite(n)) return NO_NUMBER;
  const digits = Math.round(n).toString();
  return Math.abs(n) < 10_000 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, NBSP);
}

/** "1 token", "3 tokens"; the plural is the word with an s unless given. */
export function plural(n: number, one: string, many: string = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** Decimal: "312 B", "7.4 MB", "1.2 GB". */
export function bytes(n: number): string {
  return scaled(n, ['B', 'kB', 'MB', 'GB', 'TB']);
}

/** Bytes per second: "3.2 MB/s". */
export function rate(bytesPerSecond: number): string {
  return Number.isFinite(bytesPerSecond) ? `${bytes(bytesPerSecond)}/s` : NO_NUMBER;
}

/** From seconds: "0.3 ms", "21 ms", "1.4 s", "2 min 5 s", "1 h 4 min". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return NO_NUMBER;
  if (seconds < 0.9995) return `${short(1000 * seconds)}${NBSP}ms`;
  if (seconds < 59.5) return `${short(seconds)}${NBSP}s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return pair(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(seconds / 60);
  return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

function pair(large: number, unit: string, small: number, subunit: string): string {
  const first = `${count(large)}${NBSP}${unit}`;
  return small === 0 ? first : `${first} ${small}${NBSP}${subunit}`;
}

/** A plain number with so many significant digits, trailing zeros dropped: "0.0262". */
export function number(x: number, significant = 3): string {
  return Number.isFinite(x) ? String(Number(x.toPrecision(significant))) : NO_NUMBER;
}

function scaled(n: number, units: readonly string[]): string {
  if (!Number.isFinite(n)) return NO_NUMBER;
  let value = n;
  let unit = 0;
  // 999.5 would be written 1000: it belongs to the next unit.
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? count(value) : short(value)}${NBSP}${units[unit]}`;
}

/** One decimal below 10, none above; "3" for 3. */
function short(value: number): string {
  return Math.abs(value) >= 9.95 ? count(value) : String(Number(value.toFixed(1)));
}
