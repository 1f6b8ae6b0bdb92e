import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchOfRows, RowKind, type Batch, type Value } from '../../../spec/batch.js';
import { DOUBLE, STRING } from '../../../spec/data-type.js';
import { nextTurn as turn } from '../next-turn.js';
import { materializeOperator } from './materialize.js';
import { opened, OperatorBench } from './operator-bench.test.fixture.js';

const FIELDS = [
  { name: 's', type: STRING },
  { name: 'd', type: DOUBLE },
];

function changes(...rows: readonly (readonly [RowKind, Value, Value])[]): Batch {
  return batchOfRows(
    FIELDS,
    rows.map(([, ...row]) => row),
    Uint8Array.from(rows, ([kind]) => kind),
  );
}

async function remaining(...batches: readonly Batch[]): Promise<{ rows: Value[][]; kinds: unknown[] }> {
  const bench = new OperatorBench();
  const operator = await opened(materializeOperator({ fields: FIELDS, maxRows: 100 })(bench.context));
  for (const batch of batches) void operator.push(batch, 0);
  void operator.push({ kind: 'end' }, 0);
  await turn();
  return { rows: bench.rows, kinds: bench.out.flatMap(element => (element.kind === 'batch' ? [element.rowKinds] : [])) };
}

const { INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE } = RowKind;

test('updates and deletes are over before the first row leaves, and what leaves are inserts', async () => {
  const { rows, kinds } = await remaining(
    changes([INSERT, 'a', 1], [INSERT, 'b', 1]),
    changes([UPDATE_BEFORE, 'a', 1], [UPDATE_AFTER, 'a', 2], [INSERT, 'c', null]),
    changes([DELETE, 'b', 1]),
  );
  assert.deepEqual(rows, [
    ['a', 2],
    ['c', null],
  ]);
  assert.deepEqual(kinds, [undefined]);
});

test('of equal rows a retraction takes back one, also with NULL and NaN in them', async () => {
  const { rows } = await remaining(
    changes([INSERT, null, NaN], [INSERT, null, NaN], [INSERT, 'x', 0], [DELETE, null, NaN], [INSERT, null, null]),
  );
  assert.deepEqual(rows, [
    [null, NaN],
    ['x', 0],
    [null, null],
  ]);
});

test('each of several retractions takes back the latest equal row that is left', async () => {
  const added = changes([INSERT, 'a', 1], [INSERT, 'x', 0], [INSERT, 'a', 1], [INSERT, 'y', 0], [INSERT, 'a', 1]);
  const rowsAfter = async (count: number): Promise<Value[]> => {
    const { rows } = await remaining(added, ...Array.from({ length: count }, () => changes([DELETE, 'a', 1])));
    return rows.map(([s]) => s!);
  };
  assert.deepEqual(await rowsAfter(1), ['a', 'x', 'a', 'y']);
  assert.deepEqual(await rowsAfter(2), ['a', 'x', 'y']);
  assert.deepEqual(await rowsAfter(3), ['x', 'y']);
});

test('batches of inserts pass among those of changes', async () => {
  const { rows } = await remaining(batchOfRows(FIELDS, [['a', 1]]), changes([DELETE, 'a', 1], [INSERT, 'b', 2]));
  assert.deepEqual(rows, [['b', 2]]);
  assert.deepEqual((await remaining()).rows, []);
});
