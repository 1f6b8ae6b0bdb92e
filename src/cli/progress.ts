import { formatDuration } from '../common/duration.js';
import type { ModelUsage } from '../session/session.js';
import type { OutputStream } from '../spec/connector.js';
import type { RunningJob } from '../session/statement-result.js';
import type { CommandContext } from './command-context.js';

/** Totals over jobs and models. */
export interface Totals {
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly lateRows: number;
  readonly skippedRecords: number;
}

export function totalsOf(jobs: readonly RunningJob[]): Totals {
  const operators = jobs.flatMap(job => job.metrics());
  const sum = (prefix: string, metric: string): number =>
    operators.filter(each => each.id.startsWith(prefix)).reduce((total, each) => total + (each.counters.get(metric) ?? 0), 0);
  return {
    rowsIn: sum('source', 'rows_in') + sum('values', 'rows_in'),
    rowsOut: sum('sink', 'rows_in'),
    lateRows: sum('window-aggregate', 'late_rows'),
    skippedRecords: sum('source', 'skipped_records'),
  };
}

const TERMINAL_INTERVAL_MS = 200;
const PLAIN_INTERVAL_MS = 10_000;

/** What a progress line tells about. */
export interface WatchedRun {
  /** Grows while the run goes on. */
  readonly jobs: readonly RunningJob[];
  /** What each model did so far, by name. */
  readonly usage: () => ReadonlyMap<string, ModelUsage>;
}

/** Shows on stderr how far the jobs are: one line that is rewritten on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #context: CommandContext;
  readonly #watched: WatchedRun;
  readonly #startedAt: number;
  #cancel: (() => void) | undefined;
  #isShown = false;

  constructor(context: CommandContext, watched: WatchedRun) {
    this.#context = context;
    this.#watched = watched;
    this.#startedAt = context.host.clock.monotonic();
  }

  get elapsedMs(): number {
    return this.#context.host.clock.monotonic() - this.#startedAt;
  }

  start(): void {
    this.#cancel = this.#context.host.clock.setTimer(this.#context.isTerminal ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS, () => {
      this.#show();
      this.start();
    });
  }

  /** Ends the updates and removes the line. */
  stop(): void {
    this.#cancel?.();
    this.#clear();
  }

  /** The output, which may share a terminal with the line. */
  above(output: OutputStream): OutputStream {
    return {
      write: text => {
        this.#clear();
        return output.write(text);
      },
    };
  }

  #clear(): void {
    if (this.#isShown) void this.#context.stderr.write('\r\u001B[K');
    this.#isShown = false;
  }

  #show(): void {
    const line = this.#line();
    if (!this.#context.isTerminal) {
      void this.#context.stderr.write(`${line}\n`);
      return;
    }
    void this.#context.stderr.write(`\r\u001B[K${line.slice(0, this.#context.columns - 1)}`);
    this.#isShown = true;
  }

  #line(): string {
    const { rowsIn, rowsOut } = totalsOf(this.#watched.jobs);
    const usage = [...this.#watched.usage()].map(([name, { attempts, inFlight }]) => `${name}: ${attempts} calls, ${inFlight} in flight`);
    const rate = Math.round(rowsIn / Math.max(this.elapsedMs / 1_000, 0.001));
    return [formatDuration(this.elapsedMs), `${count(rowsIn)} rows in`, `${count(rowsOut)} out`, `${count(rate)} rows/s`, ...usage].join(
      ' · ',
    );
  }
}

/** A whole number with separators: `12,345`. */
export function count(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}
