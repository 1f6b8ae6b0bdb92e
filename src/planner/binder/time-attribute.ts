import { MillraceError } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import type { PlanField } from '../logical/node.js';

/** @throws {MillraceError} `INVALID_ARGUMENT` at `span` where windows cannot stand on the field. */
export function checkTimeAttribute(field: PlanField, span: Span): void {
  if (field.timeAttribute === 'rowtime') return;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `column "${field.name}" is no event-time attribute`,
    span,
    notes: [{ message: `declare WATERMARK FOR ${field.name} AS ${field.name} - INTERVAL '5' SECOND in its CREATE TABLE` }],
  });
}
