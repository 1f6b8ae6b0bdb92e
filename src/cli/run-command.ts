import { MillraceError } from '../common/error.js';
import type { SourceText } from '../common/source-text.js';
import { Session, stateIn, type Statement } from '../session/session.js';
import type { RowConsumer, RunningJob, StatementResult } from '../session/statement-result.js';
import type { PrometheusEndpoint } from '../telemetry/prometheus.js';
import { batchOfRows } from '../spec/batch.js';
import type { CommandContext, ExitCode, StopReason } from './command-context.js';
import { exitCodeOf } from './exit-code.js';
import type { LogFormat, LogLevel } from './logger.js';
import { rowPrinter, type OutputFormat, type RowPrinter } from './print/row-printer.js';
import { Progress } from './progress.js';
import { readSources } from './read-sources.js';
import type { StatementPlace } from './report-error.js';
import { runMessages, type RunMessages } from './run-messages.js';
import { summary } from './summary.js';
import { packageVersion } from './version.js';

export interface RunOptions {
  readonly files: readonly string[];
  /** Statements given on the command line. */
  readonly expressions: readonly string[];
  readonly format: OutputFormat;
  /** `key=value` pairs. */
  readonly settings: readonly string[];
  readonly state: string | undefined;
  readonly limit: number | undefined;
  /** Whether to leave out progress and summary. */
  readonly verbosity: 'normal' | 'quiet';
  /** Where metrics are served while the run goes on; absent for nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
  readonly log: {
    readonly level: LogLevel;
    /** `json` makes all of stderr lines of the log. Absent: text on a terminal, else JSON, among the lines for people. */
    readonly format: LogFormat | undefined;
  };
}

/**
 * Runs scripts: statements in order; a job that ends by itself is done before the next statement, others run on beside
 * it. A stop request ends the jobs gracefully.
 */
export async function runCommand(options: RunOptions, context: CommandContext): Promise<ExitCode> {
  const jobs: RunningJob[] = [];
  const progress: Progress = new Progress(context, { jobs, usage: () => session.usage() });
  const screen: CommandContext = { ...context, stdout: progress.above(context.stdout), stderr: progress.above(context.stderr) };
  const messages = runMessages(options, screen);
  let metrics: PrometheusEndpoint | undefined;
  try {
    metrics = options.metrics && (await serveMetrics(options.metrics));
  } catch (thrown) {
    messages.failed(thrown);
    return exitCodeOf(thrown);
  }
  if (metrics) messages.tell(`metrics are at ${metrics.url}`);
  const session = new Session({
    ...context.host,
    output: progress.above(context.host.output),
    warn: message => messages.warn(message),
    log: messages.log,
    meter: metrics?.meter,
  });
  const run = new Run({ session, jobs, progress, options, messages, context: screen });
  try {
    for (const pair of options.settings) setPair(session, pair);
    for (const script of run.parse(await readSources(options.files, options.expressions))) await run.script(script);
    return await run.finish();
  } catch (thrown) {
    return run.fail(thrown);
  } finally {
    await session.close();
    await metrics?.close();
  }
}

/** Runs without metrics do not load what serves them. */
async function serveMetrics(address: { readonly host: string; readonly port: number }): Promise<PrometheusEndpoint> {
  const { servePrometheus } = await import('../telemetry/prometheus.js');
  return servePrometheus({ ...address, version: packageVersion() });
}

/** `key=value` as SET. */
export function setPair(session: Session, pair: string): void {
  const at = pair.indexOf('=');
  if (at <= 0)
    throw new MillraceError({
      code: 'USAGE',
      message: `--set takes key=value, not "${pair}"`,
      notes: [{ message: 'write --set table.local-time-zone=Europe/Berlin' }],
    });
  session.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim());
}

interface RunParts {
  readonly session: Session;
  /** Takes the jobs as they start. */
  readonly jobs: RunningJob[];
  readonly progress: Progress;
  readonly options: RunOptions;
  readonly messages: RunMessages;
  /** Its outputs stand above the progress line. */
  readonly context: CommandContext;
}

/** A text and what it says. */
interface ParsedScript {
  readonly source: SourceText;
  readonly statements: readonly Statement[];
}

interface StartedJob {
  readonly job: RunningJob;
  readonly statement: Statement;
  readonly place: StatementPlace;
  readonly printer: RowPrinter;
}

/** The rows that a stream has at its start are shown after so long, however few they are. */
const FIRST_ROWS_MS = 100;

class Run {
  readonly #session: Session;
  readonly #options: RunOptions;
  readonly #context: CommandContext;
  readonly #jobs: RunningJob[];
  readonly #printers: RowPrinter[] = [];
  readonly #progress: Progress;
  readonly #messages: RunMessages;
  readonly #endStopRequests: () => void;
  readonly #started: StartedJob[] = [];
  /** What is worked on now. */
  #place: StatementPlace | undefined;
  #stopReason: StopReason | undefined;
  #failure: { readonly thrown: unknown; readonly place: StatementPlace } | undefined;

  constructor({ session, jobs, progress, options, messages, context }: RunParts) {
    this.#session = session;
    this.#options = options;
    this.#context = context;
    this.#jobs = jobs;
    this.#progress = progress;
    this.#messages = messages;
    this.#endStopRequests = context.onStop(reason => this.#stop(reason));
    if (messages.isForPeople) this.#progress.start();
  }

