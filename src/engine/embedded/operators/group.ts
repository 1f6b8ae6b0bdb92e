import type { AggregateCall } from '../../../planner/logical/aggregate-call.js';
import { keyText } from '../../../planner/functions/key-text.js';
import { valueAt, type Batch, type Value } from '../../../spec/batch.js';
import { addCode, argumentCodes, countsCode, planCall, writeColumns } from '../compile/aggregate-code.js';
import { CodeWriter } from '../compile/code-writer.js';
import { compileAccumulator, initialCode, type AccumulatorState } from '../compile/compile-accumulator.js';

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
  const plans = calls.map(planCall);
  const compiled = plans.map(plan => compileAccumulator(plan.accumulator, plan.columns.length));
  const writer = new CodeWriter();
  const bind = (value: unknown): string => writer.bind('k', value);
  writeColumns(plans, writer);
  plans.forEach((plan, p) => {
    const counts = countsCode(plan);
    const slots = plan.accumulator.slots.map((_, s) => `group[${p}].s${s}`);
    const fresh = plan.call.distinct
      ? `${bind(isFresh)}(group[${p}], [${argumentCodes(plan).slice(0, plan.call.arguments.length).join(', ')}], [${argumentCodes(plan).join(', ')}])`
      : '';
    const condition = [counts, fresh].filter(each => each !== '').join(' && ');
    writer.block(condition === '' ? '' : `if (${condition})`, () => writer.line(addCode(plan, slots, writer)));
  });
  const creator = new CodeWriter();
  const states = plans.map(({ accumulator, call }) => {
    const fields = accumulator.slots.map((slot, s) => `s${s}: ${initialCode(slot, value => creator.bind('k', value))}`);
    return `{ ${[...fields, ...(call.distinct ? ['seen: new Map()'] : [])].join(', ')} }`;
  });
  creator.line(`return [${states.join(', ')}];`);
  return {
    create: creator.compile<() => GroupState>([]),
    add: writer.compile<GroupComputation['add']>(['group', 'batch', 'i']),
    merge(group, other) {
      compiled.forEach((each, p) => {
        if (!plans[p]!.call.distinct) {
          each.merge(group[p]!, other[p]!);
          return;
        }
        const count = plans[p]!.call.arguments.length;
        for (const row of seenOf(other[p]!).values()) if (isFresh(group[p]!, row.slice(0, count), row)) each.add(group[p]!, ...row);
      });
    },
    results: group => compiled.map((each, p) => each.result(group[p]!)),
  };
}

function seenOf(state: AccumulatorState): Map<string, readonly Value[]> {
  return state['seen'] as Map<string, readonly Value[]>;
}

/** Whether these arguments come for the first time; remembers them with the row's values. */
function isFresh(state: AccumulatorState, args: readonly Value[], row: readonly Value[]): boolean {
  const seen = seenOf(state);
  const key = args.map(keyText).join('');
  if (seen.has(key)) return false;
  seen.set(key, row);
  return true;
}

/** The key of a row: the values of the key columns. */
export function keyAt(batch: Batch, keys: readonly number[], row: number): Value[] {
  return keys.map(key => valueAt(batch.columns[key]!, row));
}
