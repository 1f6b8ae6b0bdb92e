import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnOf, type Batch } from '../../../spec/batch.js';
import { INT } from '../../../spec/data-type.js';
import type { StreamElement } from '../element.js';
import type { Operator } from '../operator.js';
import { buildProbeOperator, type Probe } from './build-probe.js';
import { column, opened, OperatorBench, restoredState } from './operator-bench.test.fixture.js';

const FIELD = { name: 'n', type: INT };
const END: StreamElement = { kind: 'end' };
const barrier = (checkpoint: number): StreamElement => ({ kind: 'barrier', checkpoint });
const watermark = (time: number): StreamElement => ({ kind: 'watermark', time });

function rows(...values: number[]): Batch {
  return column(FIELD, ...values);
}

/** Gives each row of the left with the number of rows of the right behind it, and at the end how many rows it saw. */
class CountingProbe implements Probe {
  #right = 0;
  #seen = 0;

  build(right: Batch): void {
    this.#right = right.rowCount;
  }

  *probe(left: Batch): Iterable<Batch> {
    this.#seen += left.rowCount;
    const count = columnOf(
      INT,
      Array.from({ length: left.rowCount }, () => this.#right),
    );
    yield { ...left, columns: [...left.columns, count] };
  }

  finish(): Iterable<Batch> {
    return [rows(this.#seen)];
  }

  snapshot(): unknown {
    return this.#seen;
  }

  restore(state: unknown): void {
    this.#seen = state as number;
  }
}

async function open(
  bench: OperatorBench,
  { state, holdsWatermark = false }: { state?: unknown; holdsWatermark?: boolean } = {},
): Promise<Operator> {
  const factory = buildProbeOperator({ createProbe: () => new CountingProbe(), rightFields: [FIELD], holdsWatermark });
  return opened(factory(bench.context), state);
}

test('the left side waits until the right one has ended, without being held back', async () => {
  const bench = new OperatorBench();
  const operator = await open(bench);
  assert.equal(operator.push(rows(1, 2), 0), undefined);
  void operator.push(rows(7), 1);
  void operator.push(watermark(5), 0);
  assert.deepEqual(bench.trace, []);
  void operator.push(END, 1);
  assert.deepEqual(bench.trace, [[1, 1], [2, 1], 'W 5']);
  void operator.push(rows(3), 0);
  void operator.push(END, 0);
  assert.deepEqual(bench.trace.slice(3), [[3, 1], [3], 'W Infinity', 'end']);
});

test('a left side that ends first is joined with an empty right one too', async () => {
  const bench = new OperatorBench();
  const operator = await open(bench);
  void operator.push(rows(1), 0);
  void operator.push(END, 0);
  assert.deepEqual(bench.trace, []);
  void operator.push(END, 1);
  assert.deepEqual(bench.trace.slice(0, 2), [[1, 0], [1]]);
  assert.equal(bench.trace.at(-1), 'end');
});

test('where rows come after the end of the left side, its watermark is held until then', async () => {
  const bench = new OperatorBench();
  const operator = await open(bench, { holdsWatermark: true });
  void operator.push(END, 1);
  void operator.push(watermark(5), 0);
  void operator.push(rows(1), 0);
  void operator.push(END, 0);
  assert.deepEqual(bench.trace, [[1, 0], [1], 'W Infinity', 'end']);
});

test('watermarks of the right side are of no account', async () => {
  const bench = new OperatorBench();
  const operator = await open(bench);
  void operator.push(watermark(9), 1);
  void operator.push(END, 1);
  assert.deepEqual(bench.trace, []);
});

test('a checkpoint while the left side waits keeps both sides', async () => {
  const bench = new OperatorBench();
  const operator = await open(bench);
  void operator.push(rows(1), 0);
  void operator.push(rows(7, 8), 1);
  void operator.push(barrier(1), 0);
  void operator.push(rows(2), 0);
  void operator.push(barrier(1), 1);
  assert.deepEqual(bench.trace, ['B 1']);

  const after = new OperatorBench();
  const restored = await open(after, { state: await restoredState(bench, 1) });
  void restored.push(END, 1);
  void restored.push(rows(2), 0);
  void restored.push(END, 0);
  assert.deepEqual(after.rows, [[1, 2], [2, 2], [2]]);
});

test('a checkpoint among rows of the left side repeats none of them', async () => {
  const bench = new OperatorBench();
  const operator = await open(bench);
  void operator.push(rows(7, 8), 1);
  void operator.push(END, 1);
  void operator.push(rows(1), 0);
  void operator.push(barrier(1), 1);
  void operator.push(barrier(1), 0);
  void operator.push(rows(2), 0);
  assert.deepEqual(bench.trace, [[1, 2], 'B 1', [2, 2]]);

  const after = new OperatorBench();
  const restored = await open(after, { state: await restoredState(bench, 1) });
  void restored.push(END, 1);
  void restored.push(rows(2), 0);
  void restored.push(END, 0);
  assert.deepEqual(after.rows, [[2, 2], [2]]);
});

test('a checkpoint behind the end keeps no rows, and the end comes again without them', async () => {
  const bench = new OperatorBench();
  const operator = await open(bench);
  void operator.push(rows(7), 1);
  void operator.push(END, 1);
  void operator.push(rows(1), 0);
  void operator.push(END, 0);
  void operator.push(barrier(1), 0);
  void operator.push(barrier(1), 1);
  const state = await restoredState(bench, 1);
  assert.deepEqual((state as { right: unknown[] }).right, []);
  const after = new OperatorBench();
  const restored = await open(after, { state });
  void restored.push(END, 0);
  void restored.push(END, 1);
  assert.deepEqual(after.trace, ['W Infinity', 'end']);
});
