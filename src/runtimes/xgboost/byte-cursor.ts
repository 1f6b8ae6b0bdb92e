import { malformed } from './malformed.js';

/**
 * Reads numbers and ranges from bytes, one after the other; never past the end.
 *
 * Every length is compared with what is left before anything of that length is made.
 */
export class ByteCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #littleEndian: boolean;
  readonly #remedy: string;
  #at = 0;

  /** @param remedy what to do where the bytes end too early. */
  constructor(bytes: Uint8Array, order: 'big-endian' | 'little-endian', remedy = COPY_AGAIN) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#littleEndian = order === 'little-endian';
    this.#remedy = remedy;
  }

  /** Offset of the next byte. */
  get offset(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** The next `length` bytes, not copied. */
  take(length: number): Uint8Array {
    const from = this.#advance(length);
    return this.#bytes.subarray(from, from + length);
  }

  skip(length: number): void {
    this.#advance(length);
  }

  /** The next byte, which stays the next one. */
  peek(): number {
    if (this.remaining < 1) throw this.#cut(1);
    return this.#bytes[this.#at]!;
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  int8(): number {
    return this.#view.getInt8(this.#advance(1));
  }

  int16(): number {
    return this.#view.getInt16(this.#advance(2), this.#littleEndian);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), this.#littleEndian);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), this.#littleEndian);
  }

  int64(): bigint {
    return this.#view.getBigInt64(this.#advance(8), this.#littleEndian);
  }

  float32(): number {
    return this.#view.getFloat32(this.#advance(4), this.#littleEndian);
  }

  float64(): number {
    return this.#view.getFloat64(this.#advance(8), this.#littleEndian);
  }

  /** A length of 64 bits, of things of `size` bytes each that follow it. */
  length(size: number): number {
    const at = this.#at;
    const length = this.int64();
    if (length < 0n || length * BigInt(size) > BigInt(this.remaining)) {
      throw malformed(`at byte ${at} it announces ${length} items, and ${this.remaining} bytes are left`, this.#remedy);
    }
    return Number(length);
  }

  #advance(length: number): number {
    if (length > this.remaining) throw this.#cut(length);
    const from = this.#at;
    this.#at += length;
    return from;
  }

  #cut(length: number) {
    return malformed(
      `the file ends at byte ${this.#bytes.length}, where ${length - this.remaining} more bytes should follow`,
      this.#remedy,
    );
  }
}

/** What to do about a file that ends too early. */
export const COPY_AGAIN = 'the file is truncated or damaged: copy it again, or save the model again';
