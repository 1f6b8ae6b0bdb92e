import { ROW_KIND_NAMES, rowAt, type Batch } from '../spec/batch.js';
import type { Field } from '../spec/data-type.js';
import type { JsValue } from '../spec/js-type.js';
import { toJs, type BigintForm } from '../spec/to-js.js';

/** A row by the names of its columns. */
export type RowObject = Readonly<Record<string, JsValue>>;

/** What a row of a changelog does: insert, retract before an update, update after, delete. */
export type RowKindName = '+I' | '-U' | '+U' | '-D';

/** A row of a changelog. */
export interface Change<Row> {
  readonly kind: RowKindName;
  readonly row: Row;
}

/** Turns batches of the fields, whose names differ, into rows with their kinds. */
export function changesOf(fields: readonly Field[], bigints: BigintForm): (batch: Batch) => Change<RowObject>[] {
  const columns = fields.map(({ name, type }) => ({ name, convert: toJs(type, bigints) }));
  return batch =>
    Array.from({ length: batch.rowCount }, (_, i) => {
      const values = rowAt(batch, i);
      const row = Object.fromEntries(columns.map(({ name, convert }, c) => [name, convert(values[c]!)]));
      return { kind: ROW_KIND_NAMES[batch.rowKinds?.[i] ?? 0] as RowKindName, row };
    });
}
