import type { Column } from '../../../spec/batch.js';
import type { DataType } from '../../../spec/data-type.js';
import { KeyIndex, type KeySnapshot } from './key-index.js';
import { PairTable } from './pair-table.js';

/** Which values a group has seen. */
export class DistinctIndex {
  readonly #types: readonly DataType[];
  #values: KeyIndex;
  /** Group and value. */
  #seen = new PairTable();

  /** @param types of the columns whose values make one value together. */
  constructor(types: readonly DataType[]) {
    this.#types = types;
    this.#values = new KeyIndex(types);
  }

  /**
   * Keeps those of the first `count` rows whose values their groups have not seen yet, at the front of `rows`.
   *
   * @param groups by row.
   * @returns how many.
   */
  keepNew(columns: readonly Column[], groups: Int32Array, rows: Int32Array, count: number): number {
    const values = this.#values.assign(columns, rows, count);
    let kept = 0;
    let known = this.#seen.size;
    for (let k = 0; k < count; k++) {
      this.#seen.idOf(groups[rows[k]!]!, values[k]!);
      if (this.#seen.size === known) continue;
      known++;
      rows[kept++] = rows[k]!;
    }
    return kept;
  }

  /** Forgets all groups but these, which are 0, 1, … from now on. @param groupCount how many groups there were. */
  keep(groups: Int32Array, groupCount: number): void {
    const places = new Int32Array(groupCount).fill(-1);
    groups.forEach((group, place) => void (places[group] = place));
    const pairs = Int32Array.from({ length: this.#seen.size }, (_, id) => id).filter(id => places[this.#seen.leftOf(id)] !== -1);
    const columns = this.#values.columnsOf(pairs.map(id => this.#seen.rightOf(id)));
    const values = new KeyIndex(this.#types);
    const valueIds = values.assign(columns, undefined, pairs.length);
    const seen = new PairTable();
    pairs.forEach((id, k) => void seen.idOf(places[this.#seen.leftOf(id)]!, valueIds[k]!));
    this.#values = values;
    this.#seen = seen;
  }

  /** For a checkpoint; shares nothing with the index. */
  snapshot(): DistinctSnapshot {
    const count = this.#seen.size;
    return {
      values: this.#values.snapshot(),
      groups: Int32Array.from({ length: count }, (_, id) => this.#seen.leftOf(id)),
      valueIds: Int32Array.from({ length: count }, (_, id) => this.#seen.rightOf(id)),
    };
  }

  /** Takes what `snapshot` gave into an empty index. */
  restore({ values, groups, valueIds }: DistinctSnapshot): void {
    this.#values.restore(values);
    groups.forEach((group, k) => void this.#seen.idOf(group, valueIds[k]!));
  }
}

export interface DistinctSnapshot {
  readonly values: KeySnapshot;
  readonly groups: Int32Array;
  readonly valueIds: Int32Array;
}
