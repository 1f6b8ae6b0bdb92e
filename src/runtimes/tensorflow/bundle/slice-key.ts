/** The part of a dimension that a slice has; `length` is -1 for the whole dimension. */
export interface Extent {
  readonly start: number;
  readonly length: number;
}

/**
 * The key under which the bundle keeps one slice of a partitioned variable, as latin1 text
 * (`EncodeTensorNameSlice` of tensorflow/core/util/saved_tensor_slice_util.cc, OrderedCode).
 */
export function sliceKey(name: string, extents: readonly Extent[]): string {
  const bytes: number[] = [0];
  for (const byte of Buffer.from(name, 'latin1')) {
    bytes.push(byte);
    if (byte === 0) bytes.push(255);
    else if (byte === 255) bytes.push(0);
  }
  bytes.push(0, 1, ...unsignedIncreasing(extents.length));
  for (const { start, length } of extents) bytes.push(...signedIncreasing(start), ...signedIncreasing(length));
  return Buffer.from(bytes).toString('latin1');
}

/** How many bytes follow, then the bytes of the number, highest first. */
function unsignedIncreasing(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [bytes.length, ...bytes];
}

/** As many leading ones as bytes, turned over by the sign: numbers of six bits take one byte, seven more for each further byte. */
function signedIncreasing(value: number): number[] {
  const magnitude = value < 0 ? -1 - value : value;
  if (magnitude < 64) return [0x80 ^ (value & 255)];
  const length = Math.floor(Math.floor(Math.log2(magnitude) + 1) / 7) + 1;
  const header = [0, 0x80, 0xc0, 0xe0, 0xf0, 0xf8, 0xfc, 0xfe, 0xff][length]!;
  const bytes = Array.from({ length }, (_, i) => Number((BigInt(value) >> BigInt((length - 1 - i) * 8)) & 255n));
  bytes[0]! ^= header;
  return bytes;
}
