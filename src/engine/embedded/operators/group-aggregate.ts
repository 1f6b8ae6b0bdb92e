import type { AggregateCall } from '../../../planner/logical/aggregate-call.js';
import type { GroupAggregateExec } from '../../../planner/physical/exec-node.js';
import { RowKind, takeColumn, type Batch, type Column } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import { compileGroupColumns, type GroupColumns, type GroupColumnsSnapshot } from '../compile/compile-group-columns.js';
import type { StreamElement } from '../element.js';
import { joinCredits, type Operator, type OperatorContext } from '../operator.js';
import { KeyIndex, type KeySnapshot } from '../state/key-index.js';
import { differingRows } from './differing-rows.js';

export interface GroupAggregateOptions {
  readonly keys: readonly number[];
  readonly aggregates: readonly AggregateCall[];
  readonly emit: GroupAggregateExec['emit'];
  /** The keys, then the results. */
  readonly fields: readonly Field[];
}

/**
 * Groups all rows so far. Without keys there is one group, which is sent at the end of input even if no row came.
 *
 * With `emit: 'changes'`, each batch gives, for every group that it changed, `+I` for a new group and `-U +U` for a known
 * one whose results differ: changes within a batch are folded. With `final`, each group leaves once, at the end of input,
 * in the order of the first rows of the groups.
 */
export function groupAggregateOperator(options: GroupAggregateOptions): (context: OperatorContext) => Operator {
  return context => new GroupAggregateOperator(options, context);
}

interface GroupAggregateState {
  readonly keys: KeySnapshot;
  readonly groups: GroupColumnsSnapshot;
  /** Whether the end of input has been dealt with. */
  readonly isDone: boolean;
}

class GroupAggregateOperator implements Operator {
  readonly #options: GroupAggregateOptions;
  readonly #context: OperatorContext;
  readonly #keys: KeyIndex;
  readonly #groups: GroupColumns;
  /** By group: the last batch that it had a row in. */
  #lastBatch = new Float64Array(64);
  #batches = 0;
  #isDone = false;

  constructor(options: GroupAggregateOptions, context: OperatorContext) {
    this.#options = options;
    this.#context = context;
    this.#keys = new KeyIndex(options.keys.map((_, k) => options.fields[k]!.type));
    this.#groups = compileGroupColumns(options.aggregates);
  }

  open(state: unknown): void {
    if (state === undefined) return;
    const { keys, groups, isDone } = state as GroupAggregateState;
    this.#keys.restore(keys);
    this.#groups.restore(groups);
    this.#isDone = isDone;
  }

