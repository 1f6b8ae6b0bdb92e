import { storageOf, type Batch, type Column } from '../../../spec/batch.js';
import { INT, withNullable, type DataType, type Field } from '../../../spec/data-type.js';
import { joinCredits, type OperatorFactory } from '../operator.js';

export interface ExpandOptions {
  /** In repetition `i` these columns of the input are NULL. */
  readonly absent: readonly (readonly number[])[];
  /** The columns of the input, then the number of the repetition. */
  readonly fields: readonly Field[];
}

/** Repeats each batch once for each grouping set, see the logical `Expand`; columns that stay are shared. */
export function expandOperator({ absent, fields }: ExpandOptions): OperatorFactory {
  return context => ({
    open() {},
    push(element) {
      if (element.kind === 'batch')
        return joinCredits(absent.map((columns, id) => context.output.emit(repetition(element, { columns, id, fields }))));
      if (element.kind === 'barrier') context.snapshot(element.checkpoint, undefined);
      return context.output.emit(element);
    },
    close: () => Promise.resolve(),
  });
}

function repetition(
  batch: Batch,
  { columns, id, fields }: { readonly columns: readonly number[]; readonly id: number; readonly fields: readonly Field[] },
): Batch {
  const kept = batch.columns.map((column, index) => (columns.includes(index) ? nullColumn(fields[index]!.type, batch.rowCount) : column));
  const ids: Column = { type: withNullable(INT, false), values: new Float64Array(batch.rowCount).fill(id) };
  return { ...batch, columns: [...kept, ids] };
}

function nullColumn(type: DataType, rowCount: number): Column {
  const storage = storageOf(type);
  const values =
    storage === 'float64'
      ? new Float64Array(rowCount)
      : storage === 'boolean'
        ? new Uint8Array(rowCount)
        : new Array<null>(rowCount).fill(null);
  return { type, values, nulls: new Uint8Array(rowCount).fill(1) };
}
