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
import { answerColumns, toldColumns, type OutputColumn } from '../../../spec/call-metadata.js';
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
  /** The model's OUTPUT columns, as predictions have them. */
  readonly outputs: readonly OutputColumn[];
  /** The columns that are appended. */
  readonly appended: readonly Field[];
}

/** The rows with their answers behind them, in the order of the rows; `undefined` where no row is left. */
export function joinPrediction({ rows, sent, prediction }: PredictedRows, options: JoinOptions): Batch | undefined {
  const isPlain = prediction !== undefined && sent === undefined && prediction.inputOf === undefined;
  const { left, right } = isPlain ? { left: undefined, right: undefined } : align(rows.rowCount, sent, prediction);
  const carried = left ? takeRows(rows, left) : rows;
  if (carried.rowCount === 0) return undefined;
  return { ...carried, columns: [...carried.columns, ...appendedColumns({ options, right, prediction, rowCount: carried.rowCount })] };
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
  /** For each row the place of its answer; absent where answer i belongs to row i. */
  readonly right: Int32Array | undefined;
  readonly prediction: Prediction | undefined;
  readonly rowCount: number;
}

function appendedColumns({ options, right, prediction, rowCount }: Appended): Column[] {
  const { form, outputs, appended } = options;
  const answers = prediction?.outputs.columns ?? [];
  if (form === 'columns') return outputs.map(({ type }, c) => (right ? takeOrNull(answers[c], right, type) : answers[c]!));
  const build = form === 'row' ? rowOf(answers, prediction) : resultOf(answers, prediction, outputs);
  const values = Array.from({ length: rowCount }, (_, i) => {
    const answer = right ? right[i]! : i;
    return answer === -1 ? null : build(answer);
  });
  return [columnOf(appended[0]!.type, values)];
}

type BuildValue = (answer: number) => Value;

/** All OUTPUT columns; NULL for a failed row of which they tell nothing. */
function rowOf(answers: readonly Column[], prediction: Prediction | undefined): BuildValue {
  return answer => {
    const values = answers.map(column => valueAt(column, answer));
    return prediction?.errors?.has(answer) && values.every(value => value === null) ? null : values;
  };
}

/** The answer or the reason why there is none, and what other columns with metadata tell. */
function resultOf(answers: readonly Column[], prediction: Prediction | undefined, outputs: readonly OutputColumn[]): BuildValue {
  const columnsOf = (chosen: readonly OutputColumn[]): Column[] => answers.filter((_, c) => chosen.includes(outputs[c]!));
  const given = columnsOf(answerColumns(outputs));
  const told = columnsOf(toldColumns(outputs));
  return answer => {
    const error = prediction?.errors?.get(answer) ?? null;
    const values = given.map(column => valueAt(column, answer));
    const value = error !== null ? null : values.length === 1 ? values[0]! : values;
    return [value, error, ...told.map(column => valueAt(column, answer))];
  };
}
