import type { DataType } from '../../spec/data-type.js';
import type { AggregateResolution } from '../functions/aggregate/aggregate-function.js';
import { formatOrderKey, type OrderKey } from './order-key.js';

/** One aggregate over the rows of a group. */
export interface AggregateCall {
  /** Of the function, in upper case. */
  readonly name: string;
  /** Fields of the input, of the parameter types of the resolution; none for COUNT(*). */
  readonly arguments: readonly number[];
  /** Whether rows with the same arguments count once. */
  readonly distinct: boolean;
  /** A BOOLEAN field: only rows for which it is true count. */
  readonly filter: number | undefined;
  /** The order in which rows are taken; empty for that in which they come. */
  readonly order: readonly OrderKey[];
  /** The types of the fields of `order`. */
  readonly orderTypes: readonly DataType[];
  /** Words behind the arguments, such as `IGNORE NULLS`. */
  readonly clause: string | undefined;
  readonly resolution: AggregateResolution;
  /** The result's type; nullable where a group can be without rows that count. */
  readonly type: DataType;
}

/** The fields of the input that a call reads. */
export function fieldsOfCall({ arguments: args, filter, order }: AggregateCall): number[] {
  return [...args, ...(filter === undefined ? [] : [filter]), ...order.map(key => key.index)];
}

/** The same call over an input whose field i became `place(i)`. */
export function moveCall(call: AggregateCall, place: (index: number) => number): AggregateCall {
  return {
    ...call,
    arguments: call.arguments.map(place),
    filter: call.filter === undefined ? undefined : place(call.filter),
    order: call.order.map(key => ({ ...key, index: place(key.index) })),
  };
}

/** `SUM(DISTINCT price) FILTER (WHERE paid)`; `names` are those of the input's fields. */
export function formatAggregate(call: AggregateCall, names: readonly string[]): string {
  const args = call.arguments.length === 0 ? '*' : call.arguments.map(index => names[index]).join(', ');
  const clause = call.clause === undefined ? '' : ` ${call.clause}`;
  const order = call.order.length === 0 ? '' : ` WITHIN GROUP (ORDER BY ${call.order.map(key => formatOrderKey(key, names)).join(', ')})`;
  const filter = call.filter === undefined ? '' : ` FILTER (WHERE ${names[call.filter]})`;
  return `${call.name}(${call.distinct ? 'DISTINCT ' : ''}${args}${clause})${order}${filter}`;
}
