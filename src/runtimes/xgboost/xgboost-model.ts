/** One tree as the file has it: a node is an index, 0 the root; `left` is -1 at a leaf. */
export interface FileTree {
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Index of the feature of a split. */
  readonly feature: Int32Array;
  /** Threshold of a split, value of a leaf; in single precision. */
  readonly value: Float32Array;
  /** Whether a missing value goes left, 1 or 0. */
  readonly defaultLeft: Uint8Array;
  /** By node with a categorical split, the codes that go right; absent where the tree has none. */
  readonly categories?: ReadonlyMap<number, Int32Array> | undefined;
  /** Where leaves hold several values. */
  readonly vectors?: LeafVectors | undefined;
}

export interface LeafVectors {
  /** Values in a leaf. */
  readonly width: number;
  readonly values: Float32Array;
  /** Whether the values of a leaf stand at the number in `right`, else at the number of the node. */
  readonly byRightChild: boolean;
}

export interface FileTrees {
  readonly kind: 'trees';
  readonly trees: readonly FileTree[];
  /** By tree, the output that it adds to. */
  readonly outputOf: Int32Array;
  /** By tree, what its leaves are multiplied with, in DART. */
  readonly weights: Float32Array | undefined;
  /** Index of the first tree of each boosting round, and the number of trees at the end. */
  readonly rounds: Int32Array;
}

export interface FileLinear {
  readonly kind: 'linear';
  /** `[featureCount + 1, outputCount]`, the biases last. */
  readonly weights: Float32Array;
}

/** The categories of a feature, each at the place that is its code. */
export interface FileCategories {
  readonly names: readonly string[];
  /** Whether the names are whole numbers, as decimal text. */
  readonly areIntegers: boolean;
}

/** What an XGBoost file says, whatever its encoding and version. */
export interface XgboostModel {
  /** Major and minor version of the XGBoost that wrote it; 0.0 where it does not tell. */
  readonly version: readonly [major: number, minor: number];
  readonly objective: string;
  readonly featureCount: number;
  readonly featureNames: readonly string[] | undefined;
  /** By feature. */
  readonly categories: ReadonlyMap<number, FileCategories>;
  readonly outputCount: number;
  /** `[outputCount]`, as predictions; as margins where `isBaseMargin`. */
  readonly baseScore: Float32Array;
  /** Of files from before 1.0. */
  readonly isBaseMargin: boolean;
  /** Index of the best round, where training stopped early. */
  readonly bestIteration: number | undefined;
  readonly booster: FileTrees | FileLinear;
}

/** Most features of a model; a row of so many numbers is 4 MB. */
export const MAX_FEATURES = 1 << 20;

/** Most values of a row of margins. */
export const MAX_OUTPUTS = 1 << 16;
