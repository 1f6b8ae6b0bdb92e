import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createZone } from '../../../common/zone.js';
import { batchOfRows } from '../../../spec/batch.js';
import { INT, timestamp, timestampLtz } from '../../../spec/data-type.js';
import { createFakeClock } from '../../../testing/fake-clock.js';
import { opened, OperatorBench } from './operator-bench.test.fixture.js';
import { windowTableOperator } from './window-table.js';

const SECOND = 1_000_000;
const TUMBLE = { kind: 'tumble', sizeMicros: 10 * SECOND, offsetMicros: 0 } as const;
const FIELDS = [
  { name: 'n', type: INT },
  { name: 'ts', type: timestampLtz(3) },
  { name: 'window_start', type: timestamp(3) },
  { name: 'window_end', type: timestamp(3) },
  { name: 'window_time', type: timestampLtz(3) },
];

test('each row gets the start, the end and the last millisecond of its window', async () => {
  const bench = new OperatorBench();
  const operator = await opened(windowTableOperator({ window: TUMBLE, time: 1, timeAttribute: 'rowtime', fields: FIELDS })(bench.context));
  void operator.push(
    batchOfRows(FIELDS.slice(0, 2), [
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
    FIELDS.slice(2).map(field => field.type),
  );
});

test('a row leaves once for every window it is in, and one that is in none does not', async () => {
  const bench = new OperatorBench();
  const window = { kind: 'hop', slideMicros: 5 * SECOND, sizeMicros: 10 * SECOND, offsetMicros: 0 } as const;
  const operator = await opened(windowTableOperator({ window, time: 1, timeAttribute: 'rowtime', fields: FIELDS })(bench.context));
  void operator.push(batchOfRows(FIELDS.slice(0, 2), [[1, 7 * SECOND]]), 0);
  assert.deepEqual(
    bench.rows.map(row => row.slice(2, 4)),
    [
      [0, 10 * SECOND],
      [5 * SECOND, 15 * SECOND],
    ],
  );
  const gaps = { kind: 'hop', slideMicros: 10 * SECOND, sizeMicros: SECOND, offsetMicros: 0 } as const;
  const empty = new OperatorBench();
  const other = await opened(windowTableOperator({ window: gaps, time: 1, timeAttribute: 'rowtime', fields: FIELDS })(empty.context));
  void other.push(batchOfRows(FIELDS.slice(0, 2), [[1, 7 * SECOND]]), 0);
  assert.deepEqual(empty.out, []);
});

test('rows with very many windows leave in several batches', async () => {
  const bench = new OperatorBench();
  const window = { kind: 'hop', slideMicros: SECOND, sizeMicros: 40_000 * SECOND, offsetMicros: 0 } as const;
  const operator = await opened(windowTableOperator({ window, time: 1, timeAttribute: 'rowtime', fields: FIELDS })(bench.context));
  const rows = [1, 2, 3].map(n => [n, n * SECOND]);
  void operator.push(batchOfRows(FIELDS.slice(0, 2), rows), 0);
  assert.deepEqual(
    bench.out.map(element => element.kind === 'batch' && element.rowCount),
    [40_000, 40_000, 40_000],
  );
});

test('over processing time the clock decides, and the wall clock of the zone', async () => {
  const clock = createFakeClock(7_000);
  const bench = new OperatorBench({ clock });
  const zone = createZone('+01:00');
  const operator = await opened(
    windowTableOperator({ window: TUMBLE, time: 1, timeAttribute: 'proctime', fields: FIELDS, zone })(bench.context),
  );
  void operator.push(batchOfRows(FIELDS.slice(0, 2), [[1, 0]]), 0);
  const hour = 3_600 * SECOND;
  assert.deepEqual(bench.rows, [[1, 0, hour, hour + 10 * SECOND, 10 * SECOND - 1_000]]);
});
