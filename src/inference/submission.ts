import type { MillraceError } from '../common/error.js';
import { batchOfRows, concatBatches, takeRows, type Batch } from '../spec/batch.js';
import type { Field } from '../spec/data-type.js';
import type { Prediction } from '../spec/predictor.js';

/** Answers for some rows of a submission. */
export interface AnswerPart {
  readonly outputs: Batch;
  /** The submitted row of the first output row. */
  readonly from: number;
  /** The submitted row of every output row, ascending; absent where they are consecutive from `from`. */
  readonly rows?: Uint32Array | undefined;
  /** Why the rows have NULL outputs; absent where they are answers. */
  readonly error?: string | undefined;
}

export interface SubmissionInit {
  readonly inputs: Batch;
  readonly outputs: readonly Field[];
  readonly resolve: (prediction: Prediction) => void;
  readonly reject: (error: MillraceError) => void;
}

/** Rows that were handed over together, and the answers that have come so far. Settles when every row has its fate. */
export class Submission {
  readonly inputs: Batch;
  readonly #init: SubmissionInit;
  readonly #parts: AnswerPart[] = [];
  #pendingRows: number;
  #settled = false;

  constructor(init: SubmissionInit) {
    this.#init = init;
    this.inputs = init.inputs;
    this.#pendingRows = init.inputs.rowCount;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /**
   * Takes the fate of `rowCount` rows.
   *
   * @param part their answers; absent when they have none.
   */
  add(rowCount: number, part?: AnswerPart): void {
    if (part !== undefined) this.#parts.push(part);
    this.#pendingRows -= rowCount;
    if (this.#pendingRows > 0 || this.#settled) return;
    this.#settled = true;
    this.#init.resolve(assemble(this.#parts, this.#init));
  }

  fail(error: MillraceError): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#init.reject(error);
  }
}

function assemble(parts: readonly AnswerPart[], { inputs, outputs }: SubmissionInit): Prediction {
  if (parts.length === 0) return { outputs: batchOfRows(outputs, []), inputOf: new Uint32Array(0) };
  const sorted = parts.toSorted((a, b) => a.from - b.from);
  const all = concatBatches(sorted.map(part => part.outputs));
  const rows = rowsOf(sorted, all.rowCount);
  const errors = errorsOf(sorted);
  if (!isAscending(rows)) return inRowOrder(all, rows, errors);
  return all.rowCount === inputs.rowCount && isIdentity(rows) ? { outputs: all, errors } : { outputs: all, inputOf: rows, errors };
}

/** By output row of the parts put together; `undefined` for none. */
function errorsOf(parts: readonly AnswerPart[]): ReadonlyMap<number, string> | undefined {
  const errors = new Map<number, string>();
  let at = 0;
  for (const { outputs, error } of parts) {
    if (error !== undefined) for (let i = 0; i < outputs.rowCount; i++) errors.set(at + i, error);
    at += outputs.rowCount;
  }
  return errors.size > 0 ? errors : undefined;
}

function rowsOf(parts: readonly AnswerPart[], rowCount: number): Uint32Array {
  const rows = new Uint32Array(rowCount);
  let at = 0;
  for (const { outputs, from, rows: own } of parts) {
    if (own !== undefined) rows.set(own, at);
    else for (let i = 0; i < outputs.rowCount; i++) rows[at + i] = from + i;
    at += outputs.rowCount;
  }
  return rows;
}

/** Answers of rows that were called again lie between the others'. */
function inRowOrder(all: Batch, rows: Uint32Array, errors: ReadonlyMap<number, string> | undefined): Prediction {
  const order = Uint32Array.from(rows, (_, i) => i).toSorted((a, b) => rows[a]! - rows[b]! || a - b);
  const moved =
    errors && new Map([...order].flatMap((from, to): [number, string][] => (errors.has(from) ? [[to, errors.get(from)!]] : [])));
  return { outputs: takeRows(all, order), inputOf: order.map(i => rows[i]!), errors: moved };
}

function isAscending(rows: Uint32Array): boolean {
  for (let i = 1; i < rows.length; i++) if (rows[i]! < rows[i - 1]!) return false;
  return true;
}

function isIdentity(rows: Uint32Array): boolean {
  for (let i = 0; i < rows.length; i++) if (rows[i] !== i) return false;
  return true;
}
