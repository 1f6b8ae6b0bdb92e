import { orderOf } from '../../../planner/functions/compare-values.js';
import type { OrderKey } from '../../../planner/logical/order-key.js';
import type { Batch } from '../../../spec/batch.js';
import type { DataType, Field } from '../../../spec/data-type.js';
import { CodeWriter } from '../compile/code-writer.js';

/** Negative, 0 or positive as row `i` of the left batch stands before, beside or after row `j` of the right one. */
export type CompareRows = (i: number, j: number) => number;

/** The order of rows of two batches, which may be the same one. Both have the fields that the order was compiled for. */
export type RowOrder = (left: Batch, right: Batch) => CompareRows;

/**
 * Compiles the order of rows by `keys`, the first of which counts most. Without keys all rows are beside each other.
 *
 * Values compare as in `orderOf`.
 */
export function compileRowOrder(keys: readonly OrderKey[], fields: readonly Field[]): RowOrder {
  const writer = new CodeWriter();
  keys.forEach(({ index }, k) => {
    for (const side of ['left', 'right'])
      writer.line(`const ${side}${k} = ${side}.columns[${index}].values, ${side}Nulls${k} = ${side}.columns[${index}].nulls;`);
  });
  writer.block('return (i, j) =>', () => {
    if (keys.length > 0) writer.line('let order;');
    keys.forEach((key, k) => writeKey(key, { k, type: fields[key.index]!.type, writer }));
    writer.line('return 0;');
  });
  return writer.compile<RowOrder>(['left', 'right']);
}

/** Returns from the written function as soon as the key decides. */
function writeKey({ descending, nullsFirst }: OrderKey, { k, type, writer }: { k: number; type: DataType; writer: CodeWriter }): void {
  const compare = (): void => {
    writer.line(`order = ${compareCode(type, { a: `left${k}[i]`, b: `right${k}[j]`, writer })};`);
    writer.line(`if (order !== 0) return ${descending ? '-order' : 'order'};`);
  };
  if (!type.nullable) {
    compare();
    return;
  }
  const isNull = (side: string, row: string): string => `${side}Nulls${k} !== undefined && ${side}Nulls${k}[${row}] === 1`;
  const [a, b] = [writer.fresh('n'), writer.fresh('n')];
  writer.line(`const ${a} = ${isNull('left', 'i')}, ${b} = ${isNull('right', 'j')};`);
  writer.block(`if (${a} || ${b})`, () => {
    writer.line(`if (!${b}) return ${nullsFirst ? -1 : 1};`);
    writer.line(`if (!${a}) return ${nullsFirst ? 1 : -1};`);
  });
  writer.block('else', compare);
}

/** What is stored of these types compares by `<`, BOOLEAN as 0 and 1; NaN and all others need a call. */
function compareCode(type: DataType, { a, b, writer }: { a: string; b: string; writer: CodeWriter }): string {
  const quick = `${a} < ${b} ? -1 : ${a} > ${b} ? 1`;
  switch (type.kind) {
    case 'FLOAT':
    case 'DOUBLE':
      return `${quick} : ${a} === ${b} ? 0 : ${writer.bind('order', orderOf(type))}(${a}, ${b})`;
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
    case 'ARRAY':
    case 'MULTISET':
    case 'MAP':
    case 'ROW':
      return `${writer.bind('order', orderOf(type))}(${a}, ${b})`;
    default:
      return `${quick} : 0`;
  }
}

/** The rows of a batch in order, as indices; rows beside each other keep their order. */
export function sortRows(batch: Batch, order: RowOrder): Uint32Array {
  const rows = new Uint32Array(batch.rowCount);
  for (let row = 0; row < rows.length; row++) rows[row] = row;
  const compare = order(batch, batch);
  return rows.sort((i, j) => compare(i, j) || i - j);
}
