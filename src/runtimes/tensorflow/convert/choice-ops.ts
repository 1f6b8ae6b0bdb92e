import { axisOf } from '../kernels/kernel.js';
import { isFloating } from '../model/tensor.js';
import { where, write } from './elementwise-ops.js';
import { sizesOf, type Converter } from './op.js';
import { Unsupported } from './unsupported.js';
import type { TensorValue } from './value.js';

/** Most values that a number is spread over. */
const MAX_DEPTH = 1_000_000;

const oneHot: Converter = op => {
  const [indices, , on, off] = op.tensors() as [TensorValue, TensorValue, TensorValue, TensorValue];
  const depth = op.number(1, 'depth');
  if (!(depth >= 0 && depth <= MAX_DEPTH)) throw new Unsupported(`of depth ${depth}`);
  const axis = op.attributes.int('axis', -1);
  const own = axis < 0 ? op.rank(indices) : axis;
  // Compared, since ONNX counts negative positions from the end, which TensorFlow leaves out.
  const steps = op.constant(
    'int64',
    [
      depth,
      ...op
        .shape(indices)
        .slice(own)
        .map(() => 1),
    ],
    Array.from({ length: depth }, (_, i) => BigInt(i)),
  );
  const wide = op.emit('Unsqueeze', [op.cast(indices, 'int64'), op.ints([own])], {
    element: 'int64',
    shape: op.shape(indices).toSpliced(own, 0, 1),
  });
  return where(op, write(op, 'Equal', [wide, steps], 'bool'), on, off);
};

const argBest =
  (opType: 'ArgMax' | 'ArgMin'): Converter =>
  op => {
    const x = op.tensor(0);
    const axis = axisOf(op.number(1, 'axis'), op.rank(x));
    const input = x.element === 'bool' || x.element === 'int64' ? op.cast(x, x.element === 'bool' ? 'int32' : 'double') : x;
    // TensorFlow passes over NaN; of nothing else it names the first.
    const least = op.scalar(input.element, opType === 'ArgMax' ? -Infinity : Infinity);
    const known =
      isFloating(input.element) && input.element !== 'half' ? where(op, write(op, 'IsNaN', [input], 'bool'), least, input) : input;
    const y = op.emit(opType, [known], { element: 'int64', shape: op.shape(x).toSpliced(axis, 1), attributes: { axis, keepdims: 0 } });
    return op.cast(y, op.attributes.element('output_type', 'int64')!);
  };

const topK: Converter = op => {
  const x = op.tensor(0);
  const k = op.type === 'TopK' ? op.constant('int32', [], [op.attributes.int('k', 1)]) : op.tensor(1);
  const count = sizesOf(k)?.[0] ?? op.fresh();
  const amount =
    typeof count === 'number'
      ? op.ints([count])
      : op.emit('Reshape', [op.cast(k, 'int64'), op.ints([1])], { element: 'int64', shape: [1] });
  const shape = [...op.shape(x).slice(0, -1), count];
  const [values, places] = op.emitMany(
    'TopK',
    [x, amount],
    [
      { element: x.element, shape },
      { element: 'int64', shape },
    ],
  );
  return [values!, op.cast(places!, op.attributes.element('index_type', 'int32')!)];
};

const cumsum: Converter = op => {
  const x = op.tensor(0);
  const axis = axisOf(op.number(1, 'axis'), op.rank(x));
  return op.emit('CumSum', [x, op.constant('int64', [], [BigInt(axis)])], {
    element: x.element,
    shape: x.shape,
    attributes: { exclusive: Number(op.attributes.bool('exclusive', false)), reverse: Number(op.attributes.bool('reverse', false)) },
  });
};

/** Positions of what is not zero, a row each; ONNX gives a column each. */
const whereOp: Converter = op => {
  const x = op.tensor(0);
  const rank = op.rank(x);
  const count = op.fresh();
  const columns = op.emit('NonZero', [x], { element: 'int64', shape: [rank, count] });
  return op.transpose(columns, [1, 0]);
};

/** Counts of values below `size` in each row, or whether there are any. */
const denseBincount: Converter = op => {
  const x = op.tensor(0);
  const weights = op.inputs.length > 2 ? op.tensor(2) : undefined;
  const size = op.number(1, 'size');
  if (!(size >= 0 && size <= MAX_DEPTH)) throw new Unsupported(`of size ${size}`);
  if (weights?.shape === undefined || !weights.shape.includes(0)) throw new Unsupported('with weights');
  const steps = op.constant(
    'int64',
    [size],
    Array.from({ length: size }, (_, i) => BigInt(i)),
  );
  const wide = op.emit('Unsqueeze', [op.cast(x, 'int64'), op.ints([-1])], { element: 'int64', shape: [...op.shape(x), 1] });
  const hits = op.cast(write(op, 'Equal', [wide, steps], 'bool'), 'float');
  const axis = op.rank(x) - 1;
  const isBinary = op.attributes.bool('binary_output', false);
  const counted = op.emit(isBinary ? 'ReduceMax' : 'ReduceSum', [hits, op.ints([axis])], {
    element: 'float',
    shape: [...op.shape(x).slice(0, -1), size],
    attributes: { keepdims: 0 },
  });
  return op.cast(counted, weights.element);
};

/** Operators that choose and count by value. */
export const CHOICE_OPS: Readonly<Record<string, Converter>> = {
  OneHot: oneHot,
  ArgMax: argBest('ArgMax'),
  ArgMin: argBest('ArgMin'),
  TopK: topK,
  TopKV2: topK,
  Cumsum: cumsum,
  Where: whereOp,
  DenseBincount: denseBincount,
};
