import { orderNodes, type TreeLinks } from '../../kit/trees/order-nodes.js';
import type { FileTree, LinearLeaves } from './lightgbm-model.js';
import { malformed } from './malformed.js';

/**
 * Trees packed for scoring, in shared memory, so that threads need no copy.
 *
 * A node is 16 bytes. A split has `feature * 8 + flags`, the place of its left child, behind which the right one stands, and its
 * threshold (or, with categories, where their set begins) in double precision. A leaf has `-1 - its number`, the number of its
 * terms in `terms` if the tree is linear, and its value. Places count nodes.
 */
export interface Forest {
  /** Four words a node, of which the last two are its number. */
  readonly words: Int32Array;
  /** The same memory: two numbers a node, the second its own. */
  readonly numbers: Float64Array;
  /** By tree, the place of its root. */
  readonly roots: Int32Array;
  /** Sets of categories: each a number of words, then that many words with a bit for each code that goes left. */
  readonly sets: Int32Array;
  /** By tree, what its leaves compute in place of their value, where they are linear. */
  readonly linear: readonly (LinearLeaves | undefined)[];
  readonly hasLinear: boolean;
  readonly bytes: number;
}

/** Where a missing value goes; NaN too, where the split takes it for zero. */
const DEFAULT_RIGHT = 1;
export const CATEGORICAL = 2;
export const ZERO_IS_MISSING_SHIFT = 2;
export const FEATURE_SHIFT = 3;

/** What counts as missing, in the file: nothing (0), zero and NaN (1), or NaN alone (2). */
const MISSING_NOTHING = 0;
const MISSING_ZERO = 1;

/** @throws {MillraceError} `MODEL_LOAD` where a tree is none, or looks at a feature that the model does not have. */
export function packForest(trees: readonly FileTree[], featureCount: number): Forest {
  const nodeCount = trees.reduce((sum, tree) => sum + 2 * tree.leafCount - 1, 0);
  const words = new Int32Array(new SharedArrayBuffer(nodeCount * 16));
  const numbers = new Float64Array(words.buffer);
  const roots = new Int32Array(new SharedArrayBuffer(trees.length * 4));
  const setLength = trees.reduce((sum, { setStarts, setWords }) => sum + setWords.length + setStarts.length - 1, 0);
  const sets = new Int32Array(new SharedArrayBuffer(setLength * 4));
  const packed: Packed = { words, numbers, sets, end: 0, setEnd: 0 };
  for (const [t, tree] of trees.entries()) {
    roots[t] = packed.end;
    packTree(packed, tree, { featureCount, t });
  }
  const linear = trees.map(tree => tree.linear);
  const linearBytes = linear.reduce(
    (sum, leaves) => sum + (leaves ? leaves.constant.byteLength + leaves.coefficient.byteLength * 2 : 0),
    0,
  );
  const hasLinear = linear.some(leaves => leaves !== undefined);
  return { words, numbers, roots, sets, linear, hasLinear, bytes: words.byteLength + sets.byteLength + roots.byteLength + linearBytes };
}

interface Packed {
  readonly words: Int32Array;
  readonly numbers: Float64Array;
  readonly sets: Int32Array;
  /** Place after the last packed node. */
  end: number;
  setEnd: number;
}

function packTree(packed: Packed, tree: FileTree, { featureCount, t }: { readonly featureCount: number; readonly t: number }): void {
  const order = orderNodes(linksOf(tree));
  if (typeof order === 'string') throw malformed(`tree ${t} is no tree: ${order}`);
  const { words, numbers } = packed;
  const setPlaces = packSets(packed, tree);
  const root = packed.end;
  for (const [place, node] of order.nodes.entries()) {
    const at = root + place;
    const leaf = node - (tree.leafCount - 1);
    if (leaf >= 0) {
      words[4 * at] = -1 - leaf;
      numbers[2 * at + 1] = tree.leafValue[leaf]!;
      continue;
    }
    const feature = tree.feature[node]!;
    if (feature < 0 || feature >= featureCount) throw malformed(`tree ${t} looks at feature ${feature}, and the model has ${featureCount}`);
    const decision = tree.decision[node]!;
    if (decision < 0 || decision >= 12) throw malformed(`tree ${t} has the decision type ${decision}, which is not known`);
    const isCategorical = (decision & 1) === 1;
    const missing = decision >> 2;
    const goesRight = missing === MISSING_NOTHING ? !(tree.threshold[node]! >= 0) : (decision & 2) === 0;
    words[4 * at] =
      (feature << FEATURE_SHIFT) +
      (goesRight ? DEFAULT_RIGHT : 0) +
      (isCategorical ? CATEGORICAL : 0) +
      ((missing === MISSING_ZERO ? 1 : 0) << ZERO_IS_MISSING_SHIFT);
    words[4 * at + 1] = root + order.leftPlaces[place]!;
    numbers[2 * at + 1] = isCategorical ? setPlaceOf(setPlaces, tree.threshold[node]!, t) : tree.threshold[node]!;
  }
  packed.end += order.nodes.length;
}

/** Inner nodes keep their numbers, and leaves follow; a child that there is not becomes one that `orderNodes` refuses. */
function linksOf({ left, right, leafCount }: FileTree): TreeLinks {
  const inner = leafCount - 1;
  const count = inner + leafCount;
  const toNode = (child: number): number => (child >= 0 ? (child < inner ? child : count) : Math.min(inner + (-1 - child), count));
  const links = { left: new Int32Array(count).fill(-1), right: new Int32Array(count).fill(-1) };
  for (let i = 0; i < inner; i++) {
    links.left[i] = toNode(left[i]!);
    links.right[i] = toNode(right[i]!);
  }
  return links;
}

/** Where each set of the tree begins. */
function packSets(packed: Packed, { setStarts, setWords }: FileTree): number[] {
  const places: number[] = [];
  for (let i = 0; i + 1 < setStarts.length; i++) {
    const set = setWords.subarray(setStarts[i], setStarts[i + 1]);
    places.push(packed.setEnd);
    packed.sets[packed.setEnd] = set.length;
    packed.sets.set(set, packed.setEnd + 1);
    packed.setEnd += set.length + 1;
  }
  return places;
}

function setPlaceOf(places: readonly number[], number: number, t: number): number {
  const place = places[number];
  if (place === undefined) throw malformed(`tree ${t} names the set of categories ${number}, and has ${places.length}`);
  return place;
}
