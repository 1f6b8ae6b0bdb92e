import { operand, operator, type Arguments, type Operator, type OperatorContext } from '../execute/operator.js';
import { fixed, knownOf } from '../execute/number-of.js';
import type { Value } from '../execute/value.js';
import type { Shape } from '../graph/dimension.js';
import { isFloat, type DType } from '../graph/dtype.js';
import type { GraphTensor } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';
import type { OperatorTable } from './table.js';

const TAIL = '* dtype:int?=None layout=None device=None pin_memory=None';
const TAIL_LIKE = `${TAIL} memory_format=None`;
const MAX_VALUES = 4_000_000;

const filledWith = (value: number): Operator =>
  operator(`size:ints ${TAIL} memory_format=None`, (context, given) =>
    context.tensor(context.emitter.filled(given.dtype('dtype', 'float32'), given.sizes('size'), value)),
  );

const filledLike = (value: number): Operator =>
  operator(`self:T ${TAIL_LIKE}`, (context, given) => {
    const { dtype, shape } = given.tensor('self');
    return context.tensor(context.emitter.filled(given.dtype('dtype', dtype), shape, value));
  });

const filledNew = (value: number): Operator =>
  operator(`self:T size:ints ${TAIL}`, (context, given) =>
    context.tensor(context.emitter.filled(given.dtype('dtype', given.tensor('self').dtype), given.sizes('size'), value)),
  );

function typeOfNumber(value: Value): DType {
  const type = value.kind === 'dynamic' ? value.type : value.kind;
  return type === 'int' ? 'int64' : type === 'bool' ? 'bool' : 'float32';
}

function full(context: OperatorContext, given: Arguments, byDefault: DType, shape: Shape): Value {
  const dtype = given.dtype('dtype', byDefault);
  return context.tensor(context.emitter.expand(operand(context, given.value('fill_value'), dtype), shape));
}

/** Numbers from `start` to before `end`; of integers 64-bit ones. */
function arange(signature: string): Operator {
  return operator(`${signature} ${TAIL}`, (context, given) => {
    const bounds = ['start', 'end', 'step'].map(name => (signature.includes(name) ? given.value(name) : undefined));
    const [start, end, step] = [0, 1, 2].map(i => {
      const known = bounds[i] && (bounds[i].kind === 'tensor' ? bounds[i].get().known : knownOf(bounds[i]));
      if (bounds[i] !== undefined && known === undefined) throw unsupported('arange with bounds that depend on the data');
      return known === undefined ? (i === 2 ? 1 : 0) : fixed(known);
    }) as [number, number, number];
    const dtype = given.dtype('dtype', bounds.some(bound => bound?.kind === 'float') ? 'float32' : 'int64');
    const count = Math.max(0, Math.ceil((end - start) / step));
    if (!(count <= MAX_VALUES)) throw unsupported(`arange of ${count} numbers`);
    return context.tensor(
      context.emitter.vector(
        dtype,
        Array.from({ length: count }, (_, i) => start + i * step),
      ),
    );
  });
}

const linspace = operator(`start:num end:num steps:int ${TAIL}`, (context, given) => {
  const [start, end, steps] = [given.number('start'), given.number('end'), given.int('steps')];
  if (steps < 0 || steps > MAX_VALUES) throw unsupported(`linspace of ${steps} numbers`);
  const dtype = given.dtype('dtype', 'float32');
  if (!isFloat(dtype)) throw unsupported('linspace of integers');
  const round = dtype === 'float32' ? Math.fround : (value: number) => value;
  const step = steps > 1 ? round((round(end) - round(start)) / (steps - 1)) : 0;
  // From both ends, so that the last number is the end itself.
  const at = (i: number): number => (i < steps / 2 ? round(start) + step * i : round(end) - step * (steps - i - 1));
  return context.tensor(
    context.emitter.vector(
      dtype,
      Array.from({ length: steps }, (_, i) => at(i)),
    ),
  );
});

const eye: readonly Operator[] = [
  operator(`n:int ${TAIL}`, (context, given) => identity(context, given, given.int('n'), given.int('n'))),
  operator(`n:int m:int ${TAIL}`, (context, given) => identity(context, given, given.int('n'), given.int('m'))),
];

