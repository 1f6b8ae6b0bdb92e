import { operator, type Arguments, type Operator, type OperatorContext } from '../execute/operator.js';
import { tupleOf, type Value } from '../execute/value.js';
import type { Dimension } from '../graph/dimension.js';
import { isFloat } from '../graph/dtype.js';
import { fixedSize } from '../graph/emitter.js';
import type { GraphTensor } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';
import { arithmetic } from './arithmetic.js';
import { perAxis } from './convolution.js';
import { extremum, meanOf } from './reduction.js';
import type { OperatorTable } from './table.js';

interface Window {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly ceil: boolean;
}

function windowOf(given: Arguments, axes: number, hasDilation: boolean): Window {
  const kernel = perAxis(given.ints('kernel_size'), axes);
  const stride = given.ints('stride');
  return {
    kernel,
    stride: stride.length === 0 ? kernel : perAxis(stride, axes),
    padding: perAxis(given.ints('padding'), axes),
    dilation: hasDilation ? perAxis(given.ints('dilation'), axes) : kernel.map(() => 1),
    ceil: given.bool('ceil_mode'),
  };
}

interface Extent {
  readonly size: number;
  /** Behind the values, as the last window needs it. */
  readonly back: number;
}

/** Windows along an axis. The last one of a rounded-up number begins inside of the values or the padding in front. */
function extentOf(length: number, i: number, { kernel, stride, padding, dilation, ceil }: Window): Extent {
  const [k, s, p, d] = [kernel[i]!, stride[i]!, padding[i]!, dilation[i]!];
  const span = d * (k - 1) + 1;
  const steps = (length + 2 * p - span) / s;
  let size = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
  if (ceil && (size - 1) * s >= length + p) size--;
  if (size < 1) throw unsupported('a pooling of fewer values than its window has');
  return { size, back: Math.max(0, (size - 1) * s + span - length - p) };
}

function pool(
  context: OperatorContext,
  x: GraphTensor,
  window: Window,
  opType: string,
  attributes: Record<string, { i: number }> = {},
): GraphTensor {
  const axes = window.kernel.length;
  if (x.shape.length !== axes + 2) throw unsupported('a pooling of a row without its batch dimension');
  const extents = window.kernel.map((_, i) => extentOf(fixedSize(x.shape[i + 2]), i, window));
  const shape = [...x.shape.slice(0, 2), ...extents.map(({ size }): Dimension => size)];
  return context.emitter.op(
    opType,
    [x],
    { dtype: x.dtype, shape },
    {
      kernel_shape: { ints: window.kernel },
      strides: { ints: window.stride },
      pads: { ints: [...window.padding, ...extents.map(({ back }) => back)] },
      ...(opType === 'MaxPool' && { dilations: { ints: window.dilation } }),
      ...attributes,
    },
  );
}

/** The largest value of each window; a NaN among them is the result. */
function maxPool(axes: number, result: (values: Value) => Value = values => values): Operator {
  return operator('self:T kernel_size:ints stride:ints=[] padding:ints=0 dilation:ints=1 ceil_mode:bool=False', (context, given) => {
    const { emitter } = context;
    const x = given.tensor('self');
    const window = windowOf(given, axes, true);
    if (!isFloat(x.dtype)) throw unsupported('a pooling of integers');
    const isNaN = emitter.op('IsNaN', [x], { dtype: 'bool', shape: x.shape });
    const values = pool(context, emitter.where(isNaN, emitter.scalar(x.dtype, -Infinity), x), window, 'MaxPool');
    const anyNaN = emitter.cast(pool(context, emitter.cast(isNaN, 'float32'), window, 'MaxPool'), 'bool');
    return result(context.tensor(emitter.where(anyNaN, emitter.scalar(x.dtype, NaN), values)));
  });
}

const avgPool = (axes: number): Operator =>
  operator(
    'self:T kernel_size:ints stride:ints=[] padding:ints=0 ceil_mode:bool=False count_include_pad:bool=True divisor_override:int?=None',
    (context, given) => {
      const x = given.tensor('self');
      const window = windowOf(given, axes, false);
      if (x.dtype !== 'float32') throw unsupported(`an average pooling of ${x.dtype}`);
      const overhangs = window.kernel.some((_, i) => extentOf(fixedSize(x.shape[i + 2]), i, window).back > window.padding[i]!);
      if (overhangs) throw unsupported('an average pooling with windows beyond the padding (ceil_mode)');
      const floor = { ...window, ceil: false };
      const divisor = given.optionalInt('divisor_override');
      const includesPadding = divisor !== undefined || given.bool('count_include_pad');
      const mean = pool(context, x, floor, 'AveragePool', { count_include_pad: { i: includesPadding ? 1 : 0 } });
      if (divisor === undefined) return context.tensor(mean);
      const count = window.kernel.reduce((all, size) => all * size, 1);
      return context.tensor(arithmetic.mul(context, mean, context.emitter.scalar(x.dtype, count / divisor)));
    },
  );

