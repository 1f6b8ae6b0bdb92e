import { formatDecimal } from '../common/decimal.js';
import { formatFloat } from '../common/float-text.js';
import { formatDate, formatTime, formatTimestamp } from '../common/temporal.js';
import type { Long, Value } from '../spec/batch.js';
import type { DataType } from '../spec/data-type.js';
import { formatBase64 } from './base64.js';

/**
 * A value as JSON text, exact for BIGINT and DECIMAL.
 *
 * Times are strings as in `scalarText`; bytes are base64; a MAP is an object keyed by the text of its keys; a ROW is an
 * object. NaN and infinities, which JSON does not have, are strings.
 */
export function jsonText(value: Value, type: DataType): string {
  if (value === null) return 'null';
  switch (type.kind) {
    case 'BOOLEAN':
    case 'BIGINT':
    case 'DECIMAL':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return scalarText(value, type);
    case 'FLOAT':
    case 'DOUBLE':
      return Number.isFinite(value) ? scalarText(value, type) : JSON.stringify(scalarText(value, type));
    case 'ARRAY':
    case 'MULTISET':
      return `[${(value as readonly Value[]).map(item => jsonText(item, type.element)).join(',')}]`;
    case 'MAP': {
      const entries = [...(value as ReadonlyMap<Value, Value>)];
      return `{${entries.map(([key, item]) => `${JSON.stringify(scalarText(key, type.key))}:${jsonText(item, type.value)}`).join(',')}}`;
    }
    case 'ROW':
      return `{${type.fields.map((field, i) => `${JSON.stringify(field.name)}:${jsonText((value as readonly Value[])[i] ?? null, field.type)}`).join(',')}}`;
    default:
      return JSON.stringify(scalarText(value, type));
  }
}

/**
 * A value as text: strings as they are, exact numbers in plain digits, `2026-01-01 10:00:00.123` for TIMESTAMP,
 * `2026-01-01T10:00:00.123Z` for TIMESTAMP_LTZ, base64 for bytes, JSON for collections; NULL is empty.
 */
export function scalarText(value: Value, type: DataType): string {
  if (value === null) return '';
  switch (type.kind) {
    case 'DECIMAL':
      return formatDecimal(value as Long, type.scale);
    case 'FLOAT':
      return String(shortFloat(value as number));
    case 'DATE':
      return formatDate(value as number);
    case 'TIME':
      return formatTime(value as number, type.precision);
    case 'TIMESTAMP':
      return formatTimestamp(value as number, type.precision);
    case 'TIMESTAMP_LTZ':
      return `${formatTimestamp(value as number, type.precision).replace(' ', 'T')}Z`;
    case 'BINARY':
    case 'VARBINARY':
      return formatBase64(value as Uint8Array);
    case 'ARRAY':
    case 'MULTISET':
    case 'MAP':
    case 'ROW':
      return jsonText(value, type);
    default:
      return `${value as string | number | bigint | boolean}`;
  }
}

/** The double with the fewest digits that is this 32-bit float: 0.1 for 0.10000000149011612. */
export function shortFloat(value: number): number {
  return Number.isFinite(value) ? Number(formatFloat(value)) : value;
}
