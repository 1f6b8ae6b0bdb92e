import type { Accumulator } from '../../../planner/functions/aggregate/accumulator.js';
import type { AggregateCall } from '../../../planner/logical/aggregate-call.js';
import { storageOf } from '../../../spec/batch.js';
import type { DataType } from '../../../spec/data-type.js';
import { distinctAccumulator } from './distinct-accumulator.js';
import { orderedAccumulator } from './ordered-accumulator.js';
import type { CodeWriter } from './code-writer.js';

/** An aggregate call as a compiler sees it. */
export interface CallPlan {
  readonly call: AggregateCall;
  /** Takes the arguments of the call, then the fields that it is ordered by. */
  readonly accumulator: Accumulator;
  readonly columns: readonly CallColumn[];
}

/** A column that a call reads. */
export interface CallColumn {
  readonly index: number;
  readonly type: DataType;
  /** Whether a row with a NULL in it does not count. */
  readonly skipsNull: boolean;
}

export function planCall(call: AggregateCall): CallPlan {
  const { accumulator, nulls, parameters } = call.resolution;
  const args = call.arguments.map((index, i): CallColumn => ({ index, type: parameters[i]!, skipsNull: nulls === 'skip' }));
  const keys = call.order.map(({ index }, i): CallColumn => ({ index, type: call.orderTypes[i]!, skipsNull: false }));
  return {
    call,
    accumulator: keys.length === 0 ? accumulator : orderedAccumulator(accumulator, args.length, call),
    columns: [...args, ...keys],
  };
}

/** The same for states that stand alone, where the accumulator itself takes equal arguments of a DISTINCT call once. */
export function planSingle(call: AggregateCall): CallPlan {
  const plan = planCall(call);
  if (!call.distinct) return plan;
  return { ...plan, accumulator: distinctAccumulator(plan.accumulator, call.arguments.length, plan.columns.length) };
}

/** Names the values and NULLs of the columns that `plans` read, for rows of a batch that the code calls `batch`. */
export function writeColumns(plans: readonly CallPlan[], writer: CodeWriter): void {
  const indices = new Set(plans.flatMap(({ columns, call }) => [...columns.map(each => each.index), call.filter ?? []].flat()));
  for (const index of indices) writer.line(`const c${index} = batch.columns[${index}].values, b${index} = batch.columns[${index}].nulls;`);
}

/** The condition under which row `i` counts; empty where every row does. */
export function countsCode({ call, columns }: CallPlan): string {
  const filter = call.filter === undefined ? [] : [`c${call.filter}[i] === 1`, notNull(call.filter)];
  const nulls = columns.filter(({ type, skipsNull }) => skipsNull && type.nullable).map(({ index }) => notNull(index));
  return [...filter, ...nulls].join(' && ');
}

/** The values of row `i`, as expressions in the form of `Value`. */
export function argumentCodes({ columns }: CallPlan): string[] {
  return columns.map(({ index, type, skipsNull }) => {
    const value = type.kind === 'BOOLEAN' ? `(c${index}[i] === 1)` : `c${index}[i]`;
    return skipsNull || !type.nullable ? value : `(${notNull(index)} ? ${value} : null)`;
  });
}

function notNull(index: number): string {
  return `(b${index} === undefined || b${index}[i] === 0)`;
}

/** The statement that takes row `i` into account, for slots of these names. */
export function addCode(plan: CallPlan, slots: readonly string[], writer: CodeWriter): string {
  return plan.accumulator.add({ slots, bind: value => writer.bind('k', value) }, argumentCodes(plan));
}

/** Stores the call's result as element `k` of the column's values `o` and NULLs `n`; `count` is how long they are. */
export function writeResult(
  plan: CallPlan,
  slots: readonly string[],
  { o, n, writer }: { o: string; n: string; writer: CodeWriter },
): void {
  const value = writer.fresh('v');
  const { type } = plan.call;
  writer.line(`const ${value} = ${plan.accumulator.result({ slots, bind: each => writer.bind('k', each) })};`);
  const store = `${o}[k] = ${storageOf(type) === 'boolean' ? `${value} ? 1 : 0` : value};`;
  writer.line(type.nullable ? `if (${value} === null) (${n} ??= new Uint8Array(count))[k] = 1; else ${store}` : store);
}
