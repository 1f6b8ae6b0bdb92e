import type { OnnxAttribute, OnnxGraph, OnnxValue } from '../../../kit/onnx/onnx-graph.js';
import { unsupported } from '../refusal.js';
import { broadcastShapes } from './broadcast.js';
import { elementsOf, isRows, printShape, rowAxisOf, RowsMixed, sameShape, type Dimension, type Shape } from './dimension.js';
import { isFloat, isInteger, type DType } from './dtype.js';
import { elementOf, GraphBuilder } from './graph-builder.js';
import { placeRows } from './reshape.js';
import { SizesDiffer } from './sizes-differ.js';
import type { GraphTensor, KnownNumber } from './tensor-cell.js';

/** Most elements of one row's part of a tensor; weights are no larger either. */
const MAX_ELEMENTS = 2 ** 28;
/** As many as PyTorch's own tensors have. */
const MAX_DIMENSIONS = 64;

type Attributes = Readonly<Record<string, OnnxAttribute>>;

/** Types that onnxruntime computes with; others are cast on the way in and out. */
const COMPUTED: readonly DType[] = ['float32', 'float64', 'int32', 'int64'];

/** Writes operations on typed tensors into a graph, and works out types and shapes on the way. */
export class Emitter {
  readonly builder = new GraphBuilder();
  #rowCount: string | undefined;
  readonly #rowSource: () => string | undefined;

  /** @param rowSource name of an input whose first dimension counts rows; `undefined` where the model is run row by row. */
  constructor(rowSource: () => string | undefined) {
    this.#rowSource = rowSource;
  }

  /** Adds an operation with one output. */
  op(
    opType: string,
    inputs: readonly (GraphTensor | string)[],
    type: { dtype: DType; shape: Shape },
    attributes: Attributes = {},
  ): GraphTensor {
    const [tensor] = this.ops(opType, inputs, [type], attributes);
    return tensor!;
  }

  /** Adds an operation with several outputs. */
  ops(
    opType: string,
    inputs: readonly (GraphTensor | string)[],
    types: readonly { dtype: DType; shape: Shape }[],
    attributes: Attributes = {},
  ): GraphTensor[] {
    for (const { dtype, shape } of types) checkSize(dtype, shape);
    const names = inputs.map(input => (typeof input === 'string' ? input : nameOf(input)));
    const outputs = this.builder.add(opType, names, attributes, types.length);
    return types.map(({ dtype, shape }, i) => ({ name: outputs[i]!, dtype, shape }));
  }

  /** An operation that keeps type and shape. */
  same(opType: string, input: GraphTensor, attributes: Attributes = {}): GraphTensor {
    return this.op(opType, [input], input, attributes);
  }

  /** A tensor without dimensions. */
  scalar(dtype: DType, value: number): GraphTensor {
    if (dtype === 'float16')
      return this.cast({ name: this.builder.numbers('float32', [], [value]), dtype: 'float32', shape: [] }, 'float16');
    const known: KnownNumber = { type: dtype === 'bool' ? 'bool' : isFloat(dtype) ? 'float' : 'int', value, rows: 0 };
    return { name: this.builder.numbers(dtype, [], [value]), dtype, shape: [], known };
  }

  /** A constant vector. */
  vector(dtype: DType, values: readonly number[]): GraphTensor {
    return { name: this.builder.numbers(dtype, [values.length], values), dtype, shape: [values.length] };
  }

  /** Name of a constant vector of 64-bit integers, for axes and sizes. */
  longs(values: readonly number[]): string {
    return this.builder.numbers('int64', [values.length], values);
  }

  cast(input: GraphTensor, dtype: DType): GraphTensor {
    if (input.dtype === dtype) return input;
    if (input.dtype === 'bfloat16' || dtype === 'bfloat16') {
      throw unsupported('the model computes with bfloat16, which the processor has no operations for', [
        { message: 'save it as model.float()' },
      ]);
    }
    const output = this.op('Cast', [input], { dtype, shape: input.shape }, { to: { i: ONNX_CODES[dtype] } });
    return input.known === undefined ? output : { ...output, known: castNumber(input.known, dtype) };
  }

