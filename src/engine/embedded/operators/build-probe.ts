import { batchOfRows, concatBatches, type Batch } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import type { Barrier, StreamElement } from '../element.js';
import { joinCredits, type Operator, type OperatorContext, type OperatorFactory } from '../operator.js';
import { AlignedPorts, type PortReceiver } from './aligned-ports.js';

/** What a join does with its sides. One per running operator. */
export interface Probe {
  /** Called once, with all rows of the right side, before any of the left. */
  build(right: Batch): void;
  /** The result for some rows of the left side, in batches. */
  probe(left: Batch): Iterable<Batch>;
  /** What is left to say when the left side has ended. */
  finish(): Iterable<Batch>;
  /** What `probe` remembers for `finish`; survives the structured clone algorithm and shares nothing. */
  snapshot(): unknown;
  restore(state: unknown): void;
}

/**
 * Reads the right side (port 1) to its end, and then the left one (port 0) as it comes. What the left side sends before
 * that is kept, and not held back by credit: both sides can come from one source.
 *
 * @param holdsWatermark whether rows come after the end of the left side.
 */
export function buildProbeOperator(options: {
  readonly createProbe: () => Probe;
  readonly rightFields: readonly Field[];
  readonly holdsWatermark: boolean;
}): OperatorFactory {
  return context => new BuildProbeOperator(options, context);
}

interface BuildProbeState {
  /** Rows of the left side that wait for the right one. */
  readonly waiting: readonly Batch[];
  readonly right: readonly Batch[];
  readonly probe: unknown;
  readonly watermark: number;
  readonly isDone: boolean;
}

class BuildProbeOperator implements Operator, PortReceiver {
  readonly #context: OperatorContext;
  readonly #options: Parameters<typeof buildProbeOperator>[0];
  readonly #ports: AlignedPorts;
  readonly #probe: Probe;
  #waiting: Batch[] = [];
  #right: Batch[] = [];
  #watermark = -Infinity;
  #isBuilt = false;
  #hasLeftEnded = false;
  #isDone = false;

  constructor(options: Parameters<typeof buildProbeOperator>[0], context: OperatorContext) {
    this.#options = options;
    this.#context = context;
    this.#ports = new AlignedPorts(2, context, this);
    this.#probe = options.createProbe();
  }

  open(state: unknown): void {
    if (state === undefined) return;
    const { waiting, right, probe, watermark, isDone } = state as BuildProbeState;
    this.#waiting = [...waiting];
    this.#right = [...right];
    this.#watermark = watermark;
    this.#isDone = isDone;
    this.#probe.restore(probe);
  }

  push(element: StreamElement, port: number): void | Promise<void> {
    return this.#ports.push(element, port);
  }

  receive(element: Exclude<StreamElement, Barrier>, port: number): void | Promise<void> {
    return port === 1 ? this.#receiveRight(element) : this.#receiveLeft(element);
  }

  snapshot(): BuildProbeState {
    return {
      waiting: [...this.#waiting],
      right: this.#isDone ? [] : [...this.#right],
      probe: this.#probe.snapshot(),
      watermark: this.#watermark,
      isDone: this.#isDone,
    };
  }

  close(): Promise<void> {
    return this.#ports.close();
  }

  #receiveRight(element: Exclude<StreamElement, Barrier>): void | Promise<void> {
    if (element.kind === 'batch') this.#right.push(element);
    return element.kind === 'end' && !this.#isBuilt ? this.#build() : undefined;
  }

  #build(): void | Promise<void> {
    const right = this.#right.length > 0 ? concatBatches(this.#right) : batchOfRows(this.#options.rightFields, []);
    this.#right = [right];
    this.#isBuilt = true;
    this.#probe.build(right);
    const waiting = this.#waiting;
    this.#waiting = [];
    const credits = waiting.map(batch => this.#emit(this.#probe.probe(batch)));
    return joinCredits([...credits, this.#sendWatermark(), this.#finish()]);
  }

  #receiveLeft(element: Exclude<StreamElement, Barrier>): void | Promise<void> {
    switch (element.kind) {
      case 'batch':
        if (this.#isBuilt) return this.#emit(this.#probe.probe(element));
        this.#waiting.push(element);
        return;
      case 'watermark':
        this.#watermark = element.time;
        return this.#sendWatermark();
      case 'end':
        this.#hasLeftEnded = true;
        return this.#finish();
    }
  }

  #sendWatermark(): void | Promise<void> {
    if (!this.#isBuilt || this.#watermark === -Infinity) return;
    if (!this.#options.holdsWatermark) return this.#context.output.emit({ kind: 'watermark', time: this.#watermark });
  }

  #finish(): void | Promise<void> {
    if (!this.#isBuilt || !this.#hasLeftEnded) return;
    const last = this.#isDone ? undefined : this.#emit(this.#probe.finish());
    this.#isDone = true;
    const passed = this.#context.output.emit({ kind: 'watermark', time: Infinity });
    return joinCredits([last, passed, this.#context.output.emit({ kind: 'end' })]);
  }

  #emit(batches: Iterable<Batch>): void | Promise<void> {
    const credits: (void | Promise<void>)[] = [];
    for (const batch of batches) if (batch.rowCount > 0) credits.push(this.#context.output.emit(batch));
    return joinCredits(credits);
  }
}
