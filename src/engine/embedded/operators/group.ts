import type { AggregateCall } from '../../../planner/logical/aggregate-call.js';
import { valueAt, type Batch, type Value } from '../../../spec/batch.js';
import { aggregator, newAccumulator, type Accumulator } from './accumulator.js';

/** The aggregates of one node, applied to the accumulators of one group. */
export interface GroupComputation {
  create(): Accumulator[];
  /** Takes one row of a batch into the group. */
  add(group: readonly Accumulator[], batch: Batch, row: number): void;
  results(group: readonly Accumulator[]): Value[];
}

export function groupComputation(calls: readonly AggregateCall[]): GroupComputation {
  const aggregators = calls.map(aggregator);
  return {
    create: () => calls.map(newAccumulator),
    add(group, batch, row) {
      for (let i = 0; i < calls.length; i++) {
        const { argument, filter } = calls[i]!;
        if (filter !== undefined && valueAt(batch.columns[filter]!, row) !== true) continue;
        aggregators[i]!.accumulate(group[i]!, argument === undefined ? true : valueAt(batch.columns[argument]!, row));
      }
    },
    results: group => group.map((accumulator, i) => aggregators[i]!.result(accumulator)),
  };
}

/** The key of a row: the values of the key columns. */
export function keyAt(batch: Batch, keys: readonly number[], row: number): Value[] {
  return keys.map(key => valueAt(batch.columns[key]!, row));
}
