import { MillraceError, toMillraceError } from '../../common/error.js';
import type { Statement } from '../../session/session.js';
import type { RunningJob } from '../../session/statement-result.js';
import { inTime } from './activity.js';
import { KeptCheckpoints } from './kept-checkpoints.js';
import type { RepeatedCalls } from './script-provider.js';
import { passTime, type SltWorld } from './slt-world.js';

export interface SltJobInit {
  readonly name: string;
  readonly statement: Statement;
  readonly world: SltWorld;
}

/** A job of a test: it can be stopped or killed, and started again from its last checkpoint. */
export class SltJob {
  readonly #init: SltJobInit;
  readonly #checkpoints = new KeptCheckpoints(() => this.#remember());
  #running: RunningJob | undefined;
  /** Counters of earlier starts, as of the checkpoint that the next start begins from. */
  #counted = new Map<string, number>();
  #countedAtStart = new Map<string, number>();
  #failure: MillraceError | undefined;

  constructor(init: SltJobInit) {
    this.#init = init;
  }

  get name(): string {
    return this.#init.name;
  }

  get status(): RunningJob['status'] {
    return this.#running?.status ?? 'created';
  }

  /** Why the job failed by itself; `undefined` as long as it has not. */
  get failure(): MillraceError | undefined {
    return this.#failure;
  }

  /** @throws what `Session.execute` throws. */
  async start(repeated?: RepeatedCalls): Promise<void> {
    const { name, statement, world } = this.#init;
    const { session, scripts } = world;
    this.#countedAtStart = new Map(this.#counted);
    const result = await scripts.startJob(
      name,
      () =>
        inTime(
          `the start of job "${name}"`,
          session.execute(statement, { consumer: { begin() {}, write() {}, end() {} }, openStore: this.#checkpoints.open }),
        ),
      repeated,
    );
    if (result.kind !== 'job') throw new MillraceError({ code: 'USAGE', message: `the statement of job "${name}" runs at once` });
    this.#running = result.job;
    this.#failure = undefined;
    result.job.settled.catch(thrown => {
      this.#failure = toMillraceError(thrown);
    });
  }

  /** Takes a checkpoint, so that what the job wrote is committed. Nothing happens to a job that is over. */
  async checkpoint(): Promise<void> {
    await inTime(`a checkpoint of job "${this.name}"`, this.#job().checkpoint());
  }

  /** Stops with a checkpoint and starts from it. Time passes while calls under way come to their end. */
  async restore(repeated: RepeatedCalls): Promise<void> {
    await passTime(`the stop of job "${this.name}"`, this.#job().stop(), this.#init.world);
    if (this.#failure) throw this.#failure;
    await this.start(repeated);
  }

  /** Kills the job and starts it from the last complete checkpoint. */
  async crash(repeated: RepeatedCalls): Promise<void> {
    await this.#kill();
    await this.start(repeated);
  }

  /** As `crash`, in the moment between a checkpoint and its commit. */
  async crashBeforeCommit(repeated: RepeatedCalls): Promise<void> {
    if (this.status === 'running') {
      this.#checkpoints.dieAfterNextSave();
      await this.checkpoint().catch(thrown => {
        if (toMillraceError(thrown).code !== 'INTERRUPTED') throw thrown;
      });
    }
    await this.crash(repeated);
  }

  /** Ends the job for good. */
  async close(): Promise<void> {
    if (this.#running) await this.#kill();
  }

  /** The sum of a counter over all operators, and over all starts as far as their rows were kept. */
  metric(name: string): number {
    return this.#counters().get(name) ?? 0;
  }

  async #kill(): Promise<void> {
    await inTime(`the end of job "${this.name}"`, this.#job().cancel());
  }

  #job(): RunningJob {
    if (this.#running) return this.#running;
    throw new MillraceError({ code: 'USAGE', message: `job "${this.name}" was not started` });
  }

  #remember(): void {
    this.#counted = this.#counters();
  }

  #counters(): Map<string, number> {
    const sums = new Map(this.#countedAtStart);
    for (const { counters } of this.#running?.metrics() ?? []) {
      for (const [name, count] of counters) sums.set(name, (sums.get(name) ?? 0) + count);
    }
    return sums;
  }
}
