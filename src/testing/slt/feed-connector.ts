import { z } from 'zod';
import { MillraceError } from '../../common/error.js';
import { createZone, UTC } from '../../common/zone.js';
import { batchOfRows, rowAt, type Value } from '../../spec/batch.js';
import {
  defineConnector,
  type Connector,
  type LookupContext,
  type LookupSource,
  type ReadLimit,
  type ReadResult,
  type Source,
  type SplitReader,
  type TableContext,
} from '../../spec/connector.js';
import { BIGINT, timestampLtz, type Field } from '../../spec/data-type.js';
import { keyText } from '../../spec/key-text.js';
import { duration, flag, integer, option, text } from '../../spec/option.js';
import { lookupCacheOptions, withLookupCache } from '../../kit/lookup-cache.js';
import { parseCell } from './cell-text.js';

/** Rows as they were fed: cells by the name of their column. */
export type FedRow = ReadonlyMap<string, string>;

/** What flows into the tables of a session, as a test says. */
export interface Feeds {
  /**
   * `'connector' = 'feed'`: reads what was fed to the table from the beginning on, and goes on until its end. A lookup join
   * finds the rows that have been fed so far.
   */
  readonly connector: Connector;
  /** Rows that arrive together; a split hands them over in one read. */
  feed(table: string, rows: readonly FedRow[]): void;
  /** No row will follow. */
  end(table: string): void;
}

export interface FeedsInit {
  /** Splits of a table that does not say. */
  readonly splits: number;
  /** Milliseconds since the epoch, for the metadata `timestamp`. */
  readonly now: () => number;
}

const options = z.object({
  ...lookupCacheOptions.shape,
  'lookup.delay': option(duration().default(0), { doc: 'How long a lookup takes.' }),
  'lookup.delay-column': option(text().optional(), { doc: 'A column of milliseconds that the rows of its key take besides.' }),
  'lookup.failures': option(integer({ min: 0 }).default(0), { doc: 'How many lookups fail before one succeeds, in a way that may pass.' }),
  'lookup.max-keys': option(integer({ min: 1 }).default(1), { doc: 'Most keys of one lookup.' }),
  'lookup.max-retries': option(integer({ min: 0 }).default(3), { doc: 'How often a lookup is repeated that failed.' }),
  'lookup.async': option(flag().default(false), { doc: 'Whether several lookups run at once.' }),
  splits: option(integer({ min: 1, max: 100 }).optional(), { doc: 'Over how many splits rows are dealt out, one after the other.' }),
  'will-end': option(flag().default(true), { doc: 'Whether queries that need all rows may read the table.' }),
});

type FeedOptions = z.output<typeof options>;

const METADATA = { offset: BIGINT, timestamp: timestampLtz(3) };

export function createFeeds({ splits: defaultSplits, now }: FeedsInit): Feeds {
  const logs = new Map<string, FeedLog>();
  const logOf = (table: string): FeedLog => {
    const log = logs.get(table) ?? new FeedLog();
    logs.set(table, log);
    return log;
  };
  return {
    connector: defineConnector({
      name: 'feed',
      options,
      format: 'none',
      isEndless: given => given.get('will-end') === 'false',
      metadata: METADATA,
      createLookup: (table, lookup) => {
        const { options: given, clock, fields, metadata } = table;
        const source = feedLookup(table, lookup, logOf(table.name));
        return withLookupCache(source, { options: given, fields: [...fields, ...metadata.map(({ field }) => field)], clock });
      },
      createSource: table => feedSource(table, logOf(table.name), table.options.splits ?? defaultSplits),
    }),
    feed: (table, rows) => logOf(table).append(rows, now()),
    end: table => logOf(table).end(),
  };
}

/** A row with what metadata tells about it. */
interface LoggedRow {
  readonly cells: FedRow;
  /** Place among all rows of the table, from 0. */
  readonly offset: number;
  /** Rows that were fed together have the same number. */
  readonly feed: number;
  readonly fedAtMs: number;
}

/** All rows of a table. They stay, so that a job can start from any position. */
class FeedLog {
  readonly rows: LoggedRow[] = [];
  isEnded = false;
  #feeds = 0;
  readonly #listeners = new Set<() => void>();

