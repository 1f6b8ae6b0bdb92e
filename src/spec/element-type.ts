/** What a tensor holds, by onnxruntime's names; only the types that columns can feed or read. */
export type ElementType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool'
  | 'string';

/** The values of a tensor, row by row. `bool` is 0 and 1, `float16` its bits. A text is `null` only where a model takes that for a missing one. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | (string | null)[];

/** By the number in `TensorProto.DataType`: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
const BY_CODE: ReadonlyMap<number, ElementType> = new Map([
  [1, 'float32'],
  [2, 'uint8'],
  [3, 'int8'],
  [4, 'uint16'],
  [5, 'int16'],
  [6, 'int32'],
  [7, 'int64'],
  [8, 'string'],
  [9, 'bool'],
  [10, 'float16'],
  [11, 'float64'],
  [12, 'uint32'],
  [13, 'uint64'],
]);

/** The type with this number in an ONNX file; `undefined` for one that columns cannot feed or read. */
export function elementTypeOf(code: number): ElementType | undefined {
  return BY_CODE.get(code);
}

/** `name` as an element type; `undefined` for one that columns cannot feed or read. */
export function asElementType(name: string): ElementType | undefined {
  for (const type of BY_CODE.values()) if (type === name) return type;
  return undefined;
}

export type ElementFamily = 'float' | 'integer' | 'bool' | 'string';

/** What kind of value an element is: decides which columns fit it. */
export function familyOf(element: ElementType): ElementFamily {
  if (element === 'bool' || element === 'string') return element;
  return element.startsWith('float') ? 'float' : 'integer';
}

/** The smallest and the largest value of the integer types other than int64, which holds every BIGINT. */
export const INTEGER_RANGE: Readonly<Partial<Record<ElementType, readonly [number, number | bigint]>>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
  uint64: [0, 18_446_744_073_709_551_615n],
};

/** Room for `length` elements. */
export function allocate(element: ElementType, length: number): TensorData {
  switch (element) {
    case 'float32':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'int8':
      return new Int8Array(length);
    case 'bool':
    case 'uint8':
      return new Uint8Array(length);
    case 'int16':
      return new Int16Array(length);
    case 'float16':
    case 'uint16':
      return new Uint16Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'uint32':
      return new Uint32Array(length);
    case 'int64':
      return new BigInt64Array(length);
    case 'uint64':
      return new BigUint64Array(length);
    case 'string':
      return Array.from({ length }, () => '');
  }
}
