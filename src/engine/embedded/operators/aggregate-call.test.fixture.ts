import { findAggregate } from '../../../planner/functions/aggregate/aggregate-registry.js';
import type { AggregateCall } from '../../../planner/logical/aggregate-call.js';
import type { DataType, Field } from '../../../spec/data-type.js';
import { withNullable } from '../../../spec/data-type.js';

export interface CallInit {
  /** Fields of the input; none for COUNT(*). */
  readonly arguments?: readonly number[];
  readonly distinct?: boolean;
  readonly filter?: number;
  readonly order?: AggregateCall['order'];
  readonly clause?: string;
}

/** A call over an input with these fields, with types as the binder finds them where there is no GROUP BY. */
export function aggregateCall(name: string, input: readonly Field[], init: CallInit = {}): AggregateCall {
  const { arguments: args = [], distinct = false, filter, order = [], clause } = init;
  const types = args.map((index): DataType => input[index]!.type);
  const resolution = findAggregate(name)!.resolve(
    types.map(type => ({ type, literal: undefined })),
    { distinct, clause },
  );
  return {
    name,
    arguments: args,
    distinct,
    filter,
    order,
    orderTypes: order.map(({ index }) => input[index]!.type),
    clause,
    resolution,
    type: withNullable(resolution.type, resolution.type.nullable || resolution.ofNoRows === null),
  };
}
