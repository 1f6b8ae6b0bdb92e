import { LRUCache } from 'lru-cache';
import type { Clock } from '../common/clock.js';
import type { Logger } from '../common/logger.js';
import { toMillraceError } from '../common/error.js';
import type { AnswerCache } from '../spec/answer-cache.js';
import type { Batch } from '../spec/batch.js';
import type { Field } from '../spec/data-type.js';
import { decodeSettled, encodeSettled } from './answer-codec.js';
import { answerKey } from './answer-key.js';
import type { CallStage, OnSend, Settled } from './settled.js';
import type { UsageCounter } from './usage.js';

/** Answers of one process. Made by `createMemoryCache`; one can serve several call sites, whose keys tell them apart. */
export type MemoryCache = LRUCache<string, Settled>;

export interface MemoryCacheInit {
  readonly maxRows: number;
  readonly ttlMs: number;
  readonly clock: Clock;
}

export function createMemoryCache({ maxRows, ttlMs, clock }: MemoryCacheInit): MemoryCache {
  return new LRUCache({ max: maxRows, ttl: ttlMs, ttlResolution: 0, perf: { now: () => clock.monotonic() + 1 } });
}

export interface CacheStageInit {
  /** The stage behind it. */
  readonly inner: CallStage;
  /** Of this process. */
  readonly memory: MemoryCache;
  /** What outlives the process; absent for nothing. Stays the caller's. */
  readonly kept?: AnswerCache | undefined;
  readonly ttlMs: number;
  /** As `answerKey`. */
  readonly identity: string;
  /** The OUTPUT columns that the model fills. */
  readonly answers: readonly Field[];
  readonly usage: UsageCounter;
  readonly log: Logger;
  /** The model's name. */
  readonly name: string;
}

/** Lets equal rows share one answer, whether it is known already or in flight. Takes submissions of one row. */
export class CacheStage implements CallStage {
  readonly #init: CacheStageInit;
  readonly #flights = new Map<string, Promise<Settled>>();
  #hasComplained = false;

  constructor(init: CacheStageInit) {
    this.#init = init;
  }

  submit(inputs: Batch, onSend?: OnSend): Promise<Settled> {
    const { memory, identity, usage } = this.#init;
    const key = answerKey(identity, inputs, 0);
    const known = memory.get(key);
    if (known) {
      usage.cacheHit();
      return Promise.resolve(known);
    }
    const flight = this.#flights.get(key);
    if (flight) {
      return flight.then(settled => {
        usage.shared();
        return asCached(settled);
      });
    }
    const first = this.#find(key, inputs, onSend);
    this.#flights.set(key, first);
    const end = (): void => void this.#flights.delete(key);
    first.then(end, end);
    return first;
  }

  barrier(): void {
    this.#init.inner.barrier();
  }

  flush(): void {
    this.#init.inner.flush();
  }

  pause(): Promise<void> {
    return this.#init.inner.pause();
  }

  close(): Promise<void> {
    return this.#init.inner.close();
  }

  async #find(key: string, inputs: Batch, onSend: OnSend | undefined): Promise<Settled> {
    const { inner, memory, kept, answers, ttlMs, usage } = this.#init;
    const found = kept && (await this.#attempted(() => readKept(kept, key, answers)));
    if (found) {
      usage.cacheHit();
      memory.set(key, asCached(found));
      return asCached(found);
    }
    const settled = await inner.submit(inputs, onSend);
    // A failure says nothing about the next time.
    if (settled.failed.length > 0) return settled;
    memory.set(key, asCached(settled));
    if (kept) await this.#attempted(() => kept.set(key, encodeSettled(settled), ttlMs));
    return settled;
  }

  /** A cache that does not answer costs calls, not rows. */
  async #attempted<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (thrown) {
      const { log, name } = this.#init;
      if (!this.#hasComplained) log.warn(`the cache of answers does not work: ${toMillraceError(thrown).message}`, { model: name });
      this.#hasComplained = true;
      return undefined;
    }
  }
}

async function readKept(kept: AnswerCache, key: string, answers: readonly Field[]): Promise<Settled | undefined> {
  const stored = await kept.get(key);
  return stored && decodeSettled(stored, answers);
}

/** The same answer for a row that has not paid for it. */
function asCached({ answered, failed }: Settled): Settled {
  return {
    answered: answered.map(part => ({
      ...part,
      facts: { ...part.facts, usage: NOTHING_USED, costNanos: part.facts.costNanos && 0, isCached: true },
    })),
    failed,
  };
}

const NOTHING_USED = { inputTokens: 0, outputTokens: 0 };
