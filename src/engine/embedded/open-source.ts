import { MillraceError } from '../../common/error.js';
import { execNodes, type ExecNode, type SourceExec, type ValuesExec } from '../../planner/physical/exec-node.js';
import { batchOfRows, type Batch } from '../../spec/batch.js';
import type { Source } from '../../spec/connector.js';
import { compileColumns, type CompiledCalc } from './compile/compile-calc.js';
import { evaluateConstant } from './compile/compile-expression.js';
import { CodeWriter } from './compile/code-writer.js';
import type { JobEnvironment } from './environment.js';
import type { OpenedNode, OpenOptions } from './graph-node.js';
import { SourceOperator, type WatermarkOf } from './operators/source.js';

interface ReaderOptions extends OpenOptions {
  readonly calc: CompiledCalc | undefined;
  readonly watermarkOf: WatermarkOf | undefined;
  readonly outputCalc: CompiledCalc | undefined;
}

/** The reading of a source, and what its rows become. */
export function openReader(
  exec: ExecNode,
  source: Source,
  { context, environment, plan, calc, watermarkOf, outputCalc }: ReaderOptions,
): OpenedNode {
  const { parallelism, maxRows, maxBytes, maxLatencyMs } = environment.settings;
  const settings = { parallelism, maxRows, maxBytes, fillMs: maxLatencyMs };
  const reaches = new Set(plan.filter(sink => execNodes([sink]).includes(exec)));
  return { kind: 'source', reader: new SourceOperator({ source, settings, calc, watermarkOf, outputCalc }, context), source, reaches };
}

/** The highest watermark among the rows of a batch. @throws {MillraceError} `NULL_VIOLATION` when a row has no time, as Flink. */
export function watermarkOf(exec: SourceExec, environment: JobEnvironment): WatermarkOf {
  const { column, expression } = exec.watermark!;
  const compute = compileColumns([expression], exec.readFields, environment.functions);
  return batch => {
    const nulls = batch.columns[column]!.nulls;
    if (nulls !== undefined && nulls.subarray(0, batch.rowCount).includes(1)) {
      throw new MillraceError({
        code: 'NULL_VIOLATION',
        message: `the event time "${exec.readFields[column]!.name}" is NULL`,
        notes: [{ message: 'declare the watermark on a column that always has a value, for instance COALESCE(…) AS a computed column' }],
      });
    }
    const watermarks = compute(batch, undefined, batch.rowCount)[0]!;
    let highest = -Infinity;
    for (let i = 0; i < batch.rowCount; i++) {
      const time = watermarks.values[i] as number;
      if (watermarks.nulls?.[i] !== 1 && time > highest) highest = time;
    }
    return highest;
  };
}

/** VALUES as a source with one split. */
export function valuesSource(exec: ValuesExec, { functions }: JobEnvironment): Source<number> {
  const read = (from: number): Batch | undefined => {
    const rows = exec.rows
      .slice(from)
      .map(row => row.map(each => evaluateConstant(each, { writer: new CodeWriter(), environment: functions })));
    return rows.length > 0 ? batchOfRows(exec.fields, rows) : undefined;
  };
  return {
    boundedness: 'bounded',
    changelogMode: 'insert-only',
    listSplits: () => Promise.resolve([{ id: 'values' }]),
    openReader: (_split, from) =>
      Promise.resolve({
        read: () => Promise.resolve({ batch: read(from ?? 0), position: exec.rows.length, end: true }),
        close: () => Promise.resolve(),
      }),
  };
}