  /** All texts at once, so that nothing runs where one of them is broken. */
  parse(sources: readonly SourceText[]): ParsedScript[] {
    return sources.map(source => {
      this.#place = { source };
      return { source, statements: this.#session.parse(source.text).statements };
    });
  }

  async script({ source, statements }: ParsedScript): Promise<void> {
    for (const statement of statements) {
      if (this.#stopReason !== undefined || this.#failure !== undefined) return;
      this.#place = { source, statement: statement.span };
      await this.#statement(statement, this.#place);
    }
  }

  /** Waits for the jobs that are still running. */
  async finish(): Promise<ExitCode> {
    await Promise.all(this.#started.map(started => this.#settled(started)));
    this.#end();
    const isWanted = this.#messages.isForPeople && this.#stopReason !== 'output-closed';
    if (isWanted && this.#jobs.length > 0) void this.#context.stderr.write(summary(this.#session, this.#jobs, this.#progress.elapsedMs));
    return 0;
  }

  async fail(thrown: unknown): Promise<ExitCode> {
    const failure = this.#failure ?? { thrown, place: this.#place };
    this.#end();
    await Promise.all(this.#jobs.filter(job => job.status === 'running').map(job => job.cancel()));
    // An output that takes no rows may be what failed.
    for (const printer of this.#printers) await Promise.resolve(printer.flush?.()).catch(() => {});
    this.#messages.failed(failure.thrown, failure.place);
    return exitCodeOf(failure.thrown);
  }

  #end(): void {
    this.#progress.stop();
    this.#endStopRequests();
  }

  async #statement(statement: Statement, place: StatementPlace): Promise<void> {
    const { format, limit, state } = this.#options;
    const { host, stdout } = this.#context;
    const consumer = await rowPrinter(format, {
      output: stdout,
      clock: host.clock,
      timeZone: this.#session.timeZone,
      extensions: host.extensions,
    });
    this.#printers.push(consumer);
    const result = await this.#session.execute(statement, { consumer, limit, openStore: state === undefined ? undefined : stateIn(state) });
    if (result.kind === 'job') await this.#watch({ job: result.job, statement, place, printer: consumer });
    else await this.#show(result, consumer);
  }

  async #show(result: Exclude<StatementResult, { kind: 'job' }>, consumer: RowConsumer): Promise<void> {
    switch (result.kind) {
      case 'done':
        return;
      case 'text':
        await this.#context.stdout.write(`${result.text}\n`);
        return;
      case 'rows':
        if (isOneText(result) && this.#options.format === 'table') {
          await this.#context.stdout.write(`${String(result.rows[0]![0])}\n`);
          return;
        }
        consumer.begin(result.fields, 'insert-only');
        if (result.rows.length > 0) await consumer.write(batchOfRows(result.fields, result.rows));
        await consumer.end();
        return;
    }
  }

  async #watch(started: StartedJob): Promise<void> {
    const { job } = started;
    this.#jobs.push(job);
    this.#started.push(started);
    if (wasDone(job))
      this.#messages.tell(`${job.name} is done, says its state in "${this.#options.state}"; give --state another folder to run it again`);
    if (this.#stopReason !== undefined) await this.#stopJob(started);
    if (job.isBounded) await this.#settled(started);
    else this.#leave(started);
  }

  /** A job without an end runs on beside what follows. */
  #leave({ job, place, printer }: StartedJob): void {
    const fail = (thrown: unknown): void => this.#jobFailed(thrown, place);
    job.settled.catch(fail);
    this.#context.host.clock.setTimer(FIRST_ROWS_MS, () => void Promise.resolve(printer.flush?.()).catch(fail));
  }

  /** Waits for a job; that of a SELECT whose reader has left may end in any way. */
  async #settled(started: StartedJob): Promise<void> {
    try {
      await started.job.settled;
    } catch (thrown) {
      if (!this.#isForsaken(started)) throw thrown;
    }
  }

  #isForsaken({ statement }: StartedJob): boolean {
    return this.#stopReason === 'output-closed' && statement.kind === 'query-statement';
  }

  #jobFailed(thrown: unknown, place: StatementPlace): void {
    this.#failure ??= { thrown, place };
    for (const job of this.#jobs) if (job.status === 'running') void job.cancel();
  }

  #stop(reason: StopReason): void {
    if (this.#stopReason !== undefined) return;
    this.#stopReason = reason;
    const { state } = this.#options;
    const fate = state === undefined ? 'rows in flight are finished' : `rows that wait are kept in "${state}"`;
    if (reason === 'signal') this.#messages.tell(`stopping: ${fate}; press Ctrl-C again to end at once`);
    for (const started of this.#started) void this.#stopJob(started);
  }

  /** Rows that nobody reads are not finished: their calls to models cost money. */
  #stopJob(started: StartedJob): Promise<void> {
    return this.#isForsaken(started) ? started.job.cancel() : started.job.stop();
  }
}

/** Whether a job was found finished in its state: it has opened nothing. */
function wasDone(job: RunningJob): boolean {
  return job.status === 'finished' && job.metrics().length === 0;
}

/** SHOW CREATE gives one text of several lines, which a table would put on one. */
function isOneText({ rows }: Extract<StatementResult, { kind: 'rows' }>): boolean {
  return rows.length === 1 && rows[0]!.length === 1 && String(rows[0]![0]).includes('\n');
}
