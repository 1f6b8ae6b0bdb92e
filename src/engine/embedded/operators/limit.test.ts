import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { INT } from '../../../spec/data-type.js';
import type { StreamElement } from '../element.js';
import { limitOperator } from './limit.js';
import { column, opened, OperatorBench, restoredState } from './operator-bench.test.fixture.js';

const FIELD = { name: 'n', type: INT };
const END: StreamElement = { kind: 'end' };

test('property: LIMIT and OFFSET are a slice of the rows, whatever the batches and wherever it is restored', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(12), fc.nat(12), fc.nat(8), async (batches, count, offset, restartAt) => {
      const limit = limitOperator({ count, offset });
      let bench = new OperatorBench();
      let operator = await opened(limit(bench.context));
      const left = [];
      let next = 0;
      for (const [i, size] of batches.entries()) {
        if (i === restartAt) {
          void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
          left.push(...bench.rows);
          const restored = new OperatorBench();
          operator = await opened(limit(restored.context), await restoredState(bench, 1));
          bench = restored;
        }
        void operator.push(column(FIELD, ...Array.from({ length: size }, () => next++)), 0);
      }
      void operator.push(END, 0);
      left.push(...bench.rows);
      assert.deepEqual(left.flat(), Array.from({ length: next }, (_, n) => n).slice(offset, offset + count));
      assert.equal(bench.trace.filter(each => each === 'end').length, 1);
      assert.equal(bench.trace.at(-1), 'end');
    }),
  );
});

test('the end comes with the last row, behind a final watermark, and nothing follows it but barriers', async () => {
  const bench = new OperatorBench();
  const limit = await opened(limitOperator({ count: 2, offset: 1 })(bench.context));
  void limit.push({ kind: 'watermark', time: 1 }, 0);
  void limit.push(column(FIELD, 1, 2, 3, 4), 0);
  void limit.push({ kind: 'watermark', time: 2 }, 0);
  void limit.push(column(FIELD, 5), 0);
  void limit.push({ kind: 'barrier', checkpoint: 1 }, 0);
  void limit.push(END, 0);
  assert.deepEqual(bench.trace, ['W 1', [2], [3], 'W Infinity', 'end', 'B 1']);
});

test('LIMIT 0 ends at once', async () => {
  const bench = new OperatorBench();
  await opened(limitOperator({ count: 0, offset: 3 })(bench.context));
  assert.deepEqual(bench.trace, ['W Infinity', 'end']);
});

test('a limit that was reached before the checkpoint needs no row to end again', async () => {
  const bench = new OperatorBench();
  await opened(limitOperator({ count: 3, offset: 2 })(bench.context), 5);
  assert.deepEqual(bench.trace, ['W Infinity', 'end']);
});

test('without a count only the first rows are left out', async () => {
  const bench = new OperatorBench();
  const limit = await opened(limitOperator({ count: Infinity, offset: 3 })(bench.context));
  void limit.push(column(FIELD, 1, 2), 0);
  void limit.push(column(FIELD, 3, 4, 5), 0);
  assert.deepEqual(bench.trace, [[4], [5]]);
});

test('the credit of the last rows is passed on', async () => {
  let release = (): void => {};
  const credit = new Promise<void>(resolve => {
    release = resolve;
  });
  const bench = new OperatorBench({ onEmit: element => (element.kind === 'batch' ? credit : undefined) });
  const limit = await opened(limitOperator({ count: 1, offset: 0 })(bench.context));
  const waited = limit.push(column(FIELD, 1), 0);
  assert.ok(waited instanceof Promise);
  release();
  await waited;
});
