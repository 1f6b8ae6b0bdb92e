import type { Tensor } from 'onnxruntime-node';
import type { TensorData } from '../../spec/element-type.js';
import type { OutputRead, ReadValues } from '../../spec/model-runtime.js';
import { RunInterrupted } from './run-interrupted.js';
import {
  allocateValues,
  copyValues,
  elementsOf,
  FEWEST_ROWS,
  reasonOf,
  tensorsOf,
  type Elements,
  type OpenSession,
  type RunReply,
} from './session-run.js';
import type { PlannedFeed, RunPlan } from './worker-protocol.js';

export interface OpenRows {
  readonly rows: number;
  readonly data: readonly TensorData[];
  readonly sizes: readonly (Uint32Array | undefined)[];
}

/**
 * As `runRows`, for rows that differ in shape: those of one shape run together, so that no row is padded and its answer does not
 * depend on the others.
 */
export async function runOpenRows(open: OpenSession, plan: RunPlan, given: OpenRows): Promise<RunReply> {
  const columns = plan.reads.map(read => new ReadColumn(read, given.rows));
  const failures: [number, string][] = [];
  const outputs = [...new Set(plan.reads.map(read => read.output))];
  const starts = given.sizes.map((sizes, i) => rowStarts(plan.feeds[i]!, sizes, given.rows));
  const runRowsOf = async (feeds: readonly PlannedFeed[], rows: readonly number[]): Promise<void> => {
    const size = plan.fixedRows ?? Math.max(FEWEST_ROWS, rows.length);
    try {
      const data = feeds.map((feed, i) =>
        gather(
          given.data[i]!,
          rows.map(row => starts[i]![row]!),
          feed.width,
        ),
      );
      const results = await open.session.run(tensorsOf(open, feeds, { data, from: 0, to: rows.length, size }), outputs);
      for (const column of columns) column.take(results[column.read.output]!, rows, size);
    } catch (error) {
      if (error instanceof RunInterrupted) throw error;
      if (rows.length === 1) {
        failures.push([rows[0]!, reasonOf(error)]);
        return;
      }
      const middle = Math.ceil(rows.length / 2);
      await runRowsOf(feeds, rows.slice(0, middle));
      await runRowsOf(feeds, rows.slice(middle));
    }
  };
  for (const { feeds, rows } of groupByShape(plan.feeds, given)) {
    const step = plan.fixedRows ?? rows.length;
    for (let from = 0; from < rows.length; from += step) await runRowsOf(feeds, rows.slice(from, from + step));
  }
  return { kind: 'run', columns: columns.map(column => column.values()), sizes: columns.map(column => column.sizes), failures };
}

interface Group {
  /** With the shape that the rows have. */
  readonly feeds: readonly PlannedFeed[];
  readonly rows: number[];
}

function groupByShape(feeds: readonly PlannedFeed[], { rows, sizes }: OpenRows): Iterable<Group> {
  const groups = new Map<string, Group>();
  for (let row = 0; row < rows; row++) {
    const shapes = feeds.map((feed, i) => shapeOf(feed, sizes[i], row));
    const key = shapes.join(';');
    const group = groups.get(key);
    if (group) group.rows.push(row);
    else groups.set(key, { feeds: feeds.map((feed, i) => ({ ...feed, rowShape: shapes[i]!, width: widthOf(shapes[i]!) })), rows: [row] });
  }
  return groups.values();
}

function shapeOf(feed: PlannedFeed, sizes: Uint32Array | undefined, row: number): readonly number[] {
  const rank = feed.rowShape.length;
  return sizes === undefined ? feed.rowShape : [...sizes.subarray(row * rank, (row + 1) * rank)];
}

function widthOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Where the values of each row begin. */
function rowStarts(feed: PlannedFeed, sizes: Uint32Array | undefined, rows: number): Float64Array {
  const starts = new Float64Array(rows);
  for (let row = 0, at = 0; row < rows; row++) {
    starts[row] = at;
    at += widthOf(shapeOf(feed, sizes, row));
  }
  return starts;
}

function gather(data: TensorData, starts: readonly number[], width: number): TensorData {
  if (Array.isArray(data)) return starts.flatMap(start => data.slice(start, start + width));
  const gathered = new (data.constructor as new (length: number) => Float32Array)(starts.length * width);
  for (const [i, start] of starts.entries()) gathered.set((data as Float32Array).subarray(start, start + width), i * width);
  return gathered;
}

/** What one read of rows in any order has gathered. */
class ReadColumn {
  readonly read: OutputRead;
  /** Of a read of rows that differ in shape. */
  readonly sizes: Uint32Array | undefined;
  readonly #fixed: ReadValues;
  readonly #rows: Elements[];

  constructor(read: OutputRead, rows: number) {
    this.read = read;
    this.sizes = read.openDimensions === undefined ? undefined : new Uint32Array(rows * read.openDimensions);
    this.#fixed = allocateValues(read.form, this.sizes ? 0 : rows * read.count);
    this.#rows = [];
  }

  /** The first rows of a run over `size` rows, which are these rows of the column. */
  take(tensor: Tensor, rows: readonly number[], size: number): void {
    const { read, sizes } = this;
    if (sizes === undefined) {
      const part = allocateValues(read.form, rows.length * read.count);
      copyValues(part, tensor, { read, from: 0, to: rows.length, size });
      for (const [i, row] of rows.entries())
        for (let j = 0; j < read.count; j++) this.#fixed[row * read.count + j] = part[i * read.count + j]!;
      return;
    }
    const [first, ...shape] = tensor.dims;
    if (first !== size || shape.length !== read.openDimensions)
      throw new Error(
        `output "${read.output}" has the shape [${tensor.dims.join(', ')}], not ${size} rows of ${read.openDimensions} dimensions`,
      );
    const width = widthOf(shape);
    const elements = elementsOf(tensor);
    for (const [i, row] of rows.entries()) {
      sizes.set(shape, row * shape.length);
      this.#rows[row] = elements.slice(i * width, (i + 1) * width);
    }
  }

  values(): ReadValues {
    if (this.sizes === undefined) return this.#fixed;
    const all = allocateValues(
      this.read.form,
      this.#rows.reduce((sum, row) => sum + row.length, 0),
    );
    let at = 0;
    // Rows that failed left holes, which forEach skips.
    this.#rows.forEach(row => {
      for (const value of row) (all as (number | bigint | string)[])[at++] = value;
    });
    return all;
  }
}