  push(element: StreamElement): void | Promise<void> {
    switch (element.kind) {
      case 'batch':
        return this.#add(element);
      case 'barrier':
        this.#context.snapshot(element.checkpoint, this.#snapshot());
        return this.#context.output.emit(element);
      case 'end':
        return joinCredits([this.#finish(), this.#context.output.emit(element)]);
      case 'watermark':
        return this.#context.output.emit(element);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #snapshot(): GroupAggregateState {
    return { keys: this.#keys.snapshot(), groups: this.#groups.snapshot(this.#keys.size), isDone: this.#isDone };
  }

  #add(batch: Batch): void | Promise<void> {
    const before = this.#keys.size;
    const columns = this.#options.keys.map(key => batch.columns[key]!);
    const groups = this.#keys.assign(columns, undefined, batch.rowCount);
    if (this.#options.emit === 'final') {
      this.#groups.add(batch, groups, this.#keys.size);
      return;
    }
    const changed = this.#groupsIn(groups, batch.rowCount);
    const known = changed.filter(group => group < before);
    const old = this.#groups.results(known, before);
    this.#groups.add(batch, groups, this.#keys.size);
    return this.#sendChanges(changed, { before, old });
  }

  /** The groups of the rows, each once, in the order of their first rows. */
  #groupsIn(groups: Int32Array, rowCount: number): Int32Array {
    if (this.#lastBatch.length < this.#keys.size) {
      const larger = new Float64Array(2 * this.#keys.size);
      larger.set(this.#lastBatch);
      this.#lastBatch = larger;
    }
    this.#batches++;
    const found = new Int32Array(rowCount);
    let count = 0;
    for (let row = 0; row < rowCount; row++) {
      const group = groups[row]!;
      if (this.#lastBatch[group] === this.#batches) continue;
      this.#lastBatch[group] = this.#batches;
      found[count++] = group;
    }
    return found.subarray(0, count);
  }

  /** @param old the results that were sent last, of those groups that were known `before`, in their order. */
  #sendChanges(changed: Int32Array, { before, old }: { readonly before: number; readonly old: readonly Column[] }): void | Promise<void> {
    const keys = this.#keys.columnsOf(changed);
    const results = this.#groups.results(changed, this.#keys.size);
    const isNew = (k: number): boolean => changed[k]! >= before;
    if (changed.every(group => group >= before)) {
      return changed.length === 0 ? undefined : this.#emit(changed.length, [...keys, ...results]);
    }
    const knownRows = Int32Array.from(changed.keys()).filter(k => !isNew(k));
    const differs = differingRows(
      old,
      results.map(column => takeColumn(column, knownRows)),
      knownRows.length,
    );
    // One row a change: the place among the changed groups, whether it is the old row, and its kind.
    const places: number[] = [];
    const oldPlaces: number[] = [];
    const kinds: RowKind[] = [];
    let known = 0;
    for (let k = 0; k < changed.length; k++) {
      const oldPlace = isNew(k) ? -1 : known++;
      if (oldPlace !== -1 && differs[oldPlace] === 0) continue;
      if (oldPlace !== -1) {
        places.push(k);
        oldPlaces.push(oldPlace);
        kinds.push(RowKind.UPDATE_BEFORE);
      }
      places.push(k);
      oldPlaces.push(-1);
      kinds.push(oldPlace === -1 ? RowKind.INSERT : RowKind.UPDATE_AFTER);
    }
    if (kinds.length === 0) return;
    const isInsertOnly = kinds.every(kind => kind === RowKind.INSERT);
    const columns = [
      ...keys.map(column => takeColumn(column, places)),
      ...results.map((column, c) => pickColumn(column, old[c]!, places, oldPlaces)),
    ];
    return this.#emit(kinds.length, columns, isInsertOnly ? undefined : Uint8Array.from(kinds));
  }

  #finish(): void | Promise<void> {
    if (this.#isDone) return;
    this.#isDone = true;
    const { emit, keys } = this.#options;
    const isEmpty = this.#keys.size === 0;
    if (keys.length === 0 && isEmpty) this.#keys.addEmptyKey();
    if (emit === 'changes' && (keys.length > 0 || !isEmpty)) return;
    const { size } = this.#keys;
    if (size === 0) return;
    const all = Int32Array.from({ length: size }, (_, group) => group);
    return this.#emit(size, [...this.#keys.columnsOf(all), ...this.#groups.results(all, size)]);
  }

  #emit(rowCount: number, columns: readonly Column[], rowKinds?: Uint8Array): void | Promise<void> {
    const typed = columns.map((column, c): Column => ({ ...column, type: this.#options.fields[c]!.type }));
    return this.#context.output.emit({ kind: 'batch', rowCount, columns: typed, rowKinds });
  }
}

/** Row k is that of the old column where `oldRows` names one, else that of the new one which `rows` names. */
function pickColumn(column: Column, old: Column, rows: readonly number[], oldRows: readonly number[]): Column {
  const fresh = takeColumn(column, rows);
  const nulls = fresh.nulls ?? (old.nulls && new Uint8Array(rows.length));
  oldRows.forEach((row, k) => {
    if (row === -1) return;
    fresh.values[k] = old.values[row]!;
    if (nulls) nulls[k] = old.nulls?.[row] ?? 0;
  });
  return { ...fresh, nulls };
}
