import { parseDuration } from '../../common/duration.js';
import { MillraceError, MillraceErrors, toMillraceError } from '../../common/error.js';
import { renderError } from '../../common/render-error.js';
import { isJob, type Session, type Statement } from '../../session/session.js';
import type { RunningJob } from '../../session/statement-result.js';
import { inTime } from './activity.js';
import { splitCells } from './cell-text.js';
import { checkPrinting } from './check-printing.js';
import type { Directive } from './directives.js';
import { nonBlank, RowCollector } from './row-collector.js';
import type { SltMode, SltRecord } from './slt-file.js';
import { SltJob } from './slt-job.js';
import { createSltWorld, type SltWorld } from './slt-world.js';

/** What a record gave: lines to compare with its golden, or nothing to compare. */
export type Answer = readonly string[] | undefined;

/** The run of one file in one mode. */
export class SltRun {
  readonly #mode: SltMode;
  readonly #withoutRule: string | undefined;
  readonly #world: SltWorld;
  readonly #jobs = new Map<string, { readonly job: SltJob; readonly sql: string }>();
  readonly #knownFailures = new Set<MillraceError>();
  #feeds = 0;

  /** @param withoutRule name of a rewrite rule that plans do without; only records about rows count then. */
  constructor(mode: SltMode, withoutRule?: string) {
    this.#mode = mode;
    this.#withoutRule = withoutRule;
    this.#world = createSltWorld(mode, withoutRule);
  }

