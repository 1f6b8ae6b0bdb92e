import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import type { Clock } from '../common/clock.js';
import { deferred } from '../common/deferred.js';
import { MillraceError } from '../common/error.js';
import { batchOfRows, type Value } from '../spec/batch.js';
import {
  defineConnector,
  type Connector,
  type ReadLimit,
  type ReadResult,
  type Sink,
  type Source,
  type SplitReader,
  type TableContext,
} from '../spec/connector.js';
import type { Field } from '../spec/data-type.js';
import { fromJs } from '../spec/from-js.js';
import { option, text } from '../spec/option.js';
import type { BigintForm } from '../spec/to-js.js';
import { changesOf, type RowKindName, type RowObject } from './row-objects.js';

/** Rows, or a function that gives them anew for each job. */
export type RowSource<Row> = AsyncIterable<Row> | Iterable<Row> | (() => AsyncIterable<Row> | Iterable<Row>);

/** Takes a row of an INSERT. A returned promise is backpressure. */
export type RowWriter<Row> = (row: Row, kind: RowKindName) => void | Promise<void>;

interface RegisteredSource {
  readonly kind: 'source';
  readonly rows: RowSource<unknown>;
  readonly boundedness: 'bounded' | 'unbounded';
}

interface RegisteredSink {
  readonly kind: 'sink';
  readonly write: RowWriter<never>;
  readonly bigints: BigintForm;
}

const options = z.object({ id: option(text(), { doc: 'Which of the registered tables it is.' }) });
type Options = z.output<typeof options>;

/** The tables that a program gave a session. Their connector is `registered`, which no script can name with effect. */
export class RegisteredTables {
  readonly #tables = new Map<string, RegisteredSource | RegisteredSink>();
  /** Generators that were read. */
  readonly #read = new WeakSet<object>();

  readonly connector: Connector = defineConnector({
    name: 'registered',
    options,
    format: 'none',
    createSource: (table: TableContext<Options>) => this.#source(table),
    createSink: (table: TableContext<Options>) => this.#sink(table),
  });

  /** @returns the id for the option `id`. */
  add(table: RegisteredSource | RegisteredSink): string {
    const id = String(this.#tables.size + 1);
    this.#tables.set(id, table);
    return id;
  }

  #source(context: TableContext<Options>): Source<number> {
    const table = this.#tables.get(context.options.id);
    if (table?.kind !== 'source') throw wrongDirection(context, 'be read', 'registerTable');
    return {
      boundedness: table.boundedness,
      changelogMode: 'insert-only',
      listSplits: () => Promise.resolve([{ id: 'rows' }]),
      openReader: async (_, from = 0) => {
        const reader = new RowReader(this.#iteratorOf(table.rows, context.name), context);
        await reader.skip(from);
        return reader;
      },
    };
  }

  #iteratorOf(rows: RowSource<unknown>, name: string): AnyIterator {
    if (typeof rows === 'function') return this.#iteratorOf(rows(), name);
    const iterator = Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
    // A generator is its own iterator, and what was read of it is gone.
    if (iterator === (rows as unknown)) {
      if (this.#read.has(iterator))
        throw new MillraceError({
          code: 'INVALID_ARGUMENT',
          message: `the rows of table "${name}" have been read, and can be read once`,
          notes: [{ message: 'register a function that gives them anew: () => rows()' }],
        });
      this.#read.add(iterator);
    }
    return iterator;
  }

  #sink(context: TableContext<Options>): Sink<never> {
    const table = this.#tables.get(context.options.id);
    if (table?.kind !== 'sink') throw wrongDirection(context, 'be written to', 'registerSink');
    const write = table.write as RowWriter<RowObject>;
    const fail = failure(`the function that takes the rows of table "${context.name}" failed`);
    const changes = changesOf(context.fields, table.bigints);
    return {
      changelogMode: 'all',
      openWriter: () =>
        Promise.resolve({
          async write(batch) {
            for (const { kind, row } of changes(batch)) await written(write, row, kind).catch(fail);
          },
          prepareCommit: () => Promise.resolve(undefined),
          close: () => Promise.resolve(),
        }),
    };
  }
}

