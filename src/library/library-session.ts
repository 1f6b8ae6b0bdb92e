import { MillraceError, MillraceErrors } from '../common/error.js';
import { renderError } from '../common/render-error.js';
import type { Extensions } from '../session/extensions.js';
import { isJob, stateIn, type ModelUsage, type Session as StatementSession, type Statement } from '../session/session.js';
import type { RowConsumer, RunningJob } from '../session/statement-result.js';
import { batchOfRows } from '../spec/batch.js';
import type { Connector } from '../spec/connector.js';
import type { Format } from '../spec/format.js';
import type { AcceptedJsType, JsTypeOf } from '../spec/js-type.js';
import type { Provider } from '../spec/provider.js';
import type { BigintForm } from '../spec/to-js.js';
import type { FunctionDefinition } from '../spec/user-function.js';
import { queryChanges, queryRows } from './query-rows.js';
import type { RegisteredTables, RowSource, RowWriter } from './registered-tables.js';
import { changesOf, type Change, type RowObject } from './row-objects.js';

/** What came of one statement of a script. */
export type ExecuteResult =
  /** Something changed; `message` is one line for people. */
  | { readonly kind: 'done'; readonly message: string }
  /** The rows of SHOW and DESCRIBE. */
  | { readonly kind: 'rows'; readonly rows: readonly RowObject[] }
  /** The plan of EXPLAIN. */
  | { readonly kind: 'text'; readonly text: string }
  /** A job: finished where its sources have an end, else running. */
  | { readonly kind: 'job'; readonly job: RunningJob };

export interface RunOptions {
  /** Ends what was started: the job is cancelled, and the call fails with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Column definitions as in CREATE TABLE, or names with their types. */
export type Columns = string | Readonly<Record<string, string>>;

/** A row of columns that are given with their types: `RegisteredRow<{ id: 'BIGINT' }>` is `{ id?: bigint | number | null }`. */
export type RegisteredRow<C extends Columns> = C extends string
  ? Readonly<Record<string, unknown>>
  : { readonly [Name in keyof C]?: AcceptedJsType<C[Name] & string> | null };

/** A row that a sink of these columns gets. */
export type WrittenRow<C extends Columns> = C extends string
  ? RowObject
  : { readonly [Name in keyof C]: JsTypeOf<C[Name] & string> | null };

/** What a session of a library needs, besides statements. */
export interface LibrarySessionInit {
  readonly session: StatementSession;
  /** The tables of the session's extensions; an extension of the program's own is added to them. */
  readonly extensions: { readonly [Kind in keyof Extensions]: Record<string, Extensions[Kind][string]> };
  readonly tables: RegisteredTables;
  readonly bigints: BigintForm;
  readonly stateDirectory: string | undefined;
}

/** SQL in a program: a catalog with settings, made by `createSession`. */
export class Session implements AsyncDisposable {
  readonly #init: LibrarySessionInit;
  readonly #jobs = new Set<RunningJob>();
  #isClosed = false;

  constructor(init: LibrarySessionInit) {
    this.#init = init;
  }

  /**
   * Runs the statements of a script in order. A job whose sources all have an end is done before the next statement
   * starts; another runs on beside them, and ends by `stop` or with the session.
   *
   * @returns a result for each statement.
   * @throws {MillraceError | MillraceErrors} with `rendered` text; nothing is started where the script has a syntax error.
   */
  async execute(sql: string, { signal }: RunOptions = {}): Promise<ExecuteResult[]> {
    return this.#located(sql, async () => {
      const results: ExecuteResult[] = [];
      for (const statement of this.#parse(sql)) {
        signal?.throwIfAborted();
        results.push(await this.#run(statement, signal));
      }
      return results;
    });
  }

  /**
   * The rows of one SELECT as objects by column name, with `Row` as their type on the caller's word. The query starts with
   * the first row that is asked for and runs no further ahead than one batch; leaving the loop ends it.
   *
   * A query that updates its rows, such as one with GROUP BY, gives those that are left at its end; where it has no end,
   * `changes` gives what happens to them.
   *
   * @throws {MillraceError | MillraceErrors} with `rendered` text, when the first row is asked for or while rows flow.
   */
  query<Row = RowObject>(sql: string, options: RunOptions = {}): AsyncGenerator<Row, void, undefined> {
    return this.#iterate(sql, start => queryRows({ start, bigints: this.#init.bigints, signal: options.signal })) as AsyncGenerator<
      Row,
      void,
      undefined
    >;
  }

