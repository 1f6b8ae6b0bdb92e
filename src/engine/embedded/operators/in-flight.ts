import { deferred, type Deferred } from '../../../common/deferred.js';
import { concatBatches, sliceBatch, takeRows, type Batch } from '../../../spec/batch.js';
import type { ModelPins, Predictor, Prediction } from '../../../spec/predictor.js';
import type { End, StreamElement, Watermark } from '../element.js';
import { joinCredits, type Operator, type OperatorContext, type Output } from '../operator.js';
import { deadLetterRows, noDeadLetterTarget, type DeadLetterSite } from './dead-letter-rows.js';
import { PendingQueue, type AnsweredRows, type PendingRows } from './pending-queue.js';

export interface InFlightOptions {
  /** Who is asked: a model, or the table of a lookup join. */
  readonly predictor: Predictor;
  /** Columns of the rows that are sent. */
  readonly arguments: readonly number[];
  /** A BOOLEAN column: only rows for which it is true are sent. */
  readonly guard: number | undefined;
  /** What leaves in place of rows whose answers have come; `undefined` for nothing. */
  readonly join: (entry: PendingRows) => Batch | undefined;
  /** Most rows in a batch that leaves. */
  readonly maxRows: number;
  /** Where rows go that the model gave up; absent where it gives up none. */
  readonly deadLetters?: DeadLetterOutput | undefined;
}

/** The second output of a call site. Barriers pass through it too; it sees no watermark and no end. */
export interface DeadLetterOutput {
  readonly output: Output;
  readonly site: DeadLetterSite;
  /** Differs for each start of the job: what ids begin with, until a state is restored. */
  readonly attempt: string;
}

/** The operator's part of a checkpoint. */
interface InFlightState {
  readonly elements: readonly (Batch | AnsweredRows | Watermark)[];
  /** Ids of dead letters: what they begin with, and the last number. */
  readonly letters: { readonly run: string; readonly count: number } | undefined;
  /** Where the model has versions. */
  readonly versions?: { readonly pins: ModelPins; readonly submitted: number } | undefined;
}

/**
 * The boundary between the stream and what answers each row of it, a model or a table.
 *
 * Rows are submitted as they come, up to the predictor's limit of pending rows, and leave with their answers: in input
 * order, or as answers arrive but never across a watermark. A barrier passes at once: the rows that are still pending are
 * the operator's state. After a restore they are submitted again, except for those whose answers had come. Rows that the
 * model gave up leave through the output of dead letters when it is their turn, so each row has left through one of the two
 * when a barrier passes, or is in the state.
 */
export function inFlightOperator(options: InFlightOptions): (context: OperatorContext) => Operator {
  return context => new InFlightOperator(options, context);
}

class InFlightOperator implements Operator {
  readonly #options: InFlightOptions;
  readonly #context: OperatorContext;
  readonly #pending: PendingQueue;
  /** Elements that are taken but not submitted: the limit of pending rows is reached, or the operator was paused. */
  readonly #waiting: (Batch | AnsweredRows | Watermark | End)[] = [];
  #room: Deferred<void> | undefined;
  /** Settles when everything that may leave has left; `undefined` while nothing does. */
  #draining: Promise<void> | undefined;
  #isPaused = false;
  #isClosed = false;
  #letters: { readonly run: string; count: number } | undefined;
  /** Elements at the head of `#waiting` that had been submitted before the restored checkpoint. */
  #toResubmit = 0;

  constructor(options: InFlightOptions, context: OperatorContext) {
    this.#options = options;
    this.#context = context;
    this.#pending = new PendingQueue(options.predictor.ordered);
    this.#letters = options.deadLetters && { run: `${options.deadLetters.attempt}-${context.id}`, count: 0 };
  }