  append(rows: readonly FedRow[], fedAtMs: number): void {
    if (this.isEnded) throw new MillraceError({ code: 'USAGE', message: 'the feed has ended' });
    for (const cells of rows) this.rows.push({ cells, offset: this.rows.length, feed: this.#feeds, fedAtMs });
    this.#feeds++;
    this.#tell();
  }

  end(): void {
    this.isEnded = true;
    this.#tell();
  }

  /** Calls `listener` when rows have come or the feed has ended; the returned function ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Unbounded, and yet its splits end when the test says so, as those of a log can that is closed. */
function feedSource(table: TableContext<FeedOptions>, log: FeedLog, splits: number): Source<number> {
  return {
    boundedness: 'unbounded',
    willEnd: table.options['will-end'],
    changelogMode: 'insert-only',
    listSplits: () => Promise.resolve(Array.from({ length: splits }, (_, index) => ({ id: `split-${index}` }))),
    openReader: (split, from) =>
      Promise.resolve(new FeedReader({ table, log, splits, split: Number(split.id.slice('split-'.length)), from: from ?? 0 })),
  };
}

/** Finds rows among those that were fed, as they are when the lookup has taken its time. */
function feedLookup(table: TableContext<FeedOptions>, { keys: places }: LookupContext, log: FeedLog): LookupSource {
  const { options: given, clock, fields, metadata } = table;
  const delayed = fields.findIndex(({ name }) => name === given['lookup.delay-column']);
  let failures = given['lookup.failures'];
  const keyOf = (row: readonly Value[]): string => places.map(place => keyText(row[place]!)).join('');
  const rowsByKey = (): Map<string, Value[][]> => {
    const found = new Map<string, Value[][]>();
    for (const row of log.rows.map(each => valuesOf(each, table))) {
      const code = keyOf(row);
      found.set(code, [...(found.get(code) ?? []), row]);
    }
    return found;
  };
  return {
    maxKeys: given['lookup.max-keys'],
    maxRetries: given['lookup.max-retries'],
    async: given['lookup.async'],
    async lookup(keys, signal) {
      const asked = Array.from({ length: keys.rowCount }, (_, row) => rowAt(keys, row).map(keyText).join(''));
      const before = rowsByKey();
      const slowest = asked.flatMap(code => before.get(code) ?? []).map(row => (delayed === -1 ? 0 : Number(row[delayed])));
      const delay = given['lookup.delay'] + Math.max(0, ...slowest);
      if (delay > 0) await clock.sleep(delay, signal);
      if (failures > 0) {
        failures--;
        throw new MillraceError({ code: 'UNREACHABLE', message: 'nobody answered', retry: 'backoff' });
      }
      const found = rowsByKey();
      const rows = asked.map(code => found.get(code) ?? []);
      return {
        rows: batchOfRows([...fields, ...metadata.map(({ field }) => field)], rows.flat()),
        inputOf: Uint32Array.from(rows.flatMap((each, key) => each.map(() => key))),
      };
    },
  };
}

interface FeedReaderInit {
  readonly table: TableContext<FeedOptions>;
  readonly log: FeedLog;
  readonly splits: number;
  readonly split: number;
  /** Rows of the split that were read before. */
  readonly from: number;
}

class FeedReader implements SplitReader<number> {
  readonly #init: FeedReaderInit;
  #position: number;

  constructor(init: FeedReaderInit) {
    this.#init = init;
    this.#position = init.from;
  }

  async read(limit: ReadLimit): Promise<ReadResult<number>> {
    if (this.#next(1).length === 0 && !this.#init.log.isEnded && !limit.signal.aborted) await this.#news(limit);
    return this.#result(this.#next(limit.maxRows));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Settles when something was fed, the time is over, or the reading. */
  #news({ waitMs, signal }: ReadLimit): Promise<void> {
    const { log, table } = this.#init;
    return new Promise(resolve => {
      const done = (): void => {
        forget();
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const forget = log.onChange(done);
      const cancel = table.clock.setTimer(waitMs, done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  /** The rows of one feed that come next. */
  #next(maxRows: number): LoggedRow[] {
    const { log, splits, split } = this.#init;
    const own = (position: number): LoggedRow | undefined => log.rows[position * splits + split];
    const first = own(this.#position);
    const rows: LoggedRow[] = [];
    for (let row = first; row !== undefined && row.feed === first!.feed && rows.length < maxRows; row = own(this.#position + rows.length))
      rows.push(row);
    return rows;
  }

  #result(rows: readonly LoggedRow[]): ReadResult<number> {
    const { table, log } = this.#init;
    this.#position += rows.length;
    const batch =
      rows.length === 0
        ? undefined
        : batchOfRows(
            [...table.fields, ...table.metadata.map(({ field }) => field)],
            rows.map(row => valuesOf(row, table)),
          );
    return { batch, position: this.#position, end: log.isEnded && this.#next(1).length === 0 };
  }
}

function valuesOf({ cells, offset, fedAtMs }: LoggedRow, table: TableContext<FeedOptions>): Value[] {
  const zone = createZone(table.timeZone) ?? UTC;
  const physical = table.fields.map((field: Field) => parseCell(cells.get(field.name) ?? 'NULL', field, zone));
  const metadata = table.metadata.map(({ key }) => (key === 'offset' ? offset : fedAtMs * 1_000));
  return [...physical, ...metadata];
}
