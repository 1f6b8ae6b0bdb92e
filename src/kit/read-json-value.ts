import { LosslessNumber } from 'lossless-json';
import { UTC } from '../common/zone.js';
import type { Value } from '../spec/batch.js';
import { formatType, MAX_LENGTH, withNullable, type DataType } from '../spec/data-type.js';
import { fitText, parseValue } from '../spec/value-text.js';
import { parseBase64 } from './base64.js';

/** Why a JSON value is no value of a type: says where (`items[2].price`) and what was expected. */
export class AnswerMismatch extends Error {
  override readonly name = 'AnswerMismatch';
}

/**
 * A parsed JSON value as a value of `type`.
 *
 * Numbers may stand in strings and the other way round, as CAST takes them; integers must be whole, and exact where
 * they come as `LosslessNumber`. A MAP is read from an object or from an array of `{"key", "value"}`.
 *
 * @param path where the value stands, for messages; empty at the root.
 * @throws {AnswerMismatch}
 */
export function readValue(json: unknown, type: DataType, path: string): Value {
  if (json === null || json === undefined) {
    if (type.nullable) return null;
    throw new AnswerMismatch(`${place(path)} is ${json === null ? 'null' : 'missing'}, and ${formatType(type)} was asked for`);
  }
  const value = readPresent(json, type, path);
  if (value === undefined) throw new AnswerMismatch(`${place(path)} should be ${formatType(type)}, but is ${show(json)}`);
  return value;
}

/** `undefined` where the value does not fit. */
function readPresent(json: unknown, type: DataType, path: string): Value | undefined {
  switch (type.kind) {
    case 'ARRAY':
    case 'MULTISET':
      return Array.isArray(json) ? json.map((item, i) => readValue(item, type.element, `${path}[${i}]`)) : undefined;
    case 'MAP':
      return readMap(json, type, path);
    case 'ROW':
      return isObject(json) ? type.fields.map(field => readMember(json, field, path)) : undefined;
    case 'BOOLEAN':
      return typeof json === 'boolean' ? json : { true: true, false: false }[String(json).trim().toLowerCase()];
    default:
      return isObject(json) || Array.isArray(json) ? undefined : readText(json, String(json), type);
  }
}

function readMember(
  json: Record<string, unknown>,
  { name, type }: { readonly name: string; readonly type: DataType },
  path: string,
): Value {
  return readValue(Object.hasOwn(json, name) ? json[name] : undefined, type, path === '' ? name : `${path}.${name}`);
}

function readMap(json: unknown, type: Extract<DataType, { kind: 'MAP' }>, path: string): Value | undefined {
  if (isObject(json)) {
    return new Map(
      Object.entries(json).map(([key, item]) => [readValue(key, type.key, `${path} key`), readValue(item, type.value, `${path}.${key}`)]),
    );
  }
  if (!Array.isArray(json) || !json.every(isObject)) return undefined;
  const entry = (item: Record<string, unknown>, i: number): [Value, Value] => [
    readMember(item, { name: 'key', type: withNullable(type.key, false) }, `${path}[${i}]`),
    readMember(item, { name: 'value', type: type.value }, `${path}[${i}]`),
  ];
  return new Map(json.map(entry));
}

function readText(json: unknown, text: string, type: DataType): Value | undefined {
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      // Cutting a label would make another label of it.
      return type.length === MAX_LENGTH || Array.from(text).length <= type.length ? fitText(text, type) : undefined;
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return parseValue(wholeDigits(text.trim()), type, UTC);
    case 'BINARY':
    case 'VARBINARY':
      return typeof json === 'string' ? parseBase64(text.trim()) : undefined;
    default:
      return parseValue(text, type, UTC);
  }
}

/** `3.0` and `3e2` are whole numbers too; anything that is not becomes a text that no integer parser takes. */
function wholeDigits(text: string): string {
  if (/^[+-]?\d+$/.test(text)) return text;
  const value = text === '' ? NaN : Number(text);
  return Number.isSafeInteger(value) ? String(value) : 'none';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber);
}

function place(path: string): string {
  return path === '' ? 'it' : `"${path}"`;
}

function show(json: unknown): string {
  const text = json instanceof LosslessNumber ? json.value : (JSON.stringify(json) ?? 'nothing');
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
