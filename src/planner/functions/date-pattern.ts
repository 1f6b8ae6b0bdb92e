import {
  civilOfDays,
  dayOfYear,
  daysOf,
  daysOfCivil,
  isoDayOfWeek,
  isoWeek,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
} from '../../common/civil.js';
import { MillraceError } from '../../common/error.js';

const MONTHS: readonly string[] = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS: readonly string[] = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** A run of one letter, or text that stands for itself. */
type Part = { readonly letter: string; readonly count: number } | { readonly text: string };

/**
 * The parts of a date pattern in Java's letters: `yyyy-MM-dd'T'HH:mm:ss.SSS`.
 *
 * @throws {MillraceError} `INVALID_ARGUMENT` for letters that are not known.
 */
function parsePattern(pattern: string): Part[] {
  const parts: Part[] = [];
  for (const match of pattern.matchAll(/'((?:[^']|'')*)'|([a-zA-Z])\2*|[^a-zA-Z']+|'/g)) {
    const [run, quoted, letter] = match;
    if (quoted !== undefined) parts.push({ text: quoted === '' ? "'" : quoted.replaceAll("''", "'") });
    else if (letter === undefined) parts.push({ text: run });
    else if (letter in FIELDS) parts.push({ letter, count: run.length });
    else
      throw new MillraceError({
        code: 'INVALID_ARGUMENT',
        message: `the letter "${letter}" of the pattern "${pattern}" is not known`,
        notes: [{ message: `known are ${Object.keys(FIELDS).join(' ')}; put text into single quotes` }],
      });
  }
  return parts;
}

/** A wall clock taken apart. */
interface Clock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Days since 1970-01-01. */
  readonly days: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micros: number;
  /** Microseconds east of UTC. */
  readonly offset: number;
}

/** What the reading of a text has found so far. */
interface Found {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  micros: number;
  afternoon: boolean | undefined;
  offset: number | undefined;
}

interface Field {
  readonly format: (clock: Clock, count: number) => string;
  /** Source of a regular expression with one group; absent for what cannot be read. */
  readonly regex?: (count: number, adjacent: boolean) => string;
  readonly read?: (found: Found, text: string) => void;
}

function digits(value: number, count: number): string {
  return String(Math.abs(value)).padStart(count, '0');
}

/** One letter takes as many digits as there are, up to two; several letters, or a number right after, take exactly their count. */
function numberRegex(count: number, adjacent: boolean): string {
  return count > 1 || adjacent ? `(\\d{${count}})` : '(\\d{1,2})';
}

const number = (value: (clock: Clock) => number, read: (found: Found, value: number) => void): Field => ({
  format: (clock, count) => digits(value(clock), count),
  regex: numberRegex,
  read: (found, text) => read(found, Number(text)),
});

function names(list: readonly string[], value: (clock: Clock) => number): Field['format'] {
  return (clock, count) => (count >= 4 ? list[value(clock)]! : list[value(clock)]!.slice(0, 3));
}

function formatOffset(offset: number, separator: string): string {
  const minutes = Math.abs(offset) / MICROS_PER_MINUTE;
  return `${offset < 0 ? '-' : '+'}${digits(Math.floor(minutes / 60), 2)}${separator}${digits(Math.floor(minutes % 60), 2)}`;
}

function readOffset(found: Found, text: string): void {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(text);
  found.offset =
    match === null ? 0 : (match[1] === '-' ? -1 : 1) * (Number(match[2]) * MICROS_PER_HOUR + Number(match[3] ?? 0) * MICROS_PER_MINUTE);
}

const YEAR: Field = {
  format: ({ year }, count) => (count === 2 ? digits(year % 100, 2) : digits(year, count)),
  regex: (count, adjacent) => (count === 2 ? '(\\d{2})' : adjacent ? `(\\d{${count}})` : '(\\d{4})'),
  read: (found, text) => {
    found.year = text.length === 2 ? 2000 + Number(text) : Number(text);
  },
};

const MONTH: Field = {
  format: (clock, count) => (count >= 3 ? names(MONTHS, ({ month }) => month - 1)(clock, count) : digits(clock.month, count)),
  regex: (count, adjacent) =>
    count >= 3 ? `(${(count >= 4 ? MONTHS : MONTHS.map(name => name.slice(0, 3))).join('|')})` : numberRegex(count, adjacent),
  read: (found, text) => {
    const named = MONTHS.findIndex(name => name.slice(0, 3).toLowerCase() === text.slice(0, 3).toLowerCase());
    found.month = named < 0 ? Number(text) : named + 1;
  },
};

const FRACTION: Field = {
  format: ({ micros }, count) => digits(micros, 6).slice(0, count).padEnd(count, '0'),
  regex: count => `(\\d{1,${count}})`,
  read: (found, text) => {
    found.micros = Number(text.slice(0, 6).padEnd(6, '0'));
  },
};

