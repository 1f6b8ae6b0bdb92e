import type { Zone } from '../../../common/zone.js';
import type { AggregateCall } from '../../../planner/logical/aggregate-call.js';
import type { TimeAttribute } from '../../../planner/logical/node.js';
import { batchOfRows, type Batch, type Value } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import type { StreamElement } from '../element.js';
import { joinCredits, type Operator, type OperatorContext } from '../operator.js';
import { KeyedState } from '../state/keyed-state.js';
import { groupComputation, keyAt, type GroupComputation, type GroupState } from './group.js';
import { createWindowClock, type WindowClock } from './window-clock.js';

export interface WindowAggregateOptions {
  readonly keys: readonly number[];
  readonly aggregates: readonly AggregateCall[];
  /** The input's column that holds the end of the row's window. */
  readonly windowEnd: number;
  readonly timeAttribute: TimeAttribute;
  readonly fields: readonly Field[];
  /** Where windows stand on a wall clock: its zone. */
  readonly zone?: Zone | undefined;
}

/**
 * Groups rows within their windows. A window fires when the watermark reaches its last millisecond, or over processing time
 * when the clock has passed it; a row whose window has fired with the watermark is dropped and counted as `late_rows`.
 * Groups leave in the order of their windows, then of their first rows. Over processing time, what is open when the input
 * ends does not leave.
 */
export function windowAggregateOperator(options: WindowAggregateOptions): (context: OperatorContext) => Operator {
  return context => new WindowAggregateOperator(options, context);
}

interface WindowAggregateState {
  readonly watermark: number;
  readonly windows: readonly (readonly [number, ReturnType<KeyedState<GroupState>['snapshot']>])[];
}

class WindowAggregateOperator implements Operator {
  readonly #options: WindowAggregateOptions;
  readonly #context: OperatorContext;
  readonly #computation: GroupComputation;
  /** Groups by the instant at which their window fires. */
  readonly #windows = new Map<number, KeyedState<GroupState>>();
  readonly #clock: WindowClock;
  #fired: Value[][] = [];

  constructor(options: WindowAggregateOptions, context: OperatorContext) {
    this.#options = options;
    this.#context = context;
    this.#computation = groupComputation(options.aggregates);
    this.#clock = createWindowClock({
      timeAttribute: options.timeAttribute,
      zone: options.zone,
      context,
      fire: fireTime => this.#fire(fireTime),
      flush: () => void this.#flush(),
    });
  }

  open(state: unknown): void {
    if (state === undefined) return;
    const { watermark, windows } = state as WindowAggregateState;
    this.#clock.restore(watermark);
    for (const [fireTime, entries] of windows) this.#windowOf(fireTime).restore(entries);
  }

  push(element: StreamElement): void | Promise<void> {
    switch (element.kind) {
      case 'batch':
        this.#add(element);
        return;
      case 'watermark':
        this.#clock.advance(element.time);
        return joinCredits([this.#flush(), this.#context.output.emit(element)]);
      case 'barrier':
        this.#context.snapshot(element.checkpoint, this.#snapshot());
        return this.#context.output.emit(element);
      case 'end':
        this.#clock.stop();
        return this.#context.output.emit(element);
    }
  }

  close(): Promise<void> {
    this.#clock.stop();
    return Promise.resolve();
  }

  #add(batch: Batch): void {
    const ends = batch.columns[this.#options.windowEnd]!.values as Float64Array;
    let late = 0;
    for (let row = 0; row < batch.rowCount; row++) {
      const fireTime = this.#clock.fireTimeOf(ends[row]!);
      if (this.#clock.isLate(fireTime)) {
        late++;
        continue;
      }
      const group = this.#windowOf(fireTime).getOrCreate(keyAt(batch, this.#options.keys, row), this.#computation.create);
      this.#computation.add(group, batch, row);
    }
    if (late > 0) this.#context.count('late_rows', late);
  }

  #windowOf(fireTime: number): KeyedState<GroupState> {
    const found = this.#windows.get(fireTime);
    if (found) return found;
    const window = new KeyedState<GroupState>();
    this.#windows.set(fireTime, window);
    this.#clock.register(fireTime);
    return window;
  }

  #fire(fireTime: number): void {
    for (const [key, group] of this.#windows.get(fireTime)!.entries()) this.#fired.push([...key, ...this.#computation.results(group)]);
    this.#windows.delete(fireTime);
  }

  #flush(): void | Promise<void> {
    if (this.#fired.length === 0) return;
    const rows = this.#fired;
    this.#fired = [];
    return this.#context.output.emit(batchOfRows(this.#options.fields, rows));
  }

  #snapshot(): WindowAggregateState {
    return {
      watermark: this.#clock.watermark,
      windows: [...this.#windows].map(([fireTime, groups]) => [fireTime, groups.snapshot()] as const),
    };
  }
}
