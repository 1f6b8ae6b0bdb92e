import type { Value } from './value.js';

/** Values of one row while it is computed, by slot. One object serves row after row: `begin` forgets the last one. */
export class Row {
  readonly values: Value[];
  /** The same where a value is a number, NaN where it is anything else: trees read nothing else, and read it often. */
  readonly numbers: Float64Array;
  /** Whether a slot was set for this row: its stamp is the row's. */
  readonly #stamps: Int32Array;
  #stamp = 0;

  constructor(slots: number) {
    this.values = Array.from({ length: slots }, () => undefined);
    this.numbers = new Float64Array(slots);
    this.#stamps = new Int32Array(slots);
  }

  begin(): void {
    if (this.#stamp === 0x7fff_ffff) {
      this.#stamps.fill(0);
      this.#stamp = 0;
    }
    this.#stamp++;
  }

  /** Whether the slot was set since `begin`. */
  has(slot: number): boolean {
    return this.#stamps[slot] === this.#stamp;
  }

  set(slot: number, value: Value): void {
    this.values[slot] = value;
    this.numbers[slot] = typeof value === 'number' ? value : NaN;
    this.#stamps[slot] = this.#stamp;
  }

  /** The slot's value; missing when nothing set it in this row. */
  get(slot: number): Value {
    return this.#stamps[slot] === this.#stamp ? this.values[slot] : undefined;
  }
}

export type Evaluate = (row: Row) => Value;

/** Why one row has no prediction; the others go on. */
export class RowFailure extends Error {
  override readonly name = 'RowFailure';
}
