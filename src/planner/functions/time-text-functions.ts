import { MICROS_PER_DAY, MICROS_PER_SECOND } from '../../common/civil.js';
import { decimalToDouble } from '../../common/decimal.js';
import { MillraceError } from '../../common/error.js';
import { MIN_LONG, type Long } from '../../common/long.js';
import { formatTimestamp, parseDate, parseTimestamp } from '../../common/temporal.js';
import { createZone, fromLocal, toLocal, type Zone } from '../../common/zone.js';
import { BIGINT, DATE, STRING, timestamp, timestampLtz, type DataType } from '../../spec/data-type.js';
import { truncateMicros } from '../../spec/value-text.js';
import { sessionZone, unixNowOverload } from './current-time.js';
import { dateFormatter, dateParser, type DateFormatter, type DateParser } from './date-pattern.js';
import { defineFunction, perJob, pure, type Overload, type ResolvedCall } from './define-function.js';
import type { BoundArgument, Evaluator, ScalarFunction } from './function.js';
import { bigint, dateOrTimestamp, number, text, textOnly, type Parameter } from './parameters.js';

/** Keeps what was made from a pattern until another pattern comes. */
function remembering<Made>(make: (pattern: string) => Made): (pattern: string) => Made {
  let lastPattern: string | undefined;
  let made: Made | undefined;
  return pattern => {
    if (pattern !== lastPattern) {
      made = make(pattern);
      lastPattern = pattern;
    }
    return made!;
  };
}

/** Refuses a constant pattern that makes no sense when the call is bound, not when the first row comes. */
function checked(argument: BoundArgument | undefined, make: (pattern: string) => unknown): void {
  if (typeof argument?.literal === 'string') make(argument.literal);
}

const exactParser = (pattern: string): DateParser => dateParser(pattern, 'exact');
const lenientParser = (pattern: string): DateParser => dateParser(pattern, 'lenient');

/** DATE_FORMAT of a DATE, TIMESTAMP, TIMESTAMP_LTZ in the session's zone, or a text like `2026-01-31 10:00:00`. */
function formatEvaluator({ args, parameters }: ResolvedCall): Evaluator {
  checked(args[1], dateFormatter);
  const type = parameters[0]!;
  return perJob(environment => {
    const zone = sessionZone(environment);
    const formatter = remembering<DateFormatter>(dateFormatter);
    switch (type.kind) {
      case 'DATE':
        return (days: number, pattern: string) => formatter(pattern)(days * MICROS_PER_DAY, 0);
      case 'TIMESTAMP':
        return (micros: number, pattern: string) => formatter(pattern)(micros, 0);
      case 'TIMESTAMP_LTZ':
        return (micros: number, pattern: string) => formatter(pattern)(toLocal(micros, zone), zone.offsetAt(micros));
      default:
        return (value: string, pattern: string) => {
          const wall = parseTimestamp(value.trim());
          return wall === undefined ? null : formatter(pattern)(wall, 0);
        };
    }
  });
}

/** TO_TIMESTAMP with a pattern: what does not fit it is tried as `2026-1-31 10:00:00`. */
function timestampParser(): (value: string, pattern: string) => number | undefined {
  const parser = remembering(exactParser);
  return (value, pattern) => parser(pattern)(value)?.micros ?? parseTimestamp(value.trim());
}

/** A wall clock cut to milliseconds; NULL for none. */
function millisOrNull(wall: number | undefined): number | null {
  return wall === undefined ? null : truncateMicros(wall, 3);
}

function toTimestampEvaluator({ args }: ResolvedCall): Evaluator {
  checked(args[1], exactParser);
  return perJob(() => {
    const parse = timestampParser();
    return (value: string, pattern: string) => millisOrNull(parse(value, pattern));
  });
}

function toDateEvaluator({ args }: ResolvedCall): Evaluator {
  checked(args[1], lenientParser);
  return perJob(() => {
    const parser = remembering(lenientParser);
    return (value: string, pattern: string) => {
      const parsed = parser(pattern)(value);
      return parsed === undefined ? null : Math.floor(parsed.micros / MICROS_PER_DAY);
    };
  });
}

function zoneNamed(name: string): Zone {
  const zone = createZone(name);
  if (zone === undefined)
    throw new MillraceError({
      code: 'INVALID_VALUE',
      message: `there is no time zone "${name}"`,
      notes: [{ message: 'write a name such as Europe/Berlin, or an offset such as GMT+02:00' }],
    });
  return zone;
}

const DEFAULT_PATTERN = 'yyyy-MM-dd HH:mm:ss';

