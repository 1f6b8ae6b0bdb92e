import type { NodeDef } from '../proto/messages.js';
import { toNumber } from '../proto/messages.js';

/**
 * Outputs of operators that have several arguments, in order (tensorflow/core/ops). An argument that stands for several
 * outputs names the attribute that counts them: a number, or a list with one entry each.
 */
const OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  FusedBatchNorm: ['y', 'batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2'],
  FusedBatchNormV2: ['y', 'batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2'],
  FusedBatchNormV3: ['y', 'batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2', 'reserve_space_3'],
  TopK: ['values', 'indices'],
  TopKV2: ['values', 'indices'],
  Unique: ['y', 'idx'],
  UniqueV2: ['y', 'idx'],
  UniqueWithCounts: ['y', 'idx', 'count'],
  ListDiff: ['out', 'idx'],
  Switch: ['output_false', 'output_true'],
  Merge: ['output', 'value_index'],
  SparseReshape: ['output_indices', 'output_shape'],
  SparseFillEmptyRows: ['output_indices', 'output_values', 'empty_row_indicator', 'reverse_index_map'],
  SparseSlice: ['output_indices', 'output_values', 'output_shape'],
  SparseConcat: ['output_indices', 'output_values', 'output_shape'],
  SparseReorder: ['output_indices', 'output_values'],
  SparseCross: ['output_indices', 'output_values', 'output_shape'],
  SparseCrossV2: ['output_indices', 'output_values', 'output_shape'],
  SparseCrossHashed: ['output_indices', 'output_values', 'output_shape'],
  StringSplit: ['indices', 'values', 'shape'],
  StringSplitV2: ['indices', 'values', 'shape'],
  LookupTableExportV2: ['keys', 'values'],
  TensorListPopBack: ['output_handle', 'tensor'],
  NonMaxSuppressionV4: ['selected_indices', 'valid_outputs'],
  ParseExample: ['sparse_indices#Nsparse', 'sparse_values#Nsparse', 'sparse_shapes#Nsparse', 'dense_values#Ndense'],
  ParseExampleV2: [
    'sparse_indices#num_sparse',
    'sparse_values#num_sparse',
    'sparse_shapes#num_sparse',
    'dense_values#Tdense',
    'ragged_values#ragged_value_types',
    'ragged_row_splits#ragged_split_types',
  ],
};

/** How many outputs stand before those of `argument`; 0 for operators with one argument. */
export function outputOffset(node: NodeDef, argument: string): number {
  let offset = 0;
  for (const entry of Object.hasOwn(OUTPUTS, node.op) ? OUTPUTS[node.op]! : []) {
    const [name, count] = entry.split('#');
    if (name === argument) return offset;
    offset += count === undefined ? 1 : countOf(node, count);
  }
  return 0;
}

function countOf(node: NodeDef, attribute: string): number {
  const value = Object.hasOwn(node.attr, attribute) ? node.attr[attribute] : undefined;
  if (value?.list) return value.list.type.length;
  return value?.i === undefined || value.i === null ? 0 : toNumber(value.i);
}
