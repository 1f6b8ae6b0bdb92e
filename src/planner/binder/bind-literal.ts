import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND } from '../../common/civil.js';
import { MillraceError } from '../../common/error.js';
import { parseDecimal } from '../../common/decimal.js';
import { parseLong } from '../../common/long.js';
import { parseDate, parseTime, parseTimestamp } from '../../common/temporal.js';
import type { Value } from '../../spec/batch.js';
import { decimal, type DataType } from '../../spec/data-type.js';
import type { BinaryLiteral, IntervalLiteral, NumberLiteral, TemporalLiteral } from '../../sql/ast/expression.js';
import type { IntervalUnit } from '../../sql/ast/type.js';
import type { BoundLiteral } from '../logical/expression.js';

const [MIN_INT, MAX_INT] = [-2_147_483_648, 2_147_483_647];

/** A literal of a NOT NULL type. */
export function literal(value: Value, type: DataType): BoundLiteral {
  return { kind: 'literal', value, type: { ...type, nullable: value === null } };
}

/** A string literal has type CHAR(n), as in Flink; the empty one is STRING. */
export function bindString(value: string): BoundLiteral {
  const length = [...value].length;
  return literal(
    value,
    length === 0 ? { kind: 'VARCHAR', length: 2_147_483_647, nullable: false } : { kind: 'CHAR', length, nullable: false },
  );
}

/** Digits alone are INT, or BIGINT or DECIMAL where they do not fit; a point makes DECIMAL, an exponent DOUBLE. */
export function bindNumber({ text, span }: NumberLiteral): BoundLiteral {
  if (/[eE]/.test(text)) {
    const value = Number(text);
    if (Number.isFinite(value)) return literal(value, { kind: 'DOUBLE', nullable: false });
    throw new MillraceError({ code: 'INVALID_LITERAL', message: `"${text}" is beyond the range of DOUBLE`, span });
  }
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  if (!text.includes('.')) {
    const value = parseLong(text);
    if (value !== undefined && value >= MIN_INT && value <= MAX_INT) return literal(value, { kind: 'INT', nullable: false });
    if (value !== undefined) return literal(value, { kind: 'BIGINT', nullable: false });
  }
  const scale = fraction.length;
  const precision = Math.max(whole.replace(/^0+/, '').length + scale, 1, scale);
  const value = precision <= 38 ? parseDecimal(text, precision, scale) : undefined;
  if (value === undefined) throw new MillraceError({ code: 'INVALID_LITERAL', message: `"${text}" has more than 38 digits`, span });
  return literal(value, decimal(precision, scale));
}

export function bindTemporal({ type, value, span }: TemporalLiteral): BoundLiteral {
  const parsed = type === 'DATE' ? parseDate(value) : type === 'TIME' ? parseTime(value) : parseTimestamp(value);
  if (parsed === undefined) {
    const shape = { DATE: '2026-01-31', TIME: '23:59:59', TIMESTAMP: '2026-01-31 23:59:59.123' }[type];
    throw new MillraceError({
      code: 'INVALID_LITERAL',
      message: `"${value}" is not a ${type}`,
      span,
      notes: [{ message: `write it as ${type} '${shape}'` }],
    });
  }
  const precision = Math.min(6, /\.(\d+)/.exec(value)?.[1]?.length ?? 0);
  return literal(parsed, type === 'DATE' ? { kind: 'DATE', nullable: false } : { kind: type, precision, nullable: false });
}

export function bindBinary({ hex, span }: BinaryLiteral): BoundLiteral {
  if (hex.length % 2 !== 0 || /[^0-9a-fA-F]/.test(hex)) {
    throw new MillraceError({ code: 'INVALID_LITERAL', message: `X'${hex}' needs an even number of hexadecimal digits`, span });
  }
  const bytes = Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
  return literal(bytes, { kind: 'BINARY', length: bytes.length, nullable: false });
}

const MICROS: Readonly<Record<IntervalUnit, number>> = {
  YEAR: NaN,
  QUARTER: NaN,
  MONTH: NaN,
  WEEK: 7 * MICROS_PER_DAY,
  DAY: MICROS_PER_DAY,
  HOUR: MICROS_PER_HOUR,
  MINUTE: MICROS_PER_MINUTE,
  SECOND: MICROS_PER_SECOND,
};
const MONTHS: Readonly<Partial<Record<IntervalUnit, number>>> = { YEAR: 12, QUARTER: 3, MONTH: 1 };

/** Microseconds, or months for YEAR and MONTH intervals. `'1:30' MINUTE TO SECOND` reads one number per unit. */
export function bindInterval(node: IntervalLiteral): BoundLiteral {
  const units = unitsBetween(node.from, node.to ?? node.from);
  const text = node.value.trim();
  const negative = node.negative !== text.startsWith('-');
  const parts = text.replace(/^[+-]/, '').split(node.from === 'YEAR' ? '-' : /[ :]/);
  const numbers = parts.map((part, i) =>
    /^\d+$/.test(part) || (units[i] === 'SECOND' && /^\d+(\.\d+)?$/.test(part)) ? Number(part) : NaN,
  );
  if (units.length !== numbers.length || numbers.some(Number.isNaN)) {
    const range = node.to ? `${node.from} TO ${node.to}` : node.from;
    throw new MillraceError({
      code: 'INVALID_LITERAL',
      message: `'${node.value}' is not an interval of ${range}`,
      span: node.span,
      notes: [{ message: node.to ? `write one number per unit, such as INTERVAL '1 02' DAY TO HOUR` : `write INTERVAL '1' ${node.from}` }],
    });
  }
  const isMonths = node.from in MONTHS;
  const size = numbers.reduce((sum, value, i) => sum + value * (isMonths ? MONTHS[units[i]!]! : MICROS[units[i]!]), 0);
  const value = Math.round(negative ? -size : size);
  return literal(value, { kind: isMonths ? 'INTERVAL_YEAR_MONTH' : 'INTERVAL_DAY_TIME', nullable: false });
}

function unitsBetween(from: IntervalUnit, to: IntervalUnit): IntervalUnit[] {
  const scale: readonly IntervalUnit[] = from === 'YEAR' ? ['YEAR', 'MONTH'] : ['DAY', 'HOUR', 'MINUTE', 'SECOND'];
  return from === to ? [from] : scale.slice(scale.indexOf(from), scale.indexOf(to) + 1);
}
