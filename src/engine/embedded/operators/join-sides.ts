import type { JoinCondition } from '../../../planner/physical/equi-key.js';
import type { FunctionEnvironment } from '../../../planner/functions/function.js';
import type { BoundExpression } from '../../../planner/logical/expression.js';
import { type Batch, type Column } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import { compileColumns } from '../compile/compile-calc.js';
import type { RowPairs } from './pair-rows.js';
import { indexRows, keyReader, type KeyReader, type RowIndex } from './row-index.js';

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
    return indexRows(this.readRight(right), right.rowCount);
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
 */
export function* candidatePairs(
  read: KeyReader,
  index: RowIndex,
  leftCount: number,
): IterableIterator<RowPairs & { readonly from: number; readonly to: number }> {
  let left: number[] = [];
  let right: number[] = [];
  let from = 0;
  for (let row = 0; row < leftCount; row++) {
    for (let match = index.first(read(row)); match !== -1; match = index.next(match)) {
      left.push(row);
      right.push(match);
    }
    if (left.length < PAIRS_AT_ONCE && row + 1 < leftCount) continue;
    yield { left: Int32Array.from(left), right: Int32Array.from(right), from, to: row + 1 };
    from = row + 1;
    left = [];
    right = [];
  }
}
