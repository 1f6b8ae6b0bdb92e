import type { ExecNode } from '../../planner/physical/exec-node.js';
import type { StreamElement } from './element.js';
import { joinCredits, type Operator, type Output } from './operator.js';
import type { BusyClock, FlowMeter } from './operator-flow.js';
import { placed } from './place-of.js';

/** A port of an operator. */
export interface OutputTarget {
  readonly operator: Operator;
  readonly port: number;
  readonly exec: ExecNode;
  readonly flow: FlowMeter;
}

/** Hands each element to every reader of a node. */
export class FanOut implements Output {
  readonly #targets: OutputTarget[] = [];
  /** Of the node. */
  readonly #flow: FlowMeter;
  readonly #busy: BusyClock;

  constructor(flow: FlowMeter, busy: BusyClock) {
    this.#flow = flow;
    this.#busy = busy;
  }

  add(target: OutputTarget): void {
    this.#targets.push(target);
  }

  emit(element: StreamElement): void | Promise<void> {
    const credit = this.#send(element);
    this.#flow.sent(element, credit);
    return credit;
  }

  #send(element: StreamElement): void | Promise<void> {
    if (this.#targets.length === 1) return this.#push(element, this.#targets[0]!);
    return joinCredits(this.#targets.map(target => this.#push(element, target)));
  }

  /** Hands an element to an operator; what fails in it is not blamed on its sender. */
  #push(element: StreamElement, { operator, port, exec, flow }: OutputTarget): void | Promise<void> {
    flow.received(element);
    try {
      return this.#busy.charge(flow, () => operator.push(element, port));
    } catch (thrown) {
      throw placed(thrown, exec);
    }
  }
}
