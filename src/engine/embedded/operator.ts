import type { Clock } from '../../common/clock.js';
import type { StreamElement } from './element.js';

/**
 * Where an operator sends its elements.
 *
 * The element is handed over when the call returns. A returned promise is credit: wait for it before sending the next
 * batch. Other elements may be sent at any time. Credit never rejects: what fails later is told by `OperatorContext.fail`.
 */
export interface Output {
  emit(element: StreamElement): void | Promise<void>;
}

/** The credit of several elements that were sent: all of theirs. */
export function joinCredits(credits: readonly (void | Promise<void>)[]): void | Promise<void> {
  const open = credits.filter(credit => credit !== undefined);
  if (open.length < 2) return open[0];
  return Promise.all(open).then(() => {});
}

/** What the job gives an operator. */
export interface OperatorContext {
  /** The plan node's id. */
  readonly id: string;
  readonly output: Output;
  readonly clock: Clock;
  /**
   * Reports the operator's part of a checkpoint; called exactly once for each barrier, before the barrier is sent on.
   *
   * @param state survives the structured clone algorithm; `undefined` for none. A promise delays the checkpoint, not the rows.
   */
  snapshot(checkpoint: number, state: unknown): void;
  /** Stops the job with an error that happened outside of `push`. */
  fail(thrown: unknown): void;
  /** Adds to a counter of the operator, such as `late_rows`. */
  count(metric: string, by: number): void;
  /** Does `work`, which does not wait, as the operator's own time. For what is not done within `push`. */
  work<Result>(work: () => Result): Result;
}

/**
 * A running plan node. Elements of one port come in order; all ports share one thread.
 *
 * `push` takes the element at once, whatever is going on inside, and returns a promise where the sender should wait
 * before its next batch. Barriers leave through every output in the place where they came, with the state reported.
 */
export interface Operator {
  /** Called once, before the first element. @param state what `snapshot` reported for the checkpoint that the job starts from. */
  open(state: unknown): void | Promise<void>;
  push(element: StreamElement, port: number): void | Promise<void>;
  /**
   * Called at most once, before the last checkpoint of a job that stops and keeps its state: starts nothing new outside of
   * the process, and resolves when what is under way there has come to its end. Elements that come later are kept.
   */
  pause?(): Promise<void>;
  /** Called once, in any state, also after failures. */
  close(): Promise<void>;
}

/** Makes an operator once its context is known. */
export type OperatorFactory = (context: OperatorContext) => Operator;
