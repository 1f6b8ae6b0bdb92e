import { batchOfRows, concatBatches, sliceBatch, type Batch } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import type { Barrier, StreamElement } from '../element.js';
import type { Operator, OperatorContext, OperatorFactory } from '../operator.js';
import { AlignedPorts, type PortReceiver } from './aligned-ports.js';

export interface WholeInputOptions {
  /** The fields of each input. */
  readonly inputs: readonly (readonly Field[])[];
  /** The result, from all rows of each input in the order in which they came. Equal inputs must give equal results. */
  readonly compute: (inputs: readonly Batch[]) => Batch;
  readonly compact?: Compaction | undefined;
  /** Most rows that leave together. */
  readonly maxRows: number;
}

/** Takes away rows of an input that can no longer matter. */
export interface Compaction {
  /** How many rows there must be. */
  readonly whenRows: number;
  /** The rows that are kept, of all so far. */
  readonly apply: (batch: Batch) => Batch;
  /** Those of the new rows that can matter beside the rows that `apply` kept last; absent where all can. */
  readonly admit?: (batch: Batch, kept: Batch) => Batch;
}

/**
 * An operator that needs all of its input before its first row can leave. It keeps what comes and, when all inputs have
 * ended, sends the result piece by piece, as the reader gives credit.
 */
export function wholeInputOperator(options: WholeInputOptions): OperatorFactory {
  return context => new WholeInputOperator(options, context);
}

interface WholeInputState {
  readonly inputs: readonly (readonly Batch[])[];
  /** Rows of the result that have left; `Infinity` once all have. */
  readonly sent: number;
}

class WholeInputOperator implements Operator, PortReceiver {
  readonly #options: WholeInputOptions;
  readonly #context: OperatorContext;
  readonly #ports: AlignedPorts;
  readonly #ended: boolean[];
  #inputs: Batch[][];
  #rowCounts: number[];
  /** At how many rows of an input the next compaction is worth its cost. */
  #compactAt: number[];
  /** What the last compaction of each input kept; `undefined` before the first one. */
  readonly #kept: (Batch | undefined)[];
  #sent = 0;
  #isClosed = false;

  constructor(options: WholeInputOptions, context: OperatorContext) {
    this.#options = options;
    this.#context = context;
    const count = options.inputs.length;
    this.#ports = new AlignedPorts(count, context, this);
    this.#ended = new Array<boolean>(count).fill(false);
    this.#inputs = options.inputs.map(() => []);
    this.#rowCounts = options.inputs.map(() => 0);
    this.#compactAt = options.inputs.map(() => options.compact?.whenRows ?? Infinity);
    this.#kept = options.inputs.map(() => undefined);
  }

  open(state: unknown): void {
    if (state === undefined) return;
    const { inputs, sent } = state as WholeInputState;
    this.#inputs = inputs.map(batches => [...batches]);
    this.#rowCounts = inputs.map(batches => batches.reduce((sum, batch) => sum + batch.rowCount, 0));
    this.#sent = sent;
  }

  push(element: StreamElement, port: number): void | Promise<void> {
    return this.#ports.push(element, port);
  }

  receive(element: Exclude<StreamElement, Barrier>, port: number): void | Promise<void> {
    if (element.kind === 'batch') this.#keep(element, port);
    if (element.kind !== 'end' || this.#ended[port]) return;
    this.#ended[port] = true;
    if (this.#ended.every(Boolean)) void this.#send().catch(thrown => this.#context.fail(thrown));
  }

  snapshot(): WholeInputState {
    return { inputs: this.#inputs.map(batches => [...batches]), sent: this.#sent };
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.#ports.close();
  }

  #keep(batch: Batch, port: number): void {
    const { compact } = this.#options;
    const batches = this.#inputs[port]!;
    const kept = this.#kept[port];
    const admitted = compact?.admit && kept ? compact.admit(batch, kept) : batch;
    if (admitted.rowCount === 0) return;
    batches.push(admitted);
    this.#rowCounts[port]! += admitted.rowCount;
    if (!compact || this.#rowCounts[port]! < this.#compactAt[port]!) return;
    const compacted = compact.apply(concatBatches(batches));
    this.#kept[port] = compacted;
    this.#inputs[port] = [compacted];
    this.#rowCounts[port] = compacted.rowCount;
    this.#compactAt[port] = Math.max(compact.whenRows, 2 * compacted.rowCount);
  }

  async #send(): Promise<void> {
    const { inputs, compute, maxRows } = this.#options;
    if (this.#sent !== Infinity) {
      const result = compute(this.#inputs.map((batches, i) => (batches.length > 0 ? concatBatches(batches) : batchOfRows(inputs[i]!, []))));
      while (this.#sent < result.rowCount) {
        const from = this.#sent;
        this.#sent = Math.min(from + maxRows, result.rowCount);
        await this.#context.output.emit(sliceBatch(result, from, this.#sent));
        if (this.#isClosed) return;
      }
    }
    // What was needed for the result has been sent: a checkpoint from now on need not hold it.
    this.#sent = Infinity;
    this.#inputs = this.#inputs.map(() => []);
    void this.#context.output.emit({ kind: 'watermark', time: Infinity });
    await this.#context.output.emit({ kind: 'end' });
  }
}
