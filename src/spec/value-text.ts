import { formatDecimal, parseDecimal } from '../common/decimal.js';
import { formatDouble, formatFloat } from '../common/float-text.js';
import { parseLong, type Long } from '../common/long.js';
import { formatDate, formatTime, formatTimestamp, parseDate, parseIsoInstant, parseTime, parseTimestamp } from '../common/temporal.js';
import { fromLocal, toLocal, type Zone } from '../common/zone.js';
import type { Value } from './batch.js';
import { MAX_LENGTH, type DataType, type Field } from './data-type.js';

/**
 * The text that CAST AS STRING gives in Flink 2: `TRUE`, `1.0E10`, `12.50`, `2026-01-01 10:00:00.123`, `[a, NULL]`,
 * `{k=v}`, `(1, b)`; bytes are read as UTF-8, instants are shown in the zone.
 */
export function formatValue(value: Value, type: DataType, zone: Zone): string {
  if (value === null) return 'NULL';
  switch (type.kind) {
    case 'BOOLEAN':
      return value === true ? 'TRUE' : 'FALSE';
    case 'FLOAT':
      return formatFloat(value as number);
    case 'DOUBLE':
      return formatDouble(value as number);
    case 'DECIMAL':
      return formatDecimal(value as Long, type.scale);
    case 'BINARY':
    case 'VARBINARY':
      return UTF8_DECODER.decode(value as Uint8Array);
    case 'DATE':
      return formatDate(value as number);
    case 'TIME':
      return formatTime(value as number, type.precision);
    case 'TIMESTAMP':
      return formatTimestamp(value as number, type.precision);
    case 'TIMESTAMP_LTZ':
      return formatTimestamp(toLocal(value as number, zone), type.precision);
    case 'INTERVAL_DAY_TIME':
      return formatDayTimeInterval(value as number);
    case 'INTERVAL_YEAR_MONTH':
      return formatYearMonthInterval(value as number);
    case 'ARRAY':
      return `[${(value as readonly Value[]).map(element => formatValue(element, type.element, zone)).join(', ')}]`;
    case 'MULTISET':
      return formatMultiset(value as readonly Value[], type.element, zone);
    case 'MAP':
      return `{${Array.from(value as ReadonlyMap<Value, Value>, ([key, item]) => `${formatValue(key, type.key, zone)}=${formatValue(item, type.value, zone)}`).join(', ')}}`;
    case 'ROW':
      return formatRow(value as readonly Value[], type.fields, zone);
    case 'CHAR':
    case 'VARCHAR':
      return value as string;
    default:
      return (value as Long).toString();
  }
}

// Both keep nothing between calls.
const UTF8_DECODER = new TextDecoder('utf-8', { ignoreBOM: true });
const UTF8_ENCODER = new TextEncoder();

function formatRow(values: readonly Value[], fields: readonly Field[], zone: Zone): string {
  return `(${fields.map((field, i) => formatValue(values[i] ?? null, field.type, zone)).join(', ')})`;
}

/** Flink shows how often each element occurs: `{a=2, b=1}`. */
function formatMultiset(values: readonly Value[], element: DataType, zone: Zone): string {
  const counts = new Map<string, number>();
  for (const value of values) {
    const text = formatValue(value, element, zone);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return `{${Array.from(counts, ([text, count]) => `${text}=${count}`).join(', ')}}`;
}

/** `+1 10:17:36.789`: days, then a time with milliseconds. */
function formatDayTimeInterval(micros: number): string {
  const millis = Math.floor(Math.abs(micros) / 1_000);
  const days = Math.floor(millis / 86_400_000);
  return `${micros < 0 ? '-' : '+'}${days} ${formatTime((millis - days * 86_400_000) * 1_000, 3)}`;
}

/** `+2-03`: years and months. */
function formatYearMonthInterval(months: number): string {
  const magnitude = Math.abs(months);
  return `${months < 0 ? '-' : '+'}${Math.floor(magnitude / 12)}-${String(magnitude % 12).padStart(2, '0')}`;
}

/**
 * The value that CAST from STRING gives; spaces around it are ignored except for character strings.
 *
 * Whole numbers may have a fraction, which is cut off; decimals are rounded half up; times lose digits beyond their
 * precision; character and byte strings are cut or padded to their length. A TIMESTAMP_LTZ without a zone of its own is
 * a wall clock in `zone`.
 *
 * @returns `undefined` where the text is not a value of the type, and for the types that no text is cast to.
 */
export function parseValue(text: string, type: DataType, zone: Zone): Value | undefined {
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return fitText(text, type);
    case 'BINARY':
    case 'VARBINARY':
      return fitBytes(UTF8_ENCODER.encode(text), type);
    default:
      return parseTrimmed(text.trim(), type, zone);
  }
}

