import type { JobStatus, OperatorMetrics } from '../engine/embedded/job.js';
import type { ChangelogMode } from '../spec/connector.js';
import type { Batch, Value } from '../spec/batch.js';
import type { Field } from '../spec/data-type.js';

/** What came of one statement. */
export type StatementResult =
  /** Something changed; `message` is one line for people. */
  | { readonly kind: 'done'; readonly message: string }
  /** A table that is complete at once, as of SHOW and DESCRIBE. */
  | { readonly kind: 'rows'; readonly fields: readonly Field[]; readonly rows: readonly (readonly Value[])[] }
  /** A plan as text. */
  | { readonly kind: 'text'; readonly text: string }
  /** A job that was started; it has settled when its promise says so. */
  | { readonly kind: 'job'; readonly job: RunningJob };

/** A job as whoever started it sees it. */
export interface RunningJob {
  readonly name: string;
  readonly status: JobStatus;
  /** Whether it ends by itself. */
  readonly isBounded: boolean;
  /** Resolves with `finished` or `stopped`; rejects with the `MillraceError` that made the job fail. */
  readonly settled: Promise<JobStatus>;
  metrics(): OperatorMetrics[];
  /**
   * Sources stop, and rows in flight are finished; where checkpoints are durable only the model calls under way are, and the
   * other rows are kept. Resolves when the job has settled.
   */
  stop(): Promise<void>;
  /** Ends the job as a crash would. Resolves when everything is closed. */
  cancel(): Promise<void>;
  /** Takes a checkpoint now; resolves when it is durable and committed. */
  checkpoint(): Promise<void>;
}

/** Takes the rows of a SELECT. */
export interface RowConsumer {
  /** Called once, before the first batch. */
  begin(fields: readonly Field[], changelogMode: ChangelogMode): void;
  /** A returned promise is backpressure. */
  write(batch: Batch): void | Promise<void>;
  /** No row follows. */
  end(): void | Promise<void>;
}
