import { deferred, type Deferred } from '../../../common/deferred.js';
import { MillraceError } from '../../../common/error.js';
import type { Clock } from '../../../common/clock.js';
import type { JobObserver } from '../job-observer.js';
import type { Checkpoint, CheckpointStore } from './checkpoint-store.js';

export interface CoordinatorOptions {
  readonly store: CheckpointStore;
  /** Ids of all operators: a checkpoint is complete when each has reported. */
  readonly operators: readonly string[];
  /** Starts a checkpoint at every source. */
  readonly trigger: (checkpoint: number) => void;
  /** Makes what the sinks wrote before the checkpoint visible; called once it is durable. */
  readonly commit: (checkpoint: Checkpoint) => Promise<void>;
  /** Of the last checkpoint; 0 for none. */
  readonly lastId: number;
  readonly clock: Clock;
  readonly observer: JobObserver | undefined;
}

/** A checkpoint that waits for the operators. */
interface RunningCheckpoint {
  readonly id: number;
  readonly states: Map<string, Promise<unknown>>;
  readonly complete: Deferred<void>;
  /** Rejects when the job has failed. */
  readonly givenUp: Deferred<never>;
}

/** Takes checkpoints one at a time: trigger, wait for every operator's state, save, commit. */
export class CheckpointCoordinator {
  readonly #options: CoordinatorOptions;
  #lastId: number;
  #running: RunningCheckpoint | undefined;
  #queue: Promise<void> = Promise.resolve();
  #isFinished = false;
  #abortion: MillraceError | undefined;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
    this.#lastId = options.lastId;
  }

  /** An operator's part of a checkpoint. */
  report(operator: string, checkpoint: number, state: unknown): void {
    const pending = Promise.resolve(state);
    // The failure is seen when all parts are awaited together, if at all; it must not count as unhandled before that.
    pending.catch(() => {});
    const running = this.#running;
    if (running?.id !== checkpoint) return;
    running.states.set(operator, pending);
    if (running.states.size === this.#options.operators.length) running.complete.resolve();
  }

  /**
   * Takes a checkpoint after those under way; resolves when it is durable and committed. Nothing is left to take after one
   * that says `finished`.
   */
  take(mode: 'running' | 'finished'): Promise<void> {
    const taken = this.#queue.then(() => this.#take(mode));
    this.#queue = taken.catch(() => {});
    return taken;
  }

  /**
   * The job has failed: gives up a checkpoint that waits for operators, and takes no other. Resolves when nothing is saved
   * or committed any more.
   */
  abort(): Promise<void> {
    this.#abortion ??= new MillraceError({ code: 'INTERRUPTED', message: 'the checkpoint was given up' });
    this.#running?.givenUp.reject(this.#abortion);
    return this.#queue;
  }

  async #take(mode: 'running' | 'finished'): Promise<void> {
    if (this.#isFinished) return;
    const { clock, observer } = this.#options;
    const id = ++this.#lastId;
    const startedAt = clock.monotonic();
    try {
      const bytes = await this.#save(id, mode);
      observer?.checkpointTaken({ id, durationMs: clock.monotonic() - startedAt, bytes });
    } catch (thrown) {
      if (this.#abortion === undefined) observer?.checkpointFailed(id);
      throw thrown;
    }
  }

  /** @returns the bytes that were stored. */
  async #save(id: number, mode: 'running' | 'finished'): Promise<number> {
    const { store, commit } = this.#options;
    const checkpoint: Checkpoint = { id, states: await this.#collect(id), finished: mode === 'finished' };
    const bytes = await store.save(checkpoint);
    this.#checkAbortion();
    await commit(checkpoint);
    this.#isFinished = checkpoint.finished;
    return bytes;
  }

  /** The state of every operator; an operator without any is left out. */
  async #collect(id: number): Promise<ReadonlyMap<string, unknown>> {
    this.#checkAbortion();
    const running: RunningCheckpoint = { id, states: new Map(), complete: deferred(), givenUp: deferred() };
    this.#running = running;
    try {
      this.#options.trigger(id);
      const settled = running.complete.promise.then(() => settleStates(running.states));
      return await Promise.race([settled, running.givenUp.promise]);
    } finally {
      this.#running = undefined;
    }
  }

  #checkAbortion(): void {
    if (this.#abortion) throw this.#abortion;
  }
}

async function settleStates(states: ReadonlyMap<string, Promise<unknown>>): Promise<ReadonlyMap<string, unknown>> {
  const entries = await Promise.all([...states].map(async ([operator, state]) => [operator, await state] as const));
  return new Map(entries.filter(([, state]) => state !== undefined));
}
