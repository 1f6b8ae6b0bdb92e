import type { Predict } from '../../../planner/logical/node.js';
import {
  columnOf,
  storageOf,
  takeColumn,
  takeRows,
  valueAt,
  type Batch,
  type Column,
  type ColumnValues,
  type Value,
} from '../../../spec/batch.js';
import type { DataType, Field } from '../../../spec/data-type.js';
import type { Prediction } from '../../../spec/predictor.js';

/** Rows that went to a model, or past it, and what came back. */
export interface PredictedRows {
  readonly rows: Batch;
  /** The rows that were sent, ascending; absent when all were. */
  readonly sent?: Int32Array | undefined;
  /** Absent when no row was sent. */
  readonly prediction?: Prediction | undefined;
}

export interface JoinOptions {
  readonly form: Predict['form'];
  /** The columns that are appended. */
  readonly outputs: readonly Field[];
}

/** The rows with their answers behind them, in the order of the rows; `undefined` where no row is left. */
export function joinPrediction({ rows, sent, prediction }: PredictedRows, options: JoinOptions): Batch | undefined {
  const isPlain = prediction !== undefined && sent === undefined && prediction.inputOf === undefined;
  const { left, right } = isPlain ? { left: undefined, right: undefined } : align(rows.rowCount, sent, prediction);
  const carried = left ? takeRows(rows, left) : rows;
  if (carried.rowCount === 0) return undefined;
  const answers = prediction?.outputs.columns ?? [];
  const answerAt = (column: number): Column => (right ? takeOrNull(answers[column], right, leafType(options, column)) : answers[column]!);
  return {
    ...carried,
    columns: [...carried.columns, ...appendedColumns({ options, answerAt, answers, right, prediction, rowCount: carried.rowCount })],
  };
}

/** For each row that leaves: its place among the rows, and the answer's place, or -1 for a row that was not sent. */
function align(
  rowCount: number,
  sent: Int32Array | undefined,
  prediction: Prediction | undefined,
): { left: Int32Array; right: Int32Array } {
  const left: number[] = [];
  const right: number[] = [];
  const answerCount = prediction?.outputs.rowCount ?? 0;
  const inputOf = (answer: number): number => prediction!.inputOf?.[answer] ?? answer;
  let nextSent = 0;
  let nextAnswer = 0;
  const sentCount = sent ? sent.length : prediction ? rowCount : 0;
  for (let row = 0; row < rowCount; row++) {
    const isSent = nextSent < sentCount && (sent ? sent[nextSent] === row : true);
    if (!isSent) {
      left.push(row);
      right.push(-1);
      continue;
    }
    while (nextAnswer < answerCount && inputOf(nextAnswer) === nextSent) {
      left.push(row);
      right.push(nextAnswer++);
    }
    nextSent++;
  }
  return { left: Int32Array.from(left), right: Int32Array.from(right) };
}

function leafType({ form, outputs }: JoinOptions, column: number): DataType {
  if (form === 'columns') return outputs[column]!.type;
  const type = outputs[0]!.type;
  const value = form === 'row' ? type : type.kind === 'ROW' ? type.fields[0]!.type : type;
  return value.kind === 'ROW' && form === 'row' ? value.fields[column]!.type : value;
}

function takeOrNull(column: Column | undefined, places: Int32Array, type: DataType): Column {
  const length = places.length;
  if (column && places.indexOf(-1) === -1) return takeColumn(column, places);
  const nulls = new Uint8Array(length);
  const storage = storageOf(column?.type ?? type);
  const values: ColumnValues =
    storage === 'float64' ? new Float64Array(length) : storage === 'boolean' ? new Uint8Array(length) : new Array<Value>(length).fill(null);
  for (let i = 0; i < length; i++) {
    const place = places[i]!;
    if (place === -1 || column?.nulls?.[place] === 1) nulls[i] = 1;
    else values[i] = column!.values[place]!;
  }
  return { type: column?.type ?? type, values, nulls };
}

interface Appended {
  readonly options: JoinOptions;
  readonly answerAt: (column: number) => Column;
  readonly answers: readonly Column[];
  readonly right: Int32Array | undefined;
  readonly prediction: Prediction | undefined;
  readonly rowCount: number;
}

function appendedColumns({ options, answerAt, answers, right, prediction, rowCount }: Appended): Column[] {
  const { form, outputs } = options;
  if (form === 'columns') return outputs.map((_, column) => answerAt(column));
  const { type } = outputs[0]!;
  const values = Array.from({ length: rowCount }, (_, i): Value => {
    const answer = right ? right[i]! : i;
    const error = prediction?.errors?.get(answer) ?? null;
    if (form === 'row') return answer === -1 || error !== null ? null : answers.map(column => valueAt(column, answer));
    if (answer === -1) return null;
    const value =
      error !== null ? null : answers.length === 1 ? valueAt(answers[0]!, answer) : answers.map(column => valueAt(column, answer));
    return [value, error];
  });
  return [columnOf(type, values)];
}
