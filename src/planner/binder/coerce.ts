import { MillraceError } from '../../common/error.js';
import { decimalToDouble, fitsPrecision, rescaleDecimal } from '../../common/decimal.js';
import type { Long, Value } from '../../spec/batch.js';
import { formatType, sameType, withNullable, type DataType } from '../../spec/data-type.js';
import { resolveCast } from '../functions/cast.js';
import { implicitCast } from '../functions/type-rules.js';
import type { BoundExpression } from '../logical/expression.js';

/** The expression as a value of `type`, whose nullability follows the expression. Only for casts that are known to be allowed. */
export function castTo(expression: BoundExpression, type: DataType, mode: 'cast' | 'try' = 'cast'): BoundExpression {
  const to = withNullable(type, expression.type.nullable || mode === 'try');
  if (sameType(expression.type, type)) return expression.type.nullable === to.nullable ? expression : { ...expression, type: to };
  if (expression.kind === 'literal' && expression.value === null) return { kind: 'literal', value: null, type: to };
  const constant = expression.kind === 'literal' ? castLiteral(expression.value, expression.type, type) : undefined;
  if (constant !== undefined) return { kind: 'literal', value: constant, type: to };
  const resolution = resolveCast({ from: expression.type, to, safe: mode === 'try' });
  return { kind: 'cast', operand: expression, resolution, safe: mode === 'try', type: resolution.type };
}

/** The casts of literals that cannot fail and keep the value; `undefined` for all others. */
function castLiteral(value: Value, from: DataType, to: DataType): Value | undefined {
  const isWhole = from.kind === 'INT' || from.kind === 'BIGINT';
  if (isWhole && typeof value === 'number' && (to.kind === 'DOUBLE' || to.kind === 'BIGINT')) return value;
  if (from.kind === 'DECIMAL' && to.kind === 'DOUBLE') return decimalToDouble(value as Long, from.scale);
  if ((isWhole || from.kind === 'DECIMAL') && to.kind === 'DECIMAL') {
    const scale = from.kind === 'DECIMAL' ? from.scale : 0;
    if (to.scale < scale) return undefined;
    const rescaled = rescaleDecimal(value as Long, scale, to.scale);
    return fitsPrecision(rescaled, to.precision) ? rescaled : undefined;
  }
  return from.kind === 'CHAR' && to.kind === 'VARCHAR' && to.length >= from.length ? value : undefined;
}

/**
 * The expression as a value of `type` where Flink converts by itself.
 *
 * @param what names the place, for the message: `argument 2 of "POWER"`.
 * @throws {MillraceError} `TYPE_MISMATCH`, without a span.
 */
export function coerce(expression: BoundExpression, type: DataType, what: string): BoundExpression {
  if (sameType(expression.type, type)) return castTo(expression, type);
  if (!implicitCast(expression.type, type)) {
    throw new MillraceError({
      code: 'TYPE_MISMATCH',
      message: `${what} takes ${formatType(type, 'ignore')}, not ${formatType(expression.type, 'ignore')}`,
      notes: [{ message: `write CAST(… AS ${formatType(type, 'ignore')}) where that is meant` }],
    });
  }
  return castTo(expression, type);
}