function parseTrimmed(text: string, type: DataType, zone: Zone): Value | undefined {
  switch (type.kind) {
    case 'BOOLEAN':
      return BOOLEAN_WORDS.get(text.toLowerCase());
    case 'TINYINT':
      return parseInteger(text, 128);
    case 'SMALLINT':
      return parseInteger(text, 32_768);
    case 'INT':
      return parseInteger(text, 2_147_483_648);
    case 'BIGINT':
      return parseWhole(text);
    case 'FLOAT': {
      const value = parseDouble(text);
      return value === undefined ? undefined : Math.fround(value);
    }
    case 'DOUBLE':
      return parseDouble(text);
    case 'DECIMAL':
      return parseDecimal(text, type.precision, type.scale);
    case 'DATE': {
      const wall = parseTimestamp(text);
      return parseDate(text) ?? (wall === undefined ? undefined : Math.floor(wall / 86_400_000_000));
    }
    case 'TIME':
      return truncated(parseTime(text), type.precision);
    case 'TIMESTAMP':
      return truncated(parseTimestamp(text), type.precision);
    case 'TIMESTAMP_LTZ': {
      const wall = parseTimestamp(text);
      return truncated(wall === undefined ? parseIsoInstant(text) : fromLocal(wall, zone), type.precision);
    }
    default:
      return undefined;
  }
}

const BOOLEAN_WORDS: ReadonlyMap<string, boolean> = new Map([
  ...['t', 'true', 'y', 'yes', '1'].map(word => [word, true] as const),
  ...['f', 'false', 'n', 'no', '0'].map(word => [word, false] as const),
]);

/** Whole digits with a fraction that is cut off, as Flink reads integers. */
function parseWhole(text: string): Long | undefined {
  const direct = parseLong(text);
  if (direct !== undefined) return direct;
  const match = /^([+-]?\d+)\.\d*$/.exec(text);
  return match === null ? undefined : parseLong(match[1]!);
}

function parseInteger(text: string, limit: number): number | undefined {
  const value = parseWhole(text);
  return typeof value === 'number' && value >= -limit && value < limit ? value : undefined;
}

const DOUBLE_TEXT = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?|Infinity)$/;

function parseDouble(text: string): number | undefined {
  if (DOUBLE_TEXT.test(text)) return Number(/[dDfF]$/.test(text) ? text.slice(0, -1) : text);
  return /^[+-]?NaN$/.test(text) ? NaN : undefined;
}

function truncated(micros: number | undefined, precision: number): number | undefined {
  return micros === undefined ? undefined : truncateMicros(micros, precision);
}

/** Microseconds without the digits beyond `precision` (0 to 6) of their second. */
export function truncateMicros(micros: number, precision: number): number {
  if (precision >= 6) return micros;
  const unit = MICROS_OF_DIGIT[precision]!;
  return Math.floor(micros / unit) * unit;
}

const MICROS_OF_DIGIT: readonly number[] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

/** A type with a length. */
type LengthType = Extract<DataType, { readonly length: number }>;

/** A text cut to the length of a CHAR or VARCHAR, and for CHAR padded with spaces; lengths are in code points. */
export function fitText(text: string, type: LengthType): string {
  const { length } = type;
  if (type.kind === 'VARCHAR' && (length === MAX_LENGTH || text.length <= length)) return text;
  const count = codePointCount(text);
  if (count > length) return Array.from(text).slice(0, length).join('');
  return type.kind === 'CHAR' && count < length ? text + ' '.repeat(length - count) : text;
}

/** Bytes cut to the length of a BINARY or VARBINARY, and for BINARY padded with zeros. */
export function fitBytes(bytes: Uint8Array, type: LengthType): Uint8Array {
  const { length } = type;
  if (bytes.length > length) return bytes.slice(0, length);
  if (type.kind === 'VARBINARY' || bytes.length === length) return bytes;
  const padded = new Uint8Array(length);
  padded.set(bytes);
  return padded;
}

function codePointCount(text: string): number {
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) count--;
  }
  return count;
}
