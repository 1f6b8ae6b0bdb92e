import { objectAccumulator, type Accumulator } from '../../../planner/functions/aggregate/accumulator.js';
import { keyText } from '../../../spec/key-text.js';
import type { Value } from '../../../spec/batch.js';
import { compileAccumulator, type AccumulatorState } from './compile-accumulator.js';

interface DistinctState {
  readonly inner: AccumulatorState;
  /** By the text of the arguments: all values of the first row that had them, and how many rows did. */
  readonly seen: Map<string, { readonly row: readonly Value[]; count: number }>;
}

/**
 * The same aggregate over rows that differ in their first `argumentCount` values, for one state at a time. Groups in columns
 * have a `DistinctIndex` in its place.
 */
export function distinctAccumulator(inner: Accumulator, argumentCount: number, arity: number): Accumulator {
  const fold = compileAccumulator(inner, arity);
  const keyOf = (row: readonly Value[]): string => row.slice(0, argumentCount).map(keyText).join('');
  const add = (state: DistinctState, ...row: readonly Value[]): void => {
    const key = keyOf(row);
    const known = state.seen.get(key);
    if (known) {
      known.count++;
      return;
    }
    state.seen.set(key, { row, count: 1 });
    fold.add(state.inner, ...row);
  };
  const { remove } = fold;
  const removeOne = (state: DistinctState, ...row: readonly Value[]): void => {
    const key = keyOf(row);
    const known = state.seen.get(key)!;
    known.count--;
    if (known.count > 0) return;
    state.seen.delete(key);
    remove!(state.inner, ...row);
  };
  return {
    ...objectAccumulator<DistinctState>({
      create: () => ({ inner: fold.create(), seen: new Map() }),
      add,
      merge(state, other) {
        for (const { row } of other.seen.values()) add(state, ...row);
      },
      result: state => fold.result(state.inner),
    }),
    remove: remove && (({ slots, bind }, args) => `${bind(removeOne)}(${[slots[0], ...args].join(', ')});`),
  };
}
