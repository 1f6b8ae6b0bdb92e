import { isFloating, type Element } from '../model/tensor.js';
import type { Converter, Op } from './op.js';
import { Unsupported } from './unsupported.js';
import type { TensorValue } from './value.js';

/** One operator of ONNX over the inputs, which broadcasts as TensorFlow does. */
export function elementwise(opType: string, element?: Element): Converter {
  return op => write(op, opType, op.tensors(), element);
}

export function write(op: Op, opType: string, inputs: readonly TensorValue[], element = inputs[0]!.element): TensorValue {
  return op.emit(opType, inputs, { element, shape: op.broadcast(...inputs) });
}

/** A short way to write arithmetic: operators by the names of ONNX. */
export function writer(op: Op): (opType: string, ...inputs: readonly TensorValue[]) => TensorValue {
  return (opType, ...inputs) => write(op, opType, inputs);
}

const same: Converter = op => op.inputs[0]!;

const addition: Converter = op => (op.tensor(0).element === 'string' ? elementwise('StringConcat')(op) : elementwise('Add')(op));

const addN: Converter = op => op.tensors().reduce((sum, next) => write(op, 'Add', [sum, next]));

const negated =
  (opType: string): Converter =>
  op =>
    write(op, 'Not', [write(op, opType, op.tensors(), 'bool')], 'bool');

/** Rounds down, unlike ONNX, whose integers round towards zero. */
const floorDiv: Converter = op => {
  const [a, b] = op.tensors() as [TensorValue, TensorValue];
  const w = writer(op);
  if (isFloating(a.element)) return w('Floor', w('Div', a, b));
  return w('Div', w('Sub', a, w('Mod', a, b)), b);
};

const floorMod: Converter = op => {
  const [a, b] = op.tensors() as [TensorValue, TensorValue];
  const w = writer(op);
  // ONNX has no such remainder for floats: the sign is that of the divisor.
  if (isFloating(a.element)) {
    const rest = op.emit('Mod', [a, b], { element: a.element, shape: op.broadcast(a, b), attributes: { fmod: 1 } });
    const zero = op.scalar(a.element, 0);
    const isOther = write(
      op,
      'And',
      [
        write(op, 'Not', [write(op, 'Equal', [rest, zero], 'bool')], 'bool'),
        write(op, 'Xor', [write(op, 'Less', [rest, zero], 'bool'), write(op, 'Less', [b, zero], 'bool')], 'bool'),
      ],
      'bool',
    );
    return where(op, isOther, w('Add', rest, b), rest);
  }
  return w('Mod', a, b);
};

const truncateMod: Converter = op =>
  op.emit('Mod', op.tensors(), { element: op.tensor(0).element, shape: op.broadcast(...op.tensors()), attributes: { fmod: 1 } });

export function where(op: Op, condition: TensorValue, a: TensorValue, b: TensorValue): TensorValue {
  const shape = op.broadcast(condition, a, b);
  // onnxruntime chooses among the most usual types only.
  const usual = ['float', 'double', 'int32', 'int64', 'string', 'uint8'].includes(a.element);
  if (usual) return op.emit('Where', [condition, a, b], { element: a.element, shape });
  const wide: Element = a.element === 'half' ? 'float' : a.element === 'bool' ? 'uint8' : 'int64';
  return op.cast(op.emit('Where', [condition, op.cast(a, wide), op.cast(b, wide)], { element: wide, shape }), a.element);
}

/** `Select` takes a condition over the rows; `SelectV2` broadcasts. */
const select: Converter = op => {
  const [condition, a, b] = op.tensors() as [TensorValue, TensorValue, TensorValue];
  const byRow = op.type === 'Select' && op.rank(condition) === 1 && op.rank(a) > 1;
  const test = byRow
    ? op.reshape(condition, [
        op.shape(condition)[0]!,
        ...op
          .shape(a)
          .slice(1)
          .map(() => 1),
      ])
    : condition;
  return where(op, test, a, b);
};

