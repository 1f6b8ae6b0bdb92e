import { commonType, operator, type OperatorContext } from '../execute/operator.js';
import { broadcastShapes } from '../graph/broadcast.js';
import { isRows, RowsMixed, type Dimension } from '../graph/dimension.js';
import { isFloat } from '../graph/dtype.js';
import { fixedSize, refuseShapes } from '../graph/emitter.js';
import type { GraphTensor } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';
import { arithmetic } from './arithmetic.js';
import { einsum } from './einsum.js';
import { clamp } from './pointwise.js';
import { axesOf, normOf, reduce } from './reduction.js';
import type { OperatorTable } from './table.js';

/** Rows may not be summed over, and sizes that are summed over must be equal. */
function checkInner(a: GraphTensor, b: GraphTensor, actual: Dimension | undefined, expected: Dimension | undefined): void {
  const [x, y] = [fixedSize(actual), fixedSize(expected)];
  if (x !== y) refuseShapes(a.shape, b.shape, { actual: x, expected: y });
}

/** The product of matrices with PyTorch's rules for vectors and batches. */
export function matmul(context: OperatorContext, a: GraphTensor, b: GraphTensor): GraphTensor {
  if (a.dtype !== b.dtype) throw unsupported(`a product of matrices of ${a.dtype} and ${b.dtype}`);
  if (a.shape.length === 0 || b.shape.length === 0) throw unsupported('a product of matrices with a number');
  const { emitter } = context;
  checkInner(a, b, a.shape.at(-1), b.shape.length === 1 ? b.shape[0] : b.shape.at(-2));
  // A column of rows cannot stand on the right: its rows would meet those of the left.
  if (b.shape.length > 1 && isRows(b.shape.at(-1)) && a.shape.some(isRows)) throw new RowsMixed();
  const batch = broadcastShapes([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  const shape = [...batch, ...(a.shape.length > 1 ? [a.shape.at(-2)!] : []), ...(b.shape.length > 1 ? [b.shape.at(-1)!] : [])];
  if (shape.filter(isRows).length > 1) throw new RowsMixed();
  if (isFloat(a.dtype) || a.dtype === 'int32' || a.dtype === 'int64') return emitter.op('MatMul', [a, b], { dtype: a.dtype, shape });
  return emitter.cast(matmul(context, emitter.cast(a, 'int32'), emitter.cast(b, 'int32')), a.dtype);
}

/** `input · weightᵀ + bias` over the last axis. */
export function linear(context: OperatorContext, input: GraphTensor, weight: GraphTensor, bias: GraphTensor | undefined): GraphTensor {
  const { emitter } = context;
  if (weight.shape.length !== 2) throw unsupported('linear with a weight that is no matrix');
  if (input.dtype !== weight.dtype) throw unsupported(`linear of ${input.dtype} with a weight of ${weight.dtype}`);
  checkInner(input, weight, input.shape.at(-1), weight.shape[1]);
  const shape = [...input.shape.slice(0, -1), weight.shape[0]!];
  if (input.shape.length === 2 && bias?.shape.length === 1) {
    return emitter.op('Gemm', [input, weight, bias], { dtype: input.dtype, shape }, { transB: { i: 1 } });
  }
  const product = matmul(context, input, emitter.transpose(weight, [1, 0]));
  return bias === undefined ? product : arithmetic.add(context, product, bias);
}

/** `beta · self + alpha · (a · b)` */
function addProduct(
  context: OperatorContext,
  self: GraphTensor,
  product: GraphTensor,
  { beta, alpha }: { beta: number; alpha: number },
): GraphTensor {
  const { emitter } = context;
  const scaled = alpha === 1 ? product : arithmetic.mul(context, product, emitter.scalar(product.dtype, alpha));
  // With a beta of 0 PyTorch does not look at `self`, so not at its NaN either.
  if (beta === 0) return scaled;
  return arithmetic.add(context, beta === 1 ? self : arithmetic.mul(context, self, emitter.scalar(self.dtype, beta)), scaled);
}

const addmm = operator('self:T mat1:T mat2:T beta:num=1 alpha:num=1', (context, given) => {
  const product = matmul(context, given.tensor('mat1'), given.tensor('mat2'));
  return context.tensor(addProduct(context, given.tensor('self'), product, { beta: given.number('beta'), alpha: given.number('alpha') }));
});

const baddbmm = operator('self:T batch1:T batch2:T beta:num=1 alpha:num=1', (context, given) => {
  const product = matmul(context, given.tensor('batch1'), given.tensor('batch2'));
  return context.tensor(addProduct(context, given.tensor('self'), product, { beta: given.number('beta'), alpha: given.number('alpha') }));
});

const product = (second: string) =>
  operator(`self:T ${second}:T`, (context, given) => context.tensor(matmul(context, given.tensor('self'), given.tensor(second))));

const outer = operator('self:T vec2:T', (context, given) => {
  const [a, b] = [given.tensor('self'), given.tensor('vec2')];
  return context.tensor(arithmetic.mul(context, context.emitter.unsqueeze(a, a.shape.length), b));
});

/** `y[k] = a · W[k] · b + bias[k]`, by the products of all pairs. */
const bilinear = operator('input1:T input2:T weight:T bias:T?=None', (context, given) => {
  const { emitter } = context;
  const [a, b, weight] = [given.tensor('input1'), given.tensor('input2'), given.tensor('weight')];
  const [outputs, left, right] = weight.shape.map(fixedSize) as [number, number, number];
  const pairs = arithmetic.mul(context, emitter.unsqueeze(a, a.shape.length), emitter.unsqueeze(b, b.shape.length - 1));
  const flat = emitter.reshape(pairs, [...pairs.shape.slice(0, -2), left * right]);
  return context.tensor(linear(context, flat, emitter.reshape(weight, [outputs, left * right]), given.optionalTensor('bias')));
});

const cosineSimilarity = operator('x1:T x2:T dim:int=1 eps:num=1e-8', (context, given) => {
  const dtype = commonType([given.value('x1'), given.value('x2')]);
  const [a, b] = [context.emitter.cast(given.tensor('x1'), dtype), context.emitter.cast(given.tensor('x2'), dtype)];
  const axes = axesOf([given.int('dim')], a.shape.length);
  // Each vector is brought to length 1 first, so that the product of lengths cannot overflow.
  const [x, y] = [a, b].map(vector => {
    const length = normOf(context, vector, { p: 2, axes, keep: true });
    return arithmetic.div(
      context,
      vector,
      clamp(context, length, { min: context.emitter.scalar(dtype, given.number('eps')), max: undefined }),
    );
  }) as [GraphTensor, GraphTensor];
  return context.tensor(reduce(context, arithmetic.mul(context, x, y), { opType: 'ReduceSum', axes, keep: false }));
});

/** Products of matrices. */
export const LINEAR: OperatorTable = {
  'aten::linear': operator('input:T weight:T bias:T?=None', (context, given) =>
    context.tensor(linear(context, given.tensor('input'), given.tensor('weight'), given.optionalTensor('bias'))),
  ),
  'aten::matmul': product('other'),
  'aten::mm': product('mat2'),
  'aten::bmm': product('mat2'),
  'aten::mv': product('vec'),
  'aten::dot': product('tensor'),
  'aten::addmm': addmm,
  'aten::baddbmm': baddbmm,
  'aten::outer': outer,
  'aten::bilinear': bilinear,
  'aten::cosine_similarity': cosineSimilarity,
  'aten::einsum': operator('equation:str tensors:list path=None', (context, given) =>
    context.tensor(einsum(context, given.string('equation'), given.tensors('tensors'))),
  ),
};
