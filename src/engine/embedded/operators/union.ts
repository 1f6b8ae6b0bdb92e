import type { Barrier, StreamElement } from '../element.js';
import type { OperatorContext, Operator } from '../operator.js';
import { combineWatermarks } from '../watermark.js';
import { AlignedPorts, type PortReceiver } from './aligned-ports.js';

/** Several streams as one. Its watermark is the lowest of its inputs. */
export function unionOperator(portCount: number): (context: OperatorContext) => Operator {
  return context => new UnionOperator(portCount, context);
}

class UnionOperator implements Operator, PortReceiver {
  readonly #context: OperatorContext;
  readonly #ports: AlignedPorts;
  readonly #watermarks: number[];
  readonly #ended: boolean[];
  #watermark = -Infinity;

  constructor(portCount: number, context: OperatorContext) {
    this.#context = context;
    this.#ports = new AlignedPorts(portCount, context, this);
    this.#watermarks = new Array<number>(portCount).fill(-Infinity);
    this.#ended = new Array<boolean>(portCount).fill(false);
  }

  open(state: unknown): void {
    if (state === undefined) return;
    const { watermarks, watermark } = state as ReturnType<UnionOperator['snapshot']>;
    watermarks.forEach((time, port) => {
      this.#watermarks[port] = time;
    });
    this.#watermark = watermark;
  }

  push(element: StreamElement, port: number): void | Promise<void> {
    return this.#ports.push(element, port);
  }

  receive(element: Exclude<StreamElement, Barrier>, port: number): void | Promise<void> {
    switch (element.kind) {
      case 'batch':
        return this.#context.output.emit(element);
      case 'watermark':
        this.#watermarks[port] = element.time;
        return this.#advance();
      case 'end':
        this.#ended[port] = true;
        return this.#ended.every(Boolean) ? this.#context.output.emit(element) : undefined;
    }
  }

  snapshot(): { readonly watermarks: readonly number[]; readonly watermark: number } {
    return { watermarks: [...this.#watermarks], watermark: this.#watermark };
  }

  close(): Promise<void> {
    return this.#ports.close();
  }

  #advance(): void | Promise<void> {
    const time = combineWatermarks(this.#watermarks);
    if (time <= this.#watermark) return;
    this.#watermark = time;
    return this.#context.output.emit({ kind: 'watermark', time });
  }
}