const divNoNan: Converter = op => {
  const [a, b] = op.tensors() as [TensorValue, TensorValue];
  const zero = op.scalar(a.element, 0);
  return where(op, write(op, 'Equal', [b, zero], 'bool'), zero, write(op, 'Div', [a, b]));
};

const mulNoNan: Converter = op => {
  const [a, b] = op.tensors() as [TensorValue, TensorValue];
  const zero = op.scalar(a.element, 0);
  return where(op, write(op, 'Equal', [b, zero], 'bool'), zero, write(op, 'Mul', [a, b]));
};

/** 0 where x is 0, else x times the logarithm of y. */
const xlogy: Converter = op => {
  const [a, b] = op.tensors() as [TensorValue, TensorValue];
  const w = writer(op);
  const zero = op.scalar(a.element, 0);
  const logarithm = w('Log', op.type === 'Xlog1py' ? w('Add', b, op.scalar(b.element, 1)) : b);
  return where(op, write(op, 'Equal', [a, zero], 'bool'), zero, w('Mul', a, logarithm));
};

/** (e^x - 1) without losing small x: tanh(x/2) (e^x + 1); beyond 40 they are the same, and the product would be no number. */
const expm1: Converter = op => {
  const x = op.tensor(0);
  const w = writer(op);
  const scalar = (value: number): TensorValue => op.scalar(x.element, value);
  const power = w('Exp', x);
  const small = w('Mul', w('Tanh', w('Mul', x, scalar(0.5))), w('Add', power, scalar(1)));
  return where(op, write(op, 'Less', [w('Abs', x), scalar(1)], 'bool'), small, w('Sub', power, scalar(1)));
};

/** log(1 + x) without losing small x: log(u) x / (u - 1) with u = 1 + x as it is rounded. */
function log1p(op: Op, x: TensorValue): TensorValue {
  const w = writer(op);
  const one = op.scalar(x.element, 1);
  const sum = w('Add', x, one);
  const rest = w('Sub', sum, one);
  const isLost = write(op, 'Equal', [rest, op.scalar(x.element, 0)], 'bool');
  const isInfinite = op.emit('IsInf', [x], { element: 'bool', shape: x.shape });
  const exact = w('Div', w('Mul', w('Log', sum), x), rest);
  return where(op, isLost, x, where(op, isInfinite, w('Log', sum), exact));
}

/** 1 / (1 + e^-x), exact in the tails too, where onnxruntime's own cuts off at 18. */
const sigmoid: Converter = op => sigmoidOf(op, op.tensor(0));

function sigmoidOf(op: Op, x: TensorValue): TensorValue {
  const w = writer(op);
  return w('Reciprocal', w('Add', w('Exp', w('Neg', x)), op.scalar(x.element, 1)));
}

/** Of the series for 1 - erf in t = 1 / (1 + x/2), lowest power first (Press et al., Numerical Recipes, `erfcc`): within 1.2e-7 of the value. */
const ERFC_SERIES = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277,
];

/** 1 - erf(x), which from 0.5 on would lose its digits in the difference. */
const erfc: Converter = op => {
  const x = op.tensor(0);
  const w = writer(op);
  const scalar = (value: number): TensorValue => op.scalar(x.element, value);
  const plain = w('Sub', scalar(1), w('Erf', x));
  if (x.element !== 'float') return plain;
  const t = w('Reciprocal', w('Add', w('Mul', w('Abs', x), scalar(0.5)), scalar(1)));
  const series = ERFC_SERIES.slice(0, -1).reduceRight(
    (sum, factor) => w('Add', w('Mul', sum, t), scalar(factor)),
    scalar(ERFC_SERIES.at(-1)!),
  );
  const tail = w('Mul', t, w('Exp', w('Sub', series, w('Mul', x, x))));
  return where(op, write(op, 'Less', [x, scalar(0.5)], 'bool'), plain, tail);
};

/** x where it is above 0, so that NaN stays. */
function relu(op: Op, x: TensorValue): TensorValue {
  return write(op, 'Relu', [x]);
}

