import { parseBase64 } from '../../kit/base64.js';
import { timestampParser } from '../../kit/time-text.js';
import type { Value } from '../../spec/batch.js';
import type { DataType, Field } from '../../spec/data-type.js';
import type { ReadRules } from './raw-value.js';

/**
 * Reads what JSON.parse gave, where that is surely what `RawReader` reads from the text.
 *
 * @returns `undefined` in all other cases: other types, numbers that a double may not hold exactly, bad values.
 */
export type QuickReader = (value: unknown) => Value | undefined;

/** For values inside ARRAY, MAP and ROW, and for columns whose values need more than a comparison. */
export function quickReader(type: DataType, rules: ReadRules): QuickReader {
  const read = presentReader(type, rules);
  if (!type.nullable) return read;
  return value => (value === null ? null : read(value));
}

function presentReader(type: DataType, rules: ReadRules): QuickReader {
  switch (type.kind) {
    case 'BOOLEAN':
      return value => (typeof value === 'boolean' ? value : undefined);
    case 'INT':
      return value => (typeof value === 'number' && value === (value | 0) ? value | 0 : undefined);
    case 'BIGINT':
      // Adding 0 turns -0 into 0.
      return value => (Number.isSafeInteger(value) ? (value as number) + 0 : undefined);
    case 'FLOAT':
      return value => (typeof value === 'number' ? Math.fround(value) : undefined);
    case 'DOUBLE':
      return value => (typeof value === 'number' ? value : undefined);
    case 'CHAR':
    case 'VARCHAR':
      return value => (typeof value === 'string' ? value : undefined);
    case 'BINARY':
    case 'VARBINARY':
      return value => (typeof value === 'string' ? parseBase64(value) : undefined);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const parse = timestampParser({ kind: type.kind, precision: type.precision, style: rules.timestamps });
      return value => (typeof value === 'string' ? parse(value) : undefined);
    }
    case 'ARRAY':
      return arrayReader(type.element, rules);
    case 'MAP':
      return mapReader(type.value, rules);
    case 'ROW':
      return rowReader(type.fields, rules);
    default:
      return () => undefined;
  }
}

function arrayReader(element: DataType, rules: ReadRules): QuickReader {
  const read = quickReader(element, rules);
  return value => {
    if (!Array.isArray(value)) return undefined;
    const elements: Value[] = [];
    for (let i = 0; i < value.length; i++) {
      const item = read(value[i]);
      if (item === undefined) return undefined;
      elements.push(item);
    }
    return elements;
  };
}

function mapReader(valueType: DataType, rules: ReadRules): QuickReader {
  const read = quickReader(valueType, rules);
  return value => {
    if (!isObject(value)) return undefined;
    const entries = new Map<Value, Value>();
    for (const key of Object.keys(value)) {
      const item = read(value[key]);
      if (item === undefined) return undefined;
      entries.set(key, item);
    }
    return entries;
  };
}

function rowReader(fields: readonly Field[], rules: ReadRules): QuickReader {
  const names = fields.map(field => field.name);
  const readers = fields.map(field => quickReader(field.type, rules));
  const mayMiss = fields.map(field => field.type.nullable && rules.missing === 'null');
  return value => {
    if (!isObject(value)) return undefined;
    const row: Value[] = [];
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const item = Object.hasOwn(value, name) ? readers[i]!(value[name]) : mayMiss[i]! ? null : undefined;
      if (item === undefined) return undefined;
      row.push(item);
    }
    return row;
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
