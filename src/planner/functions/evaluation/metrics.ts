import type { Value } from '../../../spec/batch.js';

/** Metrics of one group of rows by name, in the order in which they are shown; `null` where a metric has no value for them. */
export type Metrics = ReadonlyMap<string, number | null>;

/**
 * How the metrics of one task are computed: row by row into a state whose size does not grow with the rows.
 *
 * A state survives the structured clone algorithm. Labels and answers are not NULL, and have the form that
 * `evaluation-aggregate` casts them to; `others` are the further columns that the task looks at.
 */
export interface TaskMetrics<State extends object> {
  readonly create: () => State;
  /** @throws {MillraceError} `INVALID_VALUE` for an answer that cannot be compared. */
  readonly add: (state: State, label: Value, answer: Value, others: readonly Value[]) => void;
  /** Takes the rows of another state over, which is not used again. */
  readonly merge: (state: State, other: State) => void;
  readonly result: (state: State) => Metrics;
}

/** `sum / count`, NULL for no rows. */
export function mean(sum: number, count: number): number | null {
  return count === 0 ? null : sum / count;
}

/** `part / whole`, and 0 where the whole is 0, as scikit-learn's `zero_division` has it. */
export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** The harmonic mean of precision and recall; 0 where both are. */
export function f1(precision: number, recall: number): number {
  return ratio(2 * precision * recall, precision + recall);
}
