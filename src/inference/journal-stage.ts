import { setImmediate as nextTurn } from 'node:timers/promises';
import { MillraceError } from '../common/error.js';
import type { AnswerJournal } from '../spec/answer-journal.js';
import type { Batch } from '../spec/batch.js';
import type { Field } from '../spec/data-type.js';
import { decodeSettled, encodeSettled } from './answer-codec.js';
import { answerKey } from './answer-key.js';
import type { CallStage, Settled } from './settled.js';
import type { UsageCounter } from './usage.js';

/** What happens after a crash to rows whose call had begun and whose answer is not known. */
export type Recovery =
  /** They are sent again: an answer that the crash lost is paid twice. */
  | 'at-least-once'
  /** They go to `on-error`: no answer is paid twice. */
  | 'at-most-once';

export interface JournalStageInit {
  /** The stage behind it. */
  readonly inner: CallStage;
  readonly journal: AnswerJournal;
  readonly recovery: Recovery;
  /** Most rows that may be under way. */
  readonly maxRows: number;
  /** The model's name. */
  readonly name: string;
  /** As `answerKey`. */
  readonly identity: string;
  /** What the model calls itself. */
  readonly version: string;
  /** The OUTPUT columns that the model fills. */
  readonly answers: readonly Field[];
  /** Unique ids of calls, such as UUIDs. */
  readonly ids: () => string;
  readonly usage: UsageCounter;
  /** Wall clock in milliseconds. */
  readonly now: () => number;
}

interface Entry {
  readonly key: string;
  readonly callId: string;
}

/**
 * Writes what calls came to before anybody sees it, and gives to a job that goes on after a crash what the earlier run
 * wrote. Takes submissions of one row.
 */
export class JournalStage implements CallStage {
  readonly #init: JournalStageInit;
  /** Calls that the operator has got, by the barriers that passed since: the oldest first. */
  readonly #delivered: [Entry[], Entry[], Entry[]] = [[], [], []];
  /** Calls that were sent to the model and have no answer yet. */
  readonly #begun = new Set<Entry>();
  readonly #writing = new Set<Promise<unknown>>();

  constructor(init: JournalStageInit) {
    this.#init = init;
  }

  async submit(inputs: Batch): Promise<Settled> {
    const { inner, journal, recovery, ids, identity, usage } = this.#init;
    const key = answerKey(identity, inputs, 0);
    const known = journal.take(key);
    const entry: Entry = { key, callId: known?.callId ?? ids() };
    const settled = known?.answer && decodeSettled(known.answer, this.#init.answers);
    if (settled) {
      usage.journalHit();
      this.#delivered[2].push(entry);
      return settled;
    }
    if (known && recovery === 'at-most-once') return this.#ended(entry, this.#unknown());
    let began: Promise<void> | undefined;
    const begin = (): Promise<void> | undefined => {
      began = known ? Promise.resolve() : journal.began(key, entry.callId);
      // What cannot be written is told when the answer is.
      began.catch(() => {});
      return recovery === 'at-most-once' ? began : undefined;
    };
    const onSend = (): Promise<void> | undefined => {
      if (!this.#hasRoom()) return this.#takeRoom(entry).then(begin);
      this.#begun.add(entry);
      return begin();
    };
    try {
      return await inner.submit(inputs, onSend).then(answered => this.#ended(entry, answered, began));
    } catch (thrown) {
      if (this.#begun.delete(entry) && !isInterruption(thrown)) journal.forget([entry]);
      throw thrown;
    }
  }

  /**
   * What was delivered before the last barrier is in its checkpoint, which is complete when the next barrier comes. One
   * barrier more, since a settled promise may reach the operator after the barrier.
   */
  barrier(): void {
    const covered = this.#delivered.shift()!;
    this.#delivered.push([]);
    if (covered.length > 0) this.#init.journal.forget(covered);
    this.#init.inner.barrier();
  }

  flush(): void {
    this.#init.inner.flush();
  }

  /** No call is at the model after it: those without an answer have none, and will be sent again. */
  async pause(): Promise<void> {
    await this.#init.inner.pause();
    await Promise.allSettled(this.#writing);
    if (this.#begun.size > 0) this.#init.journal.forget([...this.#begun]);
    this.#begun.clear();
  }

  async close(): Promise<void> {
    await this.#init.inner.close();
    await Promise.allSettled(this.#writing);
  }

  /**
   * A crash loses the answers that are not written yet, as it loses those under way: together they are no more than may be
   * under way, so the next call waits for the writing of an answer.
   */
  #hasRoom(): boolean {
    return this.#begun.size < this.#init.maxRows;
  }

  /** Waits for room only while answers are written: calls that are to be tried again have left theirs to others. */
  async #takeRoom(entry: Entry): Promise<void> {
    // The answer that made the next call possible is not being written yet.
    await nextTurn();
    while (!this.#hasRoom() && this.#writing.size > 0) await Promise.race([...this.#writing].map(written => written.catch(() => {})));
    this.#begun.add(entry);
  }

  /** Settles when the answer is durable; a pause waits for it. */
  #ended(entry: Entry, settled: Settled, began?: Promise<void>): Promise<Settled> {
    const written = Promise.all([began, this.#init.journal.ended(entry.key, entry.callId, encodeSettled(settled))]).then(() => {
      this.#begun.delete(entry);
      this.#delivered[2].push(entry);
      return settled;
    });
    this.#writing.add(written);
    const end = (): void => void this.#writing.delete(written);
    written.then(end, end);
    return written;
  }

  #unknown(): Settled {
    const { name, version, now } = this.#init;
    const failure = new MillraceError({
      code: 'UNKNOWN_OUTCOME',
      message: 'the process ended while the call was under way, and its answer is not known',
      notes: [{ message: "'recovery' = 'at-least-once' sends such rows again" }],
      context: { model: name },
    });
    const at = now();
    const facts = { version, attempts: 1, spentMs: 0, firstAt: at, lastAt: at, rowsOfCall: 1, firstRow: 0, isCached: false };
    return { answered: [], failed: [{ from: 0, to: 1, failure, facts }] };
  }
}

/** The end of the job while the call was under way: nobody knows whether it was answered. */
function isInterruption(thrown: unknown): boolean {
  return MillraceError.is(thrown) && thrown.code === 'INTERRUPTED';
}
