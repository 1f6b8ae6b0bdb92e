import type { FunctionEnvironment } from '../../../planner/functions/function.js';
import type { Calc } from '../../../planner/physical/exec-node.js';
import type { LookupCondition } from '../../../planner/physical/lookup-condition.js';
import { batchOfRows, type Batch, type Column } from '../../../spec/batch.js';
import { BOOLEAN, withNullable, type DataType, type Field } from '../../../spec/data-type.js';
import type { Predictor } from '../../../spec/predictor.js';
import { compileCalc, compileColumns, compileCondition } from '../compile/compile-calc.js';
import type { OperatorFactory } from '../operator.js';
import { inFlightOperator } from './in-flight.js';
import { pairRows, type RowPairs } from './pair-rows.js';
import type { PendingRows } from './pending-queue.js';

export interface LookupJoinOptions {
  /** Answers keys with the rows of the table: those of `tableFields`, several for a key or none. */
  readonly asks: Predictor;
  readonly join: 'inner' | 'left';
  readonly condition: LookupCondition;
  readonly leftFields: readonly Field[];
  /** What the table gives, in its order. */
  readonly tableFields: readonly Field[];
  /** What becomes of these rows; it keeps them all. */
  readonly calc: Calc | undefined;
  /** Those of the left, then what `calc` gives. */
  readonly fields: readonly Field[];
  readonly maxRows: number;
}

/**
 * Asks a table for each row, when the row comes, and puts the rows that are found behind it.
 *
 * A row with a NULL among its keys asks nothing and has no partner. The keys are computed once, as columns behind those of
 * the row, and stay with it while it waits: a row that is asked for again after a restore has the same keys.
 */
export function lookupJoinOperator(options: LookupJoinOptions, environment: FunctionEnvironment): OperatorFactory {
  const { asks, condition, leftFields, maxRows } = options;
  const width = leftFields.length;
  const withKeys = keyWriter(options, environment);
  const create = inFlightOperator({
    predictor: asks,
    arguments: condition.keys.map((_, k) => width + k),
    guard: width + condition.keys.length,
    join: entryJoiner(options, environment),
    maxRows,
  });
  return context => {
    const operator = create(context);
    return {
      open: state => operator.open(state),
      push: (element, port) => operator.push(element.kind === 'batch' ? withKeys(element) : element, port),
      pause: () => operator.pause!(),
      close: () => operator.close(),
    };
  };
}

/** Appends the keys, and whether the row asks. */
function keyWriter(
  { condition: { keys, guard }, leftFields, tableFields }: LookupJoinOptions,
  environment: FunctionEnvironment,
): (batch: Batch) => Batch {
  const values = keys.map(key => key.value);
  const compute = compileColumns(guard ? [...values, guard] : values, leftFields, environment);
  const types = keys.map(({ column, value }): DataType => withNullable(tableFields[column]!.type, value.type.nullable));
  return batch => {
    const computed = compute(batch, undefined, batch.rowCount);
    const keyColumns = types.map((type, k): Column => ({ ...computed[k]!, type }));
    const asks = { type: BOOLEAN, values: askingRows(keyColumns, guard && computed[keys.length], batch.rowCount) };
    return { ...batch, columns: [...batch.columns, ...keyColumns, asks] };
  };
}

/** 1 for a row whose keys are all there, and that the guard lets ask. */
function askingRows(keys: readonly Column[], guard: Column | undefined, rowCount: number): Uint8Array {
  const asks = new Uint8Array(rowCount);
  if (keys.length === 0) return asks;
  for (let row = 0; row < rowCount; row++) {
    const mayAsk = guard === undefined || (guard.values[row] === 1 && guard.nulls?.[row] !== 1);
    if (mayAsk && keys.every(({ nulls }) => nulls?.[row] !== 1)) asks[row] = 1;
  }
  return asks;
}

/** Joins rows with what was found for them. */
function entryJoiner(
  { join, condition, leftFields, tableFields, calc, fields }: LookupJoinOptions,
  environment: FunctionEnvironment,
): (entry: PendingRows) => Batch | undefined {
  const width = leftFields.length;
  const project = calc && compileCalc(calc, tableFields, environment);
  const passes = condition.rest && compileCondition(condition.rest, fields, environment);
  const nothing = batchOfRows(fields.slice(width), []);
  return ({ rows, sent, prediction }) => {
    const left = { ...rows, columns: rows.columns.slice(0, width) };
    const found = prediction?.outputs;
    const right = found && found.rowCount > 0 ? (project?.(found) ?? found) : nothing;
    const inputOf = prediction?.inputOf ?? Uint32Array.from({ length: right.rowCount }, (_, i) => i);
    const all: RowPairs = {
      left: Int32Array.from(inputOf, input => (sent ? sent[input]! : input)),
      right: Int32Array.from({ length: right.rowCount }, (_, i) => i),
    };
    const kept = passes && right.rowCount > 0 ? select(all, passes(pairRows(left, right, all, fields))) : all;
    const pairs = join === 'left' ? withMissing(kept, left.rowCount) : kept;
    return pairs.left.length === 0 ? undefined : pairRows(left, right, pairs, fields);
  };
}

function select(pairs: RowPairs, places: Int32Array): RowPairs {
  return { left: places.map(place => pairs.left[place]!), right: places.map(place => pairs.right[place]!) };
}

/** The pairs with one more, with nothing on the right, for each row of the left that is in none. */
function withMissing(pairs: RowPairs, rowCount: number): RowPairs {
  const left: number[] = [];
  const right: number[] = [];
  let next = 0;
  for (let row = 0; row < rowCount; row++) {
    if (pairs.left[next] !== row) {
      left.push(row);
      right.push(-1);
    }
    for (; pairs.left[next] === row; next++) {
      left.push(row);
      right.push(pairs.right[next]!);
    }
  }
  return { left: Int32Array.from(left), right: Int32Array.from(right) };
}
