import type { AnswerJournal } from '../../../spec/answer-journal.js';

/** One consistent cut through a job. */
export interface Checkpoint {
  /** From 1, higher for later ones. */
  readonly id: number;
  /** State by operator id; what an operator without state reported is absent. */
  readonly states: ReadonlyMap<string, unknown>;
  /** Whether all rows were written: a job that starts from it has nothing to do. */
  readonly finished: boolean;
}

/** Where a job's last checkpoint is kept. Used by one job at a time. */
export interface CheckpointStore {
  /** Whether a checkpoint survives the process: then a stop keeps in-flight rows instead of finishing them. */
  readonly isDurable: boolean;
  load(): Promise<Checkpoint | undefined>;
  /**
   * Replaces the last checkpoint. Resolves when the new one is durable; at any instant one of the two is complete.
   *
   * @returns the bytes that were stored; 0 where nothing leaves memory.
   */
  save(checkpoint: Checkpoint): Promise<number>;
  /**
   * The journal of a call site, with what an earlier run left in it; opened at most once for each. Absent where nothing
   * survives the process. A checkpoint that says `finished` empties all of them.
   *
   * @param callSite the id of the operator, at most 64 ASCII characters.
   */
  openJournal?(callSite: string): Promise<AnswerJournal>;
  close(): Promise<void>;
}

/** A store that is gone with the process. */
export function memoryCheckpointStore(): CheckpointStore {
  let last: Checkpoint | undefined;
  return {
    isDurable: false,
    load: () => Promise.resolve(last),
    save(checkpoint) {
      last = checkpoint;
      return Promise.resolve(0);
    },
    close: () => Promise.resolve(),
  };
}
