import type { FunctionEnvironment } from '../../../planner/functions/function.js';
import type { Batch } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import { compileCondition, type CompiledCondition } from '../compile/compile-calc.js';
import type { OperatorFactory } from '../operator.js';
import { buildProbeOperator, type Probe } from './build-probe.js';
import { JoinSides, type JoinSidesOptions } from './join-sides.js';
import { pairRows } from './pair-rows.js';
import type { RowKey } from './row-index.js';

export interface TemporalJoinOptions extends JoinSidesOptions {
  readonly join: 'inner' | 'left';
  readonly leftTime: number;
  readonly rightTime: number;
  /** Those of the left, then of the right. */
  readonly fields: readonly Field[];
}

/** Joins each row of the left with the version of its key that was valid at its time; see the logical `TemporalJoin`. */
export function temporalJoinOperator(options: TemporalJoinOptions, environment: FunctionEnvironment): OperatorFactory {
  return buildProbeOperator({
    createProbe: () => new TemporalProbe(options, environment),
    rightFields: options.rightFields,
    holdsWatermark: false,
  });
}

class TemporalProbe implements Probe {
  readonly #options: TemporalJoinOptions;
  readonly #sides: JoinSides;
  readonly #test: CompiledCondition | undefined;
  #right!: Batch;
  /** Rows of the right side by key, in the order in which they begin. */
  readonly #versions = new Map<RowKey, number[]>();

  constructor(options: TemporalJoinOptions, environment: FunctionEnvironment) {
    this.#options = options;
    this.#sides = new JoinSides(options, environment);
    const { rest } = options.condition;
    this.#test = rest && compileCondition(rest, options.fields, environment);
  }

  build(right: Batch): void {
    this.#right = right;
    const keyOf = this.#sides.readRight(right);
    for (let row = 0; row < right.rowCount; row++) {
      const key = keyOf(row);
      const versions = this.#versions.get(key);
      if (versions) versions.push(row);
      else if (key !== undefined) this.#versions.set(key, [row]);
    }
    const begins = this.#begins();
    // The sort is stable: of two versions that begin together, the later row is the valid one.
    for (const versions of this.#versions.values()) versions.sort((a, b) => begins[a]! - begins[b]!);
  }

  *probe(left: Batch): Iterable<Batch> {
    const times = left.columns[this.#options.leftTime]!.values as Float64Array;
    const keyOf = this.#sides.read(left);
    const rows = Int32Array.from({ length: left.rowCount }, (_, row) => row);
    const valid = rows.map(row => this.#validAt(keyOf(row), times[row]!));
    const pairs = this.#tested(left, valid);
    const kept = this.#options.join === 'left' ? rows : rows.filter(row => pairs[row] !== -1);
    const right = kept.map(row => pairs[row]!);
    if (kept.length > 0) yield pairRows(left, this.#right, { left: kept, right }, this.#options.fields);
  }

  finish(): Iterable<Batch> {
    return [];
  }

  snapshot(): unknown {
    return undefined;
  }

  restore(): void {}

  #begins(): Float64Array {
    return this.#right.columns[this.#options.rightTime]!.values as Float64Array;
  }

  /** The last version that began at `time` or before; -1 for none. */
  #validAt(key: RowKey, time: number): number {
    const versions = this.#versions.get(key);
    if (!versions) return -1;
    const begins = this.#begins();
    let [low, high] = [0, versions.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (begins[versions[middle]!]! <= time) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? -1 : versions[low - 1]!;
  }

  /** The valid versions, -1 for those that do not fulfil the rest of the condition. */
  #tested(left: Batch, valid: Int32Array): Int32Array {
    if (!this.#test) return valid;
    const found = Int32Array.from([...valid.keys()].filter(row => valid[row] !== -1));
    if (found.length === 0) return valid;
    const pairs = { left: found, right: found.map(row => valid[row]!) };
    const passed = new Set(Array.from(this.#test(pairRows(left, this.#right, pairs, this.#options.fields)), place => found[place]!));
    return valid.map((version, row) => (passed.has(row) ? version : -1));
  }
}
