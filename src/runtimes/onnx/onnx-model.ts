import { MillraceError } from '../../common/error.js';
import { takeColumn, takeRows, type Batch, type Column } from '../../spec/batch.js';
import type { Field } from '../../spec/data-type.js';
import type { ModelResult, RuntimeModel } from '../../spec/provider.js';
import type { TensorData } from './element-type.js';
import { encodeFeed, findUnusableRows } from './feature-encoder.js';
import type { TensorFeed } from './feature-mapping.js';
import { findMisfits, toColumn } from './output-columns.js';
import type { ColumnRead } from './output-mapping.js';
import type { WorkerPool } from './worker-pool.js';
import type { OnnxReply, OnnxRequest, RunPlan } from './worker-protocol.js';

export type OnnxPool = WorkerPool<OnnxRequest, RunPlan, OnnxReply>;

export interface OnnxModelInit {
  readonly version: string;
  /** Has the plan of `feeds` and `reads`; the model closes it. */
  readonly pool: OnnxPool;
  readonly inputs: readonly Field[];
  readonly feeds: readonly TensorFeed[];
  readonly reads: readonly ColumnRead[];
}

/** A model whose workers are ready. */
export function createOnnxModel({ version, pool, inputs, feeds, reads }: OnnxModelInit): RuntimeModel {
  return {
    version,
    async predict(batch, signal): Promise<ModelResult> {
      const unusable = findUnusableRows(batch, feeds, inputs);
      const usable = unusable.size === 0 ? undefined : rowsWithout(batch.rowCount, unusable);
      if (usable?.length === 0) return { outputs: reads.map(read => emptyColumn(read)), inputOf: usable, failures: unusable };
      const rows = usable === undefined ? batch : takeRows(batch, usable);
      const reply = await run(pool, { feeds, batch: rows, signal });
      const outputs = reads.map((read, i) => toColumn(read, reply.columns[i]!, rows.rowCount));
      const failures = new Map<number, MillraceError>(reply.failures.map(([row, reason]) => [row, failed(reason)]));
      for (const [i, read] of reads.entries())
        for (const [row, misfit] of findMisfits(read, outputs[i]!, rows.rowCount)) failures.set(row, misfit);
      return resultOf({ outputs, failures, usable, unusable, rowCount: rows.rowCount });
    },
    close: () => pool.close(),
  };
}

async function run(
  pool: OnnxPool,
  { feeds, batch, signal }: { feeds: readonly TensorFeed[]; batch: Batch; signal: AbortSignal },
): Promise<OnnxReply & { kind: 'run' }> {
  const data = feeds.map(feed => encodeFeed(batch, feed));
  const reply = await pool.call({ kind: 'run', rows: batch.rowCount, data }, { transfer: buffersOf(data), signal });
  if (reply.kind !== 'run') throw new MillraceError({ code: 'INTERNAL', message: `an ONNX worker answered a run with a ${reply.kind}` });
  return reply;
}

/** The buffers that a worker can take over. */
export function buffersOf(data: readonly TensorData[]): ArrayBuffer[] {
  return data.flatMap(values => (Array.isArray(values) ? [] : [values.buffer as ArrayBuffer]));
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
  const values = { numbers: new Float64Array(0), longs: new BigInt64Array(0), flags: new Uint8Array(0), texts: [] }[read.form];
  return toColumn(read, values, 0);
}

function failed(reason: string): MillraceError {
  return new MillraceError({ code: 'PREDICTION_FAILED', message: `the model cannot compute this row: ${reason}` });
}
