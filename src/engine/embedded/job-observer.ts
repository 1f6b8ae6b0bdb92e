/** A checkpoint that is durable and committed. */
export interface TakenCheckpoint {
  readonly id: number;
  /** From its trigger at the sources to the last commit of a sink. */
  readonly durationMs: number;
  /** Bytes that were stored; 0 where checkpoints are not durable. */
  readonly bytes: number;
}

/** Is told what happens to a job, while it works: every method returns at once and never throws. */
export interface JobObserver {
  /** The job goes on from this checkpoint of an earlier start. */
  restored(checkpoint: number): void;
  checkpointTaken(checkpoint: TakenCheckpoint): void;
  /** A checkpoint could not be saved or committed, which is the end of the job. Not called where the job had failed before. */
  checkpointFailed(checkpoint: number): void;
}
