import { damaged, unsupported } from '../refusal.js';
import { DTYPES, dtypeOfStorage, type DType } from '../graph/dtype.js';
import type { StoredTensor } from './pickle-value.js';

/** A tensor may repeat the elements of its storage (a stride of 0); beyond this many it does so only as far as the storage goes. */
const MAX_REPEATED_ELEMENTS = 16_000_000;

/** A tensor's elements, little-endian and in row-major order. */
export interface TensorElements {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * Copies a tensor out of its storage.
 *
 * @throws `MODEL_LOAD` for a tensor that reaches beyond its storage, and for complex, quantized and 8-bit floating elements.
 */
export function readStoredTensor(tensor: StoredTensor, storage: Uint8Array, littleEndian: boolean): TensorElements {
  const { elementClass } = tensor.storage;
  const dtype = dtypeOfStorage(elementClass);
  if (dtype === undefined) throw unsupported(`the archive has a tensor of torch.${elementClass}Storage`);
  const width = DTYPES[dtype].bytes;
  const length = Math.floor(storage.length / width);
  const { shape, strides, offset } = tensor;
  const count = shape.reduce((product, size) => product * size, 1);
  const last = shape.reduce((at, size, axis) => at + (size - 1) * strides[axis]!, offset);
  if (count > 0 && last >= length) throw damaged(`a tensor of the archive reaches beyond its storage "${tensor.storage.key}"`);
  if (count > Math.max(length, MAX_REPEATED_ELEMENTS)) throw damaged('a tensor of the archive repeats its storage beyond the limit');
  const bytes = isContiguous(shape, strides)
    ? storage.slice(offset * width, (offset + count) * width)
    : gather(tensor, storage, { width, count });
  if (!littleEndian && width > 1) swapBytes(bytes, width);
  if (dtype === 'bool') for (let i = 0; i < bytes.length; i++) bytes[i] = bytes[i] === 0 ? 0 : 1;
  return { dtype, shape, bytes };
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

function gather(
  { shape, strides, offset }: StoredTensor,
  storage: Uint8Array,
  { width, count }: { width: number; count: number },
): Uint8Array {
  const bytes = new Uint8Array(count * width);
  const index = shape.map(() => 0);
  let at = offset;
  for (let to = 0; to < bytes.length; to += width) {
    for (let i = 0; i < width; i++) bytes[to + i] = storage[at * width + i]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      at -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return bytes;
}

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}
