import type { ModelOutput } from '../../spec/model-runtime.js';

/** Rows side by side; as wide as the model has features. */
export type FeatureRows = Float32Array | Float64Array;

/** Room for the values of an output, for all rows of a batch. */
export type OutputRows = Float32Array | Float64Array | Int32Array;

export interface RowRange {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** Computes some rows; the values of each wanted output go to their rows in `results`, which stand in the order of the wish. */
export type ScoreRows = (data: FeatureRows, range: RowRange, results: readonly OutputRows[]) => void;

/** A model of trees without the file it comes from: what can score in this thread or in any other. */
export interface RowScorer {
  readonly outputs: readonly ModelOutput[];
  /** What computes the outputs of these names. What it returns keeps room for itself, so it runs in one place at a time. */
  scoring(names: readonly string[]): ScoreRows;
  /** Trees that one row visits: what it costs. */
  readonly treesPerRow: number;
}

/** Room for the values of `output` for `rows` rows. */
export function roomFor(output: ModelOutput, rows: number): OutputRows {
  const length = rows * output.width;
  if (output.element === 'int32') return new Int32Array(length);
  return output.element === 'float32' ? new Float32Array(length) : new Float64Array(length);
}
