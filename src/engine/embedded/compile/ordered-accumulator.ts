import { objectAccumulator, type Accumulator } from '../../../planner/functions/aggregate/accumulator.js';
import { orderOf } from '../../../planner/functions/compare-values.js';
import type { AggregateCall } from '../../../planner/logical/aggregate-call.js';
import type { Value } from '../../../spec/batch.js';
import { compileAccumulator } from './compile-accumulator.js';

type Row = readonly Value[];

/**
 * The same aggregate over rows in the order of the call: keeps the rows, which have the arguments first and then the fields
 * that they are ordered by, and sorts them when the result is asked for.
 */
export function orderedAccumulator(
  inner: Accumulator,
  argumentCount: number,
  { order, orderTypes }: Pick<AggregateCall, 'order' | 'orderTypes'>,
): Accumulator {
  const fold = compileAccumulator(inner, argumentCount);
  const comparators = order.map(({ descending, nullsFirst }, k) => {
    const compare = orderOf(orderTypes[k]!) as (a: Value, b: Value) => number;
    return (a: Value, b: Value): number => {
      if (a === null || b === null) return (nullsFirst ? 1 : -1) * (Number(b === null) - Number(a === null));
      return descending ? -compare(a, b) : compare(a, b);
    };
  });
  const compareRows = (a: Row, b: Row): number => {
    for (const [k, compare] of comparators.entries()) {
      const result = compare(a[argumentCount + k]!, b[argumentCount + k]!);
      if (result !== 0) return result;
    }
    return 0;
  };
  return objectAccumulator<Row[]>({
    create: () => [],
    add: (rows: Row[], ...values: readonly never[]) => void rows.push(values),
    merge(rows, others) {
      for (const row of others) rows.push(row);
    },
    result: rows => {
      const state = fold.create();
      for (const row of rows.toSorted(compareRows)) fold.add(state, ...row.slice(0, argumentCount));
      return fold.result(state);
    },
  });
}
