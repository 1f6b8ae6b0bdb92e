import type { SessionWindow } from '../../../planner/logical/window-spec.js';
import { batchOfRows, rowAt, type Batch, type Value } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import type { StreamElement } from '../element.js';
import { joinCredits, type Operator, type OperatorContext } from '../operator.js';
import { keyAt } from './group.js';
import { OpenSessions } from './open-sessions.js';
import { rowTimes, type RowTimesInit } from './row-times.js';
import { createWindowClock, type WindowClock } from './window-clock.js';
import { windowTimeOf } from './window-time.js';

export interface SessionTableOptions extends RowTimesInit {
  readonly window: SessionWindow;
  /** Columns of the result: those of the input, then the bounds. */
  readonly fields: readonly Field[];
}

type Rows = Value[][];
interface SessionTableState {
  readonly watermark: number;
  readonly sessions: ReturnType<OpenSessions<Rows>['snapshot']>;
}

/**
 * Keeps rows until their session fires, and sends them on with its bounds. A row is late, dropped and counted as
 * `late_rows`, when the session that it would be alone in has fired and no open one takes it in. Sessions leave in the order
 * of their ends, then of their first rows; the rows of one in the order in which they came.
 */
export function sessionTableOperator(options: SessionTableOptions): (context: OperatorContext) => Operator {
  return context => new SessionTableOperator(options, context);
}

class SessionTableOperator implements Operator {
  readonly #options: SessionTableOptions;
  readonly #context: OperatorContext;
  readonly #timesOf: (batch: Batch) => Float64Array;
  readonly #clock: WindowClock;
  readonly #sessions: OpenSessions<Rows>;

  constructor(options: SessionTableOptions, context: OperatorContext) {
    this.#options = options;
    this.#context = context;
    this.#timesOf = rowTimes(options, context);
    this.#clock = createWindowClock({
      timeAttribute: options.timeAttribute,
      zone: options.zone,
      context,
      fire: time => this.#sessions.fire(time),
      flush: () => void this.#flush(),
    });
    this.#sessions = new OpenSessions({
      gap: options.window.gapMicros,
      clock: this.#clock,
      content: {
        create: () => [],
        merge(rows, others) {
          for (const row of others) rows.push(row);
        },
      },
    });
  }

  open(state: unknown): void {
    if (state === undefined) return;
    const { watermark, sessions } = state as SessionTableState;
    this.#clock.restore(watermark);
    this.#sessions.restore(sessions);
  }

  push(element: StreamElement): void | Promise<void> {
    switch (element.kind) {
      case 'batch':
        this.#add(element);
        return;
      case 'watermark':
        this.#clock.advance(element.time);
        return joinCredits([this.#flush(), this.#context.output.emit(element)]);
      case 'barrier': {
        const state: SessionTableState = { watermark: this.#clock.watermark, sessions: this.#sessions.snapshot() };
        this.#context.snapshot(element.checkpoint, state);
        return this.#context.output.emit(element);
      }
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
    const times = this.#timesOf(batch);
    let late = 0;
    for (let row = 0; row < batch.rowCount; row++) {
      const session = this.#sessions.sessionOf(keyAt(batch, this.#options.window.partition, row), times[row]!);
      if (session) session.content.push(rowAt(batch, row));
      else late++;
    }
    if (late > 0) this.#context.count('late_rows', late);
  }

  #flush(): void | Promise<void> {
    const rows: Rows = [];
    for (const { start, end, content } of this.#sessions.takeDue()) {
      const time = windowTimeOf(end, this.#options.zone);
      for (const row of content) rows.push([...row, start, end, time]);
    }
    return rows.length === 0 ? undefined : this.#context.output.emit(batchOfRows(this.#options.fields, rows));
  }
}
