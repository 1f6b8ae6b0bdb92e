/** One tree: inner nodes and leaves are numbered apart, each from 0; node 0 is the root, if there is one. */
export interface FileTree {
  readonly leafCount: number;
  /** By inner node: an inner node, or `-1 - leaf`. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly feature: Int32Array;
  /** Threshold; of a categorical split the number of its set in `setStarts`. */
  readonly threshold: Float64Array;
  /** Bit 0: categorical; bit 1: missing values go left; bits 2 and 3: what counts as missing. */
  readonly decision: Int32Array;
  readonly leafValue: Float64Array;
  /** Where each set begins in `setWords`, and where the last one ends. */
  readonly setStarts: Int32Array;
  /** A bit for each category that goes left. */
  readonly setWords: Int32Array;
  readonly linear: LinearLeaves | undefined;
}

/** What the leaves of a linear tree add to their constants. */
export interface LinearLeaves {
  readonly constant: Float64Array;
  /** By leaf, where its terms begin; and where the last ones end. */
  readonly starts: Int32Array;
  readonly feature: Int32Array;
  readonly coefficient: Float64Array;
}

/** What a LightGBM file says. */
export interface LightgbmModel {
  readonly featureCount: number;
  /** `undefined` where LightGBM numbered them: `Column_0`, … */
  readonly featureNames: readonly string[] | undefined;
  /** By feature, its categories at the places that are their codes. */
  readonly categories: ReadonlyMap<number, FileCategories>;
  /** Trees of a boosting round, each of which adds to an output of its own. */
  readonly outputCount: number;
  /** As written: a name and parameters, such as `binary sigmoid:1`; empty for an objective of the user's own. */
  readonly objective: string;
  /** Whether trees are averaged, as in a random forest. */
  readonly isAverage: boolean;
  readonly trees: readonly FileTree[];
}

export interface FileCategories {
  readonly names: readonly string[];
  readonly areNumbers: boolean;
}

/** Most features of a model; a row of so many numbers is 8 MB. */
export const MAX_FEATURES = 1 << 20;

/** Most values of a row of margins. */
export const MAX_OUTPUTS = 1 << 16;
