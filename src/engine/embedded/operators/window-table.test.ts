import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { batchOfRows } from '../../../spec/batch.js';
import { INT, timestamp, timestampLtz } from '../../../spec/data-type.js';
import { opened, OperatorBench } from './operator-bench.test.fixture.js';
import { windowStart, windowTableOperator } from './window-table.js';

const SECOND = 1_000_000;

test('each row gets the start, the end and the last millisecond of its window', async () => {
  const fields = [
    { name: 'n', type: INT },
    { name: 'ts', type: timestampLtz(3) },
    { name: 'window_start', type: timestamp(3) },
    { name: 'window_end', type: timestamp(3) },
    { name: 'window_time', type: timestampLtz(3) },
  ];
  const bench = new OperatorBench();
  const window = { kind: 'tumble', sizeMicros: 10 * SECOND, offsetMicros: 0 } as const;
  const operator = await opened(windowTableOperator({ window, time: 1, fields })(bench.context));
  void operator.push(
    batchOfRows(fields.slice(0, 2), [
      [1, 0],
      [2, 10 * SECOND - 1],
      [3, 10 * SECOND],
      [4, -1],
    ]),
    0,
  );
  assert.deepEqual(bench.rows, [
    [1, 0, 0, 10 * SECOND, 10 * SECOND - 1_000],
    [2, 10 * SECOND - 1, 0, 10 * SECOND, 10 * SECOND - 1_000],
    [3, 10 * SECOND, 10 * SECOND, 20 * SECOND, 20 * SECOND - 1_000],
    [4, -1, -10 * SECOND, 0, -1_000],
  ]);
  const batch = bench.out[0]!;
  assert.ok(batch.kind === 'batch');
  assert.deepEqual(
    batch.columns.slice(2).map(column => column.type),
    fields.slice(2).map(field => field.type),
  );
});

test('property: a window holds its time, and starts a whole number of sizes from the offset', () => {
  const sizes = fc.integer({ min: 1, max: 1_000_000 }).map(millis => millis * 1_000);
  fc.assert(
    fc.property(
      fc.maxSafeInteger().map(time => Math.trunc(time / 1_000)),
      sizes,
      fc.integer({ min: -1_000_000, max: 1_000_000 }),
      (time, sizeMicros, offsetMicros) => {
        const start = windowStart(time, { kind: 'tumble', sizeMicros, offsetMicros });
        assert.ok(start <= time && time < start + sizeMicros);
        assert.equal(Math.abs((start - offsetMicros) % sizeMicros), 0);
      },
    ),
  );
});
