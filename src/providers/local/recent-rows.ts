import { MillraceError } from '../../common/error.js';
import type { PredictColumns } from '../../kit/model-columns/bind-columns.js';
import { takeRows, type Batch, type Column } from '../../spec/batch.js';
import type { ModelResult } from '../../spec/provider.js';

/** Rows that warm a new version up. */
const MAX_ROWS = 32;
const EVERY_MS = 1_000;

/** Some rows that the running version answered lately: what a new version is warmed up and judged by. */
export class RecentRows {
  readonly #monotonic: () => number;
  #kept: { readonly rows: Batch; readonly outputs: readonly Column[] } | undefined;
  #keptAt = -Infinity;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** Copies a few rows, at most once a second. */
  keep(batch: Batch, { outputs, inputOf, failures }: ModelResult): void {
    const now = this.#monotonic();
    if (now - this.#keptAt < EVERY_MS || batch.rowCount === 0 || inputOf !== undefined || (failures?.size ?? 0) > 0) return;
    this.#keptAt = now;
    const some = Uint32Array.from({ length: Math.min(batch.rowCount, MAX_ROWS) }, (_, row) => row);
    const answers = takeRows({ kind: 'batch', rowCount: batch.rowCount, columns: outputs }, some);
    this.#kept = { rows: takeRows(batch, some), outputs: answers.columns };
  }

  /**
   * Runs the rows through another version.
   *
   * @throws {MillraceError} `MODEL_LOAD` for one that fails them, or gives NaN where the running version gave numbers.
   */
  async check(predict: PredictColumns): Promise<void> {
    if (this.#kept === undefined) return;
    const { rows, outputs } = this.#kept;
    const { outputs: others, failures } = await predict(rows, new AbortController().signal);
    const [failure] = failures?.values() ?? [];
    if (failure) throw unfit(`it fails rows that the running version answers: ${failure.message}`, failure);
    const isWorse = others.some((column, i) => hasNewNaN(outputs[i]!, column, rows.rowCount));
    if (isWorse) throw unfit('it gives NaN for rows that the running version answers with numbers');
  }
}

function hasNewNaN(running: Column, next: Column, rowCount: number): boolean {
  for (let row = 0; row < rowCount; row++)
    if (next.nulls?.[row] !== 1 && hasNaN(next.values[row]) && !hasNaN(running.values[row])) return true;
  return false;
}

function hasNaN(value: unknown): boolean {
  if (typeof value === 'number') return Number.isNaN(value);
  if (value instanceof Map) return [...value.values()].some(hasNaN);
  return Array.isArray(value) && value.some(hasNaN);
}

function unfit(why: string, cause?: MillraceError): MillraceError {
  return new MillraceError({ code: 'MODEL_LOAD', message: `the new version of the model was tried and not taken: ${why}`, cause });
}
