import type { AggregateCall } from '../../../planner/logical/aggregate-call.js';
import type { SessionKey } from '../../../planner/physical/fuse-session.js';
import { columnOf, type Batch, type Value } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import type { StreamElement } from '../element.js';
import { joinCredits, type Operator, type OperatorContext } from '../operator.js';
import { groupComputation, keyAt, type GroupComputation, type GroupState } from './group.js';
import { OpenSessions, type Session } from './open-sessions.js';
import { rowTimes, type RowTimesInit } from './row-times.js';
import { createWindowClock, type WindowClock } from './window-clock.js';
import { windowTimeOf } from './window-time.js';

export interface SessionAggregateOptions extends RowTimesInit {
  readonly partition: readonly number[];
  readonly gapMicros: number;
  readonly keys: readonly SessionKey[];
  readonly aggregates: readonly AggregateCall[];
  /** The keys, then the results. */
  readonly fields: readonly Field[];
}

interface SessionAggregateState {
  readonly watermark: number;
  readonly sessions: ReturnType<OpenSessions<GroupState>['snapshot']>;
}

/**
 * Aggregates the rows of each session as they come; sessions that merge merge their accumulators. Rows are late, and
 * sessions leave, as those of a session table do.
 */
export function sessionAggregateOperator(options: SessionAggregateOptions): (context: OperatorContext) => Operator {
  return context => new SessionAggregateOperator(options, context);
}

class SessionAggregateOperator implements Operator {
  readonly #options: SessionAggregateOptions;
  readonly #context: OperatorContext;
  readonly #timesOf: (batch: Batch) => Float64Array;
  readonly #computation: GroupComputation;
  readonly #clock: WindowClock;
  readonly #sessions: OpenSessions<GroupState>;

  constructor(options: SessionAggregateOptions, context: OperatorContext) {
    this.#options = options;
    this.#context = context;
    this.#timesOf = rowTimes(options, context);
    this.#computation = groupComputation(options.aggregates);
    this.#clock = createWindowClock({
      timeAttribute: options.timeAttribute,
      zone: options.zone,
      context,
      fire: time => this.#sessions.fire(time),
      flush: () => void this.#flush(),
    });
    this.#sessions = new OpenSessions({ gap: options.gapMicros, clock: this.#clock, content: this.#computation });
  }

  open(state: unknown): void {
    if (state === undefined) return;
    const { watermark, sessions } = state as SessionAggregateState;
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
        const state: SessionAggregateState = { watermark: this.#clock.watermark, sessions: this.#sessions.snapshot() };
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
      const session = this.#sessions.sessionOf(keyAt(batch, this.#options.partition, row), times[row]!);
      if (session) this.#computation.add(session.content, batch, row);
      else late++;
    }
    if (late > 0) this.#context.count('late_rows', late);
  }

  #keyOf({ key, start, end }: Session<GroupState>, part: SessionKey): Value {
    switch (part.kind) {
      case 'partition':
        return key[this.#options.partition.indexOf(part.column)]!;
      case 'start':
        return start;
      case 'end':
        return end;
      case 'time':
        return windowTimeOf(end, this.#options.zone);
    }
  }

  #flush(): void | Promise<void> {
    const due = this.#sessions.takeDue();
    if (due.length === 0) return;
    const { keys, fields } = this.#options;
    const results = due.map(session => this.#computation.results(session.content));
    const columns = fields.map(({ type }, c) => {
      const key = keys[c];
      return columnOf(type, key ? due.map(session => this.#keyOf(session, key)) : results.map(row => row[c - keys.length]!));
    });
    return this.#context.output.emit({ kind: 'batch', rowCount: due.length, columns });
  }
}
