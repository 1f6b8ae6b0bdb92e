import { allocate, isBig, numbersOf, stringsOf, type Element, type Tensor } from '../model/tensor.js';
import type { NodeAttributes } from '../model/node-attributes.js';
import { broadcastIndex, broadcastShape, type Kernel } from './kernel.js';

type Numbers = (a: number, b: number) => number;
type Bigs = (a: bigint, b: bigint) => bigint;

/** Results of floats are rounded when they are stored; integers wrap. */
function arithmetic(numbers: Numbers, bigs: Bigs): Kernel {
  return ([a, b]) => {
    if (a!.element === 'half') throw new Error('half');
    return [zip(a!, b!, a!.element, isBig(a!.element) ? bigs : numbers)];
  };
}

function comparison(test: (a: number | bigint | string, b: number | bigint | string) => boolean): Kernel {
  return ([a, b]) => [zip(a!, b!, 'bool', (x: never, y: never) => Number(test(x, y)))];
}

/** Applies `combine` to two tensors, broadcast against each other. */
function zip(a: Tensor, b: Tensor, element: Element, combine: (x: never, y: never) => unknown): Tensor {
  const shape = broadcastShape(a.shape, b.shape);
  const result = allocate(element, shape);
  const data = result.data as { [index: number]: unknown };
  const left = broadcastIndex(a.shape, shape);
  const right = broadcastIndex(b.shape, shape);
  for (let i = 0; i < result.data.length; i += 1) data[i] = combine(a.data[left?.[i] ?? i] as never, b.data[right?.[i] ?? i] as never);
  return result;
}

function unary(compute: (value: number) => number, big?: (value: bigint) => bigint): Kernel {
  return ([a]) => {
    const result = allocate(a!.element, a!.shape);
    const data = result.data as { [index: number]: unknown };
    if (isBig(a!.element) && big === undefined) throw new Error('no integers');
    for (let i = 0; i < result.data.length; i += 1)
      data[i] = isBig(a!.element) ? big!(a!.data[i] as bigint) : compute(a!.data[i] as number);
    return [result];
  };
}

function test(check: (value: number) => boolean): Kernel {
  return ([a]) => {
    const result = allocate('bool', a!.shape);
    const data = result.data as Uint8Array;
    numbersOf(a!).forEach((value, i) => (data[i] = Number(check(value))));
    return [result];
  };
}

const floorDiv = (a: bigint, b: bigint): bigint => (a % b !== 0n && a < 0n !== b < 0n ? a / b - 1n : a / b);

/** Half to even, as TensorFlow rounds. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

export const cast: Kernel = ([a], attributes) => [castTo(a!, attributes.element('DstT'))];

/** A copy as another type; numbers beyond an integer's range become its lowest, as the processor does it. */
export function castTo(a: Tensor, element: Element | undefined): Tensor {
  if (element === undefined || element === 'half' || a.element === 'half' || element === 'string' || a.element === 'string')
    throw new Error('no such cast');
  if (element === a.element) return a;
  const result = allocate(element, a.shape);
  const data = result.data as { [index: number]: unknown };
  for (let i = 0; i < a.data.length; i += 1) {
    const value = a.data[i] as number | bigint;
    if (element === 'bool') data[i] = value === 0 || value === 0n ? 0 : 1;
    else if (typeof value === 'bigint')
      data[i] = isBig(element) ? value : element.includes('int') ? Number(BigInt.asIntN(32, value)) : Number(value);
    else if (isBig(element)) data[i] = Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n);
    else if (element === 'int32') data[i] = Math.abs(value) < 2 ** 31 ? Math.trunc(value) : -(2 ** 31);
    else data[i] = value;
  }
  return result;
}

const select: Kernel = ([condition, a, b]) => {
  // `Select` takes a condition over the rows only; `SelectV2` broadcasts.
  const rows = condition!.shape.length === 1 && a!.shape.length > 1 && condition!.shape[0] === a!.shape[0];
  const test = rows ? { ...condition!, shape: [condition!.shape[0]!, ...a!.shape.slice(1).map(() => 1)] } : condition!;
  return pick(test, a!, b!);
};

function pick(condition: Tensor, a: Tensor, b: Tensor): readonly Tensor[] {
  const shape = broadcastShape(condition.shape, broadcastShape(a.shape, b.shape));
  const result = allocate(a.element, shape);
  const data = result.data as { [index: number]: unknown };
  const [test, left, right] = [condition, a, b].map(tensor => broadcastIndex(tensor.shape, shape));
  for (let i = 0; i < result.data.length; i += 1)
    data[i] = condition.data[test?.[i] ?? i] === 1 ? a.data[left?.[i] ?? i] : b.data[right?.[i] ?? i];
  return [result];
}

const add: Kernel = (inputs, attributes) => {
  if (inputs[0]!.element === 'string') return [zip(inputs[0]!, inputs[1]!, 'string', (a: never, b: never) => String(a) + String(b))];
  return arithmetic(
    (a, b) => a + b,
    (a, b) => a + b,
  )(inputs, attributes);
};

