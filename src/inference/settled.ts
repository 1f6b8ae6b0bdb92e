import type { MillraceError } from '../common/error.js';
import type { Batch } from '../spec/batch.js';
import type { ModelPins } from '../spec/predictor.js';
import type { CallFacts } from './call-facts.js';

/** Answers to some rows of a submission, all of one call. */
export interface AnsweredRows {
  /** The OUTPUT columns that the model fills. */
  readonly answers: Batch;
  /** The submitted row (from 0) of the first answer. */
  readonly from: number;
  /** The submitted row of every answer, ascending; absent where they are consecutive from `from`. */
  readonly rows?: Uint32Array | undefined;
  readonly facts: CallFacts;
}

/** Rows `from` (inclusive) to `to` (exclusive) of a submission, whose calls ended without an answer for good. */
export interface FailedRows {
  readonly from: number;
  readonly to: number;
  readonly failure: MillraceError;
  readonly facts: CallFacts;
}

/** What the calls for a submission came to: each of its rows is answered or failed. */
export interface Settled {
  readonly answered: readonly AnsweredRows[];
  readonly failed: readonly FailedRows[];
}

/** @returns `undefined` where nobody need wait. */
export type OnSend = () => Promise<void> | undefined;

/** One stage between the operator and the model: rows in, what the calls came to out. As `Predictor`, before `on-error`. */
export interface CallStage {
  /**
   * Rejects with a defect, with `INTERRUPTED` once closed, and with the failure where that is the end of the job anyway.
   *
   * @param onSend called before the rows are first sent to the model; what it returns is waited for.
   */
  submit(inputs: Batch, onSend?: OnSend): Promise<Settled>;
  barrier(): void;
  flush(): void;
  pause(): Promise<void>;
  close(): Promise<void>;
  /** As `Predictor`. */
  pins?(): ModelPins | undefined;
  restore?(pins: ModelPins): void;
  restored?(): void;
}
