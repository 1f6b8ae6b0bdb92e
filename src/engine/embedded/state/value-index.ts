import { keyText } from '../../../spec/key-text.js';
import { columnOf, storageOf, type Column, type Value } from '../../../spec/batch.js';
import type { DataType } from '../../../spec/data-type.js';
import { NumberTable } from './number-table.js';

/**
 * The values of one column as dense ids: 0 for the first value that comes, 1 for the next one that is different, and so on.
 * Equal values have one id, NULL has one, the two zeros of DOUBLE have two.
 */
export interface ValueIndex {
  /** How many ids there are. */
  readonly size: number;
  /**
   * Writes the ids of the first `count` rows of `rows`, or of the column where `rows` is absent, into `into` from 0 on.
   * Values that come for the first time get the next ids, in the order of the rows.
   */
  assign(column: Column, rows: Int32Array | undefined, count: number, into: Int32Array): void;
  /** The values of these ids. */
  valuesOf(ids: Int32Array): Column;
}

export function createValueIndex(type: DataType): ValueIndex {
  if (type.kind === 'CHAR' || type.kind === 'VARCHAR') return new TextIndex(type);
  if (type.kind === 'BIGINT' || type.kind === 'DECIMAL') return new LongIndex(type);
  return storageOf(type) === 'float64' ? new NumberIndex(type) : new AnyIndex(type);
}

/** Numbers and times. */
class NumberIndex implements ValueIndex {
  readonly #type: DataType;
  readonly #table: NumberTable;
  #nullId = -1;

  constructor(type: DataType) {
    this.#type = type;
    this.#table = new NumberTable(type.kind === 'FLOAT' || type.kind === 'DOUBLE' ? 'bits' : 'integers');
  }

  get size(): number {
    return this.#table.size;
  }

  assign({ values, nulls }: Column, rows: Int32Array | undefined, count: number, into: Int32Array): void {
    const table = this.#table;
    const numbers = values as Float64Array;
    if (rows === undefined && nulls === undefined) {
      for (let k = 0; k < count; k++) into[k] = table.idOf(numbers[k]!);
      return;
    }
    for (let k = 0; k < count; k++) {
      const row = rows === undefined ? k : rows[k]!;
      into[k] = nulls !== undefined && nulls[row] === 1 ? this.#idOfNull() : table.idOf(numbers[row]!);
    }
  }

  #idOfNull(): number {
    if (this.#nullId === -1) this.#nullId = this.#table.addNone();
    return this.#nullId;
  }

  valuesOf(ids: Int32Array): Column {
    const values = new Float64Array(ids.length);
    for (let k = 0; k < ids.length; k++) values[k] = this.#table.numberOf(ids[k]!);
    return { type: this.#type, values, nulls: nullsAt(ids, this.#nullId) };
  }
}

/** BIGINT and DECIMAL: numbers in a table, bigints in a Map. */
class LongIndex implements ValueIndex {
  readonly #type: DataType;
  readonly #table = new NumberTable('integers');
  readonly #large = new Map<bigint, number>();
  /** By id, where it is one of a bigint. */
  readonly #largeOf = new Map<number, bigint>();
  #nullId = -1;

  constructor(type: DataType) {
    this.#type = type;
  }

  get size(): number {
    return this.#table.size;
  }

  assign({ values, nulls }: Column, rows: Int32Array | undefined, count: number, into: Int32Array): void {
    for (let k = 0; k < count; k++) {
      const row = rows === undefined ? k : rows[k]!;
      if (nulls !== undefined && nulls[row] === 1) {
        if (this.#nullId === -1) this.#nullId = this.#table.addNone();
        into[k] = this.#nullId;
        continue;
      }
      const value = (values as (number | bigint)[])[row]!;
      into[k] = typeof value === 'number' ? this.#table.idOf(value) : this.#idOfLarge(value);
    }
  }

  #idOfLarge(value: bigint): number {
    const known = this.#large.get(value);
    if (known !== undefined) return known;
    const id = this.#table.addNone();
    this.#large.set(value, id);
    this.#largeOf.set(id, value);
    return id;
  }

  valuesOf(ids: Int32Array): Column {
    const values: Value[] = [];
    const hasLarge = this.#largeOf.size > 0;
    for (const id of ids) values.push((hasLarge ? this.#largeOf.get(id) : undefined) ?? this.#table.numberOf(id));
    return { type: this.#type, values, nulls: nullsAt(ids, this.#nullId) };
  }
}

/** CHAR and VARCHAR. */
class TextIndex implements ValueIndex {
  readonly #type: DataType;
  readonly #ids = new Map<string | null, number>();
  readonly #texts: (string | null)[] = [];

  constructor(type: DataType) {
    this.#type = type;
  }

  get size(): number {
    return this.#texts.length;
  }

  assign({ values, nulls }: Column, rows: Int32Array | undefined, count: number, into: Int32Array): void {
    const ids = this.#ids;
    for (let k = 0; k < count; k++) {
      const row = rows === undefined ? k : rows[k]!;
      const text = nulls !== undefined && nulls[row] === 1 ? null : (values as string[])[row]!;
      let id = ids.get(text);
      if (id === undefined) {
        id = this.#texts.push(text) - 1;
        ids.set(text, id);
      }
      into[k] = id;
    }
  }

  valuesOf(ids: Int32Array): Column {
    return columnOf(
      this.#type,
      Array.from(ids, id => this.#texts[id]!),
    );
  }
}

/** Every other type, by its text. */
class AnyIndex implements ValueIndex {
  readonly #type: DataType;
  readonly #ids = new Map<string, number>();
  readonly #values: Value[] = [];

  constructor(type: DataType) {
    this.#type = type;
  }

  get size(): number {
    return this.#values.length;
  }

  assign({ values, nulls, type }: Column, rows: Int32Array | undefined, count: number, into: Int32Array): void {
    const isBoolean = type.kind === 'BOOLEAN';
    for (let k = 0; k < count; k++) {
      const row = rows === undefined ? k : rows[k]!;
      const value = nulls !== undefined && nulls[row] === 1 ? null : isBoolean ? values[row] === 1 : values[row]!;
      const text = keyText(value);
      let id = this.#ids.get(text);
      if (id === undefined) {
        id = this.#values.push(value) - 1;
        this.#ids.set(text, id);
      }
      into[k] = id;
    }
  }

  valuesOf(ids: Int32Array): Column {
    return columnOf(
      this.#type,
      Array.from(ids, id => this.#values[id]!),
    );
  }
}

function nullsAt(ids: Int32Array, nullId: number): Uint8Array | undefined {
  if (nullId === -1 || !ids.includes(nullId)) return undefined;
  return Uint8Array.from(ids, id => (id === nullId ? 1 : 0));
}
