import type { Converter, Op } from './op.js';
import { Unsupported } from './unsupported.js';
import type { Dim, TensorValue } from './value.js';
import { write, writer } from './elementwise-ops.js';

/** The last two axes exchanged. */
function swapped(op: Op, value: TensorValue, isSwapped: boolean): TensorValue {
  if (!isSwapped) return value;
  const rank = op.rank(value);
  const order = Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
  return op.transpose(value, order);
}

function multiply(op: Op, a: TensorValue, b: TensorValue): TensorValue {
  const [left, right] = [op.shape(a), op.shape(b)];
  const outer = op.broadcast({ ...a, shape: left.slice(0, -2) }, { ...b, shape: right.slice(0, -2) });
  return op.emit('MatMul', [a, b], { element: a.element, shape: [...(outer ?? []), left.at(-2)!, right.at(-1)!] });
}

const matMul: Converter = op =>
  multiply(
    op,
    swapped(op, op.tensor(0), op.attributes.bool('transpose_a', false)),
    swapped(op, op.tensor(1), op.attributes.bool('transpose_b', false)),
  );

const batchMatMul: Converter = op =>
  multiply(
    op,
    swapped(op, op.tensor(0), op.attributes.bool('adj_x', false)),
    swapped(op, op.tensor(1), op.attributes.bool('adj_y', false)),
  );

const fusedMatMul: Converter = op => {
  const fused = op.attributes.texts('fused_ops');
  let value = matMul(op) as TensorValue;
  for (const name of fused) {
    if (name === 'BiasAdd') value = write(op, 'Add', [value, op.tensor(2)]);
    else if (name === 'Relu') value = write(op, 'Relu', [value]);
    else throw new Unsupported(`fused with ${name}`);
  }
  return value;
};

const einsum: Converter = op => {
  const inputs = op.tensors();
  const equation = op.attributes.text('equation', '').replaceAll(' ', '');
  const [from = '', to] = equation.split('->');
  const sizes = new Map<string, Dim>();
  let ellipsis: readonly Dim[] = [];
  for (const [i, term] of from.split(',').entries()) {
    const shape = op.shape(inputs[i]!);
    const [before = '', after] = term.split('...');
    [...before].forEach((letter, axis) => sizes.set(letter, shape[axis]!));
    if (after !== undefined) {
      [...after].forEach((letter, axis) => sizes.set(letter, shape[shape.length - after.length + axis]!));
      const outer = shape.slice(before.length, shape.length - after.length);
      if (outer.length >= ellipsis.length) ellipsis = outer;
    }
  }
  if (to === undefined) throw new Unsupported(`with the equation "${equation.slice(0, 60)}"`);
  const shape = to.split('...').flatMap((part, i) => [...(i > 0 ? ellipsis : []), ...[...part].map(letter => sizes.get(letter)!)]);
  return op.emit('Einsum', inputs, { element: inputs[0]!.element, shape, attributes: { equation } });
};

const biasAdd: Converter = op => {
  const [x, bias] = op.tensors() as [TensorValue, TensorValue];
  if (op.attributes.text('data_format', 'NHWC') === 'NCHW') {
    const rank = op.rank(x);
    return write(op, 'Add', [x, op.reshape(bias, [op.shape(bias)[0]!, ...Array.from({ length: rank - 2 }, () => 1)])]);
  }
  return write(op, 'Add', [x, bias]);
};

/** (x - mean) * (scale / sqrt(variance + epsilon)) + offset, with the moments that were learned. */
const batchNorm: Converter = op => {
  if (op.attributes.bool('is_training', true)) throw new Unsupported('in training');
  const [x, scale, offset, mean, variance] = op.tensors() as [TensorValue, TensorValue, TensorValue, TensorValue, TensorValue];
  const w = writer(op);
  const isFirst = op.attributes.text('data_format', 'NHWC') === 'NCHW';
  const along = (value: TensorValue): TensorValue => (isFirst ? op.reshape(value, [op.shape(value)[0]!, 1, 1]) : value);
  const epsilon = op.scalar(variance.element, op.attributes.float('epsilon', 1e-4));
  const factor = w('Mul', w('Reciprocal', w('Sqrt', w('Add', variance, epsilon))), scale);
  const y = w('Add', w('Mul', w('Sub', x, along(mean)), along(factor)), along(offset));
  return [y, mean, variance, mean, variance, mean];
};

export const MATRIX_OPS: Readonly<Record<string, Converter>> = {
  MatMul: matMul,
  BatchMatMul: batchMatMul,
  BatchMatMulV2: batchMatMul,
  BatchMatMulV3: batchMatMul,
  _FusedMatMul: fusedMatMul,
  Einsum: einsum,
  BiasAdd: biasAdd,
  BiasAddV1: biasAdd,
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
};
