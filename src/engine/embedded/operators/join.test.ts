import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INT } from '../../../spec/data-type.js';
import { columnRef, ENVIRONMENT } from '../compile/build-expression.test.fixture.js';
import type { StreamElement } from '../element.js';
import type { Operator } from '../operator.js';
import { joinOperator } from './join.js';
import { column, opened, OperatorBench } from './operator-bench.test.fixture.js';

const LEFT = { name: 'l', type: INT };
const RIGHT = { name: 'r', type: INT };
const END: StreamElement = { kind: 'end' };

function openFullJoin(bench: OperatorBench, state?: unknown): Promise<Operator> {
  const key = { left: columnRef([LEFT], 0), right: columnRef([RIGHT], 0), nullsAreEqual: false };
  const factory = joinOperator(
    {
      join: 'full',
      condition: { keys: [key], rest: undefined },
      leftFields: [LEFT],
      rightFields: [RIGHT],
      fields: [LEFT, RIGHT],
      atMostOne: false,
      hasRightTime: false,
      maxRows: 10,
      span: undefined,
    },
    ENVIRONMENT,
  );
  return opened(factory(bench.context), state);
}

test('a checkpoint can be started from more than once: rows that find partners later do not change it', async () => {
  const first = new OperatorBench();
  const operator = await openFullJoin(first);
  void operator.push(column(RIGHT, 1, 2, 3), 1);
  void operator.push(END, 1);
  void operator.push(column(LEFT, 1), 0);
  for (const port of [0, 1]) void operator.push({ kind: 'barrier', checkpoint: 1 }, port);
  const state = await first.snapshots.get(1)!;
  for (const [found, lonely] of [
    [2, 3],
    [3, 2],
  ] as const) {
    const bench = new OperatorBench();
    const restored = await openFullJoin(bench, state);
    void restored.push(END, 1);
    void restored.push(column(LEFT, found), 0);
    void restored.push(END, 0);
    assert.deepEqual(bench.rows, [
      [found, found],
      [null, lonely],
    ]);
  }
});
