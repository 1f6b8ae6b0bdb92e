import { axisOf } from '../kernels/kernel.js';
import { isFloating, type Element } from '../model/tensor.js';
import { where, write } from './elementwise-ops.js';
import { Op, type Converter } from './op.js';
import type { TensorValue } from './value.js';

const narrow: Partial<Record<Element, Element>> = { int8: 'int32', int16: 'int32', uint8: 'int32', uint16: 'int32', uint32: 'int64' };

/** @param wide the type that ONNX reduces where it does not know the tensor's own. */
function reduce(opType: string, wide: Partial<Record<Element, Element>> = {}): Converter {
  return op => {
    const x = op.tensor(0);
    const rank = op.rank(x);
    const axes = op.numbers(1, 'axes').map(axis => axisOf(axis, rank));
    const keeps = op.attributes.bool('keep_dims', false);
    if (axes.length === 0) return x;
    const shape = op.shape(x).flatMap((size, axis) => (axes.includes(axis) ? (keeps ? [1] : []) : [size]));
    const element = wide[x.element] ?? x.element;
    const y = op.emit(opType, [op.cast(x, element), op.ints(axes)], { element, shape, attributes: { keepdims: Number(keeps) } });
    return op.cast(y, x.element);
  };
}

/** The largest or the smallest value, and NaN where there is one, which onnxruntime may pass over. */
function extreme(opType: 'ReduceMax' | 'ReduceMin'): Converter {
  const plain = reduce(opType, { ...narrow, half: 'float' });
  const any = reduce('ReduceMax');
  return op => {
    const x = op.tensor(0);
    const y = plain(op) as TensorValue;
    if (!isFloating(x.element) || y === x) return y;
    const inputs = [op.cast(write(op, 'IsNaN', [x], 'bool'), 'int32'), op.tensor(1)];
    const isMissing = op.cast(any(new Op(op.type, op.attributes, inputs, op.conversion)) as TensorValue, 'bool');
    return where(op, isMissing, op.scalar(x.element, NaN), y);
  };
}

/** Over booleans, as the largest or the smallest of 0 and 1. */
function logical(opType: 'ReduceMax' | 'ReduceMin'): Converter {
  const numbers = reduce(opType);
  return op => {
    const [x, axes] = op.tensors();
    const inputs = [op.cast(x!, 'int32'), axes!];
    const y = numbers(new Op(op.type, op.attributes, inputs, op.conversion));
    return y === inputs[0] ? x! : op.cast(y as TensorValue, 'bool');
  };
}

export const REDUCTION_OPS: Readonly<Record<string, Converter>> = {
  Sum: reduce('ReduceSum', { ...narrow, half: 'float' }),
  Mean: reduce('ReduceMean', { int64: 'double', half: 'float' }),
  Prod: reduce('ReduceProd', { ...narrow, half: 'float' }),
  Max: extreme('ReduceMax'),
  Min: extreme('ReduceMin'),
  All: logical('ReduceMin'),
  Any: logical('ReduceMax'),
  EuclideanNorm: reduce('ReduceL2'),
  L2Loss: op => {
    const x = op.tensor(0);
    const sum = op.emit('ReduceSumSquare', [x], { element: x.element, shape: [], attributes: { keepdims: 0 } });
    return write(op, 'Mul', [sum, op.scalar(x.element, 0.5)]);
  },
};
