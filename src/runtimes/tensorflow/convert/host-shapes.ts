import type { Converter, Op } from './op.js';
import { sizesOf } from './op.js';
import type { Dim, TensorValue } from './value.js';
import type { Element } from '../model/tensor.js';

/** Describes what a kernel gives, which ONNX does not compute. */
function described(...outputs: readonly (readonly [element: Element, shape: readonly Dim[] | undefined])[]): TensorValue[] {
  return outputs.map(([element, shape]) => ({ kind: 'tensor', element, shape }));
}

const sameAs =
  (element?: Element): Converter =>
  op =>
    described([element ?? op.tensor(0).element, op.tensor(0).shape]);

const join: Converter = op =>
  described(['string', op.tensors().find(input => input.shape === undefined || input.shape.length > 0)?.shape ?? []]);

const split: Converter = op => {
  const count = op.fresh();
  return described(['int64', [count, 2]], ['string', [count]], ['int64', [2]]);
};

const unique: Converter = op =>
  described([op.tensor(0).element, [op.fresh()]], [op.attributes.element('out_idx', 'int32')!, op.tensor(0).shape]);

const sparseReshape: Converter = op => {
  const rank = op.tensor(2).shape?.[0] ?? op.fresh();
  const [indices, shape] = described(['int64', [op.tensor(0).shape?.[0] ?? op.fresh(), rank]], ['int64', [rank]]) as [
    TensorValue,
    TensorValue,
  ];
  const wanted = sizesOf(op.tensor(2));
  return [indices, wanted !== undefined && !wanted.includes(-1) ? { ...shape, sizes: wanted } : shape];
};

const fillEmptyRows: Converter = op => {
  const count = op.fresh();
  const rows = sizesOf(op.tensor(2))?.[0] ?? op.fresh();
  return described(
    ['int64', [count, op.tensor(0).shape?.[1] ?? op.fresh()]],
    [op.tensor(1).element, [count]],
    ['bool', [rows]],
    ['int64', op.tensor(1).shape],
  );
};

const sparseSegment: Converter = op => {
  const count = op.inputs.length > 3 ? sizesOf(op.tensor(3))?.[0] : undefined;
  return described([op.tensor(0).element, op.tensor(0).shape && [count ?? op.fresh(), ...op.tensor(0).shape!.slice(1)]]);
};

function sizedBy(op: Op, index: number): readonly Dim[] | undefined {
  const sizes = sizesOf(op.tensor(index));
  const rank = op.tensor(index).shape?.[0];
  return (
    sizes?.map(size => (typeof size === 'number' && size < 0 ? op.fresh() : size)) ??
    (typeof rank === 'number' ? Array.from({ length: rank }, () => op.fresh()) : undefined)
  );
}

const raggedToTensor: Converter = op => {
  const rows = sizesOf(op.tensor(3))?.[0];
  const shape = sizedBy(op, 0);
  const isSizes = op.attributes.texts('row_partition_types')[0] === 'FIRST_DIM_SIZE';
  return described([op.tensor(1).element, shape && isSizes && rows !== undefined ? [rows, ...shape.slice(1)] : shape]);
};

const partition: Converter = op => {
  const data = op.tensor(0);
  const inner = op.shape(data).slice(op.rank(op.tensor(1)));
  const parts = Array.from({ length: Math.min(10_000, op.attributes.int('num_partitions', 1)) }, (): readonly [Element, readonly Dim[]] => [
    data.element,
    [op.fresh(), ...inner],
  ]);
  return described(...parts);
};

const stitch: Converter = op => {
  const first = op.tensor(op.inputs.length / 2);
  return described([first.element, [op.fresh(), ...op.shape(first).slice(op.rank(op.tensor(0)))]]);
};

const cross: Converter = op => {
  const count = op.fresh();
  return described(['int64', [count, 2]], ['int64', [count]], ['int64', [2]]);
};

/**
 * Operators that only kernels compute, before ONNX, with the shapes of what they give.
 * Together with the converters these are all that a model may have.
 */
export const HOST_SHAPES: Readonly<Record<string, Converter>> = {
  StringJoin: join,
  StringLower: sameAs(),
  StringUpper: sameAs(),
  StringStrip: sameAs(),
  StringLength: sameAs('int32'),
  StringToHashBucketFast: sameAs('int64'),
  StringToNumber: op => described([op.attributes.element('out_type', 'float')!, op.tensor(0).shape]),
  Substr: sameAs(),
  StaticRegexReplace: sameAs(),
  RegexReplace: sameAs(),
  StaticRegexFullMatch: sameAs('bool'),
  RegexFullMatch: sameAs('bool'),
  StringSplit: split,
  StringSplitV2: split,
  Unique: unique,
  DynamicPartition: partition,
  DynamicStitch: stitch,
  ParallelDynamicStitch: stitch,
  SparseCross: cross,
  ListDiff: op => {
    const count = op.fresh();
    return described([op.tensor(0).element, [count]], [op.attributes.element('out_idx', 'int32')!, [count]]);
  },
  InvertPermutation: sameAs(),
  SparseReshape: sparseReshape,
  SparseFillEmptyRows: fillEmptyRows,
  SparseSegmentSum: sparseSegment,
  SparseSegmentMean: sparseSegment,
  SparseSegmentSqrtN: sparseSegment,
  SparseSegmentSumWithNumSegments: sparseSegment,
  SparseSegmentMeanWithNumSegments: sparseSegment,
  SparseSegmentSqrtNWithNumSegments: sparseSegment,
  SegmentSum: op => described([op.tensor(0).element, op.tensor(0).shape && [op.fresh(), ...op.tensor(0).shape!.slice(1)]]),
  SparseToDense: op => described([op.tensor(2).element, sizedBy(op, 1)]),
  ScatterNd: op => described([op.tensor(1).element, sizedBy(op, 2)]),
  RaggedTensorToTensor: raggedToTensor,
};
