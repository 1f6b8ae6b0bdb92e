import { MillraceError } from '../../common/error.js';
import { allocateElements, elementCount, type Tensor, type TensorData } from '../../kit/tensor/tensor.js';
import { valueAt, type Batch, type Column, type Value } from '../../spec/batch.js';
import type { DataType, Field } from '../../spec/data-type.js';
import { elementOf } from './column-type.js';
import { elementCheck, elementEncoder, type Element } from './input-element.js';
import type { InputFeed } from './map-inputs.js';
import { shapeOfValue } from './row-shape.js';
import type { TensorPlan } from './tensor-plan.js';

export interface UnusableRowsInit {
  readonly plan: TensorPlan;
  readonly inputs: readonly Field[];
  /** Whether tensors go as bytes, which can tell more than JSON. */
  readonly isBinary: boolean;
}

/**
 * The rows that cannot become tensors: a NULL, an integer out of range, an ARRAY of another length.
 *
 * @returns one `PREDICTION_FAILED` by row.
 */
export function findUnusableRows(batch: Batch, { plan, inputs, isBinary }: UnusableRowsInit): Map<number, MillraceError> {
  const failures = new Map<number, MillraceError>();
  for (const feed of plan.feeds) {
    for (const c of feed.columns) {
      const check = columnCheck(feed, inputs[c]!, { column: batch.columns[c]!, isBinary });
      if (check === undefined) continue;
      for (let row = 0; row < batch.rowCount; row++) {
        const problem = failures.has(row) ? undefined : check(row);
        if (problem !== undefined)
          failures.set(row, new MillraceError({ code: 'PREDICTION_FAILED', message: `column "${inputs[c]!.name}" ${problem}` }));
      }
    }
  }
  return failures;
}

const NO_NULL = 'a tensor has no place for it: filter such rows out, or write COALESCE';

/** What is wrong with a row; `undefined` as a whole where no row can be wrong. */
function columnCheck(
  feed: InputFeed,
  { type }: Field,
  { column, isBinary }: { readonly column: Column; readonly isBinary: boolean },
): ((row: number) => string | undefined) | undefined {
  const check = elementCheck(elementOf(type), feed.datatype, isBinary);
  if (feed.depth === 0) {
    if (check === undefined && column.nulls === undefined) return undefined;
    return row => (column.nulls?.[row] === 1 ? `is NULL, and ${NO_NULL}` : check?.(valueAt(column, row)));
  }
  return row => {
    const value = valueAt(column, row);
    if (value === null) return `is NULL, and ${NO_NULL}`;
    const items = flatten(value, feed.depth);
    if (items.includes(null)) return `holds a NULL, and ${NO_NULL}`;
    const shape = shapeOfValue(value, feed);
    if (typeof shape === 'string') return shape;
    for (const item of check === undefined ? [] : items) {
      const problem = check!(item);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

/**
 * The tensors of rows that `findUnusableRows` found nothing wrong with.
 *
 * @throws {MillraceError} `PREDICTION_FAILED` where ARRAYs of open length differ between rows: they cannot share a
 * request, so the runtime cuts the call in two.
 */
export function encodeInputs(batch: Batch, { form, feeds }: TensorPlan): Tensor[] {
  return feeds.map(feed => {
    const rowShape = feed.depth === 0 ? feed.rowShape : commonShape(batch, feed);
    const shape = form === 'batch' ? [batch.rowCount, ...rowShape] : rowShape;
    const data = allocateElements(feed.datatype, elementCount(shape));
    for (const [offset, c] of feed.columns.entries()) {
      const place = { rows: batch.rowCount, width: feed.columns.length, offset };
      if (feed.depth === 0) fillScalars(data, batch.columns[c]!, { feed, ...place });
      else fillArrays(data, batch.columns[c]!, { feed, ...place });
    }
    return { name: feed.name, datatype: feed.datatype, shape, data };
  });
}

function commonShape(batch: Batch, feed: InputFeed): readonly number[] {
  if (feed.rowShape.every(size => size >= 0)) return feed.rowShape;
  const column = batch.columns[feed.columns[0]!]!;
  const shapes = Array.from({ length: batch.rowCount }, (_, row) => shapeOfValue(valueAt(column, row), feed) as readonly number[]);
  const first = shapes[0]!.join();
  const other = shapes.find(shape => shape.join() !== first);
  if (other === undefined) return shapes[0]!;
  throw new MillraceError({
    code: 'PREDICTION_FAILED',
    message: `rows with [${first}] and [${other.join()}] values for input "${feed.name}" cannot share a request`,
  });
}

interface Place {
  readonly feed: InputFeed;
  readonly rows: number;
  /** Elements in a row of the tensor. */
  readonly width: number;
  /** Where in the row this column's element stands. */
  readonly offset: number;
}

function fillScalars(data: TensorData, { type, values }: Column, { feed, rows, width, offset }: Place): void {
  const isPlain = values instanceof Float64Array && (data instanceof Float32Array || data instanceof Float64Array);
  if (isPlain && width === 1) {
    data.set(rows === values.length ? values : values.subarray(0, rows));
    return;
  }
  const encode = elementEncoder(type, feed.datatype);
  for (let i = 0, at = offset; i < rows; i++, at += width) (data as Element[])[at] = encode(values[i]!);
}

/** Elements that a typed array of floats takes as they are. */
const PLAIN_NUMBERS: ReadonlySet<DataType['kind']> = new Set(['TINYINT', 'SMALLINT', 'INT', 'FLOAT', 'DOUBLE']);

function fillArrays(data: TensorData, { type, values }: Column, { feed, rows }: Place): void {
  const element = elementOf(type);
  const isPlain = (data instanceof Float32Array || data instanceof Float64Array) && PLAIN_NUMBERS.has(element.kind);
  const encode = elementEncoder(element, feed.datatype);
  let at = 0;
  for (let i = 0; i < rows; i++) {
    if (isPlain) {
      const items = flatten(values[i]!, feed.depth) as readonly number[];
      data.set(items, at);
      at += items.length;
      continue;
    }
    for (const item of flatten(values[i]!, feed.depth)) (data as Element[])[at++] = encode(item);
  }
}

function flatten(value: Value, depth: number): readonly Value[] {
  const items = value as readonly Value[];
  return depth === 1 ? items : items.flatMap(item => (item === null ? [null] : flatten(item, depth - 1)));
}
