import type { Value } from '../../../spec/batch.js';

/** What an accumulator keeps in a slot: anything that survives the structured clone algorithm. */
export type SlotValue = Value | object;

/** A place in which an accumulator keeps something for each group. */
export interface Slot {
  /** `float64`: numbers only, kept in a typed array where there are many groups. */
  readonly storage: 'float64' | 'values';
  /** What stands there before the first row; a function makes a new one for each group. */
  readonly initial: number | null | (() => SlotValue);
}

/** What code may refer to. Slots can be assigned to; nothing else has side effects, all may be repeated. */
export interface AccumulatorScope {
  /** One for each slot. */
  readonly slots: readonly string[];
  /** Makes a value of this process known to the code. */
  bind(value: unknown): string;
}

/**
 * How an aggregate is computed, as JavaScript that a compiler puts into its own loops: whether slots are elements of arrays,
 * fields of objects or variables is the compiler's choice.
 */
export interface Accumulator {
  readonly slots: readonly Slot[];
  /** Statements that take one row into account. Arguments are in the form of `Value`. */
  readonly add: (scope: AccumulatorScope, args: readonly string[]) => string;
  /** Statements that undo `add` for a row that was added, to the last bit; absent where that is not possible. */
  readonly remove?: ((scope: AccumulatorScope, args: readonly string[]) => string) | undefined;
  /** Statements after which the slots hold what the rows of both would have made; `others` belong to the later rows and are not used again. */
  readonly merge: (scope: AccumulatorScope, others: readonly string[]) => string;
  /** An expression for the result, in the form of `Value`; nothing of it changes when rows are added later. */
  readonly result: (scope: AccumulatorScope) => string;
}

/** An accumulator whose state is one object. */
export function objectAccumulator<State extends object>(init: {
  readonly create: () => State;
  readonly add: (state: State, ...args: never[]) => void;
  /** Takes the rows of a later state over. */
  readonly merge: (state: State, other: State) => void;
  readonly result: (state: State) => Value;
}): Accumulator {
  return {
    slots: [{ storage: 'values', initial: init.create }],
    add: ({ slots, bind }, args) => `${bind(init.add)}(${[slots[0], ...args].join(', ')});`,
    merge: ({ slots, bind }, [other]) => `${bind(init.merge)}(${slots[0]}, ${other});`,
    result: ({ slots, bind }) => `${bind(init.result)}(${slots[0]})`,
  };
}
