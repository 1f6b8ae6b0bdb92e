import type { ErrorCode } from '../common/error-codes.js';
import type { Batch } from './batch.js';

/** What came of a submission. */
export interface Prediction {
  /** The OUTPUT columns, with what those with metadata tell of the call; one row per answer. */
  readonly outputs: Batch;
  /**
   * For each output row the submitted row (from 0) it belongs to, ascending. Rows that `on-error` skips are absent;
   * absent as a whole when output row i belongs to submitted row i.
   */
  readonly inputOf?: Uint32Array | undefined;
  /** Why an output row (from 0) has no answer, where `on-error` is `null`: one line without secrets. */
  readonly errors?: ReadonlyMap<number, string> | undefined;
  /** Rows that `on-error` sends to the dead-letter target, by submitted row (from 0); they have no output row. */
  readonly deadLetters?: ReadonlyMap<number, RowFailure> | undefined;
}

/** How the calls for a row ended that has no answer. Survives the structured clone algorithm. */
export interface RowFailure {
  readonly code: ErrorCode;
  /** One line without secrets. */
  readonly message: string;
  readonly httpStatus?: number | undefined;
  /** Headers about limits and the request's id, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** As `Model.version`. */
  readonly version: string;
  /** Attempts that count: throttled ones do not. */
  readonly attempts: number;
  /** Wall clock in milliseconds: the start of the first attempt and the end of the last one. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** The versions of a model on both sides of a barrier, by contents that can be opened again. JSON. */
export interface ModelPins {
  /** Of the version that answers what was submitted before the barrier. */
  readonly before: string;
  /** Of the one that answers what is submitted after it. */
  readonly after: string;
}

/**
 * A model as an engine's operator sees it: rows in, answers out.
 *
 * Batching, limits, retry and `on-error` happen behind it. Order is the operator's matter: submissions may settle in
 * any order.
 */
export interface Predictor {
  /** The model's name. */
  readonly name: string;
  /** Whether answers leave in input order (`ordered-output`). */
  readonly ordered: boolean;
  /**
   * Most rows of one submission. The operator cuts what arrives into submissions of at most this size: 1 where each row
   * is answered by itself, more where rows of one tensor batch are done at the same time anyway.
   */
  readonly rowsPerSubmission: number;
  /** Most rows that are submitted and not yet emitted. The operator holds back its input beyond that. */
  readonly maxPendingRows: number;

  /**
   * Takes rows whose columns are the INPUT columns.
   *
   * @returns the answers; rejects with the `MillraceError` that stops the job.
   */
  submit(inputs: Batch): Promise<Prediction>;

  /**
   * A barrier passes: what was submitted before it and has not settled will be submitted again by whoever restores the
   * checkpoint. Called between two submissions.
   */
  barrier(): void;

  /** What a checkpoint keeps, so that a replay asks the same versions; asked right before `barrier`. Absent, or absent for now, for none. */
  pins?(): ModelPins | undefined;

  /** Goes back to the versions of a checkpoint. Called at most once, before the first submission. */
  restore?(pins: ModelPins): void;

  /** All that was submitted before the barrier of the restored checkpoint has been submitted again. Called once after `restore`. */
  restored?(): void;

  /** Says that no submission will follow for now, so that batches need not wait to fill. */
  flush(): void;

  /**
   * Starts no new call, and resolves when the calls that are at the model have settled, after the promises of their rows.
   * Rows that wait, and those submitted later, get no answer. Called at most once, before `close`.
   */
  pause(): Promise<void>;

  /** Aborts what is in flight. Called once, at the end of the job. */
  close(): Promise<void>;
}
