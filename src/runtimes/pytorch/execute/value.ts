import type { PickleObject } from '../archive/pickle-value.js';
import type { Dimension } from '../graph/dimension.js';
import type { TensorCell } from '../graph/tensor-cell.js';

/** A value of the model's program while it is carried out symbolically: numbers and lists as they are, tensors as values of the graph. */
export type Value =
  | NoneValue
  | BoolValue
  | IntValue
  | FloatValue
  | StringValue
  | ListValue
  | TupleValue
  | DictValue
  | ObjectValue
  | FunctionValue
  | TensorCell
  | DynamicNumber
  | UnknownValue;

export interface NoneValue {
  readonly kind: 'none';
}

export interface BoolValue {
  readonly kind: 'bool';
  readonly value: boolean;
}

/** `value + rows · N`, where N is the number of rows that are scored together. */
export interface IntValue {
  readonly kind: 'int';
  readonly value: number;
  readonly rows: number;
}

export interface FloatValue {
  readonly kind: 'float';
  readonly value: number;
}

export interface StringValue {
  readonly kind: 'string';
  readonly value: string;
}

export interface ListValue {
  readonly kind: 'list';
  readonly items: Value[];
  /** How many branches on data were open where it was made: a branch may not change a list from outside of it. */
  readonly depth: number;
}

export interface TupleValue {
  readonly kind: 'tuple';
  readonly items: readonly Value[];
  /** Of a named tuple. */
  readonly names?: readonly string[] | undefined;
}

export interface DictValue {
  readonly kind: 'dict';
  /** By the key as text with its type. */
  readonly entries: Map<string, readonly [Value, Value]>;
  readonly depth: number;
}

export interface ObjectValue {
  readonly kind: 'object';
  readonly className: string;
  readonly attributes: Map<string, Value>;
  /** The module that it comes from; `undefined` for an object that the program made. */
  readonly stored: PickleObject | undefined;
}

export interface FunctionValue {
  readonly kind: 'function';
  readonly qualifiedName: string;
}

/** A number or truth value of Python that depends on the data: what `.item()` gives. */
export interface DynamicNumber {
  readonly kind: 'dynamic';
  readonly type: 'int' | 'float' | 'bool';
  /** Without dimensions. */
  readonly tensor: TensorCell;
}

/** What an unsupported operation would have given. The program goes on with it, to find what else is unsupported. */
export interface UnknownValue {
  readonly kind: 'unknown';
  /** Why, where nobody has been told yet. */
  readonly reason?: string;
}

export const NONE: NoneValue = { kind: 'none' };
export const UNKNOWN: UnknownValue = { kind: 'unknown' };

export const intOf = (value: number, rows = 0): IntValue => ({ kind: 'int', value, rows });
export const floatOf = (value: number): FloatValue => ({ kind: 'float', value });
export const boolOf = (value: boolean): BoolValue => ({ kind: 'bool', value });
export const stringOf = (value: string): StringValue => ({ kind: 'string', value });
export const tupleOf = (items: readonly Value[]): TupleValue => ({ kind: 'tuple', items });

/** A size as a number of the program. */
export function sizeOf(dimension: Dimension): IntValue {
  return typeof dimension === 'number' ? intOf(dimension) : intOf(0, dimension.outer * dimension.inner);
}

/** What a value is, for messages. */
export function describeValue(value: Value): string {
  switch (value.kind) {
    case 'tensor':
      return `a tensor of ${value.get().dtype}`;
    case 'object':
      return `an object of ${value.className}`;
    case 'dynamic':
      return `a ${value.type} that depends on the data`;
    case 'none':
      return 'None';
    case 'int':
      return value.rows === 0 ? `the int ${value.value}` : 'the number of rows';
    default:
      return `a ${value.kind}`;
  }
}

/** The key of a dict entry; `undefined` for what cannot be one. */
export function dictKey(value: Value): string | undefined {
  if (value.kind === 'string') return `s${value.value}`;
  if (value.kind === 'int' && value.rows === 0) return `i${value.value}`;
  if (value.kind === 'float') return `f${value.value}`;
  return value.kind === 'bool' ? `b${value.value}` : undefined;
}

/** Whether some part of the value is what an unsupported operation would have given. */
export function findUnknown(value: Value): UnknownValue | undefined {
  if (value.kind === 'unknown') return value;
  if (value.kind === 'list' || value.kind === 'tuple') {
    for (const item of value.items) if (item.kind === 'unknown') return item;
  }
  return undefined;
}
