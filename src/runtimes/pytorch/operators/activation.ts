import { operator, type Arguments, type Operator, type OperatorContext } from '../execute/operator.js';
import { fixedSize } from '../graph/emitter.js';
import { isFloat } from '../graph/dtype.js';
import type { GraphTensor } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';
import { arithmetic } from './arithmetic.js';
import { clamp, expm1, log1p, onFloats, sigmoid } from './pointwise.js';
import { softmax } from './softmax.js';
import { withInPlace, type OperatorTable } from './table.js';

type Compute = (context: OperatorContext, x: GraphTensor, given: Arguments) => GraphTensor;

const activation = (parameters: string, compute: Compute): Operator =>
  operator(`self:T ${parameters}`, (context, given) =>
    context.tensor(onFloats(context, given.tensor('self'), (each, x) => compute(each, x, given))),
  );

const { add, mul, div } = arithmetic;

/** 0 for what is below; NaN stays NaN. */
export function relu({ emitter }: OperatorContext, x: GraphTensor): GraphTensor {
  return emitter.same('Relu', x);
}

/** `a` where x is above 0, `b` elsewhere; NaN goes to `b`. */
function abovePositive({ emitter }: OperatorContext, x: GraphTensor, a: GraphTensor, b: GraphTensor): GraphTensor {
  return emitter.where(emitter.binary('Greater', x, emitter.scalar(x.dtype, 0), 'bool'), a, b);
}

export function gelu(context: OperatorContext, x: GraphTensor, approximate: string): GraphTensor {
  const { emitter } = context;
  const number = (value: number): GraphTensor => emitter.scalar(x.dtype, value);
  if (approximate === 'none') {
    const erf = emitter.same('Erf', mul(context, x, number(Math.SQRT1_2)));
    return mul(context, mul(context, x, number(0.5)), add(context, erf, number(1)));
  }
  if (approximate !== 'tanh') throw unsupported(`gelu with the approximation "${approximate}"`);
  const cube = mul(context, mul(context, x, x), x);
  const inner = mul(context, add(context, x, mul(context, cube, number(0.044715))), number(Math.sqrt(2 / Math.PI)));
  return mul(context, mul(context, x, number(0.5)), add(context, emitter.same('Tanh', inner), number(1)));
}

const elu: Compute = (context, x, given) => {
  const { emitter } = context;
  const [alpha, scale, inputScale] = ['alpha', 'scale', 'input_scale'].map(name => given.number(name)) as [number, number, number];
  const number = (value: number): GraphTensor => emitter.scalar(x.dtype, value);
  const negative = mul(context, expm1(context, mul(context, x, number(inputScale))), number(alpha * scale));
  return abovePositive(context, x, mul(context, x, number(scale)), negative);
};

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** x above the threshold, where the sum has no more digits for the 1. */
const softplus: Compute = (context, x, given) => {
  const { emitter } = context;
  const number = (value: number): GraphTensor => emitter.scalar(x.dtype, value);
  const beta = given.number('beta');
  const scaled = beta === 1 ? x : mul(context, x, number(beta));
  const soft = log1p(context, emitter.same('Exp', scaled));
  const isLinear = emitter.binary('Greater', scaled, number(given.number('threshold')), 'bool');
  return emitter.where(isLinear, x, beta === 1 ? soft : div(context, soft, number(beta)));
};

const mish: Compute = (context, x) => mul(context, x, context.emitter.same('Tanh', log1p(context, context.emitter.same('Exp', x))));

/** `relu6(x + 3) / 6` */
function hardSigmoid(context: OperatorContext, x: GraphTensor): GraphTensor {
  const number = (value: number): GraphTensor => context.emitter.scalar(x.dtype, value);
  return div(context, clamp(context, add(context, x, number(3)), { min: number(0), max: number(6) }), number(6));
}

const hardSwish: Compute = (context, x) => {
  const number = (value: number): GraphTensor => context.emitter.scalar(x.dtype, value);
  return div(context, mul(context, x, clamp(context, add(context, x, number(3)), { min: number(0), max: number(6) })), number(6));
};

/** `min(0, x) - log1p(exp(-|x|))` */
const logSigmoid: Compute = (context, x) => {
  const { emitter } = context;
  const zero = emitter.scalar(x.dtype, 0);
  const low = clamp(context, x, { min: undefined, max: zero });
  return arithmetic.sub(context, low, log1p(context, emitter.same('Exp', emitter.same('Neg', emitter.same('Abs', x)))));
};

const prelu = operator('self:T weight:T', (context, given) => {
  const [x, weight] = [given.tensor('self'), given.tensor('weight')];
  const count = weight.shape.length === 0 ? 1 : fixedSize(weight.shape[0]);
  const shape = count === 1 || x.shape.length < 2 ? [] : [count, ...x.shape.slice(2).map(() => 1)];
  const slope = count === 1 ? context.emitter.reshape(weight, []) : context.emitter.reshape(weight, shape);
  return context.tensor(abovePositive(context, x, x, mul(context, x, slope)));
});

const glu = operator('self:T dim:int=-1', (context, given) => {
  const x = given.tensor('self');
  const axis = given.int('dim') < 0 ? given.int('dim') + x.shape.length : given.int('dim');
  const size = fixedSize(x.shape[axis]);
  if (size % 2 !== 0) throw unsupported('glu of an odd number of values');
  const [a, b] = [0, size / 2].map(start => context.emitter.slice(x, { axis, start, end: start + size / 2 })) as [GraphTensor, GraphTensor];
  return context.tensor(mul(context, a, sigmoid(context, b)));
});

