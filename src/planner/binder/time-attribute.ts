import { MillraceError } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import type { DataType } from '../../spec/data-type.js';
import type { PlanField } from '../logical/node.js';

/** @throws {MillraceError} `INVALID_ARGUMENT` at `span` where windows cannot stand on the field. */
export function checkTimeAttribute({ name, type, timeAttribute }: PlanField, span: Span): void {
  if (timeAttribute) return;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `column "${name}" is no time attribute`,
    span,
    notes: [
      {
        message: canHaveWatermark(type)
          ? `declare WATERMARK FOR ${name} AS ${name} - INTERVAL '5' SECOND in its CREATE TABLE; casts, functions, ordinary joins and aggregations lose the attribute`
          : 'windows stand on a TIMESTAMP(3) or TIMESTAMP_LTZ(3) column with a WATERMARK, or on one computed AS PROCTIME()',
      },
    ],
  });
}

/** Whether a column of this type may be declared a rowtime attribute. */
export function canHaveWatermark(type: DataType): boolean {
  return (type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ') && type.precision <= 3;
}
