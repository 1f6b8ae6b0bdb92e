import { readSlices } from '../kernels/strided-slice.js';
import { sizesOf, type Op } from './op.js';
import { divideDims, multiplyDims, type Dim, type TensorValue } from './value.js';

/** Computes a vector of sizes from vectors of sizes; undefined where that cannot be told. */
type SizeRule = (op: Op) => readonly Dim[] | undefined;

function all(op: Op): (readonly Dim[] | undefined)[] {
  return op.inputs.map(input => (input.kind === 'tensor' ? sizesOf(input) : undefined));
}

const same: SizeRule = op => all(op)[0];

/** An operator of two numbers, element by element. */
function pairwise(combine: (a: Dim, b: Dim) => Dim | undefined): SizeRule {
  return op => {
    const [a, b] = all(op);
    if (a === undefined || b === undefined) return undefined;
    const length = Math.max(a.length, b.length);
    if ((a.length !== length && a.length !== 1) || (b.length !== length && b.length !== 1)) return undefined;
    const result = Array.from({ length }, (_, i) => combine(a[a.length === 1 ? 0 : i]!, b[b.length === 1 ? 0 : i]!));
    return result.every(size => size !== undefined) ? result : undefined;
  };
}

const numbers =
  (compute: (a: number, b: number) => number): ((a: Dim, b: Dim) => Dim | undefined) =>
  (a, b) =>
    typeof a === 'number' && typeof b === 'number' ? compute(a, b) : undefined;

const pack: SizeRule = op => {
  const parts = all(op);
  const isScalars = op.inputs.every(input => input.kind === 'tensor' && input.shape?.length === 0);
  return isScalars && parts.every(part => part?.length === 1) ? parts.map(part => part![0]!) : undefined;
};

const concat: SizeRule = op => {
  const parts = all(op).slice(0, -1);
  return parts.every(part => part !== undefined) ? parts.flat() : undefined;
};

const stridedSlice: SizeRule = op => {
  const [sizes, begin, end, strides] = all(op);
  const x = op.tensor(0);
  if (sizes === undefined || begin === undefined || end === undefined || strides === undefined || x.shape?.length !== 1) return undefined;
  if ([...begin, ...end, ...strides].some(at => typeof at !== 'number')) return undefined;
  const { axes, result } = readSlices(op.attributes, [sizes.length], begin as number[], end as number[], strides as number[]);
  if (result.includes('new')) return undefined;
  const { begin: first, end: last, stride } = axes[0]!;
  const picked: Dim[] = [];
  for (let at = first; stride > 0 ? at < last : at > last; at += stride) picked.push(sizes[at]!);
  return picked;
};

const slice: SizeRule = op => {
  const [sizes, begin, size] = all(op);
  const [first] = begin ?? [];
  const [count] = size ?? [];
  if (sizes === undefined || typeof first !== 'number' || typeof count !== 'number') return undefined;
  return sizes.slice(first, count < 0 ? undefined : first + count);
};

const gather: SizeRule = op => {
  const [sizes, indices] = all(op);
  const x = op.tensor(0);
  if (sizes === undefined || indices === undefined || x.shape?.length !== 1) return undefined;
  const picked = indices.map(index => (typeof index === 'number' ? sizes[index] : undefined));
  return picked.every(size => size !== undefined) ? picked : undefined;
};

const product: SizeRule = op => {
  const [sizes] = all(op);
  return sizes && [multiplyDims(sizes)];
};

const select: SizeRule = op => {
  const [, a, b] = all(op);
  const { constant } = op.tensor(0);
  if (constant === undefined || constant.shape.length > 0) return undefined;
  return constant.data[0] === 1 ? a : b;
};

const SIZE_RULES: Readonly<Record<string, SizeRule>> = {
  Identity: same,
  StopGradient: same,
  EnsureShape: same,
  ExpandDims: op => (op.tensor(0).shape?.length === 0 ? same(op) : undefined),
  Squeeze: same,
  Reshape: op => ((sizesOf(op.tensor(1))?.length ?? 2) <= 1 ? same(op) : undefined),
  Cast: op => (op.attributes.element('DstT') === 'int32' || op.attributes.element('DstT') === 'int64' ? same(op) : undefined),
  Shape: op => op.tensor(0).shape,
  Size: op => op.tensor(0).shape && [multiplyDims(op.tensor(0).shape!)],
  Pack: pack,
  ConcatV2: concat,
  StridedSlice: stridedSlice,
  Slice: slice,
  GatherV2: gather,
  Gather: gather,
  Prod: product,
  Mul: pairwise((a, b) => multiplyDims([a, b])),
  Add: pairwise((a, b) => (a === 0 ? b : b === 0 ? a : numbers((x, y) => x + y)(a, b))),
  AddV2: pairwise((a, b) => (a === 0 ? b : b === 0 ? a : numbers((x, y) => x + y)(a, b))),
  Sub: pairwise((a, b) => (b === 0 ? a : a === b ? 0 : numbers((x, y) => x - y)(a, b))),
  FloorDiv: pairwise(divideDims),
  // A size is at least 0, and in a batch that is run at least 1.
  Maximum: pairwise((a, b) =>
    a === b || (typeof b === 'number' && b <= 1 && typeof a === 'string')
      ? a
      : typeof a === 'number' && a <= 1 && typeof b === 'string'
        ? b
        : numbers(Math.max)(a, b),
  ),
  Minimum: pairwise((a, b) => (a === b ? a : numbers(Math.min)(a, b))),
  Max: op => {
    const sizes = all(op)[0];
    return sizes?.length === 1 ? sizes : undefined;
  },
  SelectV2: select,
  Select: select,
};

/**
 * The sizes that a node computes, where it computes sizes: arithmetic on the shapes of tensors, of which only the number of rows,
 * say, is open.
 */
export function ruledSizes(op: Op): readonly Dim[] | undefined {
  if (!Object.hasOwn(SIZE_RULES, op.type)) return undefined;
  const first = op.inputs[0];
  if (first?.kind !== 'tensor') return undefined;
  const isInteger = (value: TensorValue): boolean => value.element === 'int32' || value.element === 'int64' || value.element === 'bool';
  if (op.type !== 'Shape' && op.type !== 'Size' && !op.inputs.every(input => input.kind === 'tensor' && isInteger(input))) return undefined;
  try {
    return SIZE_RULES[op.type]!(op);
  } catch {
    // What the rule cannot tell is computed by ONNX, which tells what is wrong.
    return undefined;
  }
}
