import { setMaxListeners } from 'node:events';
import { MillraceError, toMillraceError } from '../../../common/error.js';
import type { Batch } from '../../../spec/batch.js';
import type { Backlog, ReadLimit, Source, Split, SplitReader } from '../../../spec/connector.js';
import type { CompiledCalc } from '../compile/compile-calc.js';
import { joinCredits, type OperatorContext } from '../operator.js';
import { nextTurn } from '../next-turn.js';
import { combineWatermarks } from '../watermark.js';

/** Computes the highest watermark of the rows of a batch; microseconds. */
export type WatermarkOf = (batch: Batch) => number;

export interface SourceSettings {
  /** Splits of a bounded source that are read at the same time; those of an unbounded one are all read at once. */
  readonly parallelism: number;
  readonly maxRows: number;
  readonly maxBytes: number;
  /** How long rows may wait for others to fill a batch. */
  readonly fillMs: number;
}

export interface SourceOperatorOptions {
  readonly source: Source;
  readonly settings: SourceSettings;
  /** What the connector's rows become; absent where they stay as they are. */
  readonly calc: CompiledCalc | undefined;
  readonly watermarkOf: WatermarkOf | undefined;
  /** What is sent on, once the watermark has seen the rows; absent for all of them as they are. */
  readonly outputCalc: CompiledCalc | undefined;
}

/** A read returns as soon as there are rows, and a stop ends its wait; this bounds nothing but the rate of empty reads. */
const IDLE_READ_MS = 1_000;

/** What a checkpoint holds of a source. */
interface SourceState {
  readonly splits: readonly { readonly id: string; readonly position: unknown; readonly ended: boolean; readonly watermark: number }[];
  readonly watermark: number;
}

interface SplitState {
  readonly split: Split;
  position: unknown;
  ended: boolean;
  /** Whether it holds back the watermark: from before it is opened until it is done and its place has been taken. */
  holding: boolean;
  watermark: number;
}

/**
 * Reads the splits of a source and sends their rows on.
 *
 * A batch, its split's new position and the watermark change in one step, without a pause in between, so a barrier can
 * stand between any two reads and is always a consistent cut.
 */
export class SourceOperator {
  readonly #options: SourceOperatorOptions;
  readonly #context: OperatorContext;
  readonly #splits = new Map<string, SplitState>();
  readonly #stop = new AbortController();
  #watermark = -Infinity;
  #ended = false;
  #failure: { readonly thrown: unknown } | undefined;

