import { z } from 'zod';
import type { Clock } from '../common/clock.js';
import { MillraceError } from '../common/error.js';
import { batchOfRows, concatBatches, rowAt, sliceBatch, takeRows, type Batch } from '../spec/batch.js';
import type { LookupResult, LookupSource } from '../spec/connector.js';
import type { Field } from '../spec/data-type.js';
import { keyText } from '../spec/key-text.js';
import { duration, flag, integer, oneOf, option } from '../spec/option.js';

/** Flink's options of a table whose rows are kept between lookups, for a connector to spread into its own. */
export const lookupCacheOptions = z.object({
  'lookup.cache': option(oneOf('NONE', 'PARTIAL').optional(), {
    doc: 'PARTIAL keeps the rows that were found; NONE asks anew for each key. PARTIAL where a bound of the cache is given.',
  }),
  'lookup.partial-cache.max-rows': option(integer({ min: 1 }).optional(), {
    doc: 'Most rows that are kept; those that were not used for longest leave first. A key without rows counts as one.',
    aliases: ['lookup.cache.max-rows'],
  }),
  'lookup.partial-cache.expire-after-write': option(duration().optional(), {
    doc: 'How long after it was found a row is kept.',
    aliases: ['lookup.cache.ttl'],
  }),
  'lookup.partial-cache.expire-after-access': option(duration().optional(), { doc: 'How long after its last use a row is kept.' }),
  'lookup.partial-cache.cache-missing-key': option(flag().default(true), {
    doc: 'Whether it is kept that a key has no rows.',
    aliases: ['lookup.cache.caching-missing-key'],
  }),
});

export type LookupCacheOptions = z.output<typeof lookupCacheOptions>;

/** What is kept of one key. */
interface Entry {
  readonly rows: Batch;
  readonly writtenAt: number;
  usedAt: number;
}

/**
 * The source with a cache before it, where the options ask for one.
 *
 * Rows are shared by all who ask this source, stay in memory, and are no part of a checkpoint. Times are the clock's.
 *
 * @param fields what the source gives.
 * @throws {MillraceError} `INVALID_OPTION` for a cache without any bound.
 */
export function withLookupCache(
  source: LookupSource,
  { options, fields, clock }: { readonly options: LookupCacheOptions; readonly fields: readonly Field[]; readonly clock: Clock },
): LookupSource {
  const maxRows = options['lookup.partial-cache.max-rows'];
  const afterWriteMs = options['lookup.partial-cache.expire-after-write'];
  const afterAccessMs = options['lookup.partial-cache.expire-after-access'];
  const isBounded = maxRows !== undefined || afterWriteMs !== undefined || afterAccessMs !== undefined;
  const mode = options['lookup.cache'] ?? (isBounded ? 'PARTIAL' : 'NONE');
  if (mode === 'NONE') return source;
  if (!isBounded) {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: "'lookup.cache' = 'PARTIAL' without a bound would keep every row for ever",
      notes: [{ message: "add 'lookup.partial-cache.max-rows' = '10000' or 'lookup.partial-cache.expire-after-write' = '10 min'" }],
    });
  }
  const keepsMissing = options['lookup.partial-cache.cache-missing-key'];
  const cache = new LookupCache({ maxRows, afterWriteMs, afterAccessMs, clock });
  const { maxKeys, async, maxRetries } = source;
  return {
    maxKeys,
    async,
    maxRetries,
    lookup: async (keys, signal) => cachedLookup(keys, { cache, keepsMissing, fields, ask: asked => source.lookup(asked, signal) }),
    close: async () => source.close?.(),
  };
}

interface CachedLookup {
  readonly cache: LookupCache;
  readonly keepsMissing: boolean;
  readonly fields: readonly Field[];
  readonly ask: (keys: Batch) => Promise<LookupResult>;
}

/** Asks for the keys that are not kept, each once. */
async function cachedLookup(keys: Batch, { cache, keepsMissing, fields, ask }: CachedLookup): Promise<LookupResult> {
  const codes = Array.from({ length: keys.rowCount }, (_, row) => rowAt(keys, row).map(keyText).join(''));
  const found = new Map<string, Batch>();
  const unknown = new Map<string, number>();
  for (const [row, code] of codes.entries()) {
    if (found.has(code) || unknown.has(code)) continue;
    const kept = cache.get(code);
    if (kept) found.set(code, kept);
    else unknown.set(code, row);
  }
  if (unknown.size > 0) {
    const { rows, inputOf } = await ask(takeRows(keys, [...unknown.values()]));
    let from = 0;
    for (const [place, code] of [...unknown.keys()].entries()) {
      let to = from;
      while (to < inputOf.length && inputOf[to] === place) to++;
      const own = sliceBatch(rows, from, to);
      found.set(code, own);
      if (to > from || keepsMissing) cache.set(code, own);
      from = to;
    }
  }
  const parts = codes.map(code => found.get(code)!);
  const inputOf = Uint32Array.from(parts.flatMap(({ rowCount }, row) => new Array<number>(rowCount).fill(row)));
  const some = parts.filter(({ rowCount }) => rowCount > 0);
  return { rows: some.length > 0 ? concatBatches(some) : batchOfRows(fields, []), inputOf };
}

interface LookupCacheInit {
  readonly maxRows: number | undefined;
  readonly afterWriteMs: number | undefined;
  readonly afterAccessMs: number | undefined;
  readonly clock: Clock;
}

/** Rows by key; what was not used for longest leaves first. */
class LookupCache {
  readonly #init: LookupCacheInit;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  #rowCount = 0;

  constructor(init: LookupCacheInit) {
    this.#init = init;
  }

  get(code: string): Batch | undefined {
    const entry = this.#entries.get(code);
    if (!entry) return undefined;
    this.#remove(code, entry);
    if (this.#isOver(entry)) return undefined;
    entry.usedAt = this.#init.clock.monotonic();
    this.#add(code, entry);
    return entry.rows;
  }

  set(code: string, rows: Batch): void {
    const known = this.#entries.get(code);
    if (known) this.#remove(code, known);
    const now = this.#init.clock.monotonic();
    this.#add(code, { rows, writtenAt: now, usedAt: now });
    for (const [oldest, entry] of this.#entries) {
      if (this.#rowCount <= (this.#init.maxRows ?? Infinity) && !this.#isOver(entry)) break;
      this.#remove(oldest, entry);
    }
  }

  #isOver({ writtenAt, usedAt }: Entry): boolean {
    const { clock, afterWriteMs = Infinity, afterAccessMs = Infinity } = this.#init;
    const now = clock.monotonic();
    return now - writtenAt >= afterWriteMs || now - usedAt >= afterAccessMs;
  }

  #add(code: string, entry: Entry): void {
    this.#entries.set(code, entry);
    this.#rowCount += Math.max(1, entry.rows.rowCount);
  }

  #remove(code: string, entry: Entry): void {
    this.#entries.delete(code);
    this.#rowCount -= Math.max(1, entry.rows.rowCount);
  }
}
