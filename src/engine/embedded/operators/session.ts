import type { Batch } from '../../../spec/batch.js';
import type { StreamElement } from '../element.js';
import { joinCredits, type Operator, type OperatorContext, type OperatorFactory } from '../operator.js';
import { keyAt } from './group.js';
import { OpenSessions, type Session, type SessionContent } from './open-sessions.js';
import { rowTimes, type RowTimesInit } from './row-times.js';
import { createWindowClock, type WindowClock } from './window-clock.js';

/** What an operator keeps of the rows of a session, and what it makes of a session that fires. */
export interface SessionOptions<Content> extends RowTimesInit {
  readonly gapMicros: number;
  /** The columns whose equal values have sessions in common. */
  readonly partition: readonly number[];
  readonly content: SessionContent<Content>;
  readonly add: (content: Content, batch: Batch, row: number) => void;
  /** The rows of sessions that are due, in the order in which they leave; `undefined` for none. */
  readonly result: (due: readonly Session<Content>[]) => Batch | undefined;
}

/**
 * Holds sessions until they fire. A row is late, dropped and counted as `late_rows`, when the session that it would be alone
 * in has fired and no open one takes it in. Sessions leave in the order of their ends, then of their first rows.
 */
export function sessionOperator<Content>(options: SessionOptions<Content>): OperatorFactory {
  return context => new SessionOperator(options, context);
}

interface SessionState<Content> {
  readonly watermark: number;
  readonly sessions: ReturnType<OpenSessions<Content>['snapshot']>;
}

class SessionOperator<Content> implements Operator {
  readonly #options: SessionOptions<Content>;
  readonly #context: OperatorContext;
  readonly #timesOf: (batch: Batch) => Float64Array;
  readonly #clock: WindowClock;
  readonly #sessions: OpenSessions<Content>;

  constructor(options: SessionOptions<Content>, context: OperatorContext) {
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
    this.#sessions = new OpenSessions({ gap: options.gapMicros, clock: this.#clock, content: options.content });
  }

  open(state: unknown): void {
    if (state === undefined) return;
    const { watermark, sessions } = state as SessionState<Content>;
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
        const state: SessionState<Content> = { watermark: this.#clock.watermark, sessions: this.#sessions.snapshot() };
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
    const { partition, add } = this.#options;
    const times = this.#timesOf(batch);
    let late = 0;
    for (let row = 0; row < batch.rowCount; row++) {
      const session = this.#sessions.sessionOf(keyAt(batch, partition, row), times[row]!);
      if (session) add(session.content, batch, row);
      else late++;
    }
    if (late > 0) this.#context.count('late_rows', late);
  }

  #flush(): void | Promise<void> {
    const result = this.#options.result(this.#sessions.takeDue());
    return result && this.#context.output.emit(result);
  }
}
