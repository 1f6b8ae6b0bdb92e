import { operator, type Operator, type OperatorContext } from '../execute/operator.js';
import { isFloat } from '../graph/dtype.js';
import { fixedSize, refuseShapes } from '../graph/emitter.js';
import type { GraphTensor } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';
import { arithmetic } from './arithmetic.js';
import { meanOf, variance } from './reduction.js';
import { NONE, tupleOf } from '../execute/value.js';
import { withInPlace, type OperatorTable } from './table.js';

const { add, sub, mul, div } = arithmetic;

/** A vector of channels in the place of the second axis. */
function perChannel({ emitter }: OperatorContext, vector: GraphTensor, rank: number): GraphTensor {
  return emitter.reshape(vector, [vector.shape[0]!, ...Array.from({ length: rank - 2 }, () => 1)]);
}

function checkChannels(x: GraphTensor, vector: GraphTensor | undefined): void {
  if (vector === undefined) return;
  const channels = fixedSize(x.shape[1]);
  if (vector.shape.length !== 1 || vector.shape[0] !== channels)
    refuseShapes(x.shape, vector.shape, { actual: channels, expected: vector.shape[0] });
}

/** With the statistics that the model learned; those of the batch would mix its rows. */
const batchNorm = operator(
  'input:T weight:T? bias:T? running_mean:T? running_var:T? training:bool momentum:num eps:num cudnn_enabled:bool=True',
  (context, given) => {
    const { emitter } = context;
    const x = given.tensor('input');
    const [mean, spread] = [given.optionalTensor('running_mean'), given.optionalTensor('running_var')];
    if (given.bool('training') || mean === undefined || spread === undefined) {
      throw unsupported('batch_norm with the statistics of the batch, so that rows would depend on each other', [
        { message: 'call model.eval() before tracing or scripting' },
      ]);
    }
    const [weight, bias] = [given.optionalTensor('weight'), given.optionalTensor('bias')];
    for (const vector of [mean, spread, weight, bias]) checkChannels(x, vector);
    const constant = (value: number): GraphTensor => emitter.filled(x.dtype, mean.shape, value);
    const inputs = [x, weight ?? constant(1), bias ?? constant(0), mean, spread];
    return context.tensor(emitter.op('BatchNormalization', inputs, x, { epsilon: { f: given.number('eps') } }));
  },
);

/** Over the last axes: with mean 0 and variance 1, then scaled and shifted. */
export function layerNorm(
  context: OperatorContext,
  x: GraphTensor,
  { sizes, weight, bias, eps }: { sizes: readonly number[]; weight: GraphTensor | undefined; bias: GraphTensor | undefined; eps: number },
): GraphTensor {
  const { emitter } = context;
  const from = x.shape.length - sizes.length;
  for (const [i, size] of sizes.entries()) {
    const actual = fixedSize(x.shape[from + i]);
    if (actual !== size) refuseShapes(x.shape, sizes, { actual, expected: size });
  }
  const scale = weight ?? emitter.filled(x.dtype, sizes, 1);
  const inputs = bias === undefined ? [x, scale] : [x, scale, bias];
  return emitter.op('LayerNormalization', inputs, x, { axis: { i: from }, epsilon: { f: eps } });
}

const layerNormOperator = operator(
  'input:T normalized_shape:ints weight:T?=None bias:T?=None eps:num=1e-05 cudnn_enable:bool=True',
  (context, given) => {
    const options = {
      sizes: given.ints('normalized_shape'),
      weight: given.optionalTensor('weight'),
      bias: given.optionalTensor('bias'),
      eps: given.number('eps'),
    };
    return context.tensor(layerNorm(context, given.tensor('input'), options));
  },
);

/** `x / sqrt(mean(x²) + eps)` over the last axes. */
const rmsNorm = operator('input:T normalized_shape:ints weight:T?=None eps:num?=None', (context, given) => {
  const { emitter } = context;
  const x = given.tensor('input');
  const axes = given.ints('normalized_shape').map((_, i, sizes) => x.shape.length - sizes.length + i);
  const eps = given.optionalNumber('eps') ?? (x.dtype === 'float64' ? 2.220446049250313e-16 : 1.1920928955078125e-7);
  const square = meanOf(context, mul(context, x, x), axes, true);
  const normal = mul(context, x, emitter.same('Reciprocal', emitter.same('Sqrt', add(context, square, emitter.scalar(x.dtype, eps)))));
  const weight = given.optionalTensor('weight');
  return context.tensor(weight === undefined ? normal : mul(context, normal, weight));
});

