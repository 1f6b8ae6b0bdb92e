import { deferred, type Deferred } from '../../../common/deferred.js';
import type { StreamElement } from '../element.js';
import type { OperatorContext, Operator } from '../operator.js';
import { combineWatermarks } from '../watermark.js';

/**
 * Several streams as one.
 *
 * Its watermark is the lowest of its inputs. A barrier leaves once it came from every input; what an input sends after
 * its barrier waits until then, and so does its sender.
 */
export function unionOperator(portCount: number): (context: OperatorContext) => Operator {
  return context => new UnionOperator(portCount, context);
}

class UnionOperator implements Operator {
  readonly #context: OperatorContext;
  readonly #watermarks: number[];
  readonly #ended: boolean[];
  /** What each port sent after its barrier; `undefined` for a port whose barrier has not come. */
  readonly #held: (StreamElement[] | undefined)[];
  #watermark = -Infinity;
  #aligned: Deferred<void> | undefined;

  constructor(portCount: number, context: OperatorContext) {
    this.#context = context;
    this.#watermarks = new Array<number>(portCount).fill(-Infinity);
    this.#ended = new Array<boolean>(portCount).fill(false);
    this.#held = new Array<undefined>(portCount).fill(undefined);
  }

  open(state: unknown): void {
    if (state === undefined) return;
    const { watermarks, watermark } = state as { watermarks: readonly number[]; watermark: number };
    watermarks.forEach((time, port) => {
      this.#watermarks[port] = time;
    });
    this.#watermark = watermark;
  }

  push(element: StreamElement, port: number): void | Promise<void> {
    const held = this.#held[port];
    if (held) {
      held.push(element);
      return this.#aligned!.promise;
    }
    switch (element.kind) {
      case 'batch':
        return this.#context.output.emit(element);
      case 'watermark':
        this.#watermarks[port] = element.time;
        return this.#advance();
      case 'end':
        this.#ended[port] = true;
        return this.#ended.every(Boolean) ? this.#context.output.emit(element) : undefined;
      case 'barrier':
        return this.#align(element, port);
    }
  }

  close(): Promise<void> {
    this.#aligned?.resolve();
    return Promise.resolve();
  }

  #advance(): void | Promise<void> {
    const time = combineWatermarks(this.#watermarks);
    if (time <= this.#watermark) return;
    this.#watermark = time;
    return this.#context.output.emit({ kind: 'watermark', time });
  }

  #align(barrier: Extract<StreamElement, { kind: 'barrier' }>, port: number): void | Promise<void> {
    this.#held[port] = [];
    this.#aligned ??= deferred<void>();
    if (this.#held.some(held => held === undefined)) return this.#aligned.promise;
    this.#context.snapshot(barrier.checkpoint, { watermarks: [...this.#watermarks], watermark: this.#watermark });
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