/** Windows of about equal length, as many as asked for: the i-th from `floor(i·n/m)` to before `ceil((i+1)·n/m)`. */
function adaptive(
  context: OperatorContext,
  x: GraphTensor,
  sizes: readonly number[],
  combine: (part: GraphTensor, axis: number) => GraphTensor,
): GraphTensor {
  if (x.shape.length < sizes.length + 1) throw unsupported('a pooling of too few dimensions');
  let result = x;
  for (const [i, count] of sizes.entries()) {
    const axis = x.shape.length - sizes.length + i;
    const length = fixedSize(x.shape[axis]);
    if (count === length) continue;
    if (count < 1 || count > 4096) throw unsupported(`an adaptive pooling to ${count} values`);
    const parts = Array.from({ length: count }, (_, part) => {
      const start = Math.floor((part * length) / count);
      const end = Math.ceil(((part + 1) * length) / count);
      return combine(context.emitter.slice(result, { axis, start, end }), axis);
    });
    result = context.emitter.concat(parts, axis);
  }
  return result;
}

const adaptiveAvg = (axes: number): Operator =>
  operator('self:T output_size:ints', (context, given) => {
    const x = given.tensor('self');
    const sizes = perAxis(given.ints('output_size'), axes);
    const isWhole = sizes.every(size => size === 1);
    const all = sizes.map((_, i) => x.shape.length - sizes.length + i);
    if (isWhole) return context.tensor(meanOf(context, x, all, true));
    return context.tensor(adaptive(context, x, sizes, (part, axis) => meanOf(context, part, [axis], true)));
  });

const adaptiveMax = (axes: number): Operator =>
  operator('self:T output_size:ints', (context, given) => {
    const sizes = perAxis(given.ints('output_size'), axes);
    const values = adaptive(context, given.tensor('self'), sizes, (part, axis) =>
      extremum(context, part, { isMax: true, axes: [axis], keep: true }),
    );
    return withoutIndices(context.tensor(values));
  });

/** The places of the largest values, which hardly any model reads, are not computed. */
const withoutIndices = (values: Value): Value => tupleOf([values, { kind: 'unknown', reason: 'the indices of a max pooling' }]);

/** The nearest value for each place of a larger grid, by whole factors. */
const upsampleNearest = (axes: number): Operator =>
  operator('input:T output_size:ints? scale_factors=None', (context, given) => {
    const { emitter } = context;
    const x = given.tensor('input');
    const factors = given.value('scale_factors');
    const spatial = x.shape.slice(2).map(fixedSize);
    const sizes = given.isNone('output_size')
      ? spatial.map((size, i) => Math.floor(size * (factors.kind === 'list' ? numberOf(factors.items[i]) : 1)))
      : perAxis(given.ints('output_size'), axes);
    let result = x;
    for (const [i, size] of sizes.entries()) {
      const axis = i + 2;
      if (size > 65_536) throw unsupported(`an upsampling to ${size} values`);
      const places = Array.from({ length: size }, (_, place) => Math.min(spatial[i]! - 1, Math.floor((place * spatial[i]!) / size)));
      result = emitter.op(
        'Gather',
        [result, emitter.longs(places)],
        { dtype: x.dtype, shape: result.shape.with(axis, size) },
        { axis: { i: axis } },
      );
    }
    return context.tensor(result);
  });

function numberOf(value: Value | undefined): number {
  if (value?.kind === 'float' || value?.kind === 'int') return value.value;
  throw unsupported('a scale that depends on the data');
}

/** Windows over the last axes. */
export const POOLING: OperatorTable = {
  'aten::max_pool1d': maxPool(1),
  'aten::max_pool2d': maxPool(2),
  'aten::max_pool3d': maxPool(3),
  'aten::max_pool1d_with_indices': maxPool(1, withoutIndices),
  'aten::max_pool2d_with_indices': maxPool(2, withoutIndices),
  'aten::avg_pool1d': avgPool(1),
  'aten::avg_pool2d': avgPool(2),
  'aten::avg_pool3d': avgPool(3),
  'aten::adaptive_avg_pool1d': adaptiveAvg(1),
  'aten::adaptive_avg_pool2d': adaptiveAvg(2),
  'aten::adaptive_avg_pool3d': adaptiveAvg(3),
  'aten::adaptive_max_pool1d': adaptiveMax(1),
  'aten::adaptive_max_pool2d': adaptiveMax(2),
  'aten::upsample_nearest1d': upsampleNearest(1),
  'aten::upsample_nearest2d': upsampleNearest(2),
};
