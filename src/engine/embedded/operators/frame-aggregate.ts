import type { AggregateCall } from '../../../planner/logical/aggregate-call.js';
import type { Batch, Value } from '../../../spec/batch.js';
import { addCode, argumentCodes, countsCode, planSingle, writeColumns, type CallPlan } from '../compile/aggregate-code.js';
import { compileAccumulator, type AccumulatorState } from '../compile/compile-accumulator.js';
import { CodeWriter } from '../compile/code-writer.js';
import type { FrameBounds } from './frame-bounds.js';

/** Computes one aggregate over the frames of a partition, position by position. */
export type FrameAggregate = (
  batch: Batch,
  rows: Uint32Array,
  bounds: FrameBounds,
  take: (position: number, result: Value) => void,
) => void;

/** Frames of at most so many rows are added up anew for each row, in the order of the rows, so that DOUBLE sums are those of the frame alone. */
const SMALL_FRAME = 32;

/**
 * Compiles an aggregate for frames that move over a partition.
 *
 * A frame whose start stays grows by what comes. Where it moves, rows that leave are removed if that is exact; else small
 * frames are added up anew, and large ones are put together from a stack of states of their earlier part and a state of
 * their later part, so that each row is merged about twice.
 */
export function compileFrameAggregate(call: AggregateCall): FrameAggregate {
  const plan = planSingle(call);
  const fold = compileAccumulator(plan.accumulator, plan.columns.length);
  const bind = compileRowFold(plan);
  const isFlat = plan.accumulator.slots.every(slot => typeof slot.initial !== 'function');
  return (batch, rows, bounds, take) => {
    const frame: MovingFrame = { rows, bounds, take, ...bind(batch), create: fold.create, merge: fold.merge, result: fold.result };
    const { start, end } = bounds;
    if (start.length === 0) return;
    if (start.at(-1) === start[0] || frame.remove) return slide(frame);
    let largest = 0;
    for (let position = 0; position < start.length; position++) largest = Math.max(largest, end[position]! - start[position]!);
    return largest <= SMALL_FRAME || !isFlat ? addUpAnew(frame) : stack(frame);
  };
}

/** `add` and `remove` take a row of the batch. */
interface RowFold {
  add(state: AccumulatorState, row: number): void;
  readonly remove?: ((state: AccumulatorState, row: number) => void) | undefined;
}

interface MovingFrame extends RowFold {
  readonly rows: Uint32Array;
  readonly bounds: FrameBounds;
  readonly take: (position: number, result: Value) => void;
  readonly create: () => AccumulatorState;
  readonly merge: (state: AccumulatorState, other: AccumulatorState) => void;
  readonly result: (state: AccumulatorState) => Value;
}

function compileRowFold(plan: CallPlan): (batch: Batch) => RowFold {
  const writer = new CodeWriter();
  writeColumns([plan], writer);
  const slots = plan.accumulator.slots.map((_, s) => `state.s${s}`);
  const counts = countsCode(plan);
  const guarded = (code: string): string => (counts === '' ? code : `if (${counts}) { ${code} }`);
  const { remove } = plan.accumulator;
  const removal = remove?.({ slots, bind: value => writer.bind('k', value) }, argumentCodes(plan));
  writer.line('return {');
  writer.line(`add: (state, i) => { ${guarded(addCode(plan, slots, writer))} },`);
  if (removal !== undefined) writer.line(`remove: (state, i) => { ${guarded(removal)} },`);
  writer.line('};');
  return writer.compile(['batch']);
}

/** Results of equal frames one after the other, as peers have them, are computed once. */
function isSameFrame({ start, end }: FrameBounds, position: number): boolean {
  return position > 0 && start[position] === start[position - 1] && end[position] === end[position - 1];
}

function slide({ rows, bounds, take, create, add, remove, result }: MovingFrame): void {
  const { start, end } = bounds;
  const state = create();
  let from = start[0]!;
  let to = from;
  let last: Value = null;
  for (let position = 0; position < start.length; position++) {
    if (!isSameFrame(bounds, position)) {
      const target = Math.max(end[position]!, start[position]!);
      while (to < target) add(state, rows[to++]!);
      while (from < start[position]!) remove!(state, rows[from++]!);
      last = result(state);
    }
    take(position, last);
  }
}

function addUpAnew({ rows, bounds, take, create, add, result }: MovingFrame): void {
  const { start, end } = bounds;
  let last: Value = null;
  for (let position = 0; position < start.length; position++) {
    if (!isSameFrame(bounds, position)) {
      const state = create();
      for (let k = start[position]!; k < end[position]!; k++) add(state, rows[k]!);
      last = result(state);
    }
    take(position, last);
  }
}

/** Two stacks make a queue: states of the front end with the frame's middle, the back is one state that grows. */
function stack({ rows, bounds, take, create, add, merge, result }: MovingFrame): void {
  const { start, end } = bounds;
  /** Entry k holds the rows from position `middle - 1 - k` to before `middle`. */
  let front: AccumulatorState[] = [];
  let back = create();
  let middle = start[0]!;
  let to = middle;
  let last: Value = null;
  for (let position = 0; position < start.length; position++) {
    if (!isSameFrame(bounds, position)) {
      const from = start[position]!;
      const target = Math.max(end[position]!, from);
      while (to < target) add(back, rows[to++]!);
      if (from >= middle) {
        front = [];
        for (let k = to - 1; k >= from; k--) {
          const state = create();
          add(state, rows[k]!);
          if (front.length > 0) merge(state, { ...front.at(-1)! });
          front.push(state);
        }
        middle = to;
        back = create();
      }
      const whole = from < middle ? { ...front[middle - 1 - from]! } : create();
      merge(whole, { ...back });
      last = result(whole);
    }
    take(position, last);
  }
}
