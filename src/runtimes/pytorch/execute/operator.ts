import { unsupported } from '../refusal.js';
import type { Dimension } from '../graph/dimension.js';
import { dtypeOfCode, isFloat, resultType, type DType, type Promoted } from '../graph/dtype.js';
import { Emitter } from '../graph/emitter.js';
import { TensorCell, type GraphTensor, type ViewOf } from '../graph/tensor-cell.js';
import { fixed, knownOf } from './number-of.js';
import { describeValue, type DynamicNumber, type ListValue, type Value } from './value.js';

/** What an operation may do besides looking at its arguments. */
export interface OperatorContext {
  readonly emitter: Emitter;
  /** Branches on data that are open. */
  readonly depth: number;
  /** A new tensor of the program. */
  tensor(value: GraphTensor, view?: ViewOf): TensorCell;
  /** Changes a tensor in place. */
  assign(cell: TensorCell, value: GraphTensor): void;
  list(items: readonly Value[]): ListValue;
}

export type Run = (context: OperatorContext, given: Arguments) => Value;

/** One signature of an operation. */
export interface Operator {
  readonly parameters: readonly OperatorParameter[];
  readonly run: Run;
}

interface OperatorParameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly isOptional: boolean;
  /** Whether it is only ever given by its name. */
  readonly isNamed: boolean;
  readonly byDefault: Value | undefined;
}

const MATCHES = {
  any: () => true,
  T: (value: Value) => value.kind === 'tensor',
  num: (value: Value) => isNumber(value),
  int: (value: Value) => value.kind === 'int' || (value.kind === 'dynamic' && value.type === 'int') || isKnownInt(value),
  float: (value: Value) => value.kind === 'float' || value.kind === 'int' || value.kind === 'dynamic',
  bool: (value: Value) => value.kind === 'bool',
  str: (value: Value) => value.kind === 'string',
  ints: (value: Value) => value.kind === 'list' || value.kind === 'tuple' || value.kind === 'int',
  list: (value: Value) => value.kind === 'list' || value.kind === 'tuple',
  dict: (value: Value) => value.kind === 'dict',
  none: (value: Value) => value.kind === 'none',
} satisfies Record<string, (value: Value) => boolean>;

type ParameterType = keyof typeof MATCHES;

function isNumber(value: Value): boolean {
  return value.kind === 'int' || value.kind === 'float' || value.kind === 'bool' || value.kind === 'dynamic';
}

/** Traced code passes sizes as tensors without dimensions. */
function isKnownInt(value: Value): boolean {
  return value.kind === 'tensor' && value.get().known?.type === 'int';
}

/**
 * Declares one signature: `self:T dim:int keepdim:bool=False dtype:int?=None`.
 *
 * Parameters stand in PyTorch's order with PyTorch's names; `?` lets None in, and those behind `*` are given by name.
 */
export function operator(signature: string, run: Run): Operator {
  const parts = signature.split(' ').filter(part => part !== '');
  const star = parts.includes('*') ? parts.indexOf('*') : parts.length;
  const parameters = parts
    .filter(part => part !== '*')
    .map((part, i): OperatorParameter => {
      const [, name = '', type = 'any', optional, byDefault] = /^(\w+)(?::(\w+)(\?)?)?(?:=(.*))?$/.exec(part) ?? [];
      return { name, type: type as ParameterType, isOptional: optional !== undefined, isNamed: i >= star, byDefault: defaultOf(byDefault) };
    });
  return { parameters, run };
}

function defaultOf(text: string | undefined): Value | undefined {
  if (text === undefined) return undefined;
  if (text === 'None') return { kind: 'none' };
  if (text === 'True' || text === 'False') return { kind: 'bool', value: text === 'True' };
  if (text === '[]') return { kind: 'list', items: [], depth: 0 };
  if (/^-?\d+$/.test(text)) return { kind: 'int', value: Number(text), rows: 0 };
  if (/^-?[\d.]+(?:e-?\d+)?$/.test(text)) return { kind: 'float', value: Number(text) };
  return { kind: 'string', value: text };
}

/** Binds arguments to a signature; `undefined` where they do not fit it. */
export function bindArguments(
  { parameters }: Operator,
  positional: readonly Value[],
  named: ReadonlyMap<string, Value>,
): Arguments | undefined {
  if (positional.length > parameters.length) return undefined;
  const values = new Map<string, Value>();
  let used = 0;
  for (const [i, parameter] of parameters.entries()) {
    if (i < positional.length && parameter.isNamed) return undefined;
    const written = i < positional.length ? positional[i] : named.get(parameter.name);
    if (i >= positional.length && written !== undefined) used++;
    const value = written ?? parameter.byDefault;
    if (value === undefined) return undefined;
    const fits = MATCHES[parameter.type](value) || (value.kind === 'none' && (parameter.isOptional || written === undefined));
    if (!fits) return undefined;
    values.set(parameter.name, value);
  }
  return used === named.size ? new Arguments(values) : undefined;
}

/** The arguments of one call, by the names of the signature. */
export class Arguments {
  readonly #values: ReadonlyMap<string, Value>;

  constructor(values: ReadonlyMap<string, Value>) {
    this.#values = values;
  }

  value(name: string): Value {
    return this.#values.get(name)!;
  }

  isNone(name: string): boolean {
    return this.value(name).kind === 'none';
  }

  cell(name: string): TensorCell {
    const value = this.value(name);
    if (value.kind !== 'tensor') throw refused(name, value, 'a tensor');
    return value;
  }

