import { parseDecimal } from '../../common/decimal.js';
import { parseLong } from '../../common/long.js';
import { parseDate } from '../../common/temporal.js';
import { UTC } from '../../common/zone.js';
import { parseBase64 } from '../../kit/base64.js';
import { parsePreciseTime, timestampParser, type TimestampStyle } from '../../kit/time-text.js';
import type { Value } from '../../spec/batch.js';
import { formatType, type DataType, type Field } from '../../spec/data-type.js';
import { parseValue } from '../../spec/value-text.js';
import { compactJson, elementsOf, membersOf } from './raw-json.js';
import { wholeNumber } from './whole-number.js';

/** Why a JSON text is no value of its column. */
export class BadValue extends Error {
  override readonly name = 'BadValue';
  /** A next step for the author of the table; absent when there is none to offer. */
  readonly note: string | undefined;

  constructor(message: string, note?: string) {
    super(message);
    this.note = note;
  }
}

export interface ReadRules {
  readonly missing: 'null' | 'error';
  readonly badValue: 'null' | 'error';
  readonly timestamps: TimestampStyle;
}

/**
 * Reads the JSON text of one value; `undefined` stands for a member that is not there.
 *
 * @throws {BadValue}
 */
export type RawReader = (raw: string | undefined) => Value;

/**
 * The exact reading of a type, from text: what every faster way has to agree with. Follows Flink's
 * JsonToRowDataConverters, apart from what Flink reads wrongly without saying so: a BOOLEAN that is neither true nor
 * false, a whole number with a fraction, a DECIMAL with too many digits are errors here.
 *
 * @param path name of the column or field, for messages.
 */
export function rawReader({ name: path, type }: Field, rules: ReadRules): RawReader {
  const readPresent = presentReader({ name: path, type }, rules);
  const read: RawReader = raw => {
    if (raw !== undefined && raw !== 'null') return readPresent(raw);
    if (raw === undefined && rules.missing === 'error')
      throw new BadValue(`"${path}" is missing`, "set 'json.fail-on-missing-field' to 'false' to read NULL");
    if (type.nullable) return null;
    throw new BadValue(raw === undefined ? `"${path}" is missing, and it is NOT NULL` : `"${path}" is null, and it is NOT NULL`);
  };
  if (rules.badValue === 'error' || !type.nullable) return read;
  return raw => {
    try {
      return read(raw);
    } catch (error) {
      if (error instanceof BadValue) return null;
      throw error;
    }
  };
}

function presentReader(field: Field, rules: ReadRules): (raw: string) => Value {
  const { name: path, type } = field;
  switch (type.kind) {
    case 'ARRAY': {
      const readElement = rawReader({ name: path, type: type.element }, rules);
      return raw => elementsOf(containerText(raw, '[', field)).map(readElement);
    }
    case 'MULTISET':
      return raw => multisetOf(membersOf(containerText(raw, '{', field)), field);
    case 'MAP': {
      const readItem = rawReader({ name: path, type: type.value }, rules);
      return raw => new Map(Array.from(membersOf(containerText(raw, '{', field)), ([key, item]): [string, Value] => [key, readItem(item)]));
    }
    case 'ROW': {
      const readers = type.fields.map(inner => rawReader({ name: `${path}.${inner.name}`, type: inner.type }, rules));
      return raw => {
        const members = membersOf(containerText(raw, '{', field));
        return type.fields.map((inner, i) => readers[i]!(members.get(inner.name)));
      };
    }
    case 'CHAR':
    case 'VARCHAR':
      return raw => (raw.startsWith('"') ? (JSON.parse(raw) as string) : compactJson(raw));
    default:
      return scalarReader(field, rules);
  }
}

function containerText(raw: string, bracket: '{' | '[', field: Field): string {
  if (!raw.startsWith(bracket)) throw mismatch(raw, field);
  return raw;
}

/** Elements with their counts, as Flink writes a MULTISET. */
function multisetOf(counts: ReadonlyMap<string, string>, field: Field): Value {
  const elements: string[] = [];
  for (const [element, raw] of counts) {
    const count = wholeNumber(raw);
    if (typeof count !== 'number' || count < 0 || count > 2_147_483_647) throw mismatch(raw, field);
    for (let i = 0; i < count; i++) elements.push(element);
  }
  return elements;
}

function scalarReader(field: Field, rules: ReadRules): (raw: string) => Value {
  const parse = scalarParser(field.type, rules);
  return raw => {
    const isText = raw.startsWith('"');
    const value =
      raw.startsWith('{') || raw.startsWith('[') ? undefined : parse(isText ? (JSON.parse(raw) as string) : raw, isText ? 'text' : 'token');
    if (value === undefined) throw mismatch(raw, field, hintFor(field.type, raw));
    return value;
  };
}

type ScalarParser = (text: string, from: 'text' | 'token') => Value | undefined;

function scalarParser(type: DataType, rules: ReadRules): ScalarParser {
  switch (type.kind) {
    case 'BOOLEAN':
      return text => ({ true: true, false: false })[text.trim().toLowerCase()];
    case 'TINYINT':
      return wholeParser(128);
    case 'SMALLINT':
      return wholeParser(32_768);
    case 'INT':
    case 'INTERVAL_YEAR_MONTH':
      return wholeParser(2_147_483_648);
    case 'BIGINT':
      return parseWhole;
    case 'INTERVAL_DAY_TIME':
      // Flink keeps and writes milliseconds.
      return (text, from) => {
        const millis = parseWhole(text, from);
        return millis === undefined ? undefined : Number(millis) * 1_000;
      };
    case 'DECIMAL':
      return text => parseDecimal(text.trim(), type.precision, type.scale);
    case 'BINARY':
    case 'VARBINARY':
      return (text, from) => (from === 'text' ? parseBase64(text) : undefined);
    case 'DATE':
      return text => parseDate(text);
    case 'TIME':
      return text => parsePreciseTime(text, type.precision);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return timestampParser({ kind: type.kind, precision: type.precision, style: rules.timestamps });
    case 'NULL':
      return () => null;
    default:
      return text => parseValue(text, type, UTC);
  }
}

function parseWhole(text: string, from: 'text' | 'token') {
  return from === 'text' ? parseLong(text.trim()) : wholeNumber(text);
}

function wholeParser(limit: number): ScalarParser {
  return (text, from) => {
    const value = parseWhole(text, from);
    return typeof value === 'number' && value >= -limit && value < limit ? value : undefined;
  };
}

function mismatch(raw: string, { name, type }: Field, note?: string): BadValue {
  const shown = raw.length > 40 ? `${raw.slice(0, 40)}…` : raw;
  return new BadValue(`"${name}" is ${shown}, which is no ${formatType(type, 'ignore')}`, note);
}

function hintFor(type: DataType, raw: string): string | undefined {
  const isTimestamp = type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ';
  if (!isTimestamp) return undefined;
  if (!raw.startsWith('"')) return 'declare the column as BIGINT and compute the time with TO_TIMESTAMP_LTZ';
  const style = /[+-]\d\d:?\d\d"$/.test(raw) ? 'ISO-8601-WITH-OFFSET' : raw[11] === 'T' ? 'ISO-8601' : 'SQL';
  return `'json.timestamp-format.standard' = '${style}' may fit this text; TIMESTAMP_LTZ has a Z at its end, TIMESTAMP has none`;
}
