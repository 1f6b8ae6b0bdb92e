import { formatDecimal, parseDecimal } from '../common/decimal.js';
import { toLong, type Long } from '../common/long.js';
import { formatDate, formatTime, formatTimestamp, parseDate, parseTime, parseTimestamp } from '../common/temporal.js';
import type { Value } from './batch.js';
import type { DataType, Field } from './data-type.js';

/** A value as `JSON.stringify` takes it and `JSON.parse` gives it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * A row as a JSON object by column, from which `rowOfJson` makes exactly the same values.
 *
 * Numbers that JSON has not, and whole numbers beyond 2^53, are texts; decimals are texts with their scale; times are ISO
 * texts, or the number of the engine where no such text gives it back; bytes are Base64; a MAP is a list of pairs. A column
 * whose name stands before it already has its place behind its name: `name#2`.
 */
export function jsonOfRow(row: readonly Value[], fields: readonly Field[]): Record<string, Json> {
  return Object.fromEntries(uniqueNames(fields).map((name, i) => [name, jsonOf(row[i] ?? null, fields[i]!.type)]));
}

/** The row that `jsonOfRow` made an object of; `undefined` where it does not fit the fields. */
export function rowOfJson(json: Json, fields: readonly Field[]): Value[] | undefined {
  if (!isObject(json)) return undefined;
  const row: Value[] = [];
  for (const [i, name] of uniqueNames(fields).entries()) {
    const value = Object.hasOwn(json, name) ? valueOf(json[name]!, fields[i]!.type) : undefined;
    if (value === undefined) return undefined;
    row.push(value);
  }
  return row;
}

/** The names of fields, with its place behind a name that stands before it already. */
export function uniqueNames(fields: readonly Field[]): string[] {
  const names = new Set<string>();
  for (const [i, { name }] of fields.entries()) names.add(names.has(name) ? `${name}#${i + 1}` : name);
  return [...names];
}

function jsonOf(value: Value, type: DataType): Json {
  if (value === null) return null;
  switch (type.kind) {
    case 'BIGINT':
      return typeof value === 'bigint' ? value.toString() : (value as number);
    case 'FLOAT':
    case 'DOUBLE':
      if (Object.is(value, -0)) return '-0';
      return Number.isFinite(value) ? (value as number) : String(value);
    case 'DECIMAL':
      return formatDecimal(value as Long, type.scale);
    case 'BINARY':
    case 'VARBINARY':
      return Buffer.from(value as Uint8Array).toString('base64');
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const { format, parse } = TIMES[type.kind];
      const text = format(value as number);
      return parse(text) === value ? text : (value as number);
    }
    case 'ARRAY':
    case 'MULTISET':
      return (value as readonly Value[]).map(element => jsonOf(element, type.element));
    case 'MAP':
      return Array.from(value as ReadonlyMap<Value, Value>, ([key, item]) => [jsonOf(key, type.key), jsonOf(item, type.value)]);
    case 'ROW':
      return jsonOfRow(value as readonly Value[], type.fields);
    default:
      return value as Json;
  }
}

function valueOf(json: Json, type: DataType): Value | undefined {
  if (json === null) return null;
  switch (type.kind) {
    case 'BOOLEAN':
      return typeof json === 'boolean' ? json : undefined;
    case 'CHAR':
    case 'VARCHAR':
      return typeof json === 'string' ? json : undefined;
    case 'BIGINT':
      return typeof json === 'string' && /^-?\d+$/.test(json) ? toLong(BigInt(json)) : numberOf(json);
    case 'FLOAT':
    case 'DOUBLE':
      return typeof json === 'string' ? Number(json) : numberOf(json);
    case 'DECIMAL':
      return typeof json === 'string' ? parseDecimal(json, type.precision, type.scale) : undefined;
    case 'BINARY':
    case 'VARBINARY':
      return typeof json === 'string' ? new Uint8Array(Buffer.from(json, 'base64')) : undefined;
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return typeof json === 'string' ? TIMES[type.kind].parse(json) : numberOf(json);
    case 'ARRAY':
    case 'MULTISET':
      return listOf(json, element => valueOf(element, type.element));
    case 'MAP': {
      const pairs = listOf(json, pair => pairOf(pair, type));
      return pairs && new Map(pairs);
    }
    case 'ROW':
      return rowOfJson(json, type.fields);
    default:
      return numberOf(json);
  }
}

interface TimeText {
  readonly format: (value: number) => string;
  readonly parse: (text: string) => number | undefined;
}

/** As exact as the engine's values: microseconds. */
const TIMES: Readonly<Record<'DATE' | 'TIME' | 'TIMESTAMP' | 'TIMESTAMP_LTZ', TimeText>> = {
  DATE: { format: formatDate, parse: parseDate },
  TIME: { format: value => formatTime(value, 6), parse: parseTime },
  TIMESTAMP: { format: value => formatTimestamp(value, 6), parse: parseTimestamp },
  TIMESTAMP_LTZ: { format: value => `${formatTimestamp(value, 6)}Z`, parse: text => parseTimestamp(text.replace(/Z$/, '')) },
};

function numberOf(json: Json): number | undefined {
  return typeof json === 'number' ? json : undefined;
}

function listOf<T>(json: Json, read: (element: Json) => T | undefined): T[] | undefined {
  if (!Array.isArray(json)) return undefined;
  const elements = (json as readonly Json[]).map(read);
  return elements.includes(undefined) ? undefined : (elements as T[]);
}

function pairOf(json: Json, type: DataType & { readonly kind: 'MAP' }): [Value, Value] | undefined {
  if (!Array.isArray(json) || json.length !== 2) return undefined;
  const [key, value] = [valueOf(json[0] as Json, type.key), valueOf(json[1] as Json, type.value)];
  return key === undefined || value === undefined ? undefined : [key, value];
}

function isObject(json: Json): json is { readonly [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
