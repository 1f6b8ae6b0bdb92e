import { MillraceError } from '../../../common/error.js';
import type { Int64, TensorProto, TensorShapeProto } from '../proto/messages.js';
import { toBigInt, toNumber } from '../proto/messages.js';

/** What a tensor is made of, by TensorFlow's names; types without a row cannot be used here. */
export type Element =
  | 'float'
  | 'double'
  | 'half'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool'
  | 'string';

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | readonly string[];

/** A tensor with its values, in row-major order; `half` is kept as its bits, `bool` as 0 and 1. */
export interface Tensor {
  readonly element: Element;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Most elements of a tensor that is computed or repeated here; those that are read from a file are bounded by the file. */
const MAX_ELEMENTS = 16_777_216;

interface ElementInfo {
  /** Number of TensorFlow's DataType. */
  readonly dataType: number;
  /** Bytes of one value; 0 for text. */
  readonly bytes: number;
  make(length: number): TensorData;
}

export const ELEMENTS: Readonly<Record<Element, ElementInfo>> = {
  float: { dataType: 1, bytes: 4, make: length => new Float32Array(length) },
  double: { dataType: 2, bytes: 8, make: length => new Float64Array(length) },
  int32: { dataType: 3, bytes: 4, make: length => new Int32Array(length) },
  uint8: { dataType: 4, bytes: 1, make: length => new Uint8Array(length) },
  int16: { dataType: 5, bytes: 2, make: length => new Int16Array(length) },
  int8: { dataType: 6, bytes: 1, make: length => new Int8Array(length) },
  string: { dataType: 7, bytes: 0, make: length => Array.from({ length }, () => '') },
  int64: { dataType: 9, bytes: 8, make: length => new BigInt64Array(length) },
  bool: { dataType: 10, bytes: 1, make: length => new Uint8Array(length) },
  uint16: { dataType: 17, bytes: 2, make: length => new Uint16Array(length) },
  half: { dataType: 19, bytes: 2, make: length => new Uint16Array(length) },
  uint32: { dataType: 22, bytes: 4, make: length => new Uint32Array(length) },
  uint64: { dataType: 23, bytes: 8, make: length => new BigUint64Array(length) },
};

const BY_DATA_TYPE = new Map(Object.entries(ELEMENTS).map(([element, info]) => [info.dataType, element as Element]));

/** The element of a DataType, of a reference (100 more) like that of its value; undefined for resources, variants and what is not known here. */
export function elementOf(dataType: number): Element | undefined {
  return BY_DATA_TYPE.get(dataType > 100 ? dataType - 100 : dataType);
}

/** Whether values are bigints. */
export function isBig(element: Element): boolean {
  return element === 'int64' || element === 'uint64';
}

export function isFloating(element: Element): boolean {
  return element === 'float' || element === 'double' || element === 'half';
}

export function countOf(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

/**
 * Room for a tensor, zeros or empty text.
 *
 * @throws {MillraceError} `MODEL_LOAD` where that would be more than 16,777,216 elements.
 */
export function allocate(element: Element, shape: readonly number[]): { element: Element; shape: readonly number[]; data: TensorData } {
  return { element, shape, data: ELEMENTS[element].make(checkedCount(shape)) };
}

function checkedCount(shape: readonly number[]): number {
  const count = countOf(shape);
  if (!(count <= MAX_ELEMENTS) || shape.some(size => size < 0 || !Number.isInteger(size)))
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `the SavedModel computes a tensor of shape [${shape.slice(0, 16).join(', ')}], and at most ${MAX_ELEMENTS.toLocaleString('en')} elements are possible`,
    });
  return count;
}

/** Room for a tensor whose elements are known to be there, in memory or in a file. */
export function roomFor(element: Element, shape: readonly number[]): Tensor {
  return { element, shape, data: ELEMENTS[element].make(countOf(shape)) };
}

