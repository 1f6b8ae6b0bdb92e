import { elementBytes, elementCount, type BytesData, type Datatype, type Tensor, type TensorData } from './tensor.js';

/** The type tag of a body with binary tensors behind its JSON. */
export const BINARY_CONTENT_TYPE = 'application/octet-stream';
/** The header that says how many bytes of a body are JSON, by lower-case name. */
export const JSON_LENGTH_HEADER = 'inference-header-content-length';

const LENGTH_BYTES = 4;

/**
 * A tensor in the form of the binary tensor data extension: elements in row-major order, little-endian, without padding;
 * BOOL is one byte, each of BYTES has its length as 4 bytes in front.
 * https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
 *
 * Typed arrays are not copied: the result shares their memory. They are little-endian as all platforms of Node but s390x.
 */
export function toBinary({ datatype, data }: Tensor): Uint8Array {
  if (datatype === 'BYTES') return joinBytes(data as BytesData);
  const { buffer, byteOffset, byteLength } = data as Exclude<TensorData, BytesData>;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function joinBytes(items: BytesData): Uint8Array {
  const chunks = items.map(item => (typeof item === 'string' ? Buffer.from(item) : item));
  const joined = Buffer.allocUnsafe(chunks.reduce((sum, chunk) => sum + LENGTH_BYTES + chunk.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    at = joined.writeUInt32LE(chunk.byteLength, at);
    joined.set(chunk, at);
    at += chunk.byteLength;
  }
  return joined;
}

/**
 * The elements of a tensor in that form; those of BYTES are bytes.
 *
 * @returns `undefined` where the bytes are not exactly those of a tensor of this shape.
 */
export function fromBinary(bytes: Uint8Array, datatype: Datatype, shape: readonly number[]): TensorData | undefined {
  const count = elementCount(shape);
  if (datatype === 'BYTES') return splitBytes(bytes, count);
  if (bytes.byteLength !== count * elementBytes(datatype)!) return undefined;
  // A copy, since elements need not stand where typed arrays want them. `slice` of a Buffer is none.
  const { buffer } = new Uint8Array(bytes);
  switch (datatype) {
    case 'BOOL':
    case 'UINT8':
      return new Uint8Array(buffer);
    case 'UINT16':
    case 'FP16':
    case 'BF16':
      return new Uint16Array(buffer);
    case 'UINT32':
      return new Uint32Array(buffer);
    case 'UINT64':
      return new BigUint64Array(buffer);
    case 'INT8':
      return new Int8Array(buffer);
    case 'INT16':
      return new Int16Array(buffer);
    case 'INT32':
      return new Int32Array(buffer);
    case 'INT64':
      return new BigInt64Array(buffer);
    case 'FP32':
      return new Float32Array(buffer);
    case 'FP64':
      return new Float64Array(buffer);
  }
}

function splitBytes(bytes: Uint8Array, count: number): BytesData | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const items: BytesData = [];
  let at = 0;
  while (at + LENGTH_BYTES <= bytes.byteLength) {
    const from = at + LENGTH_BYTES;
    at = from + view.getUint32(at, true);
    if (at > bytes.byteLength) return undefined;
    items.push(new Uint8Array(bytes.subarray(from, at)));
  }
  return at === bytes.byteLength && items.length === count ? items : undefined;
}
