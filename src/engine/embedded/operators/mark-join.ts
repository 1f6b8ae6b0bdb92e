import type { FunctionEnvironment } from '../../../planner/functions/function.js';
import type { BoundExpression } from '../../../planner/logical/expression.js';
import { takeColumn, valueAt, type Batch } from '../../../spec/batch.js';
import type { DataType, Field } from '../../../spec/data-type.js';
import { compileColumns, compileCondition, type CompiledColumns, type CompiledCondition } from '../compile/compile-calc.js';
import type { OperatorFactory } from '../operator.js';
import { buildProbeOperator, type Probe } from './build-probe.js';
import { candidatePairs, JoinSides, type JoinSidesOptions } from './join-sides.js';
import type { RowPairs } from './pair-rows.js';
import type { RowIndex } from './row-index.js';

export interface MarkJoinOptions extends JoinSidesOptions {
  /** The conjunction of these, in three-valued logic, is asked of each pair; `undefined` asks whether there is a pair. */
  readonly test: BoundExpression | undefined;
  /** Whether the only key is what IN compares: then a NULL on either side makes NULL of FALSE, unless there are no rows. */
  readonly isNullAware: boolean;
  readonly markType: DataType;
}

/** Appends to each row of the left side what EXISTS or IN over the right side says of it; see the logical `MarkJoin`. */
export function markJoinOperator(options: MarkJoinOptions, environment: FunctionEnvironment): OperatorFactory {
  return buildProbeOperator({
    createProbe: () => new MarkProbe(options, environment),
    rightFields: options.rightFields,
    holdsWatermark: false,
  });
}

/** The marks of a batch, as the column that they become. */
interface Marks {
  readonly values: Uint8Array;
  readonly nulls: Uint8Array;
}

/** One partner that is sure makes up for all that are not. */
function forgetUnknown({ values, nulls }: Marks): void {
  for (let row = 0; row < values.length; row++) if (values[row] === 1) nulls[row] = 0;
}

class MarkProbe implements Probe {
  readonly #sides: JoinSides;
  readonly #condition: CompiledCondition | undefined;
  readonly #test: CompiledColumns | undefined;
  readonly #markType: DataType;
  readonly #isNullAware: boolean;
  #right!: Batch;
  #rightHasNull = false;
  #index!: RowIndex;

  constructor(options: MarkJoinOptions, environment: FunctionEnvironment) {
    const { condition, test, leftFields, rightFields, markType } = options;
    const fields: readonly Field[] = [...leftFields, ...rightFields];
    this.#sides = new JoinSides(options, environment);
    this.#condition = condition.rest && compileCondition(condition.rest, fields, environment);
    this.#test = test && compileColumns([test], fields, environment);
    this.#isNullAware = options.isNullAware;
    this.#markType = markType;
  }

  build(right: Batch): void {
    this.#right = right;
    this.#index = this.#sides.index(right);
    this.#rightHasNull = this.#isNullAware && this.#sides.hasNull(right);
  }

  *probe(left: Batch): Iterable<Batch> {
    const marks: Marks = { values: new Uint8Array(left.rowCount), nulls: new Uint8Array(left.rowCount) };
    for (const pairs of candidatePairs(this.#sides.match(left, this.#index), this.#index, left.rowCount)) this.#mark(left, pairs, marks);
    if (this.#isNullAware && this.#right.rowCount > 0) this.#markUnknown(left, marks);
    if (this.#test) forgetUnknown(marks);
    yield { ...left, columns: [...left.columns, { type: this.#markType, ...marks }] };
  }

  finish(): Iterable<Batch> {
    return [];
  }

  snapshot(): unknown {
    return undefined;
  }

  restore(): void {}

  #markUnknown(left: Batch, { values, nulls }: Marks): void {
    const keyNulls = this.#sides.nullsOf(left);
    for (let row = 0; row < left.rowCount; row++) {
      if (values[row] === 0 && (this.#rightHasNull || keyNulls?.[row] === 1)) nulls[row] = 1;
    }
  }

  #mark(left: Batch, pairs: RowPairs, { values, nulls }: Marks): void {
    if (pairs.left.length === 0) return;
    if (!this.#condition && !this.#test) {
      for (const row of pairs.left) values[row] = 1;
      return;
    }
    const candidates: Batch = {
      kind: 'batch',
      rowCount: pairs.left.length,
      columns: [
        ...left.columns.map(column => takeColumn(column, pairs.left)),
        ...this.#right.columns.map(column => takeColumn(column, pairs.right)),
      ],
    };
    const kept = this.#condition?.(candidates);
    const count = kept ? kept.length : candidates.rowCount;
    const results = this.#test?.(candidates, kept, count)[0];
    for (let i = 0; i < count; i++) {
      const row = pairs.left[kept ? kept[i]! : i]!;
      const result = results ? valueAt(results, i) : true;
      if (result === true) values[row] = 1;
      if (result === null) nulls[row] = 1;
    }
  }
}
