import { formatDecimal } from '../common/decimal.js';
import { MillraceError } from '../common/error.js';
import type { Long } from '../common/long.js';
import { formatDate, formatTime, formatTimestamp } from '../common/temporal.js';
import type { Value } from './batch.js';
import type { DataType } from './data-type.js';
import type { JsValue } from './js-type.js';

/** How BIGINT is handed out: exact as `bigint` or as text, or as a number, which fails beyond the safe integers. */
export type BigintForm = 'bigint' | 'number' | 'string';

/**
 * Turns values of a type into JavaScript, NULL into `null`. What comes back shares nothing with the value.
 *
 * @returns a function that throws `INVALID_VALUE` only for a BIGINT that is no safe integer where numbers are wanted.
 */
export function toJs(type: DataType, bigints: BigintForm = 'bigint'): (value: Value) => JsValue {
  const convert = converterOf(type, bigints) as (value: Value) => JsValue;
  return value => (value === null ? null : convert(value));
}

function converterOf(type: DataType, bigints: BigintForm): (value: never) => JsValue {
  switch (type.kind) {
    case 'BIGINT':
      return BIGINTS[bigints];
    case 'DECIMAL':
      return (value: Long) => formatDecimal(value, type.scale);
    case 'BINARY':
    case 'VARBINARY':
      return (value: Uint8Array) => value.slice();
    case 'DATE':
      return (value: number) => formatDate(value);
    case 'TIME':
      return (value: number) => formatTime(value, type.precision);
    case 'TIMESTAMP':
      return (value: number) => isoTimestamp(value, type.precision);
    case 'TIMESTAMP_LTZ':
      return (value: number) => `${isoTimestamp(value, type.precision)}Z`;
    case 'INTERVAL_DAY_TIME':
      return (value: number) => value / 1_000;
    case 'ARRAY':
    case 'MULTISET': {
      const element = toJs(type.element, bigints);
      return (value: readonly Value[]) => value.map(element);
    }
    case 'MAP': {
      const [key, item] = [toJs(type.key, bigints), toJs(type.value, bigints)];
      return (value: ReadonlyMap<Value, Value>) => new Map(Array.from(value, ([k, v]) => [key(k), item(v)]));
    }
    case 'ROW': {
      const fields = type.fields.map(field => ({ name: field.name, convert: toJs(field.type, bigints) }));
      return (value: readonly Value[]) => Object.fromEntries(fields.map(({ name, convert }, i) => [name, convert(value[i] ?? null)]));
    }
    default:
      return (value: boolean | number | string) => value;
  }
}

const BIGINTS: Readonly<Record<BigintForm, (value: Long) => JsValue>> = {
  bigint: value => BigInt(value),
  string: value => String(value),
  number(value) {
    if (typeof value === 'number') return value;
    throw new MillraceError({
      code: 'INVALID_VALUE',
      message: 'a BIGINT does not fit into a number',
      notes: [{ message: 'read BIGINT as bigint or text, or write CAST(… AS STRING) in the query' }],
    });
  },
};

/** `2026-01-01T10:00:00.123`. */
function isoTimestamp(micros: number, precision: number): string {
  return formatTimestamp(micros, precision).replace(' ', 'T');
}
