import { parseDecimal } from '../../../common/decimal.js';
import { toLong, type Long } from '../../../common/long.js';
import type { Value } from '../../../spec/batch.js';
import { isNumber, type DataType } from '../../../spec/data-type.js';
import { fitText } from '../../../spec/value-text.js';
import { isText } from '../type-rules.js';
import { isJsonScalar, type JsonArray, type JsonObject, type JsonValue } from './json-value.js';
import { scalarText } from './scalar-text.js';
import { writeJson } from './write-json.js';

/** Whether RETURNING of JSON_VALUE takes a type, and ARRAY of JSON_QUERY takes it as its element. */
export function isJsonResult(type: DataType): boolean {
  return isText(type) || isNumber(type) || type.kind === 'BOOLEAN';
}

/**
 * A JSON value as a value of a type for which `isJsonResult` holds.
 *
 * Texts take scalars as they are and arrays and objects as JSON. Numbers take numbers, and strings that are numbers:
 * whole ones cut the fraction off, decimals are rounded half up. BOOLEAN takes true, false and their words.
 *
 * @returns `undefined` where the value does not become one, or is out of the type's range.
 */
export function convertJson(value: Exclude<JsonValue, null>, type: DataType): Value | undefined {
  if (type.kind === 'CHAR' || type.kind === 'VARCHAR') return fitText(isJsonScalar(value) ? scalarText(value) : writeJson(value), type);
  if (!isJsonScalar(value)) return undefined;
  if (type.kind === 'BOOLEAN') return typeof value === 'boolean' ? value : BOOLEAN_WORDS.get(wordOf(value));
  return typeof value === 'boolean' ? undefined : convertNumber(scalarText(value), type);
}

const BOOLEAN_WORDS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 't', 'yes', '1'].map(word => [word, true] as const),
  ...['false', 'f', 'no', '0'].map(word => [word, false] as const),
]);

/** Only strings are read as words: the number 1 is no BOOLEAN. */
function wordOf(value: Exclude<JsonValue, JsonArray | JsonObject>): string {
  return typeof value === 'string' ? value.trim().toLowerCase() : '';
}

/** A number as JSON and Java's BigDecimal write it. */
const NUMBER_TEXT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function convertNumber(text: string, type: DataType): Value | undefined {
  if (!NUMBER_TEXT.test(text)) return undefined;
  switch (type.kind) {
    case 'DECIMAL':
      return parseDecimal(text, type.precision, type.scale);
    case 'DOUBLE':
      return finite(Number(text));
    case 'FLOAT':
      return finite(Math.fround(Number(text)));
    default:
      return inRange(wholePart(text), BITS[type.kind]!);
  }
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

const BITS: Readonly<Partial<Record<DataType['kind'], number>>> = { TINYINT: 8, SMALLINT: 16, INT: 32, BIGINT: 64 };

function inRange(value: bigint | undefined, bits: number): Long | undefined {
  return value !== undefined && BigInt.asIntN(bits, value) === value ? toLong(value) : undefined;
}

/** No whole number type holds more digits than this. */
const MAX_DIGITS = 20;

/** The digits before the point; `undefined` where there are far too many. */
function wholePart(text: string): bigint | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text)!;
  const digits = (whole + fraction).replace(/^0+/, '');
  const kept = digits.length - fraction.length + Number(exponent);
  if (digits === '' || kept <= 0) return 0n;
  if (kept > MAX_DIGITS) return undefined;
  const magnitude = BigInt(digits.slice(0, kept).padEnd(kept, '0'));
  return sign === '-' ? -magnitude : magnitude;
}
