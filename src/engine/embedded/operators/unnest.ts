import type { BoundExpression } from '../../../planner/logical/expression.js';
import type { FunctionEnvironment } from '../../../planner/functions/function.js';
import { columnOf, takeColumn, valueAt, type Batch, type Value } from '../../../spec/batch.js';
import type { DataType, Field } from '../../../spec/data-type.js';
import { compileColumns } from '../compile/compile-calc.js';

export interface UnnestOptions {
  readonly collection: BoundExpression;
  readonly ordinality: boolean;
  readonly outer: boolean;
  readonly input: readonly Field[];
  /** The input's fields and those of an element. */
  readonly fields: readonly Field[];
}

/** Repeats each row for each element of a collection; see the logical `Unnest`. `undefined` where no row is left. */
export function compileUnnest(options: UnnestOptions, environment: FunctionEnvironment): (batch: Batch) => Batch | undefined {
  const { collection, ordinality, outer, input, fields } = options;
  const compute = compileColumns([collection], input, environment);
  const added = fields.slice(input.length);
  const width = ordinality ? added.length - 1 : added.length;
  const read = readElements(collection.type);
  return batch => {
    const [collections] = compute(batch, undefined, batch.rowCount);
    const rows: number[] = [];
    const values = added.map((): Value[] => []);
    const add = (row: number, place: Value): void => {
      rows.push(row);
      if (ordinality) values[width]!.push(place);
    };
    for (let row = 0; row < batch.rowCount; row++) {
      const count = read(valueAt(collections!, row), values);
      for (let i = 1; i <= count; i++) add(row, i);
      if (count > 0 || !outer) continue;
      for (let c = 0; c < width; c++) values[c]!.push(null);
      add(row, null);
    }
    if (rows.length === 0) return undefined;
    const rowKinds = batch.rowKinds && Uint8Array.from(rows, row => batch.rowKinds![row]!);
    const columns = [
      ...batch.columns.map(column => takeColumn(column, rows)),
      ...added.map((field, c) => columnOf(field.type, values[c]!)),
    ];
    return { kind: 'batch', rowCount: rows.length, columns, rowKinds };
  };
}

/** Puts the elements of a collection behind the values of their columns, and tells how many there were. */
type ReadElements = (collection: Value, columns: readonly Value[][]) => number;

function readElements(type: DataType): ReadElements {
  if (type.kind === 'MAP') return readEntries;
  return (type.kind === 'ARRAY' || type.kind === 'MULTISET') && type.element.kind === 'ROW'
    ? rowReader(type.element.fields.length)
    : readValues;
}

function readValues(collection: Value, [column]: readonly Value[][]): number {
  if (collection === null) return 0;
  const elements = collection as readonly Value[];
  for (const element of elements) column!.push(element);
  return elements.length;
}

function readEntries(collection: Value, [keys, values]: readonly Value[][]): number {
  if (collection === null) return 0;
  const entries = collection as ReadonlyMap<Value, Value>;
  for (const [key, value] of entries) {
    keys!.push(key);
    values!.push(value);
  }
  return entries.size;
}

/** A NULL ROW has a NULL in each of its columns. */
function rowReader(width: number): ReadElements {
  return (collection, columns) => {
    const rows = (collection ?? []) as readonly (readonly Value[] | null)[];
    for (const row of rows) for (let c = 0; c < width; c++) columns[c]!.push(row === null ? null : row[c]!);
    return rows.length;
  };
}
