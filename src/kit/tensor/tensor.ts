/** Element types of the Open Inference Protocol v2, with the bytes of one element; BYTES has no fixed size. */
const ELEMENT_BYTES = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  BF16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: undefined,
} as const;

/** https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol#tensor-data-types */
export type Datatype = keyof typeof ELEMENT_BYTES;

export const DATATYPES = Object.keys(ELEMENT_BYTES) as readonly Datatype[];

/**
 * Elements in row-major order. BOOL is 0 and 1 in a `Uint8Array`; FP16 and BF16 are their bits in a `Uint16Array`;
 * BYTES are strings, which stand for their UTF-8, or bytes.
 */
export type TensorData =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | BytesData;

export type BytesData = (string | Uint8Array)[];

/** A tensor of a request or an answer. Immutable once handed on. */
export interface Tensor {
  readonly name: string;
  readonly datatype: Datatype;
  /** As many elements as the product; a scalar has no dimension. */
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export type DatatypeFamily = 'bool' | 'integer' | 'float' | 'bytes';

export function isDatatype(name: unknown): name is Datatype {
  return typeof name === 'string' && Object.hasOwn(ELEMENT_BYTES, name);
}

/** What kind of value an element is. */
export function datatypeFamily(datatype: Datatype): DatatypeFamily {
  if (datatype === 'BOOL') return 'bool';
  if (datatype === 'BYTES') return 'bytes';
  return datatype.includes('INT') ? 'integer' : 'float';
}

/** Bytes of one element; `undefined` for BYTES. */
export function elementBytes(datatype: Datatype): number | undefined {
  return ELEMENT_BYTES[datatype];
}

/** How many elements a tensor of this shape has. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Room for `length` elements, all zero or empty. */
export function allocateElements(datatype: Datatype, length: number): TensorData {
  switch (datatype) {
    case 'BOOL':
    case 'UINT8':
      return new Uint8Array(length);
    case 'UINT16':
    case 'FP16':
    case 'BF16':
      return new Uint16Array(length);
    case 'UINT32':
      return new Uint32Array(length);
    case 'UINT64':
      return new BigUint64Array(length);
    case 'INT8':
      return new Int8Array(length);
    case 'INT16':
      return new Int16Array(length);
    case 'INT32':
      return new Int32Array(length);
    case 'INT64':
      return new BigInt64Array(length);
    case 'FP32':
      return new Float32Array(length);
    case 'FP64':
      return new Float64Array(length);
    case 'BYTES':
      return Array.from({ length }, () => '');
  }
}

const INTEGER_BITS: Readonly<Partial<Record<Datatype, number>>> = {
  INT8: 8,
  UINT8: 8,
  INT16: 16,
  UINT16: 16,
  INT32: 32,
  UINT32: 32,
  INT64: 64,
  UINT64: 64,
};

/** The smallest and the largest value of an integer type; `undefined` for any other. */
export function integerRange(datatype: Datatype): readonly [min: bigint, max: bigint] | undefined {
  const bits = INTEGER_BITS[datatype];
  if (bits === undefined) return undefined;
  return datatype.startsWith('U') ? [0n, 2n ** BigInt(bits) - 1n] : [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n];
}
