import type { DataType } from '../../spec/data-type.js';
import { fieldsOfCall, formatAggregate, moveCall, type AggregateCall } from './aggregate-call.js';
import { formatFrame, type Frame } from './frame.js';

export type RankingName = 'ROW_NUMBER' | 'RANK' | 'DENSE_RANK' | 'PERCENT_RANK' | 'CUME_DIST' | 'NTILE';

/** A value for each row, from the rows of its window. */
export type OverCall =
  /** An aggregate over the rows of the frame. */
  | { readonly kind: 'aggregate'; readonly call: AggregateCall; readonly frame: Frame; readonly type: DataType }
  /** The place of the row; `buckets` is the argument of NTILE. */
  | { readonly kind: 'ranking'; readonly name: RankingName; readonly buckets: number | undefined; readonly type: DataType }
  /**
   * The value of another row: of field `value`, `offset` rows further in the order (a field of type INT, 1 where absent), or
   * of field `otherwise` where there is no such row.
   */
  | {
      readonly kind: 'offset';
      readonly name: 'LEAD' | 'LAG';
      readonly value: number;
      readonly offset: number | undefined;
      readonly otherwise: number | undefined;
      readonly type: DataType;
    };

/** The fields of the input that a call reads. */
export function fieldsOfOverCall(over: OverCall): number[] {
  switch (over.kind) {
    case 'aggregate':
      return [...fieldsOfCall(over.call), ...frameFields(over.frame)];
    case 'ranking':
      return [];
    case 'offset':
      return [over.value, over.offset, over.otherwise].filter(index => index !== undefined);
  }
}

function frameFields({ start, end }: Frame): number[] {
  return [start, end].flatMap(bound => ('field' in bound ? [bound.field] : []));
}

/** The same call over an input whose field i became `place(i)`. */
export function moveOverCall(over: OverCall, place: (index: number) => number): OverCall {
  const optional = (index: number | undefined): number | undefined => (index === undefined ? undefined : place(index));
  switch (over.kind) {
    case 'aggregate': {
      const { start, end } = over.frame;
      const moved = <Bound extends typeof start>(bound: Bound): Bound =>
        'field' in bound ? { ...bound, field: place(bound.field) } : bound;
      return { ...over, call: moveCall(over.call, place), frame: { ...over.frame, start: moved(start), end: moved(end) } };
    }
    case 'ranking':
      return over;
    case 'offset':
      return { ...over, value: place(over.value), offset: optional(over.offset), otherwise: optional(over.otherwise) };
  }
}

/** `SUM(price) ROWS BETWEEN 2 PRECEDING AND CURRENT ROW`; `names` are those of the input's fields. */
export function formatOverCall(over: OverCall, names: readonly string[]): string {
  switch (over.kind) {
    case 'aggregate':
      return `${formatAggregate(over.call, names)} ${formatFrame(over.frame, names)}`;
    case 'ranking':
      return `${over.name}(${over.buckets ?? ''})`;
    case 'offset': {
      const args = [over.value, over.offset, over.otherwise].filter(index => index !== undefined);
      return `${over.name}(${args.map(index => names[index]).join(', ')})`;
    }
  }
}
