import type { AggregateCall } from '../../../planner/logical/aggregate-call.js';
import { batchOfRows, RowKind, type Batch, type Value } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import type { StreamElement } from '../element.js';
import type { Operator, OperatorContext } from '../operator.js';
import { encodeKey, KeyedState } from '../state/keyed-state.js';
import type { Accumulator } from './accumulator.js';
import { groupComputation, keyAt, type GroupComputation } from './group.js';

export interface GroupAggregateOptions {
  readonly keys: readonly number[];
  readonly aggregates: readonly AggregateCall[];
  readonly fields: readonly Field[];
}

/**
 * Groups all rows so far. Each batch gives, for every group that it changed, `+I` for a new group and `-U +U` for a known
 * one whose results differ: changes within a batch are folded. Without keys there is one group, which is sent at the end
 * of input even if no row came.
 */
export function groupAggregateOperator(options: GroupAggregateOptions): (context: OperatorContext) => Operator {
  return context => new GroupAggregateOperator(options, context);
}

interface Group {
  readonly accumulators: Accumulator[];
  /** The results that were sent last; `undefined` before the first. */
  sent: Value[] | undefined;
}

class GroupAggregateOperator implements Operator {
  readonly #options: GroupAggregateOptions;
  readonly #context: OperatorContext;
  readonly #computation: GroupComputation;
  readonly #groups = new KeyedState<Group>();

  constructor(options: GroupAggregateOptions, context: OperatorContext) {
    this.#options = options;
    this.#context = context;
    this.#computation = groupComputation(options.aggregates);
  }

  open(state: unknown): void {
    if (state !== undefined) this.#groups.restore(state as ReturnType<KeyedState<Group>['snapshot']>);
  }

  push(element: StreamElement): void | Promise<void> {
    switch (element.kind) {
      case 'batch':
        return this.#add(element);
      case 'barrier':
        this.#context.snapshot(element.checkpoint, this.#groups.snapshot());
        return this.#context.output.emit(element);
      case 'end':
        if (this.#options.keys.length === 0 && this.#groups.size === 0) this.#sendEmpty();
        return this.#context.output.emit(element);
      case 'watermark':
        return this.#context.output.emit(element);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #add(batch: Batch): void | Promise<void> {
    const changed = new Map<Group, readonly Value[]>();
    for (let row = 0; row < batch.rowCount; row++) {
      const key = keyAt(batch, this.#options.keys, row);
      const group = this.#groups.getOrCreate(key, () => ({ accumulators: this.#computation.create(), sent: undefined }));
      this.#computation.add(group.accumulators, batch, row);
      changed.set(group, key);
    }
    return this.#send(changed);
  }

  #send(changed: ReadonlyMap<Group, readonly Value[]>): void | Promise<void> {
    const rows: Value[][] = [];
    const kinds: RowKind[] = [];
    for (const [group, key] of changed) {
      const results = this.#computation.results(group.accumulators);
      const before = group.sent;
      if (before && isSameKey(encodeKey(before), encodeKey(results))) continue;
      if (before) {
        rows.push([...key, ...before]);
        kinds.push(RowKind.UPDATE_BEFORE);
      }
      rows.push([...key, ...results]);
      kinds.push(before ? RowKind.UPDATE_AFTER : RowKind.INSERT);
      group.sent = results;
    }
    if (rows.length === 0) return;
    const isInsertOnly = kinds.every(kind => kind === RowKind.INSERT);
    return this.#context.output.emit(batchOfRows(this.#options.fields, rows, isInsertOnly ? undefined : Uint8Array.from(kinds)));
  }

  #sendEmpty(): void {
    const group: Group = { accumulators: this.#computation.create(), sent: undefined };
    this.#groups.set([], group);
    void this.#send(new Map([[group, []]]));
  }
}

function isSameKey(a: ReturnType<typeof encodeKey>, b: ReturnType<typeof encodeKey>): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}
