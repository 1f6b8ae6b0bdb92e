import { fitsPrecision, parseDecimal, rescaleDecimal } from '../common/decimal.js';
import { MillraceError } from '../common/error.js';
import { MAX_LONG, MIN_LONG, toLong } from '../common/long.js';
import { parseDate, parseIsoInstant, parseTime, parseTimestamp } from '../common/temporal.js';
import type { Value } from './batch.js';
import { formatType, type DataType, type Field } from './data-type.js';
import { fitBytes, fitText, truncateMicros } from './value-text.js';

/**
 * Turns JavaScript values into values of a type; `null` and `undefined` are NULL, where the type has it.
 *
 * Texts and bytes are cut or padded, decimals rounded half up and times cut to the type, as a CAST does; numbers that do
 * not fit are errors. What comes back shares nothing with what was given but `Uint8Array`s, which are handed over.
 *
 * @param place names what gives the values, for errors: `function "shout"`, `column "id" of table "orders"`.
 * @returns a function that throws `INVALID_VALUE` without the value in its message: it may be a secret.
 */
export function fromJs(type: DataType, place: string): (value: unknown) => Value {
  const convert = converterOf(type, place);
  return value => {
    if ((value === null || value === undefined) && type.nullable) return null;
    const converted = value === null || value === undefined ? undefined : convert(value);
    if (converted !== undefined) return converted;
    throw new MillraceError({
      code: 'INVALID_VALUE',
      message: `${place} gives ${kindOf(value)} where ${formatType(type, 'ignore')}${value == null ? ' NOT NULL' : ''} takes ${EXPECTED[type.kind]}`,
    });
  };
}

const WHOLE = 'a whole number in its range';
const EXPECTED: Readonly<Record<DataType['kind'], string>> = {
  BOOLEAN: 'true or false',
  TINYINT: WHOLE,
  SMALLINT: WHOLE,
  INT: WHOLE,
  BIGINT: 'a bigint of 64 bits or a safe whole number',
  FLOAT: 'a number',
  DOUBLE: 'a number',
  DECIMAL: 'a decimal number in a string, a bigint or a number, of its precision',
  CHAR: 'a string',
  VARCHAR: 'a string',
  BINARY: 'a Uint8Array',
  VARBINARY: 'a Uint8Array',
  DATE: "a string such as '2026-03-01'",
  TIME: "a string such as '09:30:00'",
  TIMESTAMP: "a string such as '2026-03-01T09:30:00.5', without a zone",
  TIMESTAMP_LTZ: "a Date, or a string with a zone such as '2026-03-01T09:30:00.5Z'",
  INTERVAL_DAY_TIME: 'a number of milliseconds',
  INTERVAL_YEAR_MONTH: 'a whole number of months',
  ARRAY: 'an array',
  MULTISET: 'an array',
  MAP: 'a Map, or an object where the keys are texts',
  ROW: 'an object with its fields, or an array of them',
  NULL: 'null',
};

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Date) return 'a Date';
  if (value instanceof Promise) return 'a promise';
  const kind = typeof value;
  return kind === 'object' ? 'an object' : `a ${kind}`;
}

/** `undefined` where the value is none of the type. */
type Converter = (value: unknown) => Value | undefined;

function converterOf(type: DataType, place: string): Converter {
  switch (type.kind) {
    case 'BOOLEAN':
      return value => (typeof value === 'boolean' ? value : undefined);
    case 'TINYINT':
      return value => whole(value, 128);
    case 'SMALLINT':
      return value => whole(value, 32_768);
    case 'INT':
    case 'INTERVAL_YEAR_MONTH':
      return value => whole(value, 2_147_483_648);
    case 'BIGINT':
      return long;
    case 'FLOAT':
      return value => (typeof value === 'number' ? Math.fround(value) : undefined);
    case 'DOUBLE':
      return value => (typeof value === 'number' ? value : undefined);
    case 'DECIMAL':
      return value => decimal(value, type);
    case 'CHAR':
    case 'VARCHAR':
      return value => (typeof value === 'string' ? fitText(value, type) : undefined);
    case 'BINARY':
    case 'VARBINARY':
      return value => (value instanceof Uint8Array ? fitBytes(value, type) : undefined);
    case 'DATE':
      return value => (typeof value === 'string' ? parseDate(value) : undefined);
    case 'TIME':
      return value => (typeof value === 'string' ? cut(parseTime(value), type.precision) : undefined);
    case 'TIMESTAMP':
      return value => (typeof value === 'string' ? cut(parseTimestamp(value), type.precision) : undefined);
    case 'TIMESTAMP_LTZ':
      return value => cut(instant(value), type.precision);
    case 'INTERVAL_DAY_TIME':
      return value => (typeof value === 'number' && Number.isFinite(value) ? Math.round(value * 1_000) : undefined);
    case 'ARRAY':
    case 'MULTISET':
      return arrayConverter(type.element, place);
    case 'MAP':
      return mapConverter(type, place);
    case 'ROW':
      return rowConverter(type.fields, place);
    case 'NULL':
      return () => undefined;
  }
}

function whole(value: unknown, limit: number): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  // Adding 0 turns -0 into 0.
  return typeof number === 'number' && Number.isInteger(number) && number >= -limit && number < limit ? number + 0 : undefined;
}

function long(value: unknown): Value | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value + 0 : undefined;
  return typeof value === 'bigint' && value >= MIN_LONG && value <= MAX_LONG ? toLong(value) : undefined;
}

function decimal(value: unknown, { precision, scale }: Extract<DataType, { kind: 'DECIMAL' }>): Value | undefined {
  if (typeof value === 'bigint') {
    const unscaled = rescaleDecimal(toLong(value), 0, scale);
    return fitsPrecision(unscaled, precision) ? unscaled : undefined;
  }
  if (typeof value === 'number') return Number.isFinite(value) ? parseDecimal(String(value), precision, scale) : undefined;
  return typeof value === 'string' ? parseDecimal(value.trim(), precision, scale) : undefined;
}

function instant(value: unknown): number | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.getTime() * 1_000;
  return typeof value === 'string' ? parseIsoInstant(value) : undefined;
}

function cut(micros: number | undefined, precision: number): number | undefined {
  return micros === undefined ? undefined : truncateMicros(micros, precision);
}

function arrayConverter(element: DataType, place: string): Converter {
  const convert = fromJs(element, place);
  return value => (Array.isArray(value) || isNumberArray(value) ? Array.from(value, convert) : undefined);
}

/** Such as a `Float32Array`, in which models give embeddings. */
function isNumberArray(value: unknown): value is Float64Array {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function mapConverter({ key, value: item }: Extract<DataType, { kind: 'MAP' }>, place: string): Converter {
  const [convertKey, convertItem] = [fromJs(key, place), fromJs(item, place)];
  return value => {
    const entries = value instanceof Map ? value : isPlainObject(value) ? Object.entries(value) : undefined;
    return entries && new Map(Array.from(entries, ([k, v]): [Value, Value] => [convertKey(k), convertItem(v)]));
  };
}

function rowConverter(fields: readonly Field[], place: string): Converter {
  const converters = fields.map(({ name, type }) => ({ name, convert: fromJs(type, `${place}, field "${name}",`) }));
  return value => {
    if (Array.isArray(value)) {
      const items: readonly unknown[] = value;
      return items.length === fields.length ? converters.map(({ convert }, i) => convert(items[i])) : undefined;
    }
    if (!isPlainObject(value)) return undefined;
    return converters.map(({ name, convert }) => convert(Object.hasOwn(value, name) ? value[name] : null));
  };
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value) && !(value instanceof Date);
}