const addN: Kernel = (inputs: readonly Tensor[], attributes: NodeAttributes) =>
  inputs.length === 1 ? inputs : [inputs.slice(1).reduce((sum, next) => add([sum, next], attributes)[0]!, inputs[0]!)];

const largest: Numbers = (a, b) => Math.max(a, b);
const smallest: Numbers = (a, b) => Math.min(a, b);

/** Where a value belongs among ascending bounds: how many of them are not above it; NaN is above all. */
const bucketize: Kernel = ([a], attributes) => {
  const bounds = attributes.floats('boundaries');
  const result = allocate('int32', a!.shape);
  const data = result.data as Int32Array;
  numbersOf(a!).forEach((value, i) => {
    const at = bounds.findIndex(bound => value < bound);
    data[i] = at < 0 ? bounds.length : at;
  });
  return [result];
};

const not =
  (kernel: Kernel): Kernel =>
  (inputs, attributes) => {
    const [result] = kernel(inputs, attributes);
    return [{ ...result!, data: Uint8Array.from(result!.data as Uint8Array, value => 1 - value) }];
  };

const equal = comparison((a, b) => a === b);
/** Integers by zero are an error, as in TensorFlow. */
const checked =
  (kernel: Kernel): Kernel =>
  (inputs, attributes) => {
    const [, divisor] = inputs;
    if (divisor!.element.includes('int') && numbersOf(divisor!).includes(0)) throw new RangeError('integer division by zero');
    return kernel(inputs, attributes);
  };
/** Storing into integers cuts off what stands behind the point. */
const divide = checked(
  arithmetic(
    (a, b) => a / b,
    (a, b) => a / b,
  ),
);

export const ELEMENTWISE_KERNELS: Readonly<Record<string, Kernel>> = {
  Add: add,
  AddV2: add,
  AddN: addN,
  Sub: arithmetic(
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  Mul: arithmetic(
    (a, b) => (Number.isSafeInteger(a * b) ? a * b : Number.isInteger(a) && Number.isInteger(b) ? Math.imul(a, b) : a * b),
    (a, b) => a * b,
  ),
  RealDiv: divide,
  Div: divide,
  FloorDiv: checked(arithmetic((a, b) => Math.floor(a / b), floorDiv)),
  FloorMod: checked(
    arithmetic(
      (a, b) => a - Math.floor(a / b) * b,
      (a, b) => a - floorDiv(a, b) * b,
    ),
  ),
  Maximum: arithmetic(largest, (a, b) => (a > b ? a : b)),
  Minimum: arithmetic(smallest, (a, b) => (a < b ? a : b)),
  SquaredDifference: arithmetic(
    (a, b) => (a - b) ** 2,
    (a, b) => (a - b) ** 2n,
  ),
  Pow: arithmetic(
    (a, b) => a ** b,
    (a, b) => a ** b,
  ),
  Equal: equal,
  NotEqual: not(equal),
  Less: comparison((a, b) => a < b),
  LessEqual: comparison((a, b) => a <= b),
  Greater: comparison((a, b) => a > b),
  GreaterEqual: comparison((a, b) => a >= b),
  LogicalAnd: comparison((a, b) => a === 1 && b === 1),
  LogicalOr: comparison((a, b) => a === 1 || b === 1),
  LogicalNot: test(value => value === 0),
  IsNan: test(Number.isNaN),
  IsInf: test(value => Math.abs(value) === Infinity),
  IsFinite: test(Number.isFinite),
  Neg: unary(
    value => -value,
    value => -value,
  ),
  Abs: unary(Math.abs, value => (value < 0n ? -value : value)),
  Square: unary(
    value => value * value,
    value => value * value,
  ),
  Sqrt: unary(Math.sqrt),
  Rsqrt: unary(value => 1 / Math.sqrt(value)),
  Reciprocal: unary(value => 1 / value),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Log1p: unary(Math.log1p),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Round: unary(roundHalfEven, value => value),
  Sign: unary(Math.sign),
  Cast: cast,
  Select: select,
  SelectV2: ([condition, a, b]) => pick(condition!, a!, b!),
  ZerosLike: ([a]) => [allocate(a!.element, a!.shape)],
  OnesLike: ([a]) => [
    {
      ...allocate(a!.element, a!.shape),
      data: (allocate(a!.element, a!.shape).data as Float32Array).fill((isBig(a!.element) ? 1n : 1) as never),
    },
  ],
  Bucketize: bucketize,
  StringLength: ([a], attributes) => {
    const isCharacters = attributes.text('unit', 'BYTE') === 'UTF8_CHAR';
    const lengths = stringsOf(a!).map(text => (isCharacters ? [...text].length : Buffer.byteLength(text)));
    return [{ element: 'int32', shape: a!.shape, data: Int32Array.from(lengths) }];
  },
};