/** A tensor of the numbers given; they are rounded as the element asks. */
export function tensorOf(element: Element, shape: readonly number[], values: readonly (number | bigint | string | boolean)[]): Tensor {
  const tensor = allocate(element, shape);
  const data = tensor.data as { [index: number]: unknown };
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    data[i] = isBig(element) ? BigInt(value) : element === 'string' ? value : Number(value);
  }
  return tensor;
}

/** The values as numbers; integers beyond 2^53 lose their last bits. */
export function numbersOf(tensor: Tensor): number[] {
  return Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}

export function stringsOf(tensor: Tensor): readonly string[] {
  if (tensor.element !== 'string') throw new Error('no strings');
  return tensor.data as readonly string[];
}

/** Little-endian bytes as a tensor; a copy. */
export function tensorOfBytes(element: Element, shape: readonly number[], bytes: Uint8Array): Tensor {
  const copy = new Uint8Array(bytes);
  const { make, bytes: size } = ELEMENTS[element];
  const empty = make(0) as { constructor: new (buffer: ArrayBuffer, offset: number, length: number) => TensorData } & TensorData;
  return { element, shape, data: new empty.constructor(copy.buffer, 0, bytes.length / size) };
}

/** Sizes of a shape, -1 where one is not known; undefined where not even the rank is. */
export function sizesOf(shape: TensorShapeProto | null | undefined): readonly number[] | undefined {
  if (shape === null || shape === undefined || shape.unknown_rank) return undefined;
  return shape.dim.map(dim => Math.max(-1, toNumber(dim.size)));
}

/**
 * The constant of a TensorProto. A list that is shorter than the shape asks is filled up with its last value, as TensorFlow does.
 *
 * @throws {MillraceError} `MODEL_LOAD`
 */
export function readTensorProto(proto: TensorProto): Tensor {
  const element = elementOf(proto.dtype);
  if (element === undefined) throw damaged(`a constant has the type ${proto.dtype}, which cannot be used`);
  const shape = sizesOf(proto.tensor_shape) ?? [];
  if (shape.some(size => size < 0)) throw damaged('a constant has a size that is not known');
  const { bytes: size } = ELEMENTS[element];
  const content = Uint8Array.from(proto.tensor_content);
  if (content.length > 0 && size > 0) {
    if (content.length !== countOf(shape) * size) throw damaged('a constant has another number of bytes than its shape asks');
    return tensorOfBytes(element, shape, content);
  }
  const values = listOf(proto, element);
  const count = checkedCount(shape);
  if (values.length > count) throw damaged('a constant has more values than its shape asks');
  const tensor = allocate(element, shape);
  const data = tensor.data as { [index: number]: unknown };
  for (let i = 0; i < values.length; i += 1) data[i] = values[i];
  if (values.length > 0) (tensor.data as Float32Array).fill(values.at(-1) as never, values.length);
  return tensor;
}

function listOf(proto: TensorProto, element: Element): readonly unknown[] {
  const big = (value: Int64): bigint => toBigInt(value);
  switch (element) {
    case 'float':
      return proto.float_val;
    case 'double':
      return proto.double_val;
    case 'half':
      return proto.half_val;
    case 'int64':
      return proto.int64_val.map(big);
    case 'uint64':
      return proto.uint64_val.map(value => BigInt.asUintN(64, big(value)));
    case 'uint32':
      return proto.uint32_val;
    case 'bool':
      return proto.bool_val.map(Number);
    case 'string':
      return proto.string_val.map(utf8);
    default:
      return proto.int_val;
  }
}

/** Bytes as text. @throws {MillraceError} `MODEL_LOAD` where they are no UTF-8 */
export function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new MillraceError({ code: 'MODEL_LOAD', message: 'a string of the SavedModel is not UTF-8', cause });
  }
}

function damaged(message: string): MillraceError {
  return new MillraceError({ code: 'MODEL_LOAD', message: `the SavedModel is damaged: ${message}` });
}
