import type { Clock } from '../common/clock.js';
import { formatDuration } from '../common/duration.js';
import { MillraceError } from '../common/error.js';
import type { Usage } from '../spec/provider.js';
import { costNanos, NANOS_PER_DOLLAR, type ModelPrice } from './model-price.js';
import { MAX_TIMER_MS } from './timer-limit.js';
import type { Need } from './token-meter.js';

/** What happens to rows when a budget is spent: they wait for the next window, end the job, or go to the fallback model. */
export type BudgetAction = 'pause' | 'fail' | 'fallback';

export interface BudgetInit {
  /** The model's name. */
  readonly model: string;
  /** US dollars in a window; absent for no bound. */
  readonly maxCost: number | undefined;
  /** Input and output tokens in a window; absent for no bound. */
  readonly maxTokens: number | undefined;
  /** How long a window is; it starts with the first call after the last one. Absent: there is one window, the life of the budget. */
  readonly windowMs: number | undefined;
  readonly action: BudgetAction;
  /** Absent where no price is known. */
  readonly price: ModelPrice | undefined;
  readonly clock: Clock;
  /** Called once a window, when it is spent. */
  readonly onSpent: (reason: string) => void;
}

/** What a call is expected to take, set aside until `Budget.release`. */
export interface Reservation {
  readonly tokens: number;
  readonly nanos: number;
}

/** Bounds what the calls of a model cost. A call that is under way counts with what it is expected to take. */
export class Budget {
  readonly action: BudgetAction;
  readonly #init: BudgetInit;
  #startedAt: number | undefined;
  #spent: Reservation = { tokens: 0, nanos: 0 };
  #reserved: Reservation = { tokens: 0, nanos: 0 };
  #hasTold = false;
  readonly #waiting = new Set<() => void>();
  #cancelTimer: (() => void) | undefined;

  constructor(init: BudgetInit) {
    this.#init = init;
    this.action = init.action;
  }

  /** US dollars and tokens that are left in this window; absent where there is no bound. */
  get left(): { readonly cost?: number; readonly tokens?: number } {
    const { maxCost, maxTokens } = this.#init;
    return {
      ...(maxCost !== undefined && { cost: maxCost - this.#spent.nanos / NANOS_PER_DOLLAR }),
      ...(maxTokens !== undefined && { tokens: maxTokens - this.#spent.tokens }),
    };
  }

  /** Sets aside what a call needs; `undefined` where that is more than what is left. */
  reserve(need: Need): Reservation | undefined {
    this.#turnWindow();
    const { price, maxCost, maxTokens } = this.#init;
    const usage = { inputTokens: need['input-tokens'], outputTokens: need['output-tokens'] };
    const reservation = { tokens: need.tokens, nanos: price ? costNanos(usage, price) : 0 };
    const tokens = this.#spent.tokens + this.#reserved.tokens + reservation.tokens;
    const nanos = this.#spent.nanos + this.#reserved.nanos + reservation.nanos;
    if (isOver(tokens, this.#spent.tokens, maxTokens) || isOver(nanos, this.#spent.nanos, maxCost && maxCost * NANOS_PER_DOLLAR)) {
      // What is set aside may come back; only a bound that calls have really reached is worth telling.
      if (this.#reserved.tokens === 0 && this.#reserved.nanos === 0) this.#tell();
      return undefined;
    }
    this.#startedAt ??= this.#init.clock.monotonic();
    this.#reserved = { tokens: this.#reserved.tokens + reservation.tokens, nanos: this.#reserved.nanos + reservation.nanos };
    return reservation;
  }

  /** The call is over: what it really took has been charged. */
  release({ tokens, nanos }: Reservation): void {
    this.#reserved = { tokens: this.#reserved.tokens - tokens, nanos: this.#reserved.nanos - nanos };
    this.#wake();
  }

  charge(usage: Usage, nanos: number): void {
    const tokens = usage.inputTokens + usage.outputTokens;
    this.#spent = { tokens: this.#spent.tokens + tokens, nanos: this.#spent.nanos + nanos };
  }

  /** Whether nothing but a new window can make room. */
  get isSpent(): boolean {
    return this.#reserved.tokens === 0 && this.#reserved.nanos === 0;
  }

  /** Calls back when there may be room again; the returned function ends that. */
  onRoom(callback: () => void): () => void {
    this.#waiting.add(callback);
    this.#schedule();
    return () => {
      this.#waiting.delete(callback);
      if (this.#waiting.size > 0) return;
      this.#cancelTimer?.();
      this.#cancelTimer = undefined;
    };
  }

  /** The error of rows that a spent budget leaves without an answer. */
  failure(): MillraceError {
    const { model } = this.#init;
    return new MillraceError({
      code: 'BUDGET_SPENT',
      message: `the budget of model "${model}" is spent: ${this.#bounds()}`,
      context: { model },
    });
  }

  #bounds(): string {
    const { maxCost, maxTokens, windowMs } = this.#init;
    const bounds = [maxCost === undefined ? '' : `$${maxCost}`, maxTokens === undefined ? '' : `${maxTokens} tokens`].filter(Boolean);
    return bounds.join(' or ') + (windowMs === undefined ? '' : ` in ${formatDuration(windowMs)}`);
  }

  #tell(): void {
    if (this.#hasTold) return;
    this.#hasTold = true;
    this.#init.onSpent(this.#bounds());
  }

  #turnWindow(): void {
    const { windowMs, clock } = this.#init;
    if (windowMs === undefined || this.#startedAt === undefined || clock.monotonic() - this.#startedAt < windowMs) return;
    this.#startedAt = undefined;
    this.#spent = { tokens: 0, nanos: 0 };
    this.#hasTold = false;
  }

  #schedule(): void {
    const { windowMs, clock } = this.#init;
    if (windowMs === undefined || this.#startedAt === undefined || this.#cancelTimer !== undefined) return;
    const waitMs = Math.max(1, this.#startedAt + windowMs - clock.monotonic());
    this.#cancelTimer = clock.setTimer(Math.min(Math.ceil(waitMs), MAX_TIMER_MS), () => {
      this.#cancelTimer = undefined;
      this.#wake();
    });
  }

  #wake(): void {
    const callbacks = [...this.#waiting];
    for (const callback of callbacks) callback();
  }
}

/** Nothing is left, or the call does not fit; a call that is larger than the whole budget is never made. */
function isOver(withCall: number, spent: number, bound: number | undefined): boolean {
  return bound !== undefined && (withCall > bound || spent >= bound);
}