  /** The changes of one SELECT: each row with what happens to it. Otherwise as `query`. */
  changes<Row = RowObject>(sql: string, options: RunOptions = {}): AsyncGenerator<Change<Row>, void, undefined> {
    const run = this.#iterate(sql, start => queryChanges({ start, bigints: this.#init.bigints, signal: options.signal }));
    return run as AsyncGenerator<Change<Row>, void, undefined>;
  }

  /** The plan of one SELECT, INSERT or statement set. @throws {MillraceError | MillraceErrors} with `rendered` text. */
  async explain(sql: string): Promise<string> {
    return this.#located(sql, () => {
      const statement = this.#one(sql, 'explain');
      if (!isJob(statement)) throw notFor('explain', 'a SELECT, INSERT or statement set', statement);
      return Promise.resolve(this.#init.session.explain(statement));
    });
  }

  /** Every problem of a script, without running its jobs; definitions take effect. Each has `rendered` text. */
  async check(sql: string): Promise<MillraceError[]> {
    return (await this.#init.session.check(sql)).map(error => rendered(error, sql));
  }

  /** As SET. @throws {MillraceError} */
  set(key: string, value: string): void {
    this.#init.session.set(key, value);
  }

  /**
   * Makes a temporary table of rows that the program has. Rows are objects by column name or arrays; values are converted
   * by the table of docs/guide/sql.md. A generator can be read by one job; a function is called for each.
   *
   * @throws {MillraceError | MillraceErrors} where the columns are no valid definition or the name is taken.
   */
  async registerTable<const C extends Columns>(
    name: string,
    rows: RowSource<RegisteredRow<C> | readonly unknown[]>,
    options: { readonly columns: C; /** True for rows without an end; jobs over them run on. */ readonly unbounded?: boolean },
  ): Promise<void> {
    const boundedness = options.unbounded === true ? 'unbounded' : 'bounded';
    await this.#define(name, options.columns, this.#init.tables.add({ kind: 'source', rows, boundedness }));
  }

  /**
   * Makes a temporary table whose rows go to a function, one after the other. Rows are written through: after a restart
   * from kept state some come again.
   *
   * @throws {MillraceError | MillraceErrors} as `registerTable`.
   */
  async registerSink<const C extends Columns>(
    name: string,
    write: RowWriter<WrittenRow<C>>,
    options: { readonly columns: C },
  ): Promise<void> {
    await this.#define(name, options.columns, this.#init.tables.add({ kind: 'sink', write, bigints: this.#init.bigints }));
  }

  /**
   * Makes a function known in all databases, before the built-in ones, as CREATE TEMPORARY SYSTEM FUNCTION does.
   *
   * @throws {MillraceError} `FUNCTION_LOAD` for a wrong declaration, `ALREADY_EXISTS`.
   */
  registerFunction(name: string, definition: FunctionDefinition): void {
    this.#init.session.addFunction(name, definition);
  }

  /** Makes a connector known by its name; it takes the place of one of that name. */
  registerConnector(connector: Connector): void {
    this.#init.extensions.connectors[connector.name] = () => Promise.resolve(connector);
  }

  /** Makes a format known by its name; it takes the place of one of that name. */
  registerFormat(format: Format): void {
    this.#init.extensions.formats[format.name] = () => Promise.resolve(format);
  }

  /** Makes a provider known by its name; it takes the place of one of that name. */
  registerProvider(provider: Provider): void {
    this.#init.extensions.providers[provider.name] = () => Promise.resolve(provider);
  }

  /** What each model did so far, by name. */
  usage(): ReadonlyMap<string, ModelUsage> {
    return this.#init.session.usage();
  }

  /** Stops the jobs that still run, finishing their rows, and closes everything. May be called again. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.all([...this.#jobs].map(job => job.stop()));
    await this.#init.session.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #parse(sql: string): readonly Statement[] {
    if (this.#isClosed) throw new MillraceError({ code: 'INVALID_ARGUMENT', message: 'the session is closed' });
    return this.#init.session.parse(sql).statements;
  }

  #one(sql: string, method: string): Statement {
    const statements = this.#parse(sql);
    if (statements.length === 1) return statements[0]!;
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `${method} takes one statement, not ${statements.length}`,
      notes: [{ message: 'run a script with session.execute(…)' }],
    });
  }

  async #run(statement: Statement, signal: AbortSignal | undefined): Promise<ExecuteResult> {
    if (statement.kind === 'query-statement') throw notFor('execute', 'statements without rows of their own', statement);
    const { session, bigints } = this.#init;
    const result = await session.execute(statement, { consumer: NO_CONSUMER, openStore: this.#store() });
    switch (result.kind) {
      case 'rows':
        return { kind: 'rows', rows: changesOf(result.fields, bigints)(batchOfRows(result.fields, result.rows)).map(({ row }) => row) };
      case 'job':
        await this.#watch(result.job, signal);
        return result;
      default:
        return result;
    }
  }

  /** Waits for a job that ends by itself. */
  async #watch(job: RunningJob, signal: AbortSignal | undefined): Promise<void> {
    const abort = (): void => void job.cancel();
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    this.#jobs.add(job);
    const over = job.settled.finally(() => {
      signal?.removeEventListener('abort', abort);
      this.#jobs.delete(job);
    });
    over.catch(() => {});
    if (!job.isBounded) return;
    await over.catch((thrown: unknown) => {
      signal?.throwIfAborted();
      throw thrown;
    });
  }

  #store(): ReturnType<typeof stateIn> | undefined {
    return this.#init.stateDirectory === undefined ? undefined : stateIn(this.#init.stateDirectory);
  }

  async *#iterate<T>(
    sql: string,
    run: (start: (consumer: RowConsumer) => Promise<RunningJob>) => AsyncGenerator<T, void, undefined>,
  ): AsyncGenerator<T, void, undefined> {
    const start = async (consumer: RowConsumer): Promise<RunningJob> => {
      const statement = this.#one(sql, 'query');
      if (statement.kind !== 'query-statement') throw notFor('query', 'a SELECT', statement);
      const result = await this.#init.session.execute(statement, { consumer });
      if (result.kind !== 'job') throw notFor('query', 'a SELECT', statement);
      const { job } = result;
      this.#jobs.add(job);
      const forget = (): void => void this.#jobs.delete(job);
      job.settled.then(forget, forget);
      return job;
    };
    const rows = run(start);
    try {
      for (;;) {
        const next = await this.#located(sql, () => rows.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await rows.return();
    }
  }

  async #define(name: string, columns: Columns, id: string): Promise<void> {
    const list =
      typeof columns === 'string'
        ? columns
        : Object.entries(columns)
            .map(([column, type]) => `${quoted(column)} ${type}`)
            .join(', ');
    await this.execute(
      `CREATE TEMPORARY TABLE ${quoted(name)} (${list}) WITH ('connector' = '${this.#init.tables.connector.name}', 'id' = '${id}')`,
    );
  }

  /** Errors of a text get that text. */
  async #located<T>(sql: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (thrown) {
      if (thrown instanceof MillraceErrors && thrown.errors.length > 1)
        throw new MillraceErrors(thrown.errors.map(error => rendered(error, sql)));
      if (thrown instanceof MillraceErrors) throw rendered(thrown.errors[0]!, sql);
      throw MillraceError.is(thrown) ? rendered(thrown, sql) : thrown;
    }
  }
}

const NO_CONSUMER: RowConsumer = { begin() {}, write() {}, end() {} };

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function rendered(error: MillraceError, sql: string): MillraceError {
  return error.rendered === undefined ? error.withRendered(renderError(error, { name: 'sql', text: sql })) : error;
}

function notFor(method: string, takes: string, statement: Statement): MillraceError {
  return new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `${method} takes ${takes}`,
    span: statement.span,
    notes: [{ message: statement.kind === 'query-statement' ? 'take its rows with session.query(…)' : 'run it with session.execute(…)' }],
  });
}