  open(state: unknown): void {
    const { elements, letters, versions }: InFlightState = (state as InFlightState | undefined) ?? { elements: [], letters: undefined };
    this.#waiting.push(...elements);
    if (versions) this.#restore(versions);
    if (this.#letters && letters) this.#letters = { ...letters };
    this.#admit();
  }

  push(element: StreamElement): void | Promise<void> {
    // A source may still be sending while the job is closed round it; nobody would ever give it credit.
    if (this.#isClosed) return;
    if (element.kind === 'barrier') {
      this.#context.snapshot(element.checkpoint, this.#snapshot());
      this.#options.predictor.barrier();
      return joinCredits([this.#options.deadLetters?.output.emit(element), this.#context.output.emit(element)]);
    }
    this.#waiting.push(element);
    this.#admit();
    if (this.#waiting.length === 0 || this.#isPaused) return;
    this.#room ??= deferred<void>();
    return this.#room.promise;
  }

  async pause(): Promise<void> {
    this.#isPaused = true;
    this.#giveRoom();
    await this.#options.predictor.pause();
    await this.#draining;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#giveRoom();
    await this.#options.predictor.close();
  }

  #snapshot(): InFlightState {
    const pending = [...this.#pending.elements()];
    const elements = [...pending, ...this.#waiting.filter(each => each.kind !== 'end')];
    const pins = this.#options.predictor.pins?.();
    // What the last checkpoint held and is not submitted again yet belongs to the version before it still.
    const versions = pins && { pins, submitted: pending.length + this.#toResubmit };
    return structuredClone({ elements, letters: this.#letters, ...(versions && { versions }) });
  }

  #restore({ pins, submitted }: NonNullable<InFlightState['versions']>): void {
    const { predictor } = this.#options;
    this.#toResubmit = submitted;
    predictor.restore?.(pins);
    if (submitted === 0) predictor.restored?.();
  }

  /** Submits what waits, as far as the limit allows. */
  #admit(): void {
    const { predictor } = this.#options;
    while (this.#waiting.length > 0 && this.#pending.rowCount < predictor.maxPendingRows && !this.#isPaused) {
      const before = this.#waiting.length;
      this.#take(this.#waiting.shift()!);
      // A batch of which a part has to wait is not done.
      if (this.#toResubmit > 0 && this.#waiting.length < before && --this.#toResubmit === 0) predictor.restored?.();
    }
    if (this.#waiting.length === 0) this.#giveRoom();
  }

  #take(element: Batch | AnsweredRows | Watermark | End): void {
    const { predictor } = this.#options;
    switch (element.kind) {
      case 'batch': {
        const rest = predictor.maxPendingRows - this.#pending.rowCount;
        if (element.rowCount > rest) this.#waiting.unshift(sliceBatch(element, rest, element.rowCount));
        this.#submit(sliceBatch(element, 0, Math.min(rest, element.rowCount)));
        return;
      }
      case 'answered':
        this.#pending.add({ ...element, settled: true });
        break;
      default:
        this.#pending.close(element);
        if (element.kind === 'end') predictor.flush();
    }
    this.#schedule();
  }

  #giveRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  #submit(batch: Batch): void {
    const { predictor, guard } = this.#options;
    if (guard !== undefined && predictor.rowsPerSubmission === 1) {
      this.#submitByRow(batch, guard);
      return;
    }
    for (let from = 0; from < batch.rowCount; from += predictor.rowsPerSubmission) {
      const rows = sliceBatch(batch, from, Math.min(from + predictor.rowsPerSubmission, batch.rowCount));
      this.#send(rows, guard === undefined ? undefined : passing(rows, guard));
    }
  }

  /** Each row that is sent is an entry of its own; the rows between two of them are one entry. */
  #submitByRow(batch: Batch, guard: number): void {
    let from = 0;
    for (const row of passing(batch, guard)) {
      if (row > from) this.#send(sliceBatch(batch, from, row), new Int32Array(0));
      this.#send(sliceBatch(batch, row, row + 1), undefined);
      from = row + 1;
    }
    if (from < batch.rowCount) this.#send(sliceBatch(batch, from, batch.rowCount), new Int32Array(0));
  }

  /** @param sent the rows to send; absent for all. */
  #send(rows: Batch, sent: Int32Array | undefined): void {
    if (sent?.length === 0) {
      this.#pending.add({ rows, sent, prediction: undefined, settled: true });
      this.#schedule();
      return;
    }
    const inputs = inputsOf(sent ? takeRows(rows, sent) : rows, this.#options.arguments);
    const entry = this.#pending.add({ rows, sent, prediction: undefined, settled: false });
    this.#options.predictor.submit(inputs).then(
      prediction => this.#settle(entry, prediction),
      thrown => {
        if (!this.#isClosed) this.#context.fail(thrown);
      },
    );
  }

  #settle(entry: PendingRows, prediction: Prediction): void {
    entry.prediction = prediction;
    this.#pending.settle(entry);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#draining || this.#isClosed) return;
    // After the current turn, so that answers which arrive together leave together.
    this.#draining = Promise.resolve()
      .then(() => this.#drain())
      .catch(thrown => this.#context.fail(thrown));
  }

  async #drain(): Promise<void> {
    try {
      for (;;) {
        const next = this.#isClosed ? undefined : this.#pending.take(this.#options.maxRows);
        if (next === undefined) return;
        const credit = Array.isArray(next) ? this.#context.work(() => this.#emit(next)) : this.#context.output.emit(next);
        this.#admit();
        if (credit) await credit;
      }
    } finally {
      this.#draining = undefined;
    }
  }

  #emit(entries: readonly PendingRows[]): void | Promise<void> {
    const buried = this.#emitDeadLetters(entries);
    const batches = entries.map(entry => this.#options.join(entry)).filter(batch => batch !== undefined);
    if (batches.length === 0) return buried;
    const batch = concatBatches(batches);
    this.#context.count('rows_out', batch.rowCount);
    return joinCredits([buried, this.#context.output.emit(batch)]);
  }

  #emitDeadLetters(entries: readonly PendingRows[]): void | Promise<void> {
    const given = entries.filter(({ prediction }) => (prediction?.deadLetters?.size ?? 0) > 0);
    if (given.length === 0) return;
    const { deadLetters, predictor } = this.#options;
    const letters = this.#letters;
    if (!deadLetters || !letters) throw noDeadLetterTarget(predictor.name);
    const batch = deadLetterRows(given, deadLetters.site, () => `${letters.run}-${++letters.count}`);
    if (!batch) return;
    this.#context.count('dead_letters', batch.rowCount);
    return deadLetters.output.emit(batch);
  }
}

function inputsOf(batch: Batch, columns: readonly number[]): Batch {
  return { kind: 'batch', rowCount: batch.rowCount, columns: columns.map(index => batch.columns[index]!) };
}

function passing(batch: Batch, guard: number): Int32Array {
  const { values, nulls } = batch.columns[guard]!;
  const rows: number[] = [];
  for (let i = 0; i < batch.rowCount; i++) if (values[i] === 1 && nulls?.[i] !== 1) rows.push(i);
  return Int32Array.from(rows);
}
