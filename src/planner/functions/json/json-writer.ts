import { formatDecimal } from '../../../common/decimal.js';
import { MillraceError } from '../../../common/error.js';
import { formatDouble, formatFloat } from '../../../common/float-text.js';
import { formatTimestamp } from '../../../common/temporal.js';
import type { Long, Value } from '../../../spec/batch.js';
import { formatType, INT, type DataType, type Field } from '../../../spec/data-type.js';
import { isText } from '../type-rules.js';
import { bigDecimalText } from './json-value.js';
import { quoteJson } from './write-json.js';

/** A value that is not NULL as JSON. */
export type JsonWriter = (value: never) => string;

/**
 * How values of a type are written as JSON, as JSON_STRING, JSON_OBJECT and JSON_ARRAY do it: texts as strings, numbers with
 * all digits, bytes in base 64, timestamps as `2026-01-31T10:00:00.5` and instants with a `Z` in UTC, rows and maps as
 * objects with their members in order of names, a multiset as an object of counts.
 *
 * @returns `undefined` for types that have no counterpart in Flink: DATE, TIME and intervals, maps whose keys are no texts.
 */
export function jsonWriterOf(type: DataType): JsonWriter | undefined {
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return quoteJson;
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return String;
    case 'DECIMAL':
      return (value: Long) => bigDecimalText(formatDecimal(value, type.scale));
    case 'FLOAT':
      return (value: number) => floatJson(value, formatFloat);
    case 'DOUBLE':
      return (value: number) => floatJson(value, formatDouble);
    case 'BINARY':
    case 'VARBINARY':
      return (value: Uint8Array) => `"${Buffer.from(value).toString('base64')}"`;
    case 'TIMESTAMP':
      return (value: number) => `"${isoTimestamp(value)}"`;
    case 'TIMESTAMP_LTZ':
      return (value: number) => `"${isoTimestamp(value)}Z"`;
    case 'ARRAY':
      return arrayWriter(type.element);
    case 'MAP':
      return isText(type.key) ? mapWriter(type.value) : undefined;
    case 'MULTISET':
      return isText(type.element) ? countsWriter(mapWriter(INT)!) : undefined;
    case 'ROW':
      return rowWriter(type.fields);
    case 'NULL':
      return () => 'null';
    default:
      return undefined;
  }
}

/** NaN and the infinities have no JSON number and become strings. */
function floatJson(value: number, format: (value: number) => string): string {
  const text = format(value);
  return Number.isFinite(value) ? bigDecimalText(text) : `"${text}"`;
}

/** Seconds always, of their fraction only what is not zero. */
function isoTimestamp(micros: number): string {
  return formatTimestamp(micros, 6)
    .replace(' ', 'T')
    .replace(/\.?0+$/, '');
}

function orNull(writer: JsonWriter): (value: Value) => string {
  return value => (value === null ? 'null' : writer(value as never));
}

function arrayWriter(element: DataType): JsonWriter | undefined {
  const writer = jsonWriterOf(element);
  if (writer === undefined) return undefined;
  const write = orNull(writer);
  return (value: readonly Value[]) => `[${value.map(write).join(',')}]`;
}

function mapWriter(value: DataType): JsonWriter | undefined {
  const writer = jsonWriterOf(value);
  if (writer === undefined) return undefined;
  const write = orNull(writer);
  return (map: ReadonlyMap<string | null, Value>) => {
    if (map.has(null)) throw new MillraceError({ code: 'INVALID_VALUE', message: 'a map with the key NULL cannot be written as JSON' });
    return writeMembers(Array.from(map as ReadonlyMap<string, Value>, ([name, item]) => [name, write(item)]));
  };
}

function countsWriter(write: JsonWriter): JsonWriter {
  return (elements: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const element of elements) counts.set(element, (counts.get(element) ?? 0) + 1);
    return write(counts as never);
  };
}

function rowWriter(fields: readonly Field[]): JsonWriter | undefined {
  const writers = fields.map(field => jsonWriterOf(field.type));
  if (writers.includes(undefined)) return undefined;
  const writes = (writers as JsonWriter[]).map(orNull);
  return (row: readonly Value[]) => writeMembers(fields.map(({ name }, i) => [name, writes[i]!(row[i] ?? null)]));
}

/** An object of members whose values are JSON already, in order of their names; of equal names the last counts. */
export function writeMembers(members: readonly (readonly [name: string, json: string])[]): string {
  const byName = new Map(members);
  return `{${Array.from(byName.keys())
    .sort()
    .map(name => `${quoteJson(name)}:${byName.get(name)!}`)
    .join(',')}}`;
}

/** `TYPE_MISMATCH`: values of a type are not written as JSON. */
export function notWritable(name: string, type: DataType): MillraceError {
  return new MillraceError({
    code: 'TYPE_MISMATCH',
    message: `"${name}" does not write ${formatType(type, 'ignore')} as JSON`,
    notes: [{ message: 'CAST it to STRING' }],
  });
}
