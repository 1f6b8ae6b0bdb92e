import { MillraceError } from '../../common/error.js';
import { toLong } from '../../common/long.js';
import type { Value } from '../../spec/batch.js';
import { formatType, type DataType } from '../../spec/data-type.js';
import { excerpt } from '../excerpt.js';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d{1,19}$/;
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['nan', NaN],
  ['infinity', Infinity],
  ['-infinity', -Infinity],
]);
const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

/**
 * A value that a program or a MAP has, as a value of the type that a model takes there: numbers also from text and from
 * truth values, text also from numbers. `undefined` is NULL.
 *
 * @throws {MillraceError} `PREDICTION_FAILED` for a value that is none of the type.
 */
export function featureValue(name: string, value: unknown, type: DataType): Value {
  if (value === null || value === undefined) return null;
  const converted = type.kind === 'ARRAY' ? listValue(name, value, type.element) : scalarValue(value, type);
  if (converted !== undefined) return converted;
  throw new MillraceError({
    code: 'PREDICTION_FAILED',
    message: `feature "${name}" is ${describe(value)}, and the model takes ${formatType(type, 'ignore')} there`,
  });
}

function listValue(name: string, value: unknown, element: DataType): Value | undefined {
  if (!Array.isArray(value) && !ArrayBuffer.isView(value)) return undefined;
  return Array.from(value as unknown as ArrayLike<unknown>, item => featureValue(name, item, element));
}

function scalarValue(value: unknown, { kind }: DataType): Value | undefined {
  switch (kind) {
    case 'VARCHAR':
      return typeof value === 'string' ? value : isPlain(value) ? String(value) : undefined;
    case 'BOOLEAN':
      return flagOf(value);
    case 'BIGINT':
      return longOf(value);
    default:
      return doubleOf(value);
  }
}

function doubleOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (NUMBER.test(text)) return Number(text);
  return SPECIAL.get(text.toLowerCase()) ?? numberOfFlag(text);
}

function longOf(value: unknown): Value | undefined {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? toLong(value) : undefined;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (INTEGER.test(text)) return longOf(BigInt(text));
  return NUMBER.test(text) ? longOf(Number(text)) : numberOfFlag(text);
}

function flagOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return FLAGS.get(value.trim().toLowerCase());
  return value === 0 || value === 0n ? false : value === 1 || value === 1n ? true : undefined;
}

function numberOfFlag(text: string): number | undefined {
  const flag = FLAGS.get(text.toLowerCase());
  return flag === undefined ? undefined : Number(flag);
}

function isPlain(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `"${excerpt(value)}"`;
  if (isPlain(value)) return String(value);
  return Array.isArray(value) || ArrayBuffer.isView(value) ? 'a list' : `a ${typeof value}`;
}
