import type { JoinCondition } from '../../../planner/physical/equi-key.js';
import type { FunctionEnvironment } from '../../../planner/functions/function.js';
import type { BoundExpression } from '../../../planner/logical/expression.js';
import { type Batch, type Column } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import { compileColumns } from '../compile/compile-calc.js';
import type { RowPairs } from './pair-rows.js';
import { indexRows, keyReader, type FirstMatch, type KeyReader, type RowIndex } from './row-index.js';

export interface JoinSidesOptions {
  readonly condition: JoinCondition;
  readonly leftFields: readonly Field[];
  readonly rightFields: readonly Field[];
}

/** Reads the keys of both sides of a join. */
export class JoinSides {
  readonly #condition: JoinCondition;
  readonly #leftKeys: (batch: Batch) => readonly Column[];
  readonly #rightKeys: (batch: Batch) => readonly Column[];

  constructor({ condition, leftFields, rightFields }: JoinSidesOptions, environment: FunctionEnvironment) {
    const { keys } = condition;
    this.#condition = condition;
    this.#leftKeys = keyColumns(
      keys.map(key => key.left),
      leftFields,
      environment,
    );
    this.#rightKeys = keyColumns(
      keys.map(key => key.right),
      rightFields,
      environment,
    );
  }

  /** Indexes the right side by its keys. */
  index(right: Batch): RowIndex {
    return indexRows(this.#condition.keys, this.#rightKeys(right), right.rowCount);
  }

  /** The keys of the right side. */
  readRight(right: Batch): KeyReader {
    return keyReader(this.#condition.keys, this.#rightKeys(right));
  }

  /** Whether a key of the right side is NULL. */
  hasNull(right: Batch): boolean {
    return this.#rightKeys(right).some(({ nulls }) => nulls !== undefined && nulls.subarray(0, right.rowCount).includes(1));
  }

  /** Where the first key of the left side is NULL: 1; `undefined` for nowhere. */
  nullsOf(left: Batch): Uint8Array | undefined {
    return this.#leftKeys(left)[0]?.nulls;
  }

  /** Finds the rows of an index, which `index` gave, for those of a batch of the left side. */
  match(left: Batch, index: RowIndex): FirstMatch {
    return index.matcher(this.#leftKeys(left));
  }

  /** The keys of a batch of the left side. */
  read(left: Batch): KeyReader {
    return keyReader(this.#condition.keys, this.#leftKeys(left));
  }
}

/** Columns are read as they are; other keys are computed. */
function keyColumns(
  expressions: readonly BoundExpression[],
  fields: readonly Field[],
  environment: FunctionEnvironment,
): (batch: Batch) => readonly Column[] {
  const indices = expressions.flatMap(each => (each.kind === 'column' ? [each.index] : []));
  if (indices.length === expressions.length) return batch => indices.map(index => batch.columns[index]!);
  const compute = compileColumns(expressions, fields, environment);
  return batch => compute(batch, undefined, batch.rowCount);
}

/** Pairs are looked for, and tested, for about so many at a time: a join without keys has very many. */
const PAIRS_AT_ONCE = 8_192;

/**
 * The pairs of rows with equal keys, in chunks that hold all pairs of each of their left rows. A chunk tells the left rows
 * it is about, `from` inclusive to `to` exclusive.
 *
 * @param first as the index gives it for the left side.
 */
export function* candidatePairs(
  first: FirstMatch,
  { next }: RowIndex,
  leftCount: number,
): IterableIterator<RowPairs & { readonly from: number; readonly to: number }> {
  let left = new Int32Array(Math.max(leftCount, 1));
  let right = new Int32Array(left.length);
  let count = 0;
  let from = 0;
  for (let row = 0; row < leftCount; row++) {
    for (let match = first(row); match !== -1; match = next(match)) {
      if (count === left.length) [left, right] = [twiceAsLong(left), twiceAsLong(right)];
      left[count] = row;
      right[count++] = match;
    }
    if (count < PAIRS_AT_ONCE && row + 1 < leftCount) continue;
    yield { left: left.subarray(0, count), right: right.subarray(0, count), from, to: row + 1 };
    if (row + 1 === leftCount) return;
    from = row + 1;
    [left, right] = [new Int32Array(left.length), new Int32Array(right.length)];
    count = 0;
  }
}

function twiceAsLong(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(2 * numbers.length);
  longer.set(numbers);
  return longer;
}
