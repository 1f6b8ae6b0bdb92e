import { orderNodes } from '../../kit/trees/order-nodes.js';
import { malformed } from './malformed.js';
import type { FileTree, FileTrees } from './xgboost-model.js';

/**
 * Trees packed for scoring, in shared memory, so that threads need no copy.
 *
 * A node is three words of 32 bits. A split has `feature * 4 + flags`, its threshold as a float (or, with categories, where their
 * set begins), and the place of its left child, behind which the right one stands. A leaf has `-1 - its number in the file`,
 * its value as a float, and where its values begin, if it has several. Places count words.
 */
export interface Forest {
  readonly words: Int32Array;
  /** The same memory. */
  readonly floats: Float32Array;
  /** By tree, the place of its root. */
  readonly roots: Int32Array;
  /** By tree, the output that it adds to. */
  readonly outputOf: Int32Array;
  /** Sets of categories: each a number of words, then that many words with a bit for each code that goes right. */
  readonly sets: Int32Array;
  /** Values of leaves that have several; DART's weights are in them already. */
  readonly vectors: Float32Array;
  /** Values in a leaf. */
  readonly leafWidth: number;
  readonly bytes: number;
}

export const WORDS_PER_NODE = 3;
export const DEFAULT_RIGHT = 1;
export const CATEGORICAL = 2;

/** Codes that XGBoost takes for categories are below this. */
export const MAX_CATEGORY = 1 << 24;

/** Most bits of sets of categories for each category that the file lists, beyond a free amount: a file of 1 KB asks for no gigabyte. */
const SET_WORDS_PER_CATEGORY = 256;
const FREE_SET_WORDS = 1 << 22;

/**
 * @throws {MillraceError} `MODEL_LOAD` where a tree is none, or looks at a feature that the model does not have.
 */
export function packForest({ trees, outputOf, weights }: FileTrees, featureCount: number): Forest {
  const nodeCount = trees.reduce((sum, tree) => sum + tree.left.length, 0);
  const words = new Int32Array(shared(nodeCount * WORDS_PER_NODE));
  const packed: Packed = { words, floats: new Float32Array(words.buffer), end: 0, sets: new SetTable(trees), vectors: [], vectorLength: 0 };
  const roots = new Int32Array(shared(trees.length));
  for (const [t, tree] of trees.entries()) {
    roots[t] = packed.end;
    packTree(packed, tree, { featureCount, weight: weights?.[t], t });
  }
  const sets = packed.sets.toShared();
  const vectors = new Float32Array(shared(packed.vectorLength));
  for (let i = 0, at = 0; i < packed.vectors.length; at += packed.vectors[i]!.length, i++) vectors.set(packed.vectors[i]!, at);
  const outputs = new Int32Array(shared(outputOf.length));
  outputs.set(outputOf);
  const arrays = [words, roots, sets, vectors, outputs];
  return {
    words,
    floats: packed.floats,
    roots,
    outputOf: outputs,
    sets,
    vectors,
    leafWidth: trees[0]?.vectors?.width ?? 1,
    bytes: arrays.reduce((sum, array) => sum + array.byteLength, 0),
  };
}

/** Memory for so many words. */
function shared(count: number): SharedArrayBuffer {
  return new SharedArrayBuffer(count * 4);
}

interface Packed {
  readonly words: Int32Array;
  readonly floats: Float32Array;
  /** Place after the last packed node. */
  end: number;
  readonly sets: SetTable;
  readonly vectors: Float32Array[];
  vectorLength: number;
}

interface TreePlace {
  readonly featureCount: number;
  readonly weight: number | undefined;
  /** Index of the tree, for messages. */
  readonly t: number;
}

function packTree(packed: Packed, tree: FileTree, { featureCount, weight, t }: TreePlace): void {
  const order = orderNodes(tree);
  if (typeof order === 'string') throw malformed(`tree ${t} is no tree: ${order}`);
  const { words, floats } = packed;
  const root = packed.end;
  for (const [place, node] of order.nodes.entries()) {
    const at = root + place * WORDS_PER_NODE;
    if (tree.left[node] === -1) {
      words[at] = -1 - node;
      // What DART does for each row, done once: the product is rounded before it is added.
      floats[at + 1] = weight === undefined ? tree.value[node]! : Math.fround(tree.value[node]! * weight);
      if (tree.vectors) words[at + 2] = packVector(packed, tree.vectors, { node, right: tree.right[node]!, weight });
      continue;
    }
    const feature = tree.feature[node]!;
    if (feature < 0 || feature >= featureCount) throw malformed(`tree ${t} looks at feature ${feature}, and the model has ${featureCount}`);
    const categories = tree.categories?.get(node);
    words[at] = feature * 4 + (tree.defaultLeft[node] === 0 ? DEFAULT_RIGHT : 0) + (categories ? CATEGORICAL : 0);
    if (categories) words[at + 1] = packed.sets.add(categories);
    else floats[at + 1] = tree.value[node]!;
    words[at + 2] = root + order.leftPlaces[place]! * WORDS_PER_NODE;
  }
  packed.end += order.nodes.length * WORDS_PER_NODE;
}

function packVector(
  packed: Packed,
  { width, values, byRightChild }: NonNullable<FileTree['vectors']>,
  { node, right, weight }: { readonly node: number; readonly right: number; readonly weight: number | undefined },
): number {
  const from = (byRightChild ? right : node) * width;
  const vector = values.slice(from, from + width);
  if (weight !== undefined) for (let i = 0; i < width; i++) vector[i] = vector[i]! * weight;
  const at = packed.vectorLength;
  packed.vectors.push(vector);
  packed.vectorLength += width;
  return at;
}

class SetTable {
  readonly #sets: Int32Array[] = [];
  #length = 0;
  readonly #maxLength: number;

  constructor(trees: readonly FileTree[]) {
    let listed = 0;
    for (const tree of trees) for (const codes of tree.categories?.values() ?? []) listed += codes.length;
    this.#maxLength = FREE_SET_WORDS + listed * SET_WORDS_PER_CATEGORY;
  }

  /** Where the set begins. */
  add(codes: Int32Array): number {
    let highest = -1;
    for (const code of codes) {
      if (code < 0 || code >= MAX_CATEGORY)
        throw malformed(`a split has the category ${code}, and categories are from 0 to ${MAX_CATEGORY - 1}`);
      highest = Math.max(highest, code);
    }
    const size = (highest >>> 5) + 1;
    const at = this.#length;
    this.#length += size + 1;
    if (this.#length > this.#maxLength) throw malformed('its sets of categories are too large for the few categories in them');
    const set = new Int32Array(size + 1);
    set[0] = size;
    for (const code of codes) set[1 + (code >>> 5)]! |= 1 << (code & 31);
    this.#sets.push(set);
    return at;
  }

  toShared(): Int32Array {
    const table = new Int32Array(shared(this.#length));
    let at = 0;
    for (const set of this.#sets) {
      table.set(set, at);
      at += set.length;
    }
    return table;
  }
}
