import type { Column } from '../../../spec/batch.js';
import type { DataType } from '../../../spec/data-type.js';
import { PairTable } from './pair-table.js';
import { createValueIndex, type ValueIndex } from './value-index.js';

/**
 * Keys of several columns as dense ids: equal keys have one id, NULL equals NULL, new keys get the next id in the order of
 * their rows. A key without columns is always the same one.
 *
 * Each column has its own ids; those of the columns are paired, left to right.
 */
export class KeyIndex {
  readonly #types: readonly DataType[];
  readonly #columns: readonly ValueIndex[];
  /** Entry c pairs the ids of the columns up to c with those of column c + 1. */
  readonly #pairs: readonly PairTable[];
  #ids = new Int32Array(0);
  #others = new Int32Array(0);
  #hasEmptyKey = false;

  constructor(types: readonly DataType[]) {
    this.#types = types;
    this.#columns = types.map(createValueIndex);
    this.#pairs = types.slice(1).map(() => new PairTable());
  }

  /** How many keys there are. */
  get size(): number {
    if (this.#types.length === 0) return this.#hasEmptyKey ? 1 : 0;
    return (this.#pairs.at(-1) ?? this.#columns[0]!).size;
  }

  /**
   * The ids of the first `count` rows of `rows`, or of all columns where `rows` is absent.
   *
   * @returns an array that the next call uses again; only its first `count` elements mean something.
   */
  assign(columns: readonly Column[], rows: Int32Array | undefined, count: number): Int32Array {
    if (this.#ids.length < count) {
      this.#ids = new Int32Array(count);
      this.#others = new Int32Array(count);
    }
    const [ids, others] = [this.#ids, this.#others];
    if (this.#columns.length === 0) {
      this.#hasEmptyKey ||= count > 0;
      return ids;
    }
    this.#columns[0]!.assign(columns[0]!, rows, count, ids);
    for (let c = 1; c < this.#columns.length; c++) {
      this.#columns[c]!.assign(columns[c]!, rows, count, others);
      const pairs = this.#pairs[c - 1]!;
      for (let k = 0; k < count; k++) ids[k] = pairs.idOf(ids[k]!, others[k]!);
    }
    return ids;
  }

  /** Makes the key without columns known, of which no row has come. */
  addEmptyKey(): void {
    this.#hasEmptyKey = true;
  }

  /** The columns of these keys, in the order of the ids given. */
  columnsOf(ids: Int32Array): Column[] {
    const columns: Column[] = [];
    let current = ids;
    for (let c = this.#columns.length - 1; c > 0; c--) {
      const pairs = this.#pairs[c - 1]!;
      columns.unshift(this.#columns[c]!.valuesOf(current.map(id => pairs.rightOf(id))));
      current = current.map(id => pairs.leftOf(id));
    }
    if (this.#columns.length > 0) columns.unshift(this.#columns[0]!.valuesOf(current));
    return columns;
  }

  /** For a checkpoint: the columns of all keys by id. Shares nothing with the index. */
  snapshot(): KeySnapshot {
    const { size } = this;
    return { size, columns: this.columnsOf(Int32Array.from({ length: size }, (_, id) => id)) };
  }

  /** Takes what `snapshot` gave into an empty index; keys have the ids they had. */
  restore({ size, columns }: KeySnapshot): void {
    this.assign(columns, undefined, size);
  }
}

export interface KeySnapshot {
  readonly size: number;
  readonly columns: readonly Column[];
}
