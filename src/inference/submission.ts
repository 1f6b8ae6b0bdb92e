import type { MillraceError } from '../common/error.js';
import type { Batch } from '../spec/batch.js';
import type { AnsweredRows, FailedRows, OnSend, Settled } from './settled.js';

export interface SubmissionInit {
  readonly inputs: Batch;
  /** When they were handed over, by the monotonic clock in milliseconds. */
  readonly submittedAt: number;
  readonly onSend: OnSend | undefined;
  readonly resolve: (settled: Settled) => void;
  readonly reject: (error: MillraceError) => void;
}

/** Rows that were handed over together, and what has come of them so far. Settles when every row has its fate. */
export class Submission {
  readonly inputs: Batch;
  readonly submittedAt: number;
  readonly #init: SubmissionInit;
  readonly #answered: AnsweredRows[] = [];
  readonly #failed: FailedRows[] = [];
  #pendingRows: number;
  #isSettled = false;
  #isSent = false;

  constructor(init: SubmissionInit) {
    this.#init = init;
    this.inputs = init.inputs;
    this.submittedAt = init.submittedAt;
    this.#pendingRows = init.inputs.rowCount;
  }

  get settled(): boolean {
    return this.#isSettled;
  }

  /** Says that rows are about to be sent to the model. */
  send(): Promise<void> | undefined {
    if (this.#isSent) return undefined;
    this.#isSent = true;
    return this.#init.onSend?.();
  }

  /** Takes the answers of `rowCount` rows. */
  answer(rowCount: number, part: AnsweredRows): void {
    this.#answered.push(part);
    this.#settle(rowCount);
  }

  /** Takes the failure of rows. */
  give(part: FailedRows): void {
    this.#failed.push(part);
    this.#settle(part.to - part.from);
  }

  /** Rejects the submission as a whole. */
  fail(error: MillraceError): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#init.reject(error);
  }

  #settle(rowCount: number): void {
    this.#pendingRows -= rowCount;
    if (this.#pendingRows > 0 || this.#isSettled) return;
    this.#isSettled = true;
    this.#init.resolve({ answered: this.#answered, failed: this.#failed });
  }
}