  tensor(name: string): GraphTensor {
    return this.cell(name).get();
  }

  optionalTensor(name: string): GraphTensor | undefined {
    return this.isNone(name) ? undefined : this.tensor(name);
  }

  tensors(name: string): GraphTensor[] {
    return this.items(name).map(item => {
      if (item.kind !== 'tensor') throw refused(name, item, 'tensors');
      return item.get();
    });
  }

  items(name: string): readonly Value[] {
    const value = this.value(name);
    if (value.kind !== 'list' && value.kind !== 'tuple') throw refused(name, value, 'a list');
    return value.items;
  }

  /** An integer that is known while loading and does not depend on the number of rows. */
  int(name: string): number {
    return intOfValue(name, this.value(name));
  }

  optionalInt(name: string): number | undefined {
    return this.isNone(name) ? undefined : this.int(name);
  }

  /** A number that is known while loading. */
  number(name: string): number {
    const value = this.value(name);
    const known = knownOf(value) ?? (value.kind === 'tensor' ? value.get().known : undefined);
    if (known === undefined) throw refused(name, value, 'a number that is known when the model is loaded');
    return fixed(known);
  }

  optionalNumber(name: string): number | undefined {
    return this.isNone(name) ? undefined : this.number(name);
  }

  bool(name: string): boolean {
    const value = this.value(name);
    if (value.kind !== 'bool') throw refused(name, value, 'True or False');
    return value.value;
  }

  string(name: string): string {
    const value = this.value(name);
    if (value.kind !== 'string') throw refused(name, value, 'a text');
    return value.value;
  }

  ints(name: string): number[] {
    const value = this.value(name);
    if (value.kind === 'int') return [intOfValue(name, value)];
    return this.items(name).map(item => intOfValue(name, item));
  }

  optionalInts(name: string): number[] | undefined {
    return this.isNone(name) ? undefined : this.ints(name);
  }

  /** Sizes, of which one may be a multiple of the number of rows. */
  sizes(name: string): Dimension[] {
    const value = this.value(name);
    const items = value.kind === 'int' ? [value] : this.items(name);
    return items.map(item => dimensionOf(name, item));
  }

  /** A type by its number, or the given one for None. */
  dtype(name: string, byDefault: DType): DType {
    if (this.isNone(name)) return byDefault;
    const dtype = dtypeOfCode(this.int(name));
    if (dtype === undefined) throw unsupported('complex, quantized and 8-bit floating types');
    return dtype;
  }
}

function intOfValue(name: string, value: Value): number {
  const known = value.kind === 'tensor' ? value.get().known : knownOf(value);
  if (known?.type !== 'int') throw refused(name, value, 'an integer that is known when the model is loaded');
  return fixed(known);
}

function dimensionOf(name: string, item: Value): Dimension {
  const known = item.kind === 'tensor' ? item.get().known : knownOf(item);
  if (known?.type !== 'int') throw refused(name, item, 'sizes that are known when the model is loaded');
  if (known.rows === 0) return known.value;
  return known.value === 0 && known.rows > 0 ? { outer: 1, inner: known.rows } : fixed(known);
}

function refused(name: string, value: Value, expected: string): Error {
  return unsupported(`${describeValue(value)} for "${name}", which takes ${expected}`);
}

/** How a value counts in the promotion of types. */
export function promotedOf(value: TensorCell | DynamicNumber | Value): Promoted {
  if (value.kind === 'tensor') {
    const { dtype, shape } = value.get();
    return { dtype, weight: shape.length === 0 ? 'zero-dim' : 'dimensioned' };
  }
  const type = value.kind === 'dynamic' ? value.type : value.kind;
  if (type !== 'int' && type !== 'float' && type !== 'bool') throw unsupported(`${describeValue(value)} in place of a number`);
  return { dtype: type === 'int' ? 'int64' : type === 'float' ? 'float32' : 'bool', weight: 'wrapped' };
}

/** The type in which an operation on these values is computed. */
export function commonType(values: readonly Value[]): DType {
  return resultType(values.map(promotedOf));
}

/** The type in which an operation on these is computed that always gives floats. */
export function commonFloatType(values: readonly Value[]): DType {
  const dtype = commonType(values);
  return isFloat(dtype) ? dtype : 'float32';
}

/** A tensor or number as a tensor of the type. */
export function operand({ emitter }: OperatorContext, value: Value, dtype: DType): GraphTensor {
  if (value.kind === 'tensor') {
    const tensor = value.get();
    // A size that went through a tensor may be a multiple of the row count, which is no constant of the graph.
    if (tensor.known !== undefined && tensor.known.rows === 0) return emitter.scalar(dtype, tensor.known.value);
    if (tensor.known !== undefined) fixed(tensor.known);
    return emitter.cast(tensor, dtype);
  }
  if (value.kind === 'dynamic') return emitter.cast(value.tensor.get(), dtype);
  const known = knownOf(value);
  if (known === undefined) throw unsupported(`${describeValue(value)} in place of a number`);
  return emitter.scalar(dtype, fixed(known));
}

/** An axis counted from the front. */
export function axisOf(dim: number, rank: number): number {
  const axis = dim < 0 ? dim + Math.max(rank, 1) : dim;
  if (axis < 0 || axis >= Math.max(rank, 1)) throw unsupported(`dimension ${dim} of a tensor that has ${rank}`);
  return axis;
}