  constructor(options: SourceOperatorOptions, context: OperatorContext) {
    this.#options = options;
    this.#context = context;
    // Every reader that waits listens, and a source may have thousands of splits.
    setMaxListeners(0, this.#stop.signal);
  }

  open(state: unknown): void {
    if (state === undefined) return;
    const { splits, watermark } = state as SourceState;
    this.#watermark = watermark;
    for (const { id, ...rest } of splits) this.#splits.set(id, { split: { id }, holding: false, ...rest });
  }

  /**
   * Reads until all splits have ended or `stop` is called. The first failure ends the reading of all splits, and is thrown
   * when all have come to rest.
   */
  async run(): Promise<void> {
    const { source } = this.#options;
    await this.#discover();
    const queue = [...this.#splits.values()].filter(split => !split.ended);
    await (source.boundedness === 'bounded' ? this.#readBounded(queue) : this.#readUnbounded(queue));
    if (this.#failure) throw this.#failure.thrown;
    if (this.#stop.signal.aborted) return;
    const credit = this.#advance(Infinity);
    if (credit) await this.#wait(credit);
    await this.finish();
  }

  /** Says that no row will follow; without the final watermark when the job was stopped. */
  async finish(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#context.output.emit({ kind: 'end' });
  }

  /** Ends reading; `run` resolves soon. Rows already read are sent on. */
  stop(): void {
    this.#stop.abort(new MillraceError({ code: 'INTERRUPTED', message: 'the source was stopped' }));
  }

  /** Starts a checkpoint: what was sent before belongs to it. */
  trigger(checkpoint: number): void {
    const state: SourceState = {
      splits: [...this.#splits.values()].map(({ split, position, ended, watermark }) => ({ id: split.id, position, ended, watermark })),
      watermark: this.#watermark,
    };
    this.#context.snapshot(checkpoint, structuredClone(state));
    void this.#context.output.emit({ kind: 'barrier', checkpoint });
  }

  /** What the source has not read; `undefined` where it cannot know. */
  async backlog(): Promise<Backlog | undefined> {
    const { source } = this.#options;
    return source.backlog?.([...this.#splits.values()].filter(({ ended }) => !ended));
  }

  async #discover(): Promise<SplitState[]> {
    const fresh: SplitState[] = [];
    for (const split of await this.#options.source.listSplits()) {
      if (this.#splits.has(split.id)) continue;
      const state: SplitState = { split, position: undefined, ended: false, holding: false, watermark: -Infinity };
      this.#splits.set(split.id, state);
      fresh.push(state);
    }
    return fresh;
  }

  async #readBounded(queue: SplitState[]): Promise<void> {
    const lane = async (): Promise<void> => {
      for (let split = queue.shift(); split && !this.#stop.signal.aborted;) {
        await this.#readOrStop(split);
        const next = queue.shift();
        // Other splits must not run ahead while the lane goes on to its next one.
        if (next) next.holding = true;
        await this.#release(split);
        split = next;
      }
    };
    await Promise.all(Array.from({ length: this.#options.settings.parallelism }, lane));
  }

  async #readUnbounded(first: readonly SplitState[]): Promise<void> {
    const readers = new Set<Promise<void>>();
    const start = (split: SplitState): void => {
      const reader = this.#readOrStop(split)
        .then(() => this.#release(split))
        .finally(() => readers.delete(reader));
      readers.add(reader);
    };
    first.forEach(start);
    const interval = this.#options.source.discoveryIntervalMs;
    while (interval !== undefined && !this.#stop.signal.aborted) {
      await this.#context.clock.sleep(interval, this.#stop.signal).catch(() => {});
      if (this.#stop.signal.aborted) break;
      try {
        (await this.#discover()).forEach(start);
      } catch (thrown) {
        this.#endBy(thrown);
      }
    }
    await Promise.all(readers);
  }

  async #readOrStop(split: SplitState): Promise<void> {
    try {
      await this.#read(split);
    } catch (thrown) {
      const error = toMillraceError(thrown);
      // What a later operator refuses is no matter of the split.
      this.#endBy(error.context.operator === undefined ? error.within({ split: split.split.id }) : error);
    }
  }

  #endBy(thrown: unknown): void {
    this.#failure ??= { thrown };
    this.#stop.abort(thrown);
  }

  async #read(split: SplitState): Promise<void> {
    // From here on, not from the first row on: opening can take long, and the rows of other splits must not run ahead.
    split.holding = true;
    const reader = await this.#options.source.openReader(split.split, split.position);
    try {
      await this.#drain(split, reader);
    } catch (thrown) {
      if (!this.#stop.signal.aborted || !isAbort(thrown, this.#stop.signal)) throw thrown;
    } finally {
      await reader.close();
    }
  }

  async #drain(split: SplitState, reader: SplitReader<unknown>): Promise<void> {
    const { maxRows, maxBytes, fillMs } = this.#options.settings;
    const limit: ReadLimit = { maxRows, maxBytes, fillMs, waitMs: IDLE_READ_MS, signal: this.#stop.signal };
    while (!split.ended && !this.#stop.signal.aborted) {
      const result = await reader.read(limit);
      split.position = result.position;
      split.ended = result.end;
      if (result.skipped) this.#context.count('skipped_records', result.skipped);
      const { batch } = result;
      const credit = batch && this.#context.work(() => this.#send(split, batch));
      await (credit ? this.#wait(credit) : nextTurn());
    }
  }

  /** The split no longer holds back the watermark. */
  async #release(split: SplitState): Promise<void> {
    split.holding = false;
    const credit = this.#stop.signal.aborted ? undefined : this.#advance(this.#combined());
    if (credit) await this.#wait(credit);
  }

  /** Until there is credit, or `stop` lets the sender go: what it sent was taken. */
  #wait(credit: Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    return new Promise(resolve => {
      const onAbort = (): void => resolve();
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', onAbort, { once: true });
      void credit.then(() => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
    });
  }

  #send(split: SplitState, read: Batch): void | Promise<void> {
    const { calc, watermarkOf, outputCalc } = this.#options;
    this.#context.count('rows_in', read.rowCount);
    const batch = calc ? calc(read) : read;
    if (!batch) return;
    const sent = outputCalc ? outputCalc(batch) : batch;
    if (sent) this.#context.count('rows_out', sent.rowCount);
    const credit = sent && this.#context.output.emit(sent);
    if (!watermarkOf) return credit;
    split.watermark = Math.max(split.watermark, watermarkOf(batch));
    return joinCredits([credit, this.#advance(this.#combined())]);
  }

  #combined(): number {
    return combineWatermarks([...this.#splits.values()].filter(split => split.holding).map(split => split.watermark));
  }

  #advance(time: number): void | Promise<void> {
    if (!(time > this.#watermark)) return;
    // When the last reader closes, no split is left to hold the watermark back; only the end of the input says so.
    if (time === Infinity && [...this.#splits.values()].some(split => !split.ended)) return;
    this.#watermark = time;
    return this.#context.output.emit({ kind: 'watermark', time });
  }
}

function isAbort(thrown: unknown, signal: AbortSignal): boolean {
  return thrown === signal.reason || (thrown instanceof Error && thrown.name === 'AbortError');
}