  /** An operation of two operands of one type, which are broadcast against each other. */
  binary(opType: string, a: GraphTensor, b: GraphTensor, dtype: DType = a.dtype): GraphTensor {
    return this.op(opType, [a, b], { dtype, shape: broadcastShapes([a.shape, b.shape]) });
  }

  /** An operation that onnxruntime has for some types only: narrow integers and truth values are computed in 32 bits. */
  widened(input: GraphTensor, compute: (wide: GraphTensor) => GraphTensor): GraphTensor {
    if (COMPUTED.includes(input.dtype)) return compute(input);
    const wide: DType = isFloat(input.dtype) ? 'float32' : 'int32';
    return this.cast(compute(this.cast(input, wide)), input.dtype);
  }

  where(condition: GraphTensor, a: GraphTensor, b: GraphTensor): GraphTensor {
    return this.op('Where', [condition, a, b], { dtype: a.dtype, shape: broadcastShapes([condition.shape, a.shape, b.shape]) });
  }

  /**
   * Gives the elements another shape, with rows where they are.
   *
   * @throws {RowsMixed} where the new shape would put parts of several rows side by side.
   */
  reshape(input: GraphTensor, shape: Shape): GraphTensor {
    if (sameShape(input.shape, shape)) return input;
    const target = placeRows(input.shape, shape);
    const dims = target.map(dimension => (isRows(dimension) ? -1 : dimension));
    return this.op(
      'Reshape',
      [input, this.longs(dims)],
      { dtype: input.dtype, shape: target },
      dims.includes(0) ? { allowzero: { i: 1 } } : {},
    );
  }

  transpose(input: GraphTensor, axes: readonly number[]): GraphTensor {
    if (axes.every((axis, i) => axis === i)) return input;
    return this.op('Transpose', [input], { dtype: input.dtype, shape: axes.map(axis => input.shape[axis]!) }, { perm: { ints: axes } });
  }

  unsqueeze(input: GraphTensor, axis: number): GraphTensor {
    return this.op('Unsqueeze', [input, this.longs([axis])], { dtype: input.dtype, shape: input.shape.toSpliced(axis, 0, 1) });
  }

  squeeze(input: GraphTensor, axis: number): GraphTensor {
    return this.op('Squeeze', [input, this.longs([axis])], { dtype: input.dtype, shape: input.shape.toSpliced(axis, 1) });
  }

  /** Repeats along axes of size 1, and in front. */
  expand(input: GraphTensor, shape: Shape): GraphTensor {
    if (sameShape(input.shape, shape)) return input;
    return this.op('Expand', [input, this.sizes(shape)], { dtype: input.dtype, shape: broadcastShapes([input.shape, shape]) });
  }

  /** From `start` to before `end`, both from 0 and inside of the axis. */
  slice(input: GraphTensor, range: { axis: number; start: number; end: number; step?: number }): GraphTensor {
    const { axis, start, end, step = 1 } = range;
    const shape = input.shape.with(axis, Math.max(0, Math.ceil((end - start) / step)));
    if (sameShape(shape, input.shape)) return input;
    const bounds = [start, end, axis, step].map(value => this.longs([value]));
    return this.op('Slice', [input, ...bounds], { dtype: input.dtype, shape });
  }

  concat(inputs: readonly GraphTensor[], axis: number): GraphTensor {
    if (inputs.length === 1) return inputs[0]!;
    const [first] = inputs;
    const sizes = inputs.map(input => input.shape[axis]!);
    if (sizes.some(isRows)) throw new RowsMixed();
    for (const { shape } of inputs) {
      const agrees = shape.length === first!.shape.length && sameShape(shape.with(axis, 0), first!.shape.with(axis, 0));
      if (!agrees) refuseShapes(first!.shape, shape);
    }
    const size = (sizes as number[]).reduce((sum, each) => sum + each, 0);
    return this.op('Concat', inputs, { dtype: first!.dtype, shape: first!.shape.with(axis, size) }, { axis: { i: axis } });
  }

  /** A tensor of one number everywhere. */
  filled(dtype: DType, shape: Shape, value: number): GraphTensor {
    return this.expand(this.scalar(dtype, value), shape);
  }