const relu6: Converter = op => {
  const x = op.tensor(0);
  return write(op, 'Min', [write(op, 'Max', [x, op.scalar(x.element, 0)]), op.scalar(x.element, 6)]);
};

/** max(x, 0) + log(1 + e^-|x|) */
const softplus: Converter = op => {
  const x = op.tensor(0);
  const w = writer(op);
  return w('Add', w('Max', x, op.scalar(x.element, 0)), log1p(op, w('Exp', w('Neg', w('Abs', x)))));
};

const elu: Converter = op => {
  const x = op.tensor(0);
  return eluOf(op, x, 1, 1);
};

const selu: Converter = op => eluOf(op, op.tensor(0), 1.0507009873554805, 1.6732632423543772);

function eluOf(op: Op, x: TensorValue, scale: number, alpha: number): TensorValue {
  const w = writer(op);
  const scalar = (value: number): TensorValue => op.scalar(x.element, value);
  const power = w('Exp', x);
  const small = w('Mul', w('Tanh', w('Mul', x, scalar(0.5))), w('Add', power, scalar(1)));
  const isSmall = write(op, 'Less', [w('Abs', x), scalar(1)], 'bool');
  const low = w('Mul', where(op, isSmall, small, w('Sub', power, scalar(1))), scalar(scale * alpha));
  const high = scale === 1 ? x : w('Mul', x, scalar(scale));
  return where(op, write(op, 'Less', [x, scalar(0)], 'bool'), low, high);
}

const leakyRelu: Converter = op => {
  const x = op.tensor(0);
  return op.emit('LeakyRelu', [x], { element: x.element, shape: x.shape, exact: { alpha: { f: op.attributes.float('alpha', 0.2) } } });
};

const softsign: Converter = op => {
  const x = op.tensor(0);
  const w = writer(op);
  return w('Div', x, w('Add', w('Abs', x), op.scalar(x.element, 1)));
};

const softmax =
  (opType: string): Converter =>
  op => {
    const x = op.tensor(0);
    return op.emit(opType, [x], { element: x.element, shape: x.shape, attributes: { axis: -1 } });
  };

const castOp: Converter = op => {
  const x = op.tensor(0);
  const element = op.attributes.element('DstT');
  if (element === undefined) throw new Unsupported('to a type that tensors here do not have');
  return op.cast(x, element);
};

/** Only whole numbers are written by ONNX as by TensorFlow. */
const asString: Converter = op => {
  const x = op.tensor(0);
  if (!x.element.includes('int')) throw new Unsupported(`of computed ${x.element}`);
  if (op.attributes.int('width', -1) > 0 || op.attributes.text('fill', '') !== '') throw new Unsupported('with a width');
  return op.cast(x, 'string');
};

const isFinite: Converter = op => {
  const x = op.tensor(0);
  return write(op, 'Not', [write(op, 'Or', [write(op, 'IsNaN', [x], 'bool'), write(op, 'IsInf', [x], 'bool')], 'bool')], 'bool');
};

/** How many bounds are not above the value; NaN is above all. */
const bucketize: Converter = op => {
  const x = op.tensor(0);
  const bounds = op.attributes.floats('boundaries');
  const shape = op.shape(x);
  const wide = op.emit('Unsqueeze', [op.cast(x, 'float'), op.ints([-1])], { element: 'float', shape: [...shape, 1] });
  const isBelow = write(op, 'Less', [wide, op.constant('float', [bounds.length], bounds)], 'bool');
  const passed = op.cast(write(op, 'Not', [isBelow], 'bool'), 'int32');
  return op.emit('ReduceSum', [passed, op.ints([-1])], { element: 'int32', shape, attributes: { keepdims: 0 } });
};

const squared: Converter = op => {
  const x = op.tensor(0);
  return write(op, 'Mul', [x, x]);
};

const squaredDifference: Converter = op => {
  const rest = write(op, 'Sub', op.tensors());
  return write(op, 'Mul', [rest, rest]);
};

