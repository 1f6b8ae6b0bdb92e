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
  const elementsOf = readElements(collection.type);
  return batch => {
    const [collections] = compute(batch, undefined, batch.rowCount);
    const rows: number[] = [];
    const values = added.map((): Value[] => []);
    const add = (row: number, element: readonly Value[] | null, place: Value): void => {
      rows.push(row);
      for (let c = 0; c < width; c++) values[c]!.push(element === null ? null : element[c]!);
      if (ordinality) values[width]!.push(place);
    };
    for (let row = 0; row < batch.rowCount; row++) {
      const elements = elementsOf(valueAt(collections!, row));
      if (elements.length === 0 && outer) add(row, null, null);
      for (let i = 0; i < elements.length; i++) add(row, elements[i]!, i + 1);
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

/** The elements of a collection, each as the values of its columns; a NULL ROW has none. */
function readElements(type: DataType): (collection: Value) => readonly (readonly Value[] | null)[] {
  if (type.kind === 'MAP') return collection => (collection === null ? [] : [...(collection as ReadonlyMap<Value, Value>)]);
  const isRow = (type.kind === 'ARRAY' || type.kind === 'MULTISET') && type.element.kind === 'ROW';
  return collection => {
    const elements = (collection ?? []) as readonly Value[];
    return isRow ? (elements as readonly (readonly Value[] | null)[]) : elements.map(element => [element]);
  };
}
