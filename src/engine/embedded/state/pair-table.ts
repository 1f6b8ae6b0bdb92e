import { hash } from './number-table.js';

/** Dense ids of pairs of ids, in the order in which the pairs come. */
export class PairTable {
  /** Id + 1 at the place of a pair's hash or after it; 0 where nothing is. */
  #slots = new Int32Array(1_024);
  #shift = 22;
  #left = new Int32Array(512);
  #right = new Int32Array(512);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  leftOf(id: number): number {
    return this.#left[id]!;
  }

  rightOf(id: number): number {
    return this.#right[id]!;
  }

  /** The pair's id; a new one where it comes for the first time. */
  idOf(left: number, right: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let place = (hash(left, right) >>> this.#shift) & mask;
    for (let entry = slots[place]!; entry !== 0; entry = slots[place]!) {
      if (this.#left[entry - 1] === left && this.#right[entry - 1] === right) return entry - 1;
      place = (place + 1) & mask;
    }
    const id = this.#append(left, right);
    slots[place] = id + 1;
    if (2 * this.#size > slots.length) this.#rehash();
    return id;
  }

  #append(left: number, right: number): number {
    const id = this.#size++;
    if (id === this.#left.length) {
      this.#left = doubled(this.#left);
      this.#right = doubled(this.#right);
    }
    this.#left[id] = left;
    this.#right[id] = right;
    return id;
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    this.#shift--;
    for (let id = 0; id < this.#size; id++) {
      let place = (hash(this.#left[id]!, this.#right[id]!) >>> this.#shift) & mask;
      while (slots[place] !== 0) place = (place + 1) & mask;
      slots[place] = id + 1;
    }
    this.#slots = slots;
  }
}

function doubled(ids: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * ids.length);
  larger.set(ids);
  return larger;
}
