import {
  civilOfDays,
  daysInMonth,
  daysOf,
  daysOfCivil,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
} from './civil.js';

// Instants are microseconds since 1970-01-01T00:00:00; a double holds them exactly until the year 2255, and whole
// seconds beyond that.

const TIMESTAMP_TEXT = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?)?$/;
const INSTANT_TEXT = /^(\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d*)?)?) ?(?:([Zz])|([+-])(\d{2})(?::?(\d{2}))?)$/;
const DATE_TEXT = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const TIME_TEXT = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?$/;

/**
 * Microseconds of a wall clock: `yyyy-MM-dd HH:mm[:ss[.fraction]]`, with a space or `T`; a date alone is midnight.
 *
 * Digits beyond microseconds are cut off.
 *
 * @returns `undefined` for any other text, and for days and times that do not exist.
 */
export function parseTimestamp(text: string): number | undefined {
  const quick = parseUsualTimestamp(text);
  if (quick !== undefined) return quick;
  const match = TIMESTAMP_TEXT.exec(text);
  if (match === null) return undefined;
  const days = checkedDays(Number(match[1]), Number(match[2]), Number(match[3]));
  if (days === undefined) return undefined;
  if (match[4] === undefined) return days * MICROS_PER_DAY;
  const time = checkedTime({ hour: Number(match[4]), minute: Number(match[5]), second: Number(match[6] ?? 0), fraction: match[7] });
  return time === undefined ? undefined : days * MICROS_PER_DAY + time;
}

/** `yyyy-MM-dd HH:mm:ss[.f…]` without a regular expression: the form that nearly every record has. */
function parseUsualTimestamp(text: string): number | undefined {
  const { length } = text;
  if (length < 19 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45 || text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58)
    return undefined;
  const separator = text.charCodeAt(10);
  if (separator !== 32 && separator !== 84) return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  // NaN fails every one of these comparisons.
  if (!(hour < 24 && minute < 60 && second < 60)) return undefined;
  const days = checkedDays(year, twoDigits(text, 5), twoDigits(text, 8));
  if (days === undefined) return undefined;
  let fraction = 0;
  if (length > 19) {
    if (text.charCodeAt(19) !== 46) return undefined;
    let unit = 100_000;
    for (let i = 20; i < length; i++) {
      const digit = text.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) return undefined;
      if (unit >= 1) fraction += digit * unit;
      unit /= 10;
    }
  }
  return days * MICROS_PER_DAY + (hour * 3_600 + minute * 60 + second) * MICROS_PER_SECOND + fraction;
}

function twoDigits(text: string, at: number): number {
  const high = text.charCodeAt(at) - 48;
  const low = text.charCodeAt(at + 1) - 48;
  return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : NaN;
}

function checkedDays(year: number, month: number, day: number): number | undefined {
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return undefined;
  return daysOfCivil({ year, month, day });
}

interface TimeParts {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly fraction: string | undefined;
}

function checkedTime({ hour, minute, second, fraction = '' }: TimeParts): number | undefined {
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return (hour * 3_600 + minute * 60 + second) * MICROS_PER_SECOND + Number(fraction.slice(0, 6).padEnd(6, '0'));
}

/** `2026-01-01 10:00:00.123`: the fraction has exactly `precision` digits (the rest is cut off), no point for 0. */
export function formatTimestamp(micros: number, precision: number): string {
  // Where doubles no longer hold every microsecond, the nearest millisecond is what was meant.
  if (!Number.isSafeInteger(micros)) return formatMillis(Math.round(micros / 1_000), precision);
  const days = daysOf(micros);
  return `${formatDate(days)} ${formatTime(micros - days * MICROS_PER_DAY, precision)}`;
}

function formatMillis(millis: number, precision: number): string {
  const days = Math.floor(millis / 86_400_000);
  return `${formatDate(days)} ${formatTime((millis - days * 86_400_000) * 1_000, precision)}`;
}

/** Days since 1970-01-01 of `yyyy-MM-dd`; `undefined` for any other text and for days that do not exist. */
export function parseDate(text: string): number | undefined {
  const match = DATE_TEXT.exec(text);
  return match === null ? undefined : checkedDays(Number(match[1]), Number(match[2]), Number(match[3]));
}

/** `2026-01-01`. */
export function formatDate(days: number): string {
  const { year, month, day } = civilOfDays(days);
  const sign = year < 0 ? '-' : '';
  return `${sign}${String(Math.abs(year)).padStart(4, '0')}-${pad2(month)}-${pad2(day)}`;
}

/** Microseconds of the day of `HH:mm[:ss[.fraction]]`; digits beyond microseconds are cut off. */
export function parseTime(text: string): number | undefined {
  const match = TIME_TEXT.exec(text);
  if (match === null) return undefined;
  return checkedTime({ hour: Number(match[1]), minute: Number(match[2]), second: Number(match[3] ?? 0), fraction: match[4] });
}

/** `10:00:00.123`, with the fraction as in `formatTimestamp`. */
export function formatTime(micros: number, precision: number): string {
  const hour = Math.floor(micros / MICROS_PER_HOUR);
  const minute = Math.floor(micros / MICROS_PER_MINUTE) % 60;
  const second = Math.floor(micros / MICROS_PER_SECOND) % 60;
  const text = `${pad2(hour)}:${pad2(minute)}:${pad2(second)}`;
  if (precision === 0) return text;
  return `${text}.${String(micros % MICROS_PER_SECOND)
    .padStart(6, '0')
    .slice(0, precision)}`;
}

function pad2(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/**
 * UTC microseconds of an ISO 8601 instant with a zone: `2026-01-01T10:00:00.5Z`, `2026-01-01 10:00:00+02:00`.
 *
 * @returns `undefined` for any other text, also where the zone is missing.
 */
export function parseIsoInstant(text: string): number | undefined {
  const match = INSTANT_TEXT.exec(text);
  if (match === null) return undefined;
  const wall = parseTimestamp(match[1]!);
  if (wall === undefined || match[2] !== undefined) return wall;
  const minutes = Number(match[4]) * 60 + Number(match[5] ?? 0);
  if (minutes > 18 * 60) return undefined;
  return wall - (match[3] === '-' ? -minutes : minutes) * MICROS_PER_MINUTE;
}