function identity({ emitter, tensor }: OperatorContext, given: Arguments, rows: number, columns: number): Value {
  if (rows * columns > MAX_VALUES) throw unsupported(`a matrix of ${rows} × ${columns}`);
  const dtype = given.dtype('dtype', 'float32');
  const values = Array.from({ length: rows * columns }, (_, i) => Number(Math.floor(i / columns) === i % columns));
  return tensor({ name: emitter.builder.numbers(dtype, [rows, columns], values), dtype, shape: [rows, columns] });
}

/** A tensor of nested lists of numbers. */
const fromPython = operator('data dtype:int?=None device=None requires_grad:bool=False', (context, given) => {
  const { emitter } = context;
  const value = given.value('data');
  if (value.kind === 'tensor') return context.tensor(emitter.cast(value.get(), given.dtype('dtype', value.get().dtype)));
  if (value.kind !== 'list' && value.kind !== 'tuple') {
    const dtype = given.dtype('dtype', typeOfNumber(value));
    const known = knownOf(value);
    if (known !== undefined && known.rows !== 0) return context.tensor({ name: '', dtype, shape: [], known });
    return context.tensor(operand(context, value, dtype));
  }
  const numbers: Value[] = [];
  const shape = shapeOf(value, numbers, 0);
  if (numbers.some(number => number.kind === 'dynamic')) throw unsupported('a tensor of a list of numbers that depend on the data');
  const dtype = given.dtype(
    'dtype',
    numbers.some(({ kind }) => kind === 'float') || numbers.length === 0
      ? 'float32'
      : numbers.every(({ kind }) => kind === 'bool')
        ? 'bool'
        : 'int64',
  );
  const values = numbers.map(number => fixed(knownOf(number)!));
  const tensor: GraphTensor = { name: emitter.builder.numbers(dtype, shape, values), dtype, shape };
  return context.tensor(tensor);
});

const MAX_NESTING = 16;

function shapeOf(value: Value, numbers: Value[], depth: number): number[] {
  if (value.kind !== 'list' && value.kind !== 'tuple') {
    if (value.kind !== 'dynamic' && knownOf(value) === undefined) throw unsupported('a tensor of something else than numbers');
    numbers.push(value);
    if (numbers.length > MAX_VALUES) throw unsupported('a tensor of a list that is too long');
    return [];
  }
  if (depth > MAX_NESTING) throw unsupported('a tensor of lists that are nested too deep');
  const shapes = value.items.map(item => shapeOf(item, numbers, depth + 1));
  const [first = []] = shapes;
  if (shapes.some(shape => shape.join() !== first.join())) throw unsupported('a tensor of lists of different lengths');
  return [value.items.length, ...first];
}

/** Tensors that come from no other, or only from the shape of one. */
export const CREATION: OperatorTable = {
  'aten::zeros': filledWith(0),
  'aten::ones': filledWith(1),
  // What it holds is never meant to be read.
  'aten::empty': filledWith(0),
  'aten::zeros_like': filledLike(0),
  'aten::ones_like': filledLike(1),
  'aten::empty_like': filledLike(0),
  'aten::new_zeros': filledNew(0),
  'aten::new_ones': filledNew(1),
  'aten::new_empty': filledNew(0),
  'aten::full': operator(`size:ints fill_value ${TAIL}`, (context, given) =>
    full(context, given, typeOfNumber(given.value('fill_value')), given.sizes('size')),
  ),
  'aten::full_like': operator(`self:T fill_value ${TAIL_LIKE}`, (context, given) =>
    full(context, given, given.tensor('self').dtype, given.tensor('self').shape),
  ),
  'aten::new_full': operator(`self:T size:ints fill_value ${TAIL}`, (context, given) =>
    full(context, given, given.tensor('self').dtype, given.sizes('size')),
  ),
  'aten::arange': [arange('end'), arange('start end'), arange('start end step')],
  'aten::linspace': linspace,
  'aten::eye': eye,
  'aten::tensor': fromPython,
  'aten::as_tensor': fromPython,
  'aten::scalar_tensor': operator(`data ${TAIL}`, (context, given) =>
    context.tensor(operand(context, given.value('data'), given.dtype('dtype', 'float32'))),
  ),
};
