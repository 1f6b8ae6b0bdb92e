import { TYPE_CODES } from '../../../kit/onnx/onnx-graph.js';
import type { NodeAttributes } from '../model/node-attributes.js';
import { isBig, numbersOf, tensorOf, type Element, type Tensor } from '../model/tensor.js';
import type { Kernel } from '../kernels/kernel.js';
import { attributesOf, elementTypeOf, type Attributes, type OnnxBuilder } from './onnx-builder.js';
import { Unsupported } from './unsupported.js';
import { ROWS, type Dim, type HostStep, type HostValue, type TensorValue, type Value } from './value.js';

/** Turns one operator of TensorFlow into its outputs, in order. */
export type Converter = (op: Op) => Value | readonly Value[];

/** What converters of one model share. */
export interface Conversion {
  readonly builder: OnnxBuilder;
  /** A size that is not known and equal to no other. */
  freshDim(): string;
  /** The name in the ONNX graph of a tensor that is computed before; makes it an input of the graph. */
  hostInput(value: TensorValue & { readonly host: HostValue }): string;
}

interface Emission {
  readonly element: Element;
  readonly shape: readonly Dim[] | undefined;
  readonly attributes?: Readonly<Record<string, number | string | readonly number[]>> | undefined;
  readonly exact?: Attributes | undefined;
  readonly domain?: string | undefined;
}

/** Most values in a vector of sizes that is followed while a graph is converted. */
const MAX_SIZES = 64;

/** One node while it is converted: its inputs, and how to write what it becomes. */
export class Op {
  readonly type: string;
  readonly attributes: NodeAttributes;
  readonly inputs: readonly Value[];
  readonly conversion: Conversion;

  constructor(type: string, attributes: NodeAttributes, inputs: readonly Value[], conversion: Conversion) {
    this.type = type;
    this.attributes = attributes;
    this.inputs = inputs;
    this.conversion = conversion;
  }

  tensor(index: number): TensorValue {
    const value = this.inputs.at(index);
    if (value?.kind !== 'tensor') throw new Unsupported(`input ${index} is no tensor`);
    return value;
  }

  tensors(from = 0, to = this.inputs.length): TensorValue[] {
    return this.inputs.slice(from, to).map((_, i) => this.tensor(from + i));
  }

  rank(value: TensorValue): number {
    if (value.shape === undefined) throw new Unsupported('of a tensor whose rank is not known');
    return value.shape.length;
  }

  shape(value: TensorValue): readonly Dim[] {
    if (value.shape === undefined) throw new Unsupported('of a tensor whose rank is not known');
    return value.shape;
  }

  /** The numbers of an input that must be constant. */
  numbers(index: number, what: string): number[] {
    const { constant } = this.tensor(index);
    if (constant === undefined) throw new Unsupported(`whose ${what} is computed`);
    return numbersOf(constant);
  }

  number(index: number, what: string): number {
    return this.numbers(index, what)[0] ?? 0;
  }

  constant(element: Element, shape: readonly number[], values: readonly (number | bigint)[]): TensorValue {
    return constantValue(tensorOf(element, shape, values));
  }

  scalar(element: Element, value: number): TensorValue {
    return this.constant(element, [], [isBig(element) ? BigInt(value) : value]);
  }

  ints(values: readonly number[]): TensorValue {
    return this.constant('int64', [values.length], values.map(BigInt));
  }

  fresh(): string {
    return this.conversion.freshDim();
  }

  /** The name under which ONNX has the value. */
  nameOf(value: TensorValue): string {
    if (value.constant !== undefined) return this.conversion.builder.constant(value.constant);
    if (value.name !== undefined) return value.name;
    if (value.host !== undefined) return this.conversion.hostInput({ ...value, host: value.host });
    throw new Unsupported('over something that no batch has');
  }

  /** Writes an operator of ONNX with one output. Absent inputs are `undefined`. */
  emit(opType: string, inputs: readonly (TensorValue | undefined)[], { element, shape, ...rest }: Emission): TensorValue {
    const [name] = this.#node(opType, inputs, rest);
    return { kind: 'tensor', element, shape, name };
  }

  /** Writes an operator with as many outputs as there are `outputs`. */
  emitMany(
    opType: string,
    inputs: readonly (TensorValue | undefined)[],
    outputs: readonly Pick<Emission, 'element' | 'shape'>[],
    attributes?: Emission['attributes'],
  ): TensorValue[] {
    const names = this.#node(opType, inputs, { attributes }, outputs.length);
    return outputs.map(({ element, shape }, i) => ({ kind: 'tensor', element, shape, name: names[i]! }));
  }

