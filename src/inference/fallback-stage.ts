import { sliceBatch, type Batch } from '../spec/batch.js';
import type { ModelPins } from '../spec/predictor.js';
import type { AnsweredRows, CallStage, FailedRows, OnSend, Settled } from './settled.js';
import type { UsageCounter } from './usage.js';

export interface FallbackStageInit {
  readonly first: CallStage;
  /** Its OUTPUT columns have the types of the first one's. */
  readonly second: CallStage;
  /** Of the first model. */
  readonly usage: UsageCounter;
}

/** Asks a second model for rows whose call to the first failed for good. */
export class FallbackStage implements CallStage {
  readonly #init: FallbackStageInit;

  constructor(init: FallbackStageInit) {
    this.#init = init;
  }

  async submit(inputs: Batch, onSend?: OnSend): Promise<Settled> {
    const settled = await this.#init.first.submit(inputs, onSend);
    return settled.failed.length === 0 ? settled : this.#fallBack(inputs, settled);
  }

  barrier(): void {
    this.#init.first.barrier();
    this.#init.second.barrier();
  }

  flush(): void {
    this.#init.first.flush();
    this.#init.second.flush();
  }

  async pause(): Promise<void> {
    await Promise.all([this.#init.first.pause(), this.#init.second.pause()]);
  }

  /** A replay asks the second model as it is then. */
  pins(): ModelPins | undefined {
    return this.#init.first.pins?.();
  }

  restore(pins: ModelPins): void {
    this.#init.first.restore?.(pins);
  }

  restored(): void {
    this.#init.first.restored?.();
  }

  async close(): Promise<void> {
    await Promise.all([this.#init.first.close(), this.#init.second.close()]);
  }

  async #fallBack(inputs: Batch, { answered, failed }: Settled): Promise<Settled> {
    const { second, usage } = this.#init;
    const rows = failed.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i)).toSorted((a, b) => a - b);
    usage.fellBack(rows.length);
    // One row at a time: the stages of the second model may take no more.
    const results = await Promise.all(rows.map(row => second.submit(sliceBatch(inputs, row, row + 1))));
    const moved = results.map((result, i) => movedTo(rows[i]!, result));
    return { answered: [...answered, ...moved.flatMap(each => each.answered)], failed: moved.flatMap(each => each.failed) };
  }
}

/** What came of a submission of one row, as that of row `row` of a larger one. */
function movedTo(row: number, { answered, failed }: Settled): Settled {
  return {
    answered: answered.map((part): AnsweredRows => ({ ...part, from: row, rows: part.rows?.map(() => row) })),
    failed: failed.map((part): FailedRows => ({ ...part, from: row, to: row + 1 })),
  };
}
