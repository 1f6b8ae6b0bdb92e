import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INT } from '../../../spec/data-type.js';
import { column, opened, OperatorBench } from './operator-bench.test.fixture.js';
import { transformOperator } from './transform.js';

const FIELD = { name: 'n', type: INT };

test('each batch becomes one or none; everything else passes in its place', async () => {
  const bench = new OperatorBench();
  const operator = await opened(transformOperator(batch => (batch.rowCount === 1 ? undefined : { ...batch, rowCount: 1 }))(bench.context));
  void operator.push(column(FIELD, 1), 0);
  void operator.push({ kind: 'watermark', time: 3 }, 0);
  void operator.push(column(FIELD, 2, 3), 0);
  void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
  void operator.push({ kind: 'end' }, 0);
  assert.deepEqual(bench.trace, ['W 3', [2], 'B 1', 'end']);
  assert.equal(await bench.snapshots.get(1), undefined);
  assert.ok(bench.snapshots.has(1));
});

test('credit is passed on', async () => {
  const credit = Promise.resolve();
  const bench = new OperatorBench({ onEmit: () => credit });
  const operator = await opened(transformOperator(batch => batch)(bench.context));
  assert.equal(operator.push(column(FIELD, 1), 0), credit);
});
