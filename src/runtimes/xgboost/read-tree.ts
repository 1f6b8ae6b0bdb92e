import type { DocumentNode } from './document-node.js';
import { malformed } from './malformed.js';
import type { FileTree, LeafVectors } from './xgboost-model.js';

/**
 * One element of `learner.gradient_booster.model.trees`.
 *
 * @param outputCount values that a leaf must have, if it has several.
 */
export function readTree(node: DocumentNode, outputCount: number): FileTree {
  const left = node.get('left_children').integers();
  const count = left.length;
  if (count === 0) throw malformed('a tree has no nodes');
  const right = sized(node.get('right_children').integers(), count, 'right_children');
  const width = node.get('tree_param').find('size_leaf_vector')?.integer(0, outputCount) ?? 0;
  const vectors = width > 1 ? readVectors(node, { width, left, right }) : undefined;
  return {
    left,
    right,
    feature: sized(node.get('split_indices').integers(), count, 'split_indices'),
    value: sized(Float32Array.from(node.get('split_conditions').numbers()), count, 'split_conditions'),
    defaultLeft: sized(Uint8Array.from(node.get('default_left').numbers()), count, 'default_left'),
    categories: readSplits(node, count),
    vectors,
  };
}

function sized<Values extends { readonly length: number }>(values: Values, count: number, name: string): Values {
  if (values.length !== count) throw malformed(`a tree has ${count} nodes and ${values.length} "${name}"`);
  return values;
}

/** Up to 3.1 the values of leaves stand among the weights of all nodes; later by themselves, numbered by the right child. */
function readVectors(
  node: DocumentNode,
  { width, left, right }: { readonly width: number; readonly left: Int32Array; readonly right: Int32Array },
): LeafVectors {
  const own = node.find('leaf_weights');
  const values = Float32Array.from((own ?? node.get('base_weights')).numbers());
  for (let i = 0; i < left.length; i++) {
    const place = own ? right[i]! : i;
    if (left[i] === -1 && (place < 0 || (place + 1) * width > values.length))
      throw malformed(`leaf ${i} of a tree has no ${width} values of its own`);
  }
  return { width, values, byRightChild: own !== undefined };
}

/** The sets of categories of categorical splits, which files from before 1.3 do not have. */
function readSplits(node: DocumentNode, count: number): ReadonlyMap<number, Int32Array> | undefined {
  const types = node.find('split_type')?.integers();
  const nodes = node.find('categories_nodes')?.integers();
  if (types === undefined || !types.includes(1)) return undefined;
  sized(types, count, 'split_type');
  if (nodes === undefined) throw malformed('a tree has categorical splits, but no categories');
  const codes = node.get('categories').integers();
  const starts = sized(node.get('categories_segments').integers(), nodes.length, 'categories_segments');
  const sizes = sized(node.get('categories_sizes').integers(), nodes.length, 'categories_sizes');
  const splits = new Map<number, Int32Array>();
  for (const [i, at] of nodes.entries()) {
    const start = starts[i]!;
    const size = sizes[i]!;
    if (at < 0 || at >= count || start < 0 || size < 0 || start + size > codes.length)
      throw malformed('the categories of a tree are not among its nodes');
    if (types[at] === 1) splits.set(at, codes.subarray(start, start + size));
  }
  for (let i = 0; i < count; i++)
    if (types[i] === 1 && !splits.has(i)) throw malformed(`node ${i} of a tree has a categorical split, but no categories`);
  return splits;
}