interface Affine {
  readonly weight: GraphTensor | undefined;
  readonly bias: GraphTensor | undefined;
  readonly eps: number;
}

/** Each group of channels of a row for itself. */
function groupNorm(context: OperatorContext, x: GraphTensor, groups: number, { weight, bias, eps }: Affine): GraphTensor {
  const { emitter } = context;
  const channels = fixedSize(x.shape[1]);
  if (channels % groups !== 0) throw unsupported(`${channels} channels in ${groups} groups`);
  const rest = x.shape.slice(2).reduce<number>((all, size) => all * fixedSize(size), channels / groups);
  const grouped = emitter.reshape(x, [x.shape[0]!, groups, rest]);
  const centered = sub(context, grouped, meanOf(context, grouped, [2], true));
  const spread = variance(context, grouped, { axes: [2], correction: 0, keep: true });
  const normal = div(context, centered, emitter.same('Sqrt', add(context, spread, emitter.scalar(x.dtype, eps))));
  let result = emitter.reshape(normal, x.shape);
  if (weight !== undefined) result = mul(context, result, perChannel(context, weight, x.shape.length));
  return bias === undefined ? result : add(context, result, perChannel(context, bias, x.shape.length));
}

const instanceNorm = operator(
  'input:T weight:T? bias:T? running_mean:T? running_var:T? use_input_stats:bool momentum:num eps:num cudnn_enabled:bool=True',
  (context, given) => {
    const { emitter } = context;
    const x = given.tensor('input');
    const affine = { weight: given.optionalTensor('weight'), bias: given.optionalTensor('bias'), eps: given.number('eps') };
    if (given.bool('use_input_stats')) return context.tensor(groupNorm(context, x, fixedSize(x.shape[1]), affine));
    const [mean, spread] = [given.tensor('running_mean'), given.tensor('running_var')];
    const inputs = [
      x,
      affine.weight ?? emitter.filled(x.dtype, mean.shape, 1),
      affine.bias ?? emitter.filled(x.dtype, mean.shape, 0),
      mean,
      spread,
    ];
    return context.tensor(emitter.op('BatchNormalization', inputs, x, { epsilon: { f: affine.eps } }));
  },
);

/** Nothing in evaluation; what is drawn at random in training cannot be told twice. */
const dropout: Operator = operator('input:T p:num train:bool', (_, given) => {
  if (given.bool('train') && given.number('p') > 0) {
    throw unsupported('dropout in training mode', [{ message: 'call model.eval() before tracing or scripting' }]);
  }
  return given.cell('input');
});

/** Layers that bring values to one scale, and dropout. */
export const NORMALIZATION: OperatorTable = {
  'aten::batch_norm': batchNorm,
  'aten::layer_norm': layerNormOperator,
  'aten::native_layer_norm': operator('input:T normalized_shape:ints weight:T? bias:T? eps:num', (context, given) => {
    const options = {
      sizes: given.ints('normalized_shape'),
      weight: given.optionalTensor('weight'),
      bias: given.optionalTensor('bias'),
      eps: given.number('eps'),
    };
    return tupleOf([context.tensor(layerNorm(context, given.tensor('input'), options)), NONE, NONE]);
  }),
  'aten::rms_norm': rmsNorm,
  'aten::group_norm': operator(
    'input:T num_groups:int weight:T?=None bias:T?=None eps:num=1e-05 cudnn_enabled:bool=True',
    (context, given) => {
      const x = given.tensor('input');
      if (!isFloat(x.dtype)) throw unsupported('group_norm of integers');
      const affine = { weight: given.optionalTensor('weight'), bias: given.optionalTensor('bias'), eps: given.number('eps') };
      return context.tensor(groupNorm(context, x, given.int('num_groups'), affine));
    },
  ),
  'aten::instance_norm': instanceNorm,
  ...withInPlace({
    'aten::dropout': dropout,
    'aten::feature_dropout': dropout,
    'aten::alpha_dropout': dropout,
    'aten::feature_alpha_dropout': dropout,
  }),
};