const FIELDS: Readonly<Record<string, Field>> = {
  y: YEAR,
  u: YEAR,
  M: MONTH,
  L: MONTH,
  d: number(
    ({ day }) => day,
    (found, value) => {
      found.day = value;
    },
  ),
  D: { format: ({ days }, count) => digits(dayOfYear(days), count) },
  Q: { format: ({ month }, count) => digits(Math.ceil(month / 3), count) },
  w: { format: ({ days }, count) => digits(isoWeek(days).week, count) },
  E: {
    format: names(DAYS, ({ days }) => isoDayOfWeek(days) - 1),
    regex: count => `(${(count >= 4 ? DAYS : DAYS.map(name => name.slice(0, 3))).join('|')})`,
    read: () => undefined,
  },
  H: number(
    ({ hour }) => hour,
    (found, value) => {
      found.hour = value;
    },
  ),
  k: number(
    ({ hour }) => (hour === 0 ? 24 : hour),
    (found, value) => {
      found.hour = value % 24;
    },
  ),
  h: number(
    ({ hour }) => hour % 12 || 12,
    (found, value) => {
      found.hour = value % 12;
    },
  ),
  K: number(
    ({ hour }) => hour % 12,
    (found, value) => {
      found.hour = value;
    },
  ),
  a: {
    format: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
    regex: () => '([AaPp][Mm])',
    read: (found, text) => {
      found.afternoon = text[0]!.toLowerCase() === 'p';
    },
  },
  m: number(
    ({ minute }) => minute,
    (found, value) => {
      found.minute = value;
    },
  ),
  s: number(
    ({ second }) => second,
    (found, value) => {
      found.second = value;
    },
  ),
  S: FRACTION,
  n: { format: ({ micros }, count) => digits(micros * 1_000, count) },
  X: {
    format: ({ offset }, count) =>
      offset === 0
        ? 'Z'
        : count === 1 && offset % MICROS_PER_HOUR === 0
          ? formatOffset(offset, '').slice(0, 3)
          : formatOffset(offset, count === 3 ? ':' : ''),
    regex: () => '(Z|[+-]\\d{2}(?::?\\d{2})?)',
    read: readOffset,
  },
  x: {
    format: ({ offset }, count) =>
      count === 1 && offset % MICROS_PER_HOUR === 0 ? formatOffset(offset, '').slice(0, 3) : formatOffset(offset, count === 3 ? ':' : ''),
    regex: () => '([+-]\\d{2}(?::?\\d{2})?)',
    read: readOffset,
  },
  Z: { format: ({ offset }) => formatOffset(offset, ''), regex: () => '([+-]\\d{4})', read: readOffset },
};

/** Writes a wall clock; `offset` is that of the zone it stands in, for the letters that show it. */
export type DateFormatter = (micros: number, offset: number) => string;

/**
 * A writer for a pattern in Java's letters.
 *
 * @throws {MillraceError} `INVALID_ARGUMENT` for letters that are not known.
 */
export function dateFormatter(pattern: string): DateFormatter {
  const parts = parsePattern(pattern);
  return (micros, offset) => {
    const clock = clockOf(micros, offset);
    let text = '';
    for (const part of parts) text += 'text' in part ? part.text : FIELDS[part.letter]!.format(clock, part.count);
    return text;
  };
}

function clockOf(wall: number, offset: number): Clock {
  const days = daysOf(wall);
  const time = wall - days * MICROS_PER_DAY;
  const { year, month, day } = civilOfDays(days);
  return {
    year,
    month,
    day,
    days,
    offset,
    hour: Math.floor(time / MICROS_PER_HOUR),
    minute: Math.floor(time / MICROS_PER_MINUTE) % 60,
    second: Math.floor(time / MICROS_PER_SECOND) % 60,
    micros: time % MICROS_PER_SECOND,
  };
}

/** A wall clock read from a text, and the offset from UTC where the text has one. */
export interface ParsedDate {
  readonly micros: number;
  readonly offset: number | undefined;
}

/**
 * Reads a text; `undefined` where it does not fit. `exact`: all of it, and only days and times that exist. `lenient`:
 * something may follow, and 31 April is 1 May, as in Java's SimpleDateFormat.
 */
export type DateParser = (text: string) => ParsedDate | undefined;

/**
 * A reader for a pattern in Java's letters.
 *
 * @throws {MillraceError} `INVALID_ARGUMENT` for letters that are not known or cannot be read.
 */
export function dateParser(pattern: string, mode: 'exact' | 'lenient'): DateParser {
  const parts = parsePattern(pattern);
  const fields: Field[] = [];
  let source = '^';
  for (const [i, part] of parts.entries()) {
    if ('text' in part) source += part.text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    else {
      const field = FIELDS[part.letter]!;
      if (field.regex === undefined)
        throw new MillraceError({
          code: 'INVALID_ARGUMENT',
          message: `the letter "${part.letter}" of the pattern "${pattern}" cannot be read from a text`,
        });
      const next = parts[i + 1];
      source += field.regex(part.count, next !== undefined && 'letter' in next);
      fields.push(field);
    }
  }
  const regex = new RegExp(mode === 'exact' ? `${source}$` : source, 'i');
  return text => {
    const match = regex.exec(text);
    if (match === null) return undefined;
    const found: Found = {
      year: 1970,
      month: 1,
      day: 1,
      hour: 0,
      minute: 0,
      second: 0,
      micros: 0,
      afternoon: undefined,
      offset: undefined,
    };
    fields.forEach((field, i) => field.read!(found, match[i + 1]!));
    return dateOf(found, mode);
  };
}

function dateOf(found: Found, mode: 'exact' | 'lenient'): ParsedDate | undefined {
  const hour = found.hour + (found.afternoon === true && found.hour < 12 ? 12 : 0);
  const { minute, second, micros, offset } = found;
  const months = found.year * 12 + found.month - 1;
  const days = daysOfCivil({ year: Math.floor(months / 12), month: (((months % 12) + 12) % 12) + 1, day: found.day });
  const actual = civilOfDays(days);
  const exists = actual.month === found.month && actual.day === found.day && hour < 24 && minute < 60 && second < 60;
  if (mode === 'exact' && !exists) return undefined;
  return {
    micros: days * MICROS_PER_DAY + hour * MICROS_PER_HOUR + minute * MICROS_PER_MINUTE + second * MICROS_PER_SECOND + micros,
    offset,
  };
}
