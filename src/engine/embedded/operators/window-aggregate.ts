import type { Zone } from '../../../common/zone.js';
import type { AggregateCall } from '../../../planner/logical/aggregate-call.js';
import { batchOfRows, type Batch, type Value } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import type { StreamElement } from '../element.js';
import { joinCredits, type Operator, type OperatorContext } from '../operator.js';
import { EventTimers } from '../state/event-timers.js';
import { KeyedState } from '../state/keyed-state.js';
import { groupComputation, keyAt, type GroupComputation, type GroupState } from './group.js';
import { fireTimeOf } from './window-time.js';

export interface WindowAggregateOptions {
  readonly keys: readonly number[];
  readonly aggregates: readonly AggregateCall[];
  /** The input's column that holds the end of the row's window. */
  readonly windowEnd: number;
  readonly fields: readonly Field[];
  /** Where windows stand on a wall clock: its zone. */
  readonly zone?: Zone | undefined;
}

/**
 * Groups rows within their windows. A window fires when the watermark reaches its last millisecond; a row whose window
 * has fired is dropped and counted as `late_rows`. Groups leave in the order of their windows, then of their first rows.
 */
export function windowAggregateOperator(options: WindowAggregateOptions): (context: OperatorContext) => Operator {
  return context => new WindowAggregateOperator(options, context);
}

interface WindowAggregateState {
  readonly watermark: number;
  readonly timers: readonly number[];
  readonly windows: readonly (readonly [number, ReturnType<KeyedState<GroupState>['snapshot']>])[];
}

class WindowAggregateOperator implements Operator {
  readonly #options: WindowAggregateOptions;
  readonly #context: OperatorContext;
  readonly #computation: GroupComputation;
  /** Groups by the instant at which their window fires. */
  readonly #windows = new Map<number, KeyedState<GroupState>>();
  readonly #timers = new EventTimers();
  #watermark = -Infinity;

  constructor(options: WindowAggregateOptions, context: OperatorContext) {
    this.#options = options;
    this.#context = context;
    this.#computation = groupComputation(options.aggregates);
  }

  open(state: unknown): void {
    if (state === undefined) return;
    const { watermark, timers, windows } = state as WindowAggregateState;
    this.#watermark = watermark;
    this.#timers.restore(timers);
    for (const [last, entries] of windows) this.#windowOf(last).restore(entries);
  }

  push(element: StreamElement): void | Promise<void> {
    switch (element.kind) {
      case 'batch':
        this.#add(element);
        return;
      case 'watermark':
        return this.#advance(element.time);
      case 'barrier':
        this.#context.snapshot(element.checkpoint, this.#snapshot());
        return this.#context.output.emit(element);
      case 'end':
        return this.#context.output.emit(element);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #add(batch: Batch): void {
    const ends = batch.columns[this.#options.windowEnd]!.values as Float64Array;
    let late = 0;
    for (let row = 0; row < batch.rowCount; row++) {
      const last = fireTimeOf(ends[row]!, this.#options.zone);
      if (last <= this.#watermark) {
        late++;
        continue;
      }
      const group = this.#windowOf(last).getOrCreate(keyAt(batch, this.#options.keys, row), this.#computation.create);
      this.#computation.add(group, batch, row);
    }
    if (late > 0) this.#context.count('late_rows', late);
  }

  #windowOf(last: number): KeyedState<GroupState> {
    const found = this.#windows.get(last);
    if (found) return found;
    const window = new KeyedState<GroupState>();
    this.#windows.set(last, window);
    this.#timers.register(last);
    return window;
  }

  #advance(time: number): void | Promise<void> {
    this.#watermark = time;
    const rows: Value[][] = [];
    this.#timers.advance(time, last => {
      for (const [key, group] of this.#windows.get(last)!.entries()) rows.push([...key, ...this.#computation.results(group)]);
      this.#windows.delete(last);
    });
    const credit = rows.length > 0 ? this.#context.output.emit(batchOfRows(this.#options.fields, rows)) : undefined;
    return joinCredits([credit, this.#context.output.emit({ kind: 'watermark', time })]);
  }

  #snapshot(): WindowAggregateState {
    return {
      watermark: this.#watermark,
      timers: this.#timers.snapshot(),
      windows: [...this.#windows].map(([last, groups]) => [last, groups.snapshot()] as const),
    };
  }
}
