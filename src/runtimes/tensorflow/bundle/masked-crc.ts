import { crc32c } from '@node-rs/crc32';

/** CRC-32C as LevelDB and TensorFlow store it: rotated by 15 bits, and a constant added, so that a sum of sums differs. */
export function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