function unixTimestampEvaluator({ args }: ResolvedCall): Evaluator {
  checked(args[1], lenientParser);
  return perJob(environment => {
    const zone = sessionZone(environment);
    const parser = remembering(lenientParser);
    return (value: string, pattern = DEFAULT_PATTERN) => {
      const parsed = parser(pattern)(value);
      // Flink's answer for a text that does not fit.
      if (parsed === undefined) return MIN_LONG;
      const utc = parsed.offset === undefined ? fromLocal(parsed.micros, zone) : parsed.micros - parsed.offset;
      return Math.trunc(utc / MICROS_PER_SECOND) + 0;
    };
  });
}

function fromUnixtimeEvaluator({ args }: ResolvedCall): Evaluator {
  checked(args[1], dateFormatter);
  return perJob(environment => {
    const zone = sessionZone(environment);
    const formatter = remembering<DateFormatter>(dateFormatter);
    return (seconds: Long, pattern = DEFAULT_PATTERN) => {
      const micros = Number(seconds) * MICROS_PER_SECOND;
      return formatter(pattern)(toLocal(micros, zone), zone.offsetAt(micros));
    };
  });
}

function convertTz(): (value: string, from: string, to: string) => string | null {
  const source = remembering(zoneNamed);
  const target = remembering(zoneNamed);
  return (value, from, to) => {
    const wall = parseTimestamp(value.trim());
    return wall === undefined ? null : formatTimestamp(toLocal(fromLocal(wall, source(from)), target(to)), 0);
  };
}

/** The literal 0 for seconds or 3 for milliseconds. */
const epochPrecision: Parameter = ({ literal, type }) => (literal === 0 || literal === 3 ? type : undefined);

// 0000-01-01 to 9999-12-31, as Flink limits them.
const MIN_EPOCH_MILLIS = -62_167_219_200_000;
const MAX_EPOCH_MILLIS = 253_402_300_799_999;

function epochEvaluator({ args, parameters }: ResolvedCall): Evaluator {
  const type = parameters[0]!;
  const unit = args[1]?.literal === 0 ? 1_000 : 1;
  const numberOf = epochNumber(type, unit);
  return pure((epoch: Long) => {
    const millis = Math.trunc(numberOf(epoch) * unit);
    return millis >= MIN_EPOCH_MILLIS && millis <= MAX_EPOCH_MILLIS ? millis * 1_000 : null;
  });
}

/** A DECIMAL of seconds counts without its fraction, a DOUBLE with it. */
function epochNumber(type: DataType, unit: number): (epoch: Long) => number {
  if (type.kind !== 'DECIMAL') return Number;
  const { scale } = type;
  return unit === 1 ? epoch => decimalToDouble(epoch, scale) : epoch => Math.trunc(decimalToDouble(epoch, scale));
}

function instantEvaluator({ args }: ResolvedCall): Evaluator {
  checked(args[1], exactParser);
  checked(args[2], zoneNamed);
  return perJob(() => {
    const parse = timestampParser();
    const zoneOf = remembering(zoneNamed);
    return (value: string, pattern?: string, zone = 'UTC') => {
      const wall = pattern === undefined ? parseTimestamp(value.trim()) : parse(value, pattern);
      return wall === undefined ? null : truncateMicros(fromLocal(wall, zoneOf(zone)), 3);
    };
  });
}

const textOverload = (parameters: readonly Parameter[], returns: DataType, evaluator: Overload['evaluator']): Overload => ({
  parameters,
  returns,
  returnsNull: true,
  evaluator,
});

