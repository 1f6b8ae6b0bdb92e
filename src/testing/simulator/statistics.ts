import { createHash } from 'node:crypto';

/** What a simulator has seen since its start. */
export interface SimulatorStats {
  /** Requests that arrived. */
  readonly requests: number;
  /** Answers by HTTP status; connections that were broken, or left by the client, are under `reset`, `half-closed` and `aborted`. */
  readonly byStatus: Readonly<Record<string, number>>;
  readonly inFlight: number;
  readonly maxInFlight: number;
  /** Injected faults by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** Inputs answered with 200: a prompt of a chat, an element of an embedding's input. */
  readonly answeredInputs: number;
  /** Different ones among them. */
  readonly uniqueInputs: number;
  /** Answers to inputs that had been answered before: what a client paid twice. */
  readonly repeatedInputs: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Parts of the prompts that came from the prompt cache, and that were written into it. */
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
}

/** What an answer counts. */
export interface AnsweredRequest {
  readonly inputs: readonly string[];
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** 0 when absent. */
  readonly cachedTokens?: number;
  readonly cacheWriteTokens?: number;
}

/** Counts what the simulator sees. */
export class Statistics {
  readonly #byStatus = new Map<string, number>();
  readonly #faults = new Map<string, number>();
  readonly #seen = new Set<string>();
  readonly #counts = {
    requests: 0,
    inFlight: 0,
    maxInFlight: 0,
    answeredInputs: 0,
    promptTokens: 0,
    completionTokens: 0,
    cachedTokens: 0,
    cacheWriteTokens: 0,
  };

  arrived(): void {
    this.#counts.requests++;
    this.#counts.inFlight++;
    this.#counts.maxInFlight = Math.max(this.#counts.maxInFlight, this.#counts.inFlight);
  }

  /** @param how the status, `reset` or `aborted`. */
  left(how: string): void {
    this.#counts.inFlight--;
    increment(this.#byStatus, how);
  }

  fault(kind: string): void {
    increment(this.#faults, kind);
  }

  answered({ inputs, promptTokens, completionTokens, cachedTokens = 0, cacheWriteTokens = 0 }: AnsweredRequest): void {
    this.#counts.answeredInputs += inputs.length;
    this.#counts.promptTokens += promptTokens;
    this.#counts.completionTokens += completionTokens;
    this.#counts.cachedTokens += cachedTokens;
    this.#counts.cacheWriteTokens += cacheWriteTokens;
    for (const input of inputs) this.#seen.add(createHash('sha256').update(input).digest('base64'));
  }

  snapshot(): SimulatorStats {
    return {
      ...this.#counts,
      byStatus: Object.fromEntries(this.#byStatus),
      faults: Object.fromEntries(this.#faults),
      uniqueInputs: this.#seen.size,
      repeatedInputs: this.#counts.answeredInputs - this.#seen.size,
    };
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
