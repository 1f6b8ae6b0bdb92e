import { batchOfRows, concatBatches, takeRows, type Batch } from '../spec/batch.js';
import type { Field } from '../spec/data-type.js';
import type { Prediction } from '../spec/predictor.js';

/** Output rows for some rows of a submission. */
export interface OutputPart {
  readonly outputs: Batch;
  /** The submitted row of the first output row. */
  readonly from: number;
  /** The submitted row of every output row, ascending; absent where they are consecutive from `from`. */
  readonly rows?: Uint32Array | undefined;
  /** Why the rows have NULL outputs; absent where they are answers. */
  readonly error?: string | undefined;
}

/** The parts as one prediction, in the order of the submitted rows. @param rowCount rows that were submitted. */
export function assemblePrediction(parts: readonly OutputPart[], outputs: readonly Field[], rowCount: number): Prediction {
  if (parts.length === 0) return { outputs: batchOfRows(outputs, []), inputOf: new Uint32Array(0) };
  const sorted = parts.length === 1 ? parts : parts.toSorted((a, b) => a.from - b.from);
  const all = concatBatches(sorted.map(part => part.outputs));
  const rows = rowsOf(sorted, all.rowCount);
  const errors = errorsOf(sorted);
  if (!isAscending(rows)) return inRowOrder(all, rows, errors);
  return all.rowCount === rowCount && isIdentity(rows) ? { outputs: all, errors } : { outputs: all, inputOf: rows, errors };
}

/** By output row of the parts put together; `undefined` for none. */
function errorsOf(parts: readonly OutputPart[]): ReadonlyMap<number, string> | undefined {
  const errors = new Map<number, string>();
  let at = 0;
  for (const { outputs, error } of parts) {
    if (error !== undefined) for (let i = 0; i < outputs.rowCount; i++) errors.set(at + i, error);
    at += outputs.rowCount;
  }
  return errors.size > 0 ? errors : undefined;
}

function rowsOf(parts: readonly OutputPart[], rowCount: number): Uint32Array {
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
