import type { FunctionEnvironment } from '../../../planner/functions/function.js';
import { createJsonReader } from '../../../planner/functions/json/json-reader.js';
import { collectColumns, type BoundExpression } from '../../../planner/logical/expression.js';
import type { Calc } from '../../../planner/physical/exec-node.js';
import { storageOf, takeColumn, type Batch, type Column, type ColumnValues } from '../../../spec/batch.js';
import type { DataType, Field } from '../../../spec/data-type.js';
import { CodeWriter } from './code-writer.js';
import { compileExpression, type Compiled, type ExpressionScope } from './compile-expression.js';

/** Filters and projects a batch; `undefined` where no row is left. */
export type CompiledCalc = (batch: Batch) => Batch | undefined;

/**
 * Compiles a filter and a projection into loops over columns.
 *
 * The condition runs first and gives the rows that stay; columns that are only passed on are shared or gathered, the
 * others are computed for the rows that stay.
 */
export function compileCalc(calc: Calc, input: readonly Field[], environment: FunctionEnvironment): CompiledCalc {
  const select = calc.condition && compileCondition(calc.condition, input, environment);
  const computed = calc.expressions.flatMap((expression, index) => (expression.kind === 'column' ? [] : [{ expression, index }]));
  const compute =
    computed.length > 0
      ? compileColumns(
          computed.map(each => each.expression),
          input,
          environment,
        )
      : undefined;
  const placeOf = new Map(computed.map((each, place) => [each.index, place]));
  return batch => {
    const rows = select?.(batch);
    const rowCount = rows ? rows.length : batch.rowCount;
    if (rowCount === 0) return undefined;
    const isWhole = rowCount === batch.rowCount;
    const fresh = compute?.(batch, isWhole ? undefined : rows, rowCount);
    const columns = calc.expressions.map((expression, index): Column => {
      if (expression.kind !== 'column') return fresh![placeOf.get(index)!]!;
      const column = batch.columns[expression.index]!;
      return isWhole ? column : takeColumn(column, rows!);
    });
    const rowKinds = batch.rowKinds && (isWhole ? batch.rowKinds : Uint8Array.from(rows!, row => batch.rowKinds![row]!));
    return { kind: 'batch', rowCount, columns, rowKinds };
  };
}

/** The indices of the rows for which the condition is true, ascending. The array is reused by the next call. */
export type CompiledCondition = (batch: Batch) => Int32Array;

export function compileCondition(condition: BoundExpression, input: readonly Field[], environment: FunctionEnvironment): CompiledCondition {
  const writer = new CodeWriter();
  const scope = rowScope({ writer, environment, expressions: [condition], input });
  writer.line('if (buffer.rows.length < batch.rowCount) buffer.rows = new Int32Array(batch.rowCount);');
  writer.line('const rows = buffer.rows;');
  writer.line('let count = 0;');
  writer.block('for (let i = 0; i < batch.rowCount; i++)', () => {
    const { value, isNull } = compileExpression(condition, scope);
    writer.line(`if (${isNull === 'false' ? '' : `!${isNull} && `}${value}) rows[count++] = i;`);
  });
  writer.line('return rows.subarray(0, count);');
  const run = writer.compile<(batch: Batch, buffer: { rows: Int32Array }) => Int32Array>(['batch', 'buffer']);
  const buffer = { rows: new Int32Array(1_024) };
  return batch => run(batch, buffer);
}

/** Computes expressions for rows of a batch, as columns in the same order. `rows` absent means all rows. */
export type CompiledColumns = (batch: Batch, rows: Int32Array | undefined, rowCount: number) => Column[];

export function compileColumns(
  expressions: readonly BoundExpression[],
  input: readonly Field[],
  environment: FunctionEnvironment,
): CompiledColumns {
  const writer = new CodeWriter();
  const scope = rowScope({ writer, environment, expressions, input });
  const types = writer.bind(
    'types',
    expressions.map(each => each.type),
  );
  writer.line(`const outputs = ${types}.map(type => allocate(type, count));`);
  expressions.forEach((expression, index) => {
    writer.line(`const o${index} = outputs[${index}];`);
    if (expression.type.nullable) writer.line(`let nulls${index};`);
  });
  writer.bindHelpers({ allocate });
  writer.block('for (let k = 0; k < count; k++)', () => {
    writer.line('const i = rows === undefined ? k : rows[k];');
    expressions.forEach((expression, index) => writeStore(compileExpression(expression, scope), { writer, index, type: expression.type }));
  });
  const columns = expressions.map(
    (expression, index) => `{ type: ${types}[${index}], values: o${index}${expression.type.nullable ? `, nulls: nulls${index}` : ''} }`,
  );
  writer.line(`return [${columns.join(', ')}];`);
  return writer.compile<CompiledColumns>(['batch', 'rows', 'count']);
}

function allocate(type: DataType, length: number): ColumnValues {
  const storage = storageOf(type);
  // A plain array of known length stays fast to fill in order; its elements are all set below.
  return storage === 'float64' ? new Float64Array(length) : storage === 'boolean' ? new Uint8Array(length) : new Array(length).fill(null);
}

function writeStore({ value, isNull }: Compiled, { writer, index, type }: { writer: CodeWriter; index: number; type: DataType }): void {
  const store = `o${index}[k] = ${type.kind === 'BOOLEAN' ? `${value} ? 1 : 0` : value};`;
  const setNull = `(nulls${index} ??= new Uint8Array(count))[k] = 1;`;
  if (isNull === 'false') writer.line(store);
  else if (isNull === 'true') writer.line(setNull);
  else if (type.nullable) writer.line(`if (${isNull}) ${setNull} else ${store.slice(0, -1)};`);
  else writer.line(store);
}

/** Names the columns that the expressions read, and reads them at row `i`. */
function rowScope({
  writer,
  environment,
  expressions,
  input,
}: {
  writer: CodeWriter;
  environment: FunctionEnvironment;
  expressions: readonly BoundExpression[];
  input: readonly Field[];
}): ExpressionScope {
  const used = new Set<number>();
  for (const expression of expressions) collectColumns(expression, used);
  for (const index of used) {
    writer.line(`const c${index} = batch.columns[${index}].values;`);
    if (input[index]!.type.nullable) writer.line(`const b${index} = batch.columns[${index}].nulls;`);
  }
  return {
    writer,
    environment: { json: createJsonReader(), ...environment },
    column: index => {
      const { type } = input[index]!;
      return {
        value: type.kind === 'BOOLEAN' ? `(c${index}[i] === 1)` : `c${index}[i]`,
        isNull: type.nullable ? `(b${index} !== undefined && b${index}[i] === 1)` : 'false',
      };
    },
  };
}
