import { z } from 'zod';
import { MillraceError } from '../../common/error.js';
import { createZone, UTC } from '../../common/zone.js';
import { batchOfRows, type Value } from '../../spec/batch.js';
import {
  defineConnector,
  type Connector,
  type ReadLimit,
  type ReadResult,
  type Source,
  type SplitReader,
  type TableContext,
} from '../../spec/connector.js';
import { BIGINT, timestampLtz, type Field } from '../../spec/data-type.js';
import { flag, integer, option } from '../../spec/option.js';
import { parseCell } from './cell-text.js';

/** Rows as they were fed: cells by the name of their column. */
export type FedRow = ReadonlyMap<string, string>;

/** What flows into the tables of a session, as a test says. */
export interface Feeds {
  /** `'connector' = 'feed'`: reads what was fed to the table from the beginning on, and goes on until its end. */
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
