import type { Zone } from '../../../common/zone.js';
import type { AggregateCall } from '../../../planner/logical/aggregate-call.js';
import type { WindowKey } from '../../../planner/logical/node.js';
import { takeRows, type Batch, type Column } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import { compileGroupColumns, type GroupColumns, type GroupColumnsSnapshot } from '../compile/compile-group-columns.js';
import type { StreamElement } from '../element.js';
import { joinCredits, type Operator, type OperatorContext } from '../operator.js';
import { KeyIndex, type KeySnapshot } from '../state/key-index.js';
import { createWindowClock, type WindowClock } from './window-clock.js';

export interface WindowAggregateOptions {
  readonly keys: readonly number[];
  readonly aggregates: readonly AggregateCall[];
  /** The input's columns that hold the bounds of the row's window, which are among the keys. */
  readonly window: Omit<WindowKey, 'isLocal'>;
  /** The keys, then the results. */
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
  readonly keys: KeySnapshot;
  readonly groups: GroupColumnsSnapshot;
  /** By fire time. */
  readonly windows: readonly (readonly [number, readonly OpenWindow[]])[];
}

interface OpenWindow {
  /** Where windows are sessions: that of one of them. */
  readonly start: number;
  /** In the order of their first rows. */
  readonly groups: number[];
}

/** Fewer groups than this are not worth being forgotten. */
const MIN_FIRED = 4_096;

/**
 * Groups are ids of keys, which hold the bounds of their windows (the start only where the end does not decide it), and their
 * accumulators are columns, as in an aggregation without windows. A window is the list of its groups. Ids of groups that have fired are not used again; when they are
 * more than the others, all others get new ones.
 */
class WindowAggregateOperator implements Operator {
  readonly #options: WindowAggregateOptions;
  readonly #context: OperatorContext;
  readonly #clock: WindowClock;
  readonly #groups: GroupColumns;
  #keys: KeyIndex;
  /** The input's columns by which groups differ. */
  readonly #keyColumns: readonly number[];
  /** By the time at which they fire: one, or several where a change of the clock skips the ends of windows. */
  #windows = new Map<number, OpenWindow[]>();
  /** How many groups have fired and are not forgotten. */
  #firedCount = 0;
  /** Groups that fire now, in the order in which they leave. */
  #firing: OpenWindow[] = [];

