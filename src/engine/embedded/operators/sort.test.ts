import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { batchOfRows, type Value } from '../../../spec/batch.js';
import { INT } from '../../../spec/data-type.js';
import { nextTurn as turn } from '../next-turn.js';
import { opened, OperatorBench, restoredState } from './operator-bench.test.fixture.js';
import { sortOperator, type SortOptions } from './sort.js';

const FIELDS = [
  { name: 'k', type: INT },
  { name: 'id', type: INT },
];
const ASCENDING = { index: 0, descending: false, nullsFirst: true };
const ALL: SortOptions = { fields: FIELDS, keys: [ASCENDING], partition: [], count: Infinity, offset: 0, maxRows: 1_000 };

/** The ids of the rows as they leave. Rows get ids in their order; `restartAt` is the batch before which the operator is restored. */
async function sortedIds(options: SortOptions, batches: readonly (readonly Value[])[], restartAt = -1): Promise<Value[]> {
  let bench = new OperatorBench();
  let operator = await opened(sortOperator(options)(bench.context));
  let id = 0;
  for (const [i, keys] of batches.entries()) {
    if (i === restartAt) {
      void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
      const restored = new OperatorBench();
      operator = await opened(sortOperator(options)(restored.context), await restoredState(bench, 1));
      bench = restored;
    }
    void operator.push(
      batchOfRows(
        FIELDS,
        keys.map(key => [key, id++]),
      ),
      0,
    );
  }
  void operator.push({ kind: 'end' }, 0);
  await turn();
  return bench.rows.map(row => row[1]!);
}

/** What a stable sort of the rows gives. */
function expected(batches: readonly (readonly Value[])[], { count, offset }: SortOptions): number[] {
  const keys = batches.flat() as (number | null)[];
  const order = [...keys.keys()].toSorted((a, b) => (keys[a] ?? -Infinity) - (keys[b] ?? -Infinity) || a - b);
  return order.slice(offset, offset + count);
}

test('NULLs stand where the key says, equal rows as they came', async () => {
  assert.deepEqual(
    await sortedIds(ALL, [
      [2, null, 1],
      [1, null],
    ]),
    [1, 4, 2, 3, 0],
  );
  const descending = { ...ALL, keys: [{ index: 0, descending: true, nullsFirst: false }] };
  assert.deepEqual(
    await sortedIds(descending, [
      [2, null, 1],
      [1, null, 2],
    ]),
    [0, 5, 2, 3, 1, 4],
  );
});

test('property: a limit gives the same rows as sorting all of them, over compactions and a restart', async () => {
  const keys = fc.array(fc.option(fc.integer({ min: 0, max: 3_000 })), { minLength: 1_500, maxLength: 2_500 });
  const batches = fc.array(keys, { minLength: 3, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(batches, fc.nat(20), fc.nat(20), fc.nat(8), async (input, count, offset, restartAt) => {
      const options = { ...ALL, count, offset };
      assert.deepEqual(await sortedIds(options, input, restartAt), expected(input, options));
    }),
    { numRuns: 15 },
  );
});

test('rows that are ever better, ever worse or all equal', async () => {
  const options = { ...ALL, count: 3 };
  const batches = (key: (row: number) => number): number[][] =>
    Array.from({ length: 10 }, (_, b) => Array.from({ length: 1_000 }, (__, i) => key(b * 1_000 + i)));
  assert.deepEqual(
    await sortedIds(
      options,
      batches(row => -row),
    ),
    [9_999, 9_998, 9_997],
  );
  assert.deepEqual(
    await sortedIds(
      options,
      batches(row => row),
    ),
    [0, 1, 2],
  );
  assert.deepEqual(
    await sortedIds(
      options,
      batches(() => 5),
    ),
    [0, 1, 2],
  );
});

test('the checkpoint of a limit holds few rows', async () => {
  const bench = new OperatorBench();
  const operator = await opened(sortOperator({ ...ALL, count: 10 })(bench.context));
  for (let b = 0; b < 20; b++)
    void operator.push(
      batchOfRows(
        FIELDS,
        Array.from({ length: 1_000 }, (_, i) => [(i * 7_919) % 1_000, b]),
      ),
      0,
    );
  void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
  const { inputs } = (await restoredState(bench, 1)) as { inputs: { rowCount: number }[][] };
  assert.ok(inputs[0]!.reduce((sum, batch) => sum + batch.rowCount, 0) < 5_000);
});

test('in partitions each has its own first rows, and the order is that of all', async () => {
  const options = { ...ALL, keys: [{ index: 1, descending: true, nullsFirst: false }], partition: [0], count: 1, offset: 1 };
  assert.deepEqual(
    await sortedIds(options, [
      [1, 2, 1],
      [null, 2, null, 3],
    ]),
    [3, 1, 0],
  );
});

test('a limit of no rows, and an offset beyond the last', async () => {
  assert.deepEqual(await sortedIds({ ...ALL, count: 0 }, [[1, 2]]), []);
  assert.deepEqual(await sortedIds({ ...ALL, count: 5, offset: 2 }, [[1, 2]]), []);
});
