import { MillraceError } from '../../common/error.js';
import { BIGINT, decimal, formatType, isNumber, withNullable, type DataType } from '../../spec/data-type.js';
import type { AggregateName } from '../logical/aggregate-call.js';
import { isText, isTimePoint } from './type-rules.js';

const NAMES: ReadonlySet<string> = new Set<AggregateName>(['COUNT', 'SUM', 'MIN', 'MAX', 'AVG']);
const isOrdered = (type: DataType): boolean => isNumber(type) || isText(type) || isTimePoint(type) || type.kind === 'BOOLEAN';

export function isAggregateName(name: string): name is AggregateName {
  return NAMES.has(name);
}

/**
 * The type of an aggregate, by Flink's rules: SUM and AVG keep an integer's type, DECIMAL widens to 38 digits, COUNT is
 * BIGINT NOT NULL and all others are NULL for no rows.
 *
 * @throws {MillraceError} `TYPE_MISMATCH`, without a span.
 */
export function aggregateType(name: AggregateName, argument: DataType | undefined): DataType {
  if (name === 'COUNT') return withNullable(BIGINT, false);
  if (argument === undefined) throw new MillraceError({ code: 'INVALID_ARGUMENT', message: `${name} takes one argument` });
  const accepts = name === 'MIN' || name === 'MAX' ? isOrdered : isNumber;
  if (!accepts(argument))
    throw new MillraceError({ code: 'TYPE_MISMATCH', message: `${name} does not take ${formatType(argument, 'ignore')}` });
  if (argument.kind !== 'DECIMAL' || name === 'MIN' || name === 'MAX') return withNullable(argument, true);
  return name === 'SUM' ? decimal(38, argument.scale) : decimal(38, Math.max(6, argument.scale));
}
