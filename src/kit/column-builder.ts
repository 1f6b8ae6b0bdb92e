import { storageOf, type Column, type ColumnValues, type Value } from '../spec/batch.js';
import type { DataType } from '../spec/data-type.js';

/** A column that is filled row by row, from row 0 on; a row may be set again. */
export class ColumnBuilder {
  readonly #type: DataType;
  readonly #capacity: number;
  readonly #values: ColumnValues;
  #nulls: Uint8Array | undefined;

  /** @param capacity most rows. */
  constructor(type: DataType, capacity: number) {
    this.#type = type;
    this.#capacity = capacity;
    const storage = storageOf(type);
    this.#values = storage === 'float64' ? new Float64Array(capacity) : storage === 'boolean' ? new Uint8Array(capacity) : [];
  }

  /** Sets a row to a value in the form of `Value`. */
  set(row: number, value: Value): void {
    const values = this.#values;
    if (value === null) {
      this.#nulls ??= new Uint8Array(this.#capacity);
      this.#nulls[row] = 1;
      if (Array.isArray(values)) values[row] = null;
      return;
    }
    if (this.#nulls !== undefined) this.#nulls[row] = 0;
    if (Array.isArray(values)) values[row] = value;
    else values[row] = Number(value);
  }

  /** The column; the builder is not used any more. */
  build(): Column {
    return { type: this.#type, values: this.#values, nulls: this.#nulls };
  }
}