  /** Whether a record counts in this mode on this engine. */
  applies(record: SltRecord): boolean {
    if (this.#withoutRule !== undefined && isAboutPlan(record)) return false;
    const { conditions } = record;
    const actual = { engine: 'embedded', mode: this.#mode };
    return conditions.every(({ test, subject, value }) => (actual[subject] === value) === (test === 'onlyif'));
  }

  /** @throws {MillraceError} when the record cannot be run, or a job has failed unexpectedly. */
  async perform(record: SltRecord): Promise<Answer> {
    if (record.directive !== 'failure') this.#checkJobs();
    return this.#handlers[record.directive](record);
  }

  /** What has to hold at the end of a file. @throws {MillraceError} */
  finish(): void {
    this.#checkJobs();
    const [left] = this.#world.scripts.left;
    if (left) throw new MillraceError({ code: 'USAGE', message: `the script of model "${left.model}" has ${left.count} lines left` });
  }

  async close(): Promise<void> {
    for (const { job } of this.#jobs.values()) await job.close();
    await this.#world.close();
  }

  /** The error as a golden has it: a defect without its stack. */
  render(thrown: unknown, sql: string): string[] {
    const lines = renderError(thrown, { name: 'sql', text: sql })
      .split('\n')
      .filter(line => line !== '');
    return toMillraceError(thrown).domain === 'internal' && !(thrown instanceof MillraceErrors) ? lines.slice(0, 1) : lines;
  }

  readonly #handlers: { readonly [Name in Directive]: (record: SltRecord) => Answer | Promise<Answer> } = {
    statement: record => this.#statement(record),
    query: async ({ body }) => (await this.#execute(sqlOf(body))) ?? [],
    explain: ({ body, words: [part] }) => {
      const { session } = this.#world;
      const statement = oneStatement(session, sqlOf(body));
      if (!isJob(statement)) throw usage('only queries and INSERT have a plan');
      checkPrinting(statement, session);
      const [logical = [], physical = []] = session
        .explain(statement)
        .split('\n\n')
        .map(text => text.split('\n').slice(1));
      return part === 'logical' ? logical : physical;
    },
    check: async ({ body }) => (await this.#world.session.check(sqlOf(body))).flatMap(error => this.render(error, sqlOf(body))),
    job: record => this.#startJob(record),
    feed: record => this.#feed(record),
    end: async ({ words: [table] }) => {
      this.#world.feeds.end(table!);
      await this.#rest();
      return undefined;
    },
    advance: async ({ words }) => {
      await this.#world.clock.advance(parseDuration(words.join(' '))!);
      await this.#rest();
      return undefined;
    },
    changelog: async ({ words: [sink] }) => {
      await this.#commit();
      return this.#world.collections.changelog(sink!);
    },
    snapshot: async ({ words: [sink] }) => {
      await this.#commit();
      return this.#world.collections.snapshot(sink!);
    },
    restore: ({ words: [name] }) => this.#restart(name!, job => job.restore('told')),
    crash: ({ words: [name] }) => this.#restart(name!, job => job.crash('told')),
    failure: ({ words: [name, code] }) => {
      const { job, sql } = this.#job(name!);
      if (!job.failure) throw usage(`job "${name}" has not failed`);
      this.#knownFailures.add(job.failure);
      if (job.failure.code !== code) throw job.failure;
      return this.render(job.failure, sql);
    },
    metric: ({ words: [name, metric] }) => [String(this.#job(name!).job.metric(metric!))],
    script: ({ words: [model], body }) => {
      this.#world.scripts.script(model!, body);
      return undefined;
    },
    calls: ({ words: [model] }) => this.#world.scripts.calls(model!),
  };

  async #statement({ words: [expectation, code], body }: SltRecord): Promise<Answer> {
    const sql = sqlOf(body);
    if (expectation === 'ok') {
      await this.#execute(sql);
      return undefined;
    }
    let thrown: unknown;
    try {
      await this.#execute(sql);
    } catch (error) {
      thrown = error;
    }
    if (thrown === undefined) throw usage('the statement did not fail');
    if (firstError(thrown).code !== code) throw thrown;
    return this.render(thrown, sql);
  }

  /** Runs a statement to its end; the lines of its result, if it has one. */
  async #execute(sql: string): Promise<Answer> {
    const { session } = this.#world;
    const statement = oneStatement(session, sql);
    checkPrinting(statement, session);
    const rows = new RowCollector(session);
    const result = await inTime('the statement', session.execute(statement, { consumer: rows }));
    switch (result.kind) {
      case 'done':
        return undefined;
      case 'text':
        return nonBlank(result.text);
      case 'rows':
        return result.rows.flatMap(row => rows.lines(row, result.fields));
      case 'job':
        await this.#finished(result.job);
        return rows.all;
    }
  }

  async #finished(job: RunningJob): Promise<void> {
    const settled = job.settled.then(
      () => undefined,
      (thrown: unknown) => ({ thrown }),
    );
    await this.#rest();
    if (job.status === 'running') {
      await job.cancel();
      throw usage('the statement does not end: end its feeds before it');
    }
    const failure = await inTime('the statement', settled);
    if (failure) throw failure.thrown;
  }

  async #startJob({ words: [name], body }: SltRecord): Promise<Answer> {
    const { session } = this.#world;
    const sql = sqlOf(body);
    const statement = oneStatement(session, sql);
    checkPrinting(statement, session);
    if (this.#jobs.has(name!)) throw usage(`there is a job "${name}" already`);
    const job = new SltJob({ name: name!, statement, world: this.#world });
    this.#jobs.set(name!, { job, sql });
    await job.start();
    await this.#rest();
    return undefined;
  }

  async #feed({ words: [table], body }: SltRecord): Promise<Answer> {
    const columns = await this.#columnsOf(table!);
    const rows = body.map(line => {
      const cells = splitCells(line);
      if (cells.length !== columns.length)
        throw usage(`"${line}" has ${cells.length} cells for the ${columns.length} columns ${columns.join(', ')}`);
      return new Map(columns.map((column, i) => [column, cells[i]!]));
    });
    this.#world.feeds.feed(table!, rows);
    await this.#rest();
    const feed = this.#feeds++;
    for (const { job } of this.#jobs.values()) {
      if (job.status !== 'running') continue;
      if (this.#mode === 'restore') await this.#restart(job.name, each => each.restore('hidden'));
      if (this.#mode === 'crash') await this.#restart(job.name, CRASHES[feed % CRASHES.length]!);
    }
    return undefined;
  }

  /** The physical columns of a table, in declared order. */
  async #columnsOf(table: string): Promise<string[]> {
    const { session } = this.#world;
    const described = await session.execute(oneStatement(session, `DESCRIBE \`${table}\``), { consumer: new RowCollector(session) });
    if (described.kind !== 'rows') throw usage(`"${table}" is no table`);
    const extras = described.fields.findIndex(field => field.name === 'extras');
    return described.rows.filter(row => row[extras] === null).map(row => String(row[0]));
  }

  async #restart(name: string, restart: (job: SltJob) => Promise<void>): Promise<Answer> {
    const { job } = this.#job(name);
    await restart(job);
    await this.#rest();
    this.#world.scripts.settled(name);
    return undefined;
  }

  #job(name: string): { readonly job: SltJob; readonly sql: string } {
    const found = this.#jobs.get(name);
    if (found) return found;
    throw usage(`there is no job "${name}"`);
  }

  /** Makes everything that was written visible. */
  async #commit(): Promise<void> {
    for (const { job } of this.#jobs.values()) if (job.status === 'running') await job.checkpoint();
    await this.#rest();
  }

  /** Until nothing goes on by itself; what is due now by the clock is part of that. */
  async #rest(): Promise<void> {
    const { activity, clock } = this.#world;
    for (let timers = -1; timers !== clock.pendingTimers;) {
      await activity.rest();
      timers = clock.pendingTimers;
      await clock.advance(0);
    }
    await activity.rest();
  }

  #checkJobs(): void {
    for (const { job } of this.#jobs.values()) if (job.failure && !this.#knownFailures.has(job.failure)) throw job.failure;
  }
}

/** Where the process dies after a feed, in turn. */
const CRASHES: readonly ((job: SltJob) => Promise<void>)[] = [
  job => job.crash('hidden'),
  async job => {
    await job.checkpoint();
    await job.crash('hidden');
  },
  job => job.crashBeforeCommit('hidden'),
];

/** Whether the answer tells how rows are computed: plans, and what a model was asked. */
function isAboutPlan({ directive, body }: SltRecord): boolean {
  return directive === 'explain' || directive === 'calls' || directive === 'metric' || /^EXPLAIN\b/i.test(body[0] ?? '');
}

function sqlOf(body: readonly string[]): string {
  return body.join('\n');
}

function oneStatement(session: Session, sql: string): Statement {
  const [statement, ...more] = session.parse(sql).statements;
  if (statement && more.length === 0) return statement;
  throw usage('a record holds one statement');
}

function firstError(thrown: unknown): MillraceError {
  return thrown instanceof MillraceErrors ? thrown.errors[0]! : toMillraceError(thrown);
}

function usage(message: string): MillraceError {
  return new MillraceError({ code: 'USAGE', message });
}
