import { MillraceError } from '../../common/error.js';
import { takeColumn, takeRows, type Batch, type Column } from '../../spec/batch.js';
import type { Field } from '../../spec/data-type.js';
import type { LoadedModel, ModelOutput, ModelRun, OutputKind, TensorFeed } from '../../spec/model-runtime.js';
import type { ModelResult } from '../../spec/provider.js';
import { encodeFeed, encodeOpenFeed, findUnusableRows } from './feature-encoder.js';
import { mapFeatures } from './feature-mapping.js';
import { findMisfits, toColumn } from './output-columns.js';
import { mapOutputs, type ColumnRead } from './output-mapping.js';

export interface ModelColumns {
  readonly inputs: readonly Field[];
  readonly outputs: readonly Field[];
  /** The kind of output that the columns read; each column decides by its name and type when absent. */
  readonly output?: OutputKind | undefined;
}

/** A loaded model that speaks in columns. As `Model.predict`; a row that the model cannot take is one of `failures`. */
export type PredictColumns = (inputs: Batch, signal: AbortSignal) => Promise<ModelResult>;

/** A model that speaks in columns, with what it gives besides. */
export interface BoundModel {
  readonly predict: PredictColumns;
  /** All outputs of the model, those that no column reads too. */
  readonly outputs: readonly ModelOutput[];
}

/**
 * Joins the INPUT and OUTPUT columns of a model to what its file takes and gives, whatever its format.
 *
 * @throws {MillraceError} `MODEL_SCHEMA`, `INVALID_OPTION` for an output that the model does not give, `MODEL_LOAD`.
 */
export async function bindColumns(model: LoadedModel, columns: ModelColumns): Promise<PredictColumns> {
  return (await bindModel(model, columns)).predict;
}

/** As `bindColumns`. @throws {MillraceError} */
export async function bindModel(model: LoadedModel, { inputs, outputs, output }: ModelColumns): Promise<BoundModel> {
  const feeds = mapFeatures(model.inputs, inputs);
  const prepared = await model.prepare(feeds);
  const reads = mapOutputs(prepared.outputs, outputs, output);
  const run = prepared.reading(reads);
  return { outputs: prepared.outputs, predict: (batch, signal) => predict({ inputs, feeds, reads, run }, batch, signal) };
}

interface Binding {
  readonly inputs: readonly Field[];
  readonly feeds: readonly TensorFeed[];
  readonly reads: readonly ColumnRead[];
  readonly run: ModelRun;
}

async function predict({ inputs, feeds, reads, run }: Binding, batch: Batch, signal: AbortSignal): Promise<ModelResult> {
  const unusable = findUnusableRows(batch, feeds, inputs);
  const usable = unusable.size === 0 ? undefined : rowsWithout(batch.rowCount, unusable);
  if (usable?.length === 0) return { outputs: reads.map(emptyColumn), inputOf: usable, failures: unusable };
  const taken = usable === undefined ? batch : takeRows(batch, usable);
  const rows = taken.rowCount;
  const fed = feeds.map(feed =>
    feed.openShape ? encodeOpenFeed(taken, feed, feed.openShape) : { data: encodeFeed(taken, feed), sizes: undefined },
  );
  const answer = await run(
    rows,
    fed.map(({ data }) => data),
    signal,
    fed.map(({ sizes }) => sizes),
  );
  const outputs = reads.map((read, i) => toColumn(read, answer.columns[i]!, { rows, nulls: answer.nulls?.[i], sizes: answer.sizes?.[i] }));
  const failures = new Map<number, MillraceError>(answer.failures.map(([row, reason]) => [row, failed(reason)]));
  for (const [i, read] of reads.entries()) for (const [row, misfit] of findMisfits(read, outputs[i]!, rows)) failures.set(row, misfit);
  return resultOf({ outputs, failures, usable, unusable, rowCount: rows });
}

interface Answers {
  readonly outputs: readonly Column[];
  /** By row of `outputs`. */
  readonly failures: ReadonlyMap<number, MillraceError>;
  readonly rowCount: number;
  /** For each row of `outputs` its row in the batch; `undefined` when they are the same. */
  readonly usable: Uint32Array | undefined;
  /** By row of the batch. */
  readonly unusable: ReadonlyMap<number, MillraceError>;
}

function resultOf({ outputs, failures, rowCount, usable, unusable }: Answers): ModelResult {
  if (failures.size === 0 && usable === undefined) return { outputs };
  const rowOf = (row: number): number => (usable === undefined ? row : usable[row]!);
  const all = new Map(unusable);
  for (const [row, error] of failures) all.set(rowOf(row), error);
  if (failures.size === 0) return { outputs, inputOf: usable!, failures: all };
  const good = rowsWithout(rowCount, failures);
  return { outputs: outputs.map(column => takeColumn(column, good)), inputOf: good.map(rowOf), failures: all };
}

function rowsWithout(rowCount: number, failures: ReadonlyMap<number, unknown>): Uint32Array {
  const rows = new Uint32Array(rowCount - failures.size);
  for (let row = 0, at = 0; row < rowCount; row++) if (!failures.has(row)) rows[at++] = row;
  return rows;
}

function emptyColumn(read: ColumnRead): Column {
  const values = {
    numbers: new Float64Array(0),
    longs: new BigInt64Array(0),
    unsigned: new BigUint64Array(0),
    flags: new Uint8Array(0),
    texts: [],
  }[read.form];
  return toColumn(read, values, { rows: 0 });
}

function failed(reason: string): MillraceError {
  return new MillraceError({ code: 'PREDICTION_FAILED', message: `the model cannot compute this row: ${reason}` });
}
