import type { AggregateCall } from '../../../planner/logical/aggregate-call.js';
import { valueAt, type Batch, type Value } from '../../../spec/batch.js';
import { addCode, countsCode, planSingle, writeColumns } from '../compile/aggregate-code.js';
import { CodeWriter } from '../compile/code-writer.js';
import { compileAccumulator, type AccumulatorState } from '../compile/compile-accumulator.js';

/** What is kept for one group: a state for each aggregate. Survives the structured clone algorithm. */
export type GroupState = readonly AccumulatorState[];

/** The aggregates of one node, applied to groups that come and go one by one, as windows do. */
export interface GroupComputation {
  create(): GroupState;
  /** Takes one row of a batch into the group. */
  add(group: GroupState, batch: Batch, row: number): void;
  /** Takes over the rows of a group whose rows came later; that group is not used again. */
  merge(group: GroupState, other: GroupState): void;
  results(group: GroupState): Value[];
}

/** Compiles the aggregates; states are objects of one shape. */
export function groupComputation(calls: readonly AggregateCall[]): GroupComputation {
  const plans = calls.map(planSingle);
  const compiled = plans.map(plan => compileAccumulator(plan.accumulator, plan.columns.length));
  const writer = new CodeWriter();
  writeColumns(plans, writer);
  plans.forEach((plan, p) => {
    const counts = countsCode(plan);
    const slots = plan.accumulator.slots.map((_, s) => `group[${p}].s${s}`);
    writer.block(counts === '' ? '' : `if (${counts})`, () => writer.line(addCode(plan, slots, writer)));
  });
  return {
    create: () => compiled.map(each => each.create()),
    add: writer.compile<GroupComputation['add']>(['group', 'batch', 'i']),
    merge: (group, other) => compiled.forEach((each, p) => each.merge(group[p]!, other[p]!)),
    results: group => compiled.map((each, p) => each.result(group[p]!)),
  };
}

/** The key of a row: the values of the key columns. */
export function keyAt(batch: Batch, keys: readonly number[], row: number): Value[] {
  return keys.map(key => valueAt(batch.columns[key]!, row));
}