/** Functions between times and texts, and between times and numbers. Patterns are Java's: `yyyy-MM-dd HH:mm:ss.SSS`. */
export const timeTextFunctions: readonly ScalarFunction[] = [
  defineFunction({
    name: 'DATE_FORMAT',
    family: 'temporal',
    signature: 'DATE_FORMAT(time, pattern)',
    doc: 'The time, or a text such as 2026-01-31 10:00:00, as a pattern tells.',
    examples: [
      { sql: "DATE_FORMAT(TIMESTAMP '2026-01-31 10:05:00', 'yyyy/MM/dd HH-mm')", result: '2026/01/31 10-05' },
      { sql: "DATE_FORMAT('2026-01-31 10:05:00', 'EEE, d MMM yyyy h:mm a')", result: 'Sat, 31 Jan 2026 10:05 AM' },
    ],
    overloads: [textOverload([dateOrTimestamp, text], STRING, formatEvaluator), textOverload([textOnly, text], STRING, formatEvaluator)],
  }),
  defineFunction({
    name: 'TO_DATE',
    family: 'temporal',
    signature: 'TO_DATE(string [, pattern])',
    doc: 'The day that a text tells; NULL where it tells none.',
    examples: [
      { sql: "TO_DATE('2017-09-15 00:00:00')", result: '2017-09-15' },
      { sql: "TO_DATE('15.09.2017', 'dd.MM.yyyy')", result: '2017-09-15' },
      { sql: "TO_DATE('abc')", result: 'NULL' },
    ],
    overloads: [textOverload([text], DATE, pure(dayOfText)), textOverload([text, text], DATE, toDateEvaluator)],
  }),
  defineFunction({
    name: 'TO_TIMESTAMP',
    family: 'temporal',
    signature: 'TO_TIMESTAMP(string [, pattern])',
    doc: 'The wall clock that a text tells, to the millisecond; NULL where it tells none.',
    examples: [
      { sql: "TO_TIMESTAMP('2017-09-15 00:00:00')", result: '2017-09-15 00:00:00.000' },
      { sql: "TO_TIMESTAMP('20170915000000', 'yyyyMMddHHmmss')", result: '2017-09-15 00:00:00.000' },
      { sql: "TO_TIMESTAMP('abc')", result: 'NULL' },
    ],
    overloads: [
      textOverload(
        [text],
        timestamp(3),
        pure((value: string) => millisOrNull(parseTimestamp(value))),
      ),
      textOverload([text, text], timestamp(3), toTimestampEvaluator),
    ],
  }),
  defineFunction({
    name: 'TO_TIMESTAMP_LTZ',
    family: 'temporal',
    signature: 'TO_TIMESTAMP_LTZ(epoch [, 0 | 3]) or TO_TIMESTAMP_LTZ(string [, pattern [, zone]])',
    doc: 'The instant so many seconds (0) or milliseconds (3) after 1970-01-01 UTC; or of a wall clock in a zone, by default UTC.',
    examples: [
      { sql: 'TO_TIMESTAMP_LTZ(100, 0)', result: '1970-01-01 00:01:40.000' },
      { sql: 'TO_TIMESTAMP_LTZ(1234, 3)', result: '1970-01-01 00:00:01.234' },
      { sql: "TO_TIMESTAMP_LTZ('2026-01-31 12:00:00', 'yyyy-MM-dd HH:mm:ss', 'Asia/Tokyo')", result: '2026-01-31 03:00:00.000' },
    ],
    overloads: [
      textOverload([number], timestampLtz(3), epochEvaluator),
      textOverload([number, epochPrecision], timestampLtz(3), epochEvaluator),
      { ...textOverload([textOnly, textOnly, textOnly], timestampLtz(3), instantEvaluator), optional: 2 },
    ],
  }),
  defineFunction({
    name: 'UNIX_TIMESTAMP',
    family: 'temporal',
    signature: 'UNIX_TIMESTAMP([string [, pattern]])',
    doc: "Seconds since 1970-01-01 UTC: now, or of a wall clock in the session's zone; -9223372036854775808 for a text that is none.",
    examples: [
      { sql: "UNIX_TIMESTAMP('1970-01-01 08:00:01.001 +0800', 'yyyy-MM-dd HH:mm:ss.SSS X')", result: '1' },
      { sql: "UNIX_TIMESTAMP('abc')", result: '-9223372036854775808' },
    ],
    deterministic: false,
    overloads: [unixNowOverload, { parameters: [text, text], optional: 1, returns: BIGINT, evaluator: unixTimestampEvaluator }],
  }),
  defineFunction({
    name: 'FROM_UNIXTIME',
    family: 'temporal',
    signature: 'FROM_UNIXTIME(seconds [, pattern])',
    doc: "The wall clock in the session's zone so many seconds after 1970-01-01 UTC, as text.",
    examples: [
      { sql: 'FROM_UNIXTIME(44)', result: '1970-01-01 00:00:44' },
      { sql: "FROM_UNIXTIME(0, 'yyyyMMdd')", result: '19700101' },
    ],
    overloads: [{ parameters: [bigint, text], optional: 1, returns: STRING, evaluator: fromUnixtimeEvaluator }],
  }),
  defineFunction({
    name: 'CONVERT_TZ',
    family: 'temporal',
    signature: 'CONVERT_TZ(string, from, to)',
    doc: 'A wall clock of one zone as that of another; NULL where the text is none.',
    examples: [{ sql: "CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles')", result: '1969-12-31 16:00:00' }],
    overloads: [
      textOverload([text, text, text], STRING, call => {
        for (const argument of call.args.slice(1)) checked(argument, zoneNamed);
        return perJob(convertTz);
      }),
    ],
  }),
];

/** `2017-09-15`, or a time stamp of that day. */
function dayOfText(value: string): number | null {
  const wall = parseTimestamp(value.trim());
  return parseDate(value.trim()) ?? (wall === undefined ? null : Math.floor(wall / MICROS_PER_DAY));
}
