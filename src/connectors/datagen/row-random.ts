import { hash32 } from '../../kit/seeded-random.js';

/**
 * Random numbers that depend on nothing but a seed, a row number and a column: each row can be made again without those
 * before it.
 *
 * The start of a stream is a hash of the three (finalizer of MurmurHash3); the stream is mulberry32 (Tommy Ettinger,
 * public domain).
 */
export class RowRandom {
  readonly #start: number;
  #state = 0;

  /** @param column name of the column; each has a stream of its own, whichever others are read. */
  constructor(seed: number, column: string) {
    this.#start = mix(mix(low(seed) ^ 0x9e3779b9) + mix(high(seed)) + hash32(column));
  }

  /** Starts the stream of a row. */
  seek(row: number): void {
    this.#state = mix(mix(this.#start ^ low(row)) + high(row));
  }

  /** Uniform over 0 to 2^32 - 1. */
  next32(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** Uniform in [0, 1), with 53 random bits. */
  next(): number {
    return ((this.next32() >>> 5) * 67_108_864 + (this.next32() >>> 6)) / 9_007_199_254_740_992;
  }

  /** Uniform over the whole numbers 0 to `count` - 1, for counts up to 2^53. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** As `below`, for counts of any size. */
  bigBelow(count: bigint): bigint {
    let bits = 0n;
    // 64 bits more than the count has make the remainder as good as uniform.
    for (let limit = count << 64n; limit > 0n; limit >>= 32n) bits = (bits << 32n) | BigInt(this.next32());
    return bits % count;
  }
}

function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}

function low(value: number): number {
  return value | 0;
}

function high(value: number): number {
  return Math.floor(value / 4_294_967_296) | 0;
}