  constructor(options: WindowAggregateOptions, context: OperatorContext) {
    this.#options = options;
    this.#context = context;
    this.#groups = compileGroupColumns(options.aggregates);
    const { window } = options;
    this.#keyColumns = options.keys.filter(key => !(window.isAligned && key === window.start));
    this.#keys = this.#newKeys();
    this.#clock = createWindowClock({
      timeAttribute: window.timeAttribute,
      zone: options.zone,
      context,
      fire: fireTime => this.#fire(fireTime),
      flush: () => void this.#flush(),
    });
  }

  open(state: unknown): void {
    if (state === undefined) return;
    const { watermark, keys, groups, windows } = state as WindowAggregateState;
    this.#clock.restore(watermark);
    this.#keys.restore(keys);
    this.#groups.restore(groups);
    for (const [fireTime, open] of windows) {
      this.#windows.set(fireTime, [...open]);
      this.#clock.register(fireTime);
    }
  }

  push(element: StreamElement): void | Promise<void> {
    switch (element.kind) {
      case 'batch':
        this.#add(this.#withoutLate(element));
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

  #newKeys(): KeyIndex {
    const { keys, fields } = this.#options;
    return new KeyIndex(this.#keyColumns.map(key => fields[keys.indexOf(key)]!.type));
  }

  #withoutLate(batch: Batch): Batch {
    const ends = timesIn(batch, this.#options.window.end);
    const clock = this.#clock;
    let late: Set<number> | undefined;
    for (let row = 0; row < batch.rowCount; row++) if (clock.isLate(clock.fireTimeOf(ends[row]!))) (late ??= new Set()).add(row);
    if (!late) return batch;
    this.#context.count('late_rows', late.size);
    const inTime = Int32Array.from({ length: batch.rowCount }, (_, row) => row).filter(row => !late.has(row));
    return takeRows(batch, inTime);
  }

  #add(batch: Batch): void {
    let known = this.#keys.size;
    const ids = this.#keys.assign(
      this.#keyColumns.map(key => batch.columns[key]!),
      undefined,
      batch.rowCount,
    );
    const { window } = this.#options;
    const [starts, ends] = [timesIn(batch, window.start), timesIn(batch, window.end)];
    // New groups have the next ids, in the order of their first rows.
    for (let row = 0; known < this.#keys.size; row++) {
      if (ids[row] !== known) continue;
      this.#windowOf(this.#clock.fireTimeOf(ends[row]!), starts[row]!).groups.push(known);
      known++;
    }
    this.#groups.add(batch, ids, known);
  }

  #windowOf(fireTime: number, start: number): OpenWindow {
    const open = this.#windows.get(fireTime);
    const found = open?.find(each => each.start === start || !this.#options.window.isAligned);
    if (found) return found;
    const window: OpenWindow = { start, groups: [] };
    if (open) open.push(window);
    else this.#windows.set(fireTime, [window]);
    this.#clock.register(fireTime);
    return window;
  }

  #fire(fireTime: number): void {
    for (const window of this.#windows.get(fireTime)!) {
      this.#firing.push(window);
      this.#firedCount += window.groups.length;
    }
    this.#windows.delete(fireTime);
  }

  #flush(): void | Promise<void> {
    if (this.#firing.length === 0) return;
    const ids = Int32Array.from(this.#firing.flatMap(window => window.groups));
    const keys = this.#keyColumnsOf(ids);
    const { size } = this.#keys;
    const columns = [...keys, ...this.#groups.results(ids, size)];
    this.#firing = [];
    if (this.#firedCount > Math.max(MIN_FIRED, size / 2)) this.#forgetFired();
    const typed = columns.map((column, c): Column => ({ ...column, type: this.#options.fields[c]!.type }));
    return this.#context.output.emit({ kind: 'batch', rowCount: ids.length, columns: typed });
  }

  /** The keys of the groups that fire, with the start where the window has it. */
  #keyColumnsOf(ids: Int32Array): Column[] {
    const known = this.#keys.columnsOf(ids);
    const { keys, fields } = this.#options;
    return keys.map((key, k) => {
      const place = this.#keyColumns.indexOf(key);
      if (place !== -1) return known[place]!;
      const values = new Float64Array(ids.length);
      let at = 0;
      for (const { start, groups } of this.#firing) {
        values.fill(start, at, at + groups.length);
        at += groups.length;
      }
      return { type: fields[k]!.type, values };
    });
  }

  /** Gives the open groups new ids, from 0 on and in their order. */
  #forgetFired(): void {
    if (this.#firedCount === 0) return;
    const { size } = this.#keys;
    const open = Int32Array.from([...this.#windows.values()].flat().flatMap(window => window.groups)).toSorted();
    const keys = this.#newKeys();
    keys.restore({ size: open.length, columns: this.#keys.columnsOf(open) });
    this.#groups.keep(open, size);
    const places = new Int32Array(size);
    open.forEach((id, place) => void (places[id] = place));
    const moved = ({ start, groups }: OpenWindow): OpenWindow => ({ start, groups: groups.map(id => places[id]!) });
    this.#windows = new Map([...this.#windows].map(([fireTime, windows]) => [fireTime, windows.map(moved)]));
    this.#keys = keys;
    this.#firedCount = 0;
  }

  #snapshot(): WindowAggregateState {
    this.#forgetFired();
    return {
      watermark: this.#clock.watermark,
      keys: this.#keys.snapshot(),
      groups: this.#groups.snapshot(this.#keys.size),
      windows: structuredClone([...this.#windows]),
    };
  }
}

function timesIn(batch: Batch, column: number): Float64Array {
  return batch.columns[column]!.values as Float64Array;
}
