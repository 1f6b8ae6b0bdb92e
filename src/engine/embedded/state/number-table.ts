/** Ids as dense as numbers come, in a table with open addressing: a Map of numbers costs about four times as much. */
export class NumberTable {
  readonly #mode: 'integers' | 'bits';
  /** Id + 1 at the place of a number's hash or after it; 0 where nothing is. */
  #slots = new Int32Array(1_024);
  #shift = 22;
  /** By id. */
  #numbers = new Float64Array(512);
  /** The same memory, to compare numbers bit by bit. */
  #words = new Int32Array(this.#numbers.buffer);
  #size = 0;
  /** Ids without a number. */
  readonly #none = new Set<number>();
  readonly #scratch = new Float64Array(1);
  readonly #scratchWords = new Int32Array(this.#scratch.buffer);

  /** @param mode `integers` for whole numbers without negative zero; `bits` for any, where NaN is one number and the zeros are two. */
  constructor(mode: 'integers' | 'bits') {
    this.#mode = mode;
  }

  get size(): number {
    return this.#size;
  }

  /** The number's id; a new one where it comes for the first time. */
  idOf(value: number): number {
    return this.#mode === 'integers' ? this.#idOfInteger(value) : this.#idOfBits(value);
  }

  /** An id that no number has. */
  addNone(): number {
    const id = this.#append(NaN);
    this.#none.add(id);
    return id;
  }

  numberOf(id: number): number {
    return this.#numbers[id]!;
  }

  #idOfInteger(value: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let place = (hash(value | 0, (value / 4_294_967_296) | 0) >>> this.#shift) & mask;
    for (let entry = slots[place]!; entry !== 0; entry = slots[place]!) {
      if (this.#numbers[entry - 1] === value) return entry - 1;
      place = (place + 1) & mask;
    }
    return this.#insert(value, place);
  }

  #idOfBits(value: number): number {
    const scratch = this.#scratchWords;
    // All NaNs are one.
    this.#scratch[0] = value === value ? value : NaN;
    const [low, high] = [scratch[0]!, scratch[1]!];
    const slots = this.#slots;
    const mask = slots.length - 1;
    let place = (hash(low, high) >>> this.#shift) & mask;
    for (let entry = slots[place]!; entry !== 0; entry = slots[place]!) {
      const at = (entry - 1) * 2;
      if (this.#words[at] === low && this.#words[at + 1] === high && !this.#none.has(entry - 1)) return entry - 1;
      place = (place + 1) & mask;
    }
    return this.#insert(this.#scratch[0], place);
  }

  #insert(value: number, place: number): number {
    const id = this.#append(value);
    this.#slots[place] = id + 1;
    if (2 * this.#size > this.#slots.length) this.#rehash();
    return id;
  }

  #append(value: number): number {
    const id = this.#size++;
    if (id === this.#numbers.length) {
      const larger = new Float64Array(2 * id);
      larger.set(this.#numbers);
      this.#numbers = larger;
      this.#words = new Int32Array(larger.buffer);
    }
    this.#numbers[id] = value;
    return id;
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    this.#shift--;
    for (let id = 0; id < this.#size; id++) {
      if (this.#none.has(id)) continue;
      const value = this.#numbers[id]!;
      const code =
        this.#mode === 'integers' ? hash(value | 0, (value / 4_294_967_296) | 0) : hash(this.#words[2 * id]!, this.#words[2 * id + 1]!);
      let place = (code >>> this.#shift) & mask;
      while (slots[place] !== 0) place = (place + 1) & mask;
      slots[place] = id + 1;
    }
    this.#slots = slots;
  }
}

/** 32 bits of which the high ones depend on all bits of both words. */
export function hash(low: number, high: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
}