/** Also where the function throws at once. */
async function written(write: RowWriter<RowObject>, row: RowObject, kind: RowKindName): Promise<void> {
  await write(row, kind);
}

function wrongDirection({ name }: TableContext<Options>, what: string, method: string): MillraceError {
  return new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `table "${name}" cannot ${what}`,
    notes: [{ message: `register a table that can with ${method}` }],
  });
}

type AnyIterator = AsyncIterator<unknown> | Iterator<unknown>;

/** The position is the number of rows before. */
class RowReader implements SplitReader<number> {
  readonly #iterator: AnyIterator;
  readonly #context: TableContext<Options>;
  readonly #convert: (row: unknown) => readonly Value[];
  #position = 0;
  /** A row that was asked for and has not come. */
  #next: Promise<IteratorResult<unknown>> | undefined;
  #isOver = false;

  constructor(iterator: AnyIterator, context: TableContext<Options>) {
    this.#iterator = iterator;
    this.#context = context;
    this.#convert = rowConverter(context.fields, context.name);
  }

  /** Passes over rows that were read before a restart. */
  async skip(count: number): Promise<void> {
    for (; this.#position < count && !this.#isOver; this.#position++) this.#isOver = (await this.#iterator.next()).done === true;
  }

  async read({ maxRows, waitMs, fillMs = 0, signal }: ReadLimit): Promise<ReadResult<number>> {
    const rows: (readonly Value[])[] = [];
    // Rows that are there must not keep the process from everything else.
    await setImmediate();
    const wait = new Wait(this.#context.clock, signal);
    wait.start(waitMs);
    while (rows.length < maxRows && !this.#isOver) {
      const result = await this.#within(wait).catch(failure(`the rows of table "${this.#context.name}" failed`));
      if (result === undefined) break;
      if (result.done === true) this.#isOver = true;
      else rows.push(this.#convert(result.value));
      if (rows.length === 1) wait.start(fillMs);
    }
    wait.end();
    this.#position += rows.length;
    return { batch: rows.length === 0 ? undefined : batchOfRows(this.#context.fields, rows), position: this.#position, end: this.#isOver };
  }

  /** Does not wait for a row that is under way: who gives it may never come back. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#next?.catch(() => {});
    const closed = Promise.resolve(this.#iterator.return?.()).catch(() => {});
    if (this.#next === undefined) await closed;
  }

  /** The next row; `undefined` where it does not come in time, and then it is the first of the next read. */
  async #within(wait: Wait): Promise<IteratorResult<unknown> | undefined> {
    if (this.#next === undefined) {
      const result = this.#iterator.next();
      if (!('then' in result)) return result;
      this.#next = result;
    }
    const result = await Promise.race([this.#next, wait.over]);
    if (result !== undefined) this.#next = undefined;
    return result;
  }
}

/** The time that a read has, which an abort ends too. */
class Wait {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #over = deferred<undefined>();
  #cancel: (() => void) | undefined;
  readonly #stop = (): void => this.#over.resolve(undefined);

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    signal.addEventListener('abort', this.#stop, { once: true });
  }

  get over(): Promise<undefined> {
    return this.#over.promise;
  }

  /** Begins anew; ends after `ms`, or at once where the signal is aborted. */
  start(ms: number): void {
    this.#cancel?.();
    this.#over = deferred<undefined>();
    if (this.#signal.aborted) this.#stop();
    else this.#cancel = this.#clock.setTimer(ms, this.#stop);
  }

  end(): void {
    this.#cancel?.();
    this.#signal.removeEventListener('abort', this.#stop);
  }
}

/** Says of an error of the program's own code where it came up. */
function failure(what: string): (thrown: unknown) => never {
  return thrown => {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw MillraceError.is(thrown) ? thrown : new MillraceError({ code: 'FUNCTION_FAILED', message: `${what}: ${reason}`, cause: thrown });
  };
}

/** Rows are objects by column name, or arrays in the order of the columns. */
function rowConverter(fields: readonly Field[], table: string): (row: unknown) => readonly Value[] {
  const convert = fromJs({ kind: 'ROW', fields, nullable: false }, `table "${table}"`);
  return row => convert(row) as readonly Value[];
}