  /** One of two ways to compute the same tensors, by a truth value of the graph; only the chosen one is computed. */
  choose(condition: GraphTensor, then: () => readonly GraphTensor[], otherwise: () => readonly GraphTensor[]): GraphTensor[] {
    const types: GraphTensor[] = [];
    const graphs = [then, otherwise].map((compute, i): OnnxGraph => {
      this.builder.openBlock();
      const results = compute();
      if (i === 0) types.push(...results);
      const outputs = results.map((result): OnnxValue => {
        const shape = result.shape.map(size => (isRows(size) ? undefined : size));
        return { name: this.same('Identity', result).name, element: elementOf(result.dtype), shape };
      });
      return { name: i === 0 ? 'then' : 'otherwise', inputs: [], outputs, constants: [], nodes: this.builder.closeBlock() };
    });
    return this.ops('If', [condition], types, { then_branch: { g: graphs[0]! }, else_branch: { g: graphs[1]! } });
  }

  /** Name of the sizes as a vector of the graph; the row count is read when the graph runs. */
  sizes(shape: Shape): string {
    const axis = rowAxisOf(shape);
    if (axis < 0) return this.longs(shape as readonly number[]);
    const { outer, inner } = shape[axis] as { outer: number; inner: number };
    let rows = this.#rows();
    if (outer * inner !== 1) rows = this.builder.add('Mul', [rows, this.longs([outer * inner])])[0]!;
    const parts = [...(axis > 0 ? [this.longs(shape.slice(0, axis) as number[])] : []), rows];
    if (axis + 1 < shape.length) parts.push(this.longs(shape.slice(axis + 1) as number[]));
    return parts.length === 1 ? rows : this.builder.add('Concat', parts, { axis: { i: 0 } })[0]!;
  }

  #rows(): string {
    const source = this.#rowSource();
    if (source === undefined) throw new RowsMixed();
    // A value made inside of a branch cannot be seen outside of it.
    if (this.#rowCount !== undefined && this.builder.depth === 0) return this.#rowCount;
    const [count] = this.builder.add('Shape', [source], { start: { i: 0 }, end: { i: 1 } });
    if (this.builder.depth === 0) this.#rowCount = count;
    return count!;
  }
}

/** A number that is a multiple of the row count has no value in the graph. */
function nameOf(tensor: GraphTensor): string {
  if (tensor.name === '') throw new RowsMixed();
  return tensor.name;
}

/** Numbers of TensorProto.DataType. */
const ONNX_CODES: Readonly<Record<Exclude<DType, 'bfloat16'>, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
};

/** A number as a tensor of the type would hold it. */
export function castNumber(number: KnownNumber, dtype: DType): KnownNumber {
  if (dtype === 'bool') return { type: 'bool', value: number.value !== 0 || number.rows !== 0 ? 1 : 0, rows: 0 };
  if (isInteger(dtype))
    return number.type === 'float' ? { type: 'int', value: Math.trunc(number.value), rows: 0 } : { ...number, type: 'int' };
  if (number.rows !== 0) return { ...number, type: 'float' };
  return { type: 'float', value: dtype === 'float32' ? Math.fround(number.value) : number.value, rows: 0 };
}

function checkSize(dtype: DType, shape: Shape): void {
  if (shape.length > MAX_DIMENSIONS) throw unsupported(`a tensor of ${shape.length} dimensions`);
  if (elementsOf(shape) > MAX_ELEMENTS)
    throw unsupported(`a tensor of ${dtype} with the shape ${printShape(shape)} is larger than the limit`);
}

/** Refuses operands whose shapes do not fit each other. */
export function refuseShapes(a: Shape, b: Shape, sizes?: { actual: Dimension | undefined; expected: Dimension | undefined }): never {
  const number = (size: Dimension | undefined): number => (typeof size === 'number' ? size : 0);
  throw new SizesDiffer(`shapes ${printShape(a)} and ${printShape(b)} do not fit each other`, {
    actual: number(sizes?.actual),
    expected: number(sizes?.expected),
    // Sizes that are told are no numbers of rows.
    hasRows: sizes === undefined && [...a, ...b].some(isRows),
  });
}

/** The size of an axis that must not be the rows, since the result would mix them. */
export function fixedSize(dimension: Dimension | undefined): number {
  if (isRows(dimension)) throw new RowsMixed();
  return dimension ?? 1;
}
