const MULTIPLIER = 0x5_deec_e66dn;
const ADDEND = 0xbn;
const MASK = (1n << 48n) - 1n;

/** The generator of `java.util.Random`, so that RAND with a seed gives the numbers that Flink gives. */
export class JavaRandom {
  #state: bigint;

  constructor(seed: number) {
    this.#state = (BigInt(seed) ^ MULTIPLIER) & MASK;
  }

  #next(bits: number): number {
    this.#state = (this.#state * MULTIPLIER + ADDEND) & MASK;
    return Number(BigInt.asIntN(32, this.#state >> BigInt(48 - bits)));
  }

  /** Uniform in [0, 1). */
  nextDouble(): number {
    const high = this.#next(26);
    return (high * 0x800_0000 + this.#next(27)) / 2 ** 53;
  }

  /** Uniform in [0, bound), for a positive bound. */
  nextInt(bound: number): number {
    let bits = this.#next(31);
    if ((bound & -bound) === bound) return Number((BigInt(bound) * BigInt(bits)) >> 31n);
    let value = bits % bound;
    // Rejects the last, incomplete stretch of `bound` numbers below 2^31.
    while (bits - value + (bound - 1) > 0x7fff_ffff) {
      bits = this.#next(31);
      value = bits % bound;
    }
    return value;
  }
}