const filled =
  (value: number): Converter =>
  op => {
    const x = op.tensor(0);
    if (x.element === 'string') throw new Unsupported('of text');
    const shape = op.emit('Shape', [x], { element: 'int64', shape: [op.rank(x)] });
    return op.emit('Expand', [op.scalar(x.element, value), shape], { element: x.element, shape: x.shape });
  };

export const ELEMENTWISE_OPS: Readonly<Record<string, Converter>> = {
  Identity: same,
  StopGradient: same,
  PreventGradient: same,
  Snapshot: same,
  CheckNumerics: same,
  PlaceholderWithDefault: same,
  DisableCopyOnRead: same,
  IdentityN: op => op.inputs,
  Add: addition,
  AddV2: addition,
  AddN: addN,
  Sub: elementwise('Sub'),
  Mul: elementwise('Mul'),
  RealDiv: elementwise('Div'),
  Div: elementwise('Div'),
  FloorDiv: floorDiv,
  FloorMod: floorMod,
  Mod: truncateMod,
  TruncateMod: truncateMod,
  TruncateDiv: elementwise('Div'),
  Maximum: elementwise('Max'),
  Minimum: elementwise('Min'),
  Pow: elementwise('Pow'),
  SquaredDifference: squaredDifference,
  DivNoNan: divNoNan,
  MulNoNan: mulNoNan,
  Xlogy: xlogy,
  Xlog1py: xlogy,
  Equal: elementwise('Equal', 'bool'),
  NotEqual: negated('Equal'),
  Less: elementwise('Less', 'bool'),
  LessEqual: elementwise('LessOrEqual', 'bool'),
  Greater: elementwise('Greater', 'bool'),
  GreaterEqual: elementwise('GreaterOrEqual', 'bool'),
  LogicalAnd: elementwise('And', 'bool'),
  LogicalOr: elementwise('Or', 'bool'),
  LogicalNot: elementwise('Not', 'bool'),
  LogicalXor: elementwise('Xor', 'bool'),
  Neg: elementwise('Neg'),
  Abs: elementwise('Abs'),
  Exp: elementwise('Exp'),
  Expm1: expm1,
  Log: elementwise('Log'),
  Log1p: op => log1p(op, op.tensor(0)),
  Sqrt: elementwise('Sqrt'),
  Rsqrt: op => write(op, 'Reciprocal', [write(op, 'Sqrt', [op.tensor(0)])]),
  Reciprocal: elementwise('Reciprocal'),
  Inv: elementwise('Reciprocal'),
  Square: squared,
  Sign: elementwise('Sign'),
  Floor: elementwise('Floor'),
  Ceil: elementwise('Ceil'),
  Round: op => (isFloating(op.tensor(0).element) ? write(op, 'Round', [op.tensor(0)]) : op.tensor(0)),
  Rint: elementwise('Round'),
  Sin: elementwise('Sin'),
  Cos: elementwise('Cos'),
  Tan: elementwise('Tan'),
  Asin: elementwise('Asin'),
  Acos: elementwise('Acos'),
  Atan: elementwise('Atan'),
  Sinh: elementwise('Sinh'),
  Cosh: elementwise('Cosh'),
  Tanh: elementwise('Tanh'),
  Sigmoid: sigmoid,
  Relu: op => relu(op, op.tensor(0)),
  Relu6: relu6,
  Elu: elu,
  Selu: selu,
  Softplus: softplus,
  Softsign: softsign,
  LeakyRelu: leakyRelu,
  Softmax: softmax('Softmax'),
  LogSoftmax: softmax('LogSoftmax'),
  Erf: elementwise('Erf'),
  Erfc: erfc,
  IsNan: elementwise('IsNaN', 'bool'),
  IsInf: elementwise('IsInf', 'bool'),
  IsFinite: isFinite,
  ClipByValue: op => {
    const [x, low, high] = op.tensors() as [TensorValue, TensorValue, TensorValue];
    return write(op, 'Max', [write(op, 'Min', [x, high]), low]);
  },
  Cast: castOp,
  AsString: asString,
  Select: select,
  SelectV2: select,
  Bucketize: bucketize,
  ZerosLike: filled(0),
  OnesLike: filled(1),
};
