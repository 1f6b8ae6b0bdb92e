import { deferred, type Deferred } from '../../../common/deferred.js';
import type { Barrier, StreamElement } from '../element.js';
import type { OperatorContext } from '../operator.js';

/** The part of an operator with several inputs that is about rows. */
export interface PortReceiver {
  receive(element: Exclude<StreamElement, Barrier>, port: number): void | Promise<void>;
  /** The state, once all inputs have sent their barrier. */
  snapshot(): unknown;
}

/**
 * The inputs of an operator, aligned at barriers: a barrier leaves once it came from every input; what an input sends after
 * its barrier waits until then, and so does its sender.
 */
export class AlignedPorts {
  readonly #context: OperatorContext;
  readonly #receiver: PortReceiver;
  /** What each port sent after its barrier; `undefined` for a port whose barrier has not come. */
  readonly #held: (StreamElement[] | undefined)[];
  #aligned: Deferred<void> | undefined;

  constructor(count: number, context: OperatorContext, receiver: PortReceiver) {
    this.#context = context;
    this.#receiver = receiver;
    this.#held = new Array<undefined>(count).fill(undefined);
  }

  push(element: StreamElement, port: number): void | Promise<void> {
    const held = this.#held[port];
    if (held) {
      held.push(element);
      return this.#aligned!.promise;
    }
    return element.kind === 'barrier' ? this.#align(element, port) : this.#receiver.receive(element, port);
  }

  close(): Promise<void> {
    this.#aligned?.resolve();
    return Promise.resolve();
  }

  #align(barrier: Barrier, port: number): void | Promise<void> {
    this.#held[port] = [];
    this.#aligned ??= deferred<void>();
    if (this.#held.some(held => held === undefined)) return this.#aligned.promise;
    this.#context.snapshot(barrier.checkpoint, this.#receiver.snapshot());
    void this.#context.output.emit(barrier);
    const waiting = this.#held.map(held => held ?? []);
    const aligned = this.#aligned;
    this.#held.fill(undefined);
    this.#aligned = undefined;
    const credits = waiting.flatMap((elements, from) => elements.map(async element => this.push(element, from)));
    // A sender may go on once its held elements have left, not before.
    void Promise.all(credits)
      .catch(thrown => this.#context.fail(thrown))
      .then(() => aligned.resolve());
    return aligned.promise;
  }
}
