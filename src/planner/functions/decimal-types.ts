import { MAX_DECIMAL_PRECISION } from '../../common/decimal.js';
import type { DecimalType } from './type-rules.js';

export interface DecimalResult {
  readonly type: DecimalType;
  /** Whether the type holds every result as it is; if not, the fraction is rounded and what does not fit is NULL. */
  readonly exact: boolean;
}

// Result types of DECIMAL arithmetic, as in Flink's LogicalTypeMerging, which follows T-SQL:
// https://learn.microsoft.com/sql/t-sql/data-types/precision-scale-and-length-transact-sql

/** Digits after the point that are kept even where the digits before it do not fit then. */
const MIN_ADJUSTED_SCALE = 6;

/** `a + b` and `a - b`. */
export function sumType(a: DecimalType, b: DecimalType): DecimalResult {
  const scale = Math.max(a.scale, b.scale);
  return adjusted(Math.max(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale);
}

/** `a * b`. */
export function productType(a: DecimalType, b: DecimalType): DecimalResult {
  return adjusted(a.precision + b.precision + 1, a.scale + b.scale);
}

/** `a / b`. */
export function quotientType(a: DecimalType, b: DecimalType): DecimalResult {
  const scale = Math.max(MIN_ADJUSTED_SCALE, a.scale + b.precision + 1);
  return adjusted(a.precision - a.scale + b.scale + scale, scale);
}

/** `a % b`. */
export function remainderType(a: DecimalType, b: DecimalType): DecimalResult {
  const scale = Math.max(a.scale, b.scale);
  return adjusted(Math.min(a.precision - a.scale, b.precision - b.scale) + scale, scale);
}

/** ROUND and TRUNCATE to `digits` after the point. */
export function roundType(type: DecimalType, digits: number): DecimalType {
  const { precision, scale } = type;
  if (digits >= scale) return type;
  // Rounding up may add a digit.
  if (digits < 0) return { ...type, precision: Math.min(MAX_DECIMAL_PRECISION, 1 + precision - scale), scale: 0 };
  return { ...type, precision: 1 + precision - scale + digits, scale: digits };
}

/** Where the digits do not fit, the fraction gives way first. */
function adjusted(precision: number, scale: number): DecimalResult {
  if (precision <= MAX_DECIMAL_PRECISION) return { type: { kind: 'DECIMAL', precision, scale, nullable: true }, exact: true };
  const kept = Math.max(MAX_DECIMAL_PRECISION - (precision - scale), Math.min(scale, MIN_ADJUSTED_SCALE));
  return { type: { kind: 'DECIMAL', precision: MAX_DECIMAL_PRECISION, scale: kept, nullable: true }, exact: false };
}