  #node(
    opType: string,
    inputs: readonly (TensorValue | undefined)[],
    { attributes, exact, domain }: Partial<Emission>,
    count = 1,
  ): readonly string[] {
    const names = inputs.map(value => (value === undefined ? '' : this.nameOf(value)));
    return this.conversion.builder.node(opType, names, { attributes: exact ?? (attributes && attributesOf(attributes)), domain, count });
  }

  /** Another type of the same values. */
  cast(value: TensorValue, element: Element): TensorValue {
    if (value.element === element) return value;
    if (value.constant && element !== 'string' && element !== 'half' && value.element !== 'half' && value.element !== 'string') {
      const numbers = Array.from(value.constant.data as ArrayLike<number | bigint>);
      const fits =
        element === 'float' ||
        element === 'double' ||
        numbers.every(number => Number.isSafeInteger(Number(number)) && Math.abs(Number(number)) < 2 ** 31);
      if (fits && numbers.length <= 4_096 && element !== 'bool') return constantValue(tensorOf(element, value.constant.shape, numbers));
    }
    return this.emit('Cast', [value], { element, shape: value.shape, attributes: { to: TYPE_CODES[elementTypeOf(element)] } });
  }

  /** A shape as ONNX takes it: known sizes are constants, one that is not is left to ONNX, more are computed. */
  shapeInput(value: TensorValue): TensorValue {
    const sizes = sizesOf(value);
    if (sizes !== undefined) {
      const open = sizes.filter(size => typeof size !== 'number').length;
      if (open <= 1 && !sizes.includes(0)) return this.ints(sizes.map(size => (typeof size === 'number' ? size : -1)));
    }
    return this.cast(value, 'int64');
  }

  reshape(value: TensorValue, shape: readonly Dim[]): TensorValue {
    const open = shape.filter(size => typeof size !== 'number').length;
    if (open > 1) {
      const own = value.shape ?? [];
      // Sizes that stay where they are need not be known: ONNX takes 0 for them.
      const zeros = shape.map((size, i) => (typeof size === 'number' ? size : own[i] === size ? 0 : -1));
      if (zeros.filter(size => size === -1).length > 1) throw new Unsupported('to a shape with several sizes that are not known');
      return this.emit('Reshape', [value, this.ints(zeros)], { element: value.element, shape });
    }
    return this.emit('Reshape', [value, this.ints(shape.map(size => (typeof size === 'number' ? size : -1)))], {
      element: value.element,
      shape,
    });
  }

  transpose(value: TensorValue, order: readonly number[]): TensorValue {
    return this.emit('Transpose', [value], {
      element: value.element,
      shape: value.shape && order.map(axis => value.shape![axis]!),
      attributes: { perm: order },
    });
  }

  /** The shape of two tensors broadcast against each other; undefined where a rank is not known. */
  broadcast(...values: readonly TensorValue[]): readonly Dim[] | undefined {
    return values.reduce<readonly Dim[] | undefined>((shape, value) => shape && value.shape && this.#broadcast(shape, value.shape), []);
  }

  #broadcast(a: readonly Dim[], b: readonly Dim[]): readonly Dim[] {
    const rank = Math.max(a.length, b.length);
    return Array.from({ length: rank }, (_, i) => {
      const left = a[a.length - rank + i] ?? 1;
      const right = b[b.length - rank + i] ?? 1;
      if (left === right || right === 1) return left;
      if (left === 1) return right;
      if (typeof left === 'number') {
        if (typeof right === 'number') throw new Unsupported(`of shapes [${a.join(', ')}] and [${b.join(', ')}], which do not go together`);
        return left;
      }
      return typeof right === 'number' ? right : this.fresh();
    });
  }
}

export function constantValue(constant: Tensor): TensorValue {
  return { kind: 'tensor', element: constant.element, shape: constant.shape, constant };
}

/** The values of an integer vector or scalar, some of which may be names of sizes; undefined where they are computed otherwise. */
export function sizesOf(value: TensorValue): readonly Dim[] | undefined {
  if (value.sizes !== undefined) return value.sizes;
  const { constant } = value;
  if (constant === undefined || constant.shape.length > 1 || constant.data.length > MAX_SIZES) return undefined;
  return constant.element === 'int32' || constant.element === 'int64' ? numbersOf(constant) : undefined;
}

/** How a value is had before ONNX; undefined where only ONNX has it. */
export function hostOf(value: TensorValue): HostValue | undefined {
  return value.constant ? { kind: 'constant', tensor: value.constant } : value.host;
}

/** Whether a value has a row for each row of the batch, so that it can go from before ONNX into it. */
export function isByRow(value: TensorValue): boolean {
  return value.shape?.[0] === ROWS;
}

/** A step before ONNX that runs the kernel of an operator. */
export function kernelStep(op: string, kernel: Kernel, attributes: NodeAttributes, inputs: readonly HostValue[]): HostStep {
  return { op, inputs, run: tensors => kernel(tensors, attributes) };
}
