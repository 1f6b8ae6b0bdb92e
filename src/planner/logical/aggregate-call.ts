import type { DataType } from '../../spec/data-type.js';

export type AggregateName = 'COUNT' | 'SUM' | 'MIN' | 'MAX' | 'AVG';

/** One aggregate over the rows of a group. */
export interface AggregateCall {
  readonly name: AggregateName;
  /** Field of the input; `undefined` for COUNT(*). */
  readonly argument: number | undefined;
  readonly argumentType: DataType | undefined;
  /** A BOOLEAN field: only rows for which it is true count. */
  readonly filter: number | undefined;
  readonly type: DataType;
}

/** `SUM(price)`; `names` are those of the input's fields. */
export function formatAggregate(call: AggregateCall, names: readonly string[]): string {
  const argument = call.argument === undefined ? '*' : names[call.argument];
  const filter = call.filter === undefined ? '' : ` FILTER (WHERE ${names[call.filter]})`;
  return `${call.name}(${argument})${filter}`;
}
