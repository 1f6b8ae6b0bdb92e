import { MillraceError } from '../../../common/error.js';
import type { Span } from '../../../common/span.js';
import type { FunctionEnvironment } from '../../../planner/functions/function.js';
import type { JoinType } from '../../../planner/logical/node.js';
import { batchOfRows, sliceBatch, type Batch } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import { compileCondition, type CompiledCondition } from '../compile/compile-calc.js';
import type { OperatorFactory } from '../operator.js';
import { buildProbeOperator, type Probe } from './build-probe.js';
import { candidatePairs, JoinSides, type JoinSidesOptions } from './join-sides.js';
import { pairRows, type RowPairs } from './pair-rows.js';
import type { RowIndex } from './row-index.js';

export interface JoinOptions extends JoinSidesOptions {
  readonly join: JoinType;
  readonly atMostOne: boolean;
  /** Whether the right side's event times go on as such: they may lie before the watermark of the left side. */
  readonly hasRightTime: boolean;
  /** Those of the left, then of the right. */
  readonly fields: readonly Field[];
  readonly maxRows: number;
  /** Of the join or subquery in the text. */
  readonly span: Span | undefined;
}

/** Joins the left side, as it comes, with the right side, which is read to its end first. */
export function joinOperator(options: JoinOptions, environment: FunctionEnvironment): OperatorFactory {
  return buildProbeOperator({
    createProbe: () => new JoinProbe(options, environment),
    rightFields: options.rightFields,
    holdsWatermark: options.join === 'right' || options.join === 'full' || options.hasRightTime,
  });
}

class JoinProbe implements Probe {
  readonly #options: JoinOptions;
  readonly #sides: JoinSides;
  readonly #test: CompiledCondition | undefined;
  #right!: Batch;
  #index!: RowIndex;
  /** 1 for each row of the right side that found a partner; kept only where the others are asked for. */
  #found: Uint8Array | undefined;

  constructor(options: JoinOptions, environment: FunctionEnvironment) {
    this.#options = options;
    this.#sides = new JoinSides(options, environment);
    const { rest } = options.condition;
    this.#test = rest && compileCondition(rest, options.fields, environment);
  }

  build(right: Batch): void {
    this.#right = right;
    this.#index = this.#sides.index(right);
    const { join } = this.#options;
    if (join === 'right' || join === 'full') this.#found ??= new Uint8Array(right.rowCount);
  }

  *probe(left: Batch): Iterable<Batch> {
    const keepsLeft = this.#options.join === 'left' || this.#options.join === 'full';
    for (const chunk of candidatePairs(this.#sides.match(left, this.#index), this.#index, left.rowCount)) {
      const pairs = this.#tested(left, chunk);
      if (this.#options.atMostOne) checkAtMostOne(pairs, this.#options.span);
      if (this.#found) for (const row of pairs.right) this.#found[row] = 1;
      yield* this.#pieces(left, keepsLeft ? withLonely(pairs, chunk) : pairs);
    }
  }

  *finish(): Iterable<Batch> {
    if (!this.#found) return;
    const lonely = [...this.#found.keys()].filter(row => this.#found![row] === 0);
    const missing = new Int32Array(lonely.length).fill(-1);
    yield* this.#pieces(batchOfRows(this.#options.leftFields, []), { left: missing, right: Int32Array.from(lonely) });
  }

  snapshot(): unknown {
    return this.#found?.slice();
  }

  restore(state: unknown): void {
    // The state belongs to the checkpoint, from which the job may start once more.
    this.#found = (state as Uint8Array | undefined)?.slice();
  }

  #tested(left: Batch, pairs: RowPairs): RowPairs {
    if (!this.#test || pairs.left.length === 0) return pairs;
    const kept = this.#test(this.#paired(left, pairs));
    if (kept.length === pairs.left.length) return pairs;
    return { left: Int32Array.from(kept, i => pairs.left[i]!), right: Int32Array.from(kept, i => pairs.right[i]!) };
  }

  #paired(left: Batch, pairs: RowPairs): Batch {
    return pairRows(left, this.#right, pairs, this.#options.fields);
  }

  *#pieces(left: Batch, pairs: RowPairs): Iterable<Batch> {
    if (pairs.left.length === 0) return;
    const all = this.#paired(left, pairs);
    const { maxRows } = this.#options;
    for (let from = 0; from < all.rowCount; from += maxRows) yield sliceBatch(all, from, Math.min(from + maxRows, all.rowCount));
  }
}

function checkAtMostOne({ left }: RowPairs, span: Span | undefined): void {
  if (!left.some((row, i) => i > 0 && row === left[i - 1])) return;
  throw new MillraceError({ code: 'SUBQUERY_ROWS', message: 'a subquery used as a value gives several rows', ...(span && { span }) });
}

/** The pairs, with each left row of the chunk that has none beside a missing right row, in the order of the left rows. */
function withLonely(pairs: RowPairs, { from, to }: { readonly from: number; readonly to: number }): RowPairs {
  const most = pairs.left.length + to - from;
  const left = new Int32Array(most);
  const right = new Int32Array(most);
  let count = 0;
  let next = 0;
  for (let row = from; row < to; row++) {
    if (pairs.left[next] !== row) {
      left[count] = row;
      right[count++] = -1;
    }
    for (; pairs.left[next] === row; next++) {
      left[count] = row;
      right[count++] = pairs.right[next]!;
    }
  }
  return { left: left.subarray(0, count), right: right.subarray(0, count) };
}
