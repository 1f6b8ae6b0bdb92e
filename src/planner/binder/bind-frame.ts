import { MillraceError } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import { decimal, DOUBLE, formatType, isNumber, withNullable, type DataType } from '../../spec/data-type.js';
import type { Expression, FrameBound as FrameBoundNode, WindowSpec } from '../../sql/ast/expression.js';
import { isInteger, isInterval, isTimePoint } from '../functions/type-rules.js';
import type { BoundExpression } from '../logical/expression.js';
import type { Frame, FrameBound } from '../logical/frame.js';
import type { OrderKey } from '../logical/order-key.js';
import type { ExpressionContext } from './binding.js';
import { callFunction } from './call-function.js';
import { castTo } from './coerce.js';
import type { ColumnCollector } from './column-collector.js';

/** The order that a frame goes along. */
export interface FrameOrder {
  readonly spec: WindowSpec;
  readonly keys: readonly OrderKey[];
  readonly columns: ColumnCollector;
  readonly context: ExpressionContext;
}

/**
 * The frame of a window: as written, or up to the current row where there is an order, or the whole partition.
 *
 * @throws {MillraceError} `INVALID_ARGUMENT` or `TYPE_MISMATCH` at the bound that makes no sense.
 */
export function bindFrame(order: FrameOrder): Frame {
  const { frame } = order.spec;
  if (frame === undefined) {
    const end: FrameBound = { kind: order.keys.length > 0 ? 'current-row' : 'unbounded-following' };
    return { unit: 'RANGE', start: { kind: 'unbounded-preceding' }, end };
  }
  const start = bindBound(frame.start, frame.unit, order);
  const end = frame.end ? bindBound(frame.end, frame.unit, order) : ({ kind: 'current-row' } as const);
  if (PLACES[start.kind] > PLACES[end.kind] || start.kind === 'unbounded-following' || end.kind === 'unbounded-preceding') {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `a frame does not go from ${wordsOf(start)} to ${wordsOf(end)}`,
      span: order.spec.span,
      notes: [{ message: 'write the bound that comes first in the order of the window first' }],
    });
  }
  return { unit: frame.unit, start, end };
}

/** Where bounds stand, first to last. */
const PLACES: Readonly<Record<FrameBound['kind'], number>> = {
  'unbounded-preceding': 0,
  preceding: 1,
  'current-row': 2,
  following: 3,
  'unbounded-following': 4,
};

function wordsOf({ kind }: FrameBound): string {
  return kind === 'preceding' || kind === 'following' ? `n ${kind.toUpperCase()}` : kind.replace('-', ' ').toUpperCase();
}

function bindBound(bound: FrameBoundNode, unit: Frame['unit'], order: FrameOrder): FrameBound {
  if (!('offset' in bound)) return bound;
  const offset = order.context.binding.bindExpression(bound.offset, order.context);
  return unit === 'ROWS'
    ? { kind: bound.kind, rows: rowsOf(offset, bound.offset.span) }
    : { kind: bound.kind, field: rangeField(bound.kind, { offset, node: bound.offset, order }) };
}

function rowsOf(offset: BoundExpression, span: Span): number {
  if (offset.kind === 'literal' && isInteger(offset.type) && typeof offset.value === 'number' && offset.value >= 0) return offset.value;
  throw new MillraceError({ code: 'INVALID_ARGUMENT', message: 'ROWS takes whole numbers from 0 as literals', span });
}

interface RangeOffset {
  readonly offset: BoundExpression;
  readonly node: Expression;
  readonly order: FrameOrder;
}

/** A column with the last value that the frame of a row reaches to: its key moved by the offset, exact for every key. */
function rangeField(kind: 'preceding' | 'following', { offset, node, order }: RangeOffset): number {
  const { keys, columns, context } = order;
  const [key, ...more] = keys;
  if (key === undefined || more.length > 0) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `RANGE with an offset needs one key in ORDER BY, not ${keys.length}`,
      span: order.spec.span,
    });
  }
  const value = columns.expressionAt(key.index);
  const type = distanceType(value.type, offset.type);
  if (type === undefined) {
    throw new MillraceError({
      code: 'TYPE_MISMATCH',
      message: `RANGE over ${formatType(value.type, 'ignore')} does not take an offset of type ${formatType(offset.type, 'ignore')}`,
      span: node.span,
      notes: [{ message: 'numbers take a number, times an INTERVAL' }],
    });
  }
  if (offset.kind !== 'literal' || offset.value === null || (offset.value as number | bigint) < 0) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: 'RANGE takes an offset that is a literal and not negative',
      span: node.span,
    });
  }
  const [from, by] = type === 'interval' ? [value, offset] : [castTo(value, type), castTo(offset, withNullable(type, false))];
  const name = (kind === 'preceding') === key.descending ? '+' : '-';
  return columns.add(callFunction(context.binding, { name, span: node.span, args: [from, by] }));
}

/** In which type key and offset are added up: with the key's scale, and so many digits that nothing overflows. */
function distanceType(key: DataType, offset: DataType): DataType | 'interval' | undefined {
  if (isTimePoint(key)) return isInterval(offset) ? 'interval' : undefined;
  if (!isNumber(key) || !isNumber(offset)) return undefined;
  if (key.kind === 'FLOAT' || key.kind === 'DOUBLE') return DOUBLE;
  if (isInteger(key) && isInteger(offset)) return decimal(19, 0);
  if (key.kind !== 'DECIMAL' || (offset.kind === 'DECIMAL' ? offset.scale > key.scale : !isInteger(offset))) return undefined;
  return decimal(Math.min(37, Math.max(key.precision, 19 + key.scale)), key.scale);
}