/** Rectifiers and other functions between layers, and softmax. */
export const ACTIVATION: OperatorTable = {
  ...withInPlace({
    'aten::relu': operator('self:T', (context, given) => {
      const x = given.tensor('self');
      return context.tensor(isFloat(x.dtype) ? onFloats(context, x, relu) : context.emitter.widened(x, wide => relu(context, wide)));
    }),
    'aten::relu6': activation('', (context, x) =>
      clamp(context, x, { min: context.emitter.scalar(x.dtype, 0), max: context.emitter.scalar(x.dtype, 6) }),
    ),
    'aten::hardtanh': activation('min_val:num=-1 max_val:num=1', (context, x, given) =>
      clamp(context, x, {
        min: context.emitter.scalar(x.dtype, given.number('min_val')),
        max: context.emitter.scalar(x.dtype, given.number('max_val')),
      }),
    ),
    'aten::leaky_relu': activation('negative_slope:num=0.01', (context, x, given) =>
      abovePositive(context, x, x, mul(context, x, context.emitter.scalar(x.dtype, given.number('negative_slope')))),
    ),
    // In evaluation the slope is the mean of its range.
    'aten::rrelu': activation('lower:num=0.125 upper:num=0.3333333333333333 training:bool=False generator=None', (context, x, given) => {
      if (given.bool('training')) throw unsupported('rrelu in training mode');
      return abovePositive(
        context,
        x,
        x,
        mul(context, x, context.emitter.scalar(x.dtype, (given.number('lower') + given.number('upper')) / 2)),
      );
    }),
    'aten::elu': activation('alpha:num=1 scale:num=1 input_scale:num=1', elu),
    'aten::celu': activation('alpha:num=1.0', (context, x, given) => {
      const alpha = context.emitter.scalar(x.dtype, given.number('alpha'));
      return abovePositive(context, x, x, mul(context, expm1(context, div(context, x, alpha)), alpha));
    }),
    'aten::selu': activation('', (context, x) => {
      const number = (value: number): GraphTensor => context.emitter.scalar(x.dtype, value);
      const negative = mul(context, expm1(context, x), number(SELU_ALPHA * SELU_SCALE));
      return abovePositive(context, x, mul(context, x, number(SELU_SCALE)), negative);
    }),
    'aten::silu': activation('', (context, x) => {
      const exponential = context.emitter.same('Exp', context.emitter.same('Neg', x));
      return div(context, x, add(context, exponential, context.emitter.scalar(x.dtype, 1)));
    }),
    'aten::mish': activation('', mish),
    'aten::hardswish': activation('', hardSwish),
    'aten::hardsigmoid': activation('', hardSigmoid),
    'aten::threshold': activation('threshold:num value:num', (context, x, given) => {
      const isBelow = context.emitter.binary('LessOrEqual', x, context.emitter.scalar(x.dtype, given.number('threshold')), 'bool');
      return context.emitter.where(isBelow, context.emitter.scalar(x.dtype, given.number('value')), x);
    }),
  }),
  'aten::hardshrink': activation('lambd:num=0.5', (context, x, given) => {
    const { emitter } = context;
    const limit = given.number('lambd');
    const isBelow = emitter.binary('LessOrEqual', emitter.same('Abs', x), emitter.scalar(x.dtype, limit), 'bool');
    return emitter.where(isBelow, emitter.scalar(x.dtype, 0), x);
  }),
  'aten::softshrink': activation('lambd:num=0.5', (context, x, given) => {
    const { emitter } = context;
    const limit = emitter.scalar(x.dtype, given.number('lambd'));
    const low = emitter.where(
      emitter.binary('Less', x, emitter.same('Neg', limit), 'bool'),
      add(context, x, limit),
      mul(context, x, emitter.scalar(x.dtype, 0)),
    );
    return emitter.where(emitter.binary('Greater', x, limit, 'bool'), arithmetic.sub(context, x, limit), low);
  }),
  'aten::gelu': operator('self:T approximate:str=none', (context, given) =>
    context.tensor(onFloats(context, given.tensor('self'), (each, x) => gelu(each, x, given.string('approximate')))),
  ),
  'aten::softplus': activation('beta:num=1 threshold:num=20', softplus),
  'aten::log_sigmoid': activation('', logSigmoid),
  'aten::softsign': activation('', (context, x) =>
    div(context, x, add(context, context.emitter.same('Abs', x), context.emitter.scalar(x.dtype, 1))),
  ),
  'aten::tanhshrink': activation('', (context, x) => arithmetic.sub(context, x, context.emitter.same('Tanh', x))),
  'aten::prelu': prelu,
  'aten::glu': glu,
  'aten::softmax': softmaxOperator('Softmax'),
  'aten::_softmax': softmaxOperator('Softmax'),
  'aten::log_softmax': softmaxOperator('LogSoftmax'),
  'aten::_log_softmax': softmaxOperator('LogSoftmax'),
};

function softmaxOperator(opType: 'Softmax' | 'LogSoftmax'): Operator {
  return operator('self:T dim:int dtype=None', (context, given) => {
    const x = given.tensor('self');
    // `_softmax` has a flag in the place of the type.
    const dtype = given.value('dtype').kind === 'bool' ? x.dtype : given.dtype('dtype', x.dtype);
    if (!isFloat(dtype)) throw unsupported('softmax of integers');
    return context.tensor(softmax(context, context.emitter.cast(x, dtype), given.int('dim'), opType));
  });
}
