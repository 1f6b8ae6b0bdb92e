import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred, type Deferred } from '../../../common/deferred.js';
import { concatBatches, type Batch } from '../../../spec/batch.js';
import { INT } from '../../../spec/data-type.js';
import type { StreamElement } from '../element.js';
import { nextTurn as turn } from '../next-turn.js';
import type { Operator } from '../operator.js';
import { column, opened, OperatorBench, restoredState } from './operator-bench.test.fixture.js';
import { wholeInputOperator, type WholeInputOptions } from './whole-input.js';

const FIELD = { name: 'n', type: INT };
const END: StreamElement = { kind: 'end' };
const barrier = (checkpoint: number): StreamElement => ({ kind: 'barrier', checkpoint });

function rows(...values: number[]): Batch {
  return column(FIELD, ...values);
}

/** All rows of both inputs, the second first, two at a time. */
const OPTIONS: WholeInputOptions = {
  inputs: [[FIELD], [FIELD]],
  maxRows: 2,
  compute: ([left, right]) => concatBatches([right!, left!]),
};

/** A bench whose reader gives credit for a batch when the test says so. */
class SlowBench extends OperatorBench {
  static create(): SlowBench {
    const credits: Deferred<void>[] = [];
    const bench = new SlowBench({
      onEmit(element) {
        if (element.kind !== 'batch') return;
        const credit = deferred<void>();
        credits.push(credit);
        return credit.promise;
      },
    });
    bench.credits = credits;
    return bench;
  }

  credits: Deferred<void>[] = [];

  async giveCredit(): Promise<void> {
    this.credits.shift()!.resolve();
    await turn();
  }
}

async function open(bench: OperatorBench, state?: unknown): Promise<Operator> {
  return opened(wholeInputOperator(OPTIONS)(bench.context), state);
}

test('nothing leaves before every input has ended; watermarks of the input mean nothing to the result', async () => {
  const bench = new OperatorBench();
  const operator = await open(bench);
  void operator.push(rows(1), 0);
  void operator.push({ kind: 'watermark', time: 5 }, 0);
  void operator.push(END, 0);
  void operator.push(rows(2), 1);
  assert.deepEqual(bench.trace, []);
  void operator.push(END, 1);
  await turn();
  assert.deepEqual(bench.trace, [[2], [1], 'W Infinity', 'end']);
});

test('no rows give the result of no rows', async () => {
  const bench = new OperatorBench();
  const operator = await open(bench);
  void operator.push(END, 1);
  void operator.push(END, 0);
  await turn();
  assert.deepEqual(bench.trace, ['W Infinity', 'end']);
});

test('each piece of the result waits for the credit of the one before', async () => {
  const bench = SlowBench.create();
  const operator = await open(bench);
  void operator.push(rows(1, 2, 3, 4, 5), 0);
  void operator.push(END, 0);
  void operator.push(END, 1);
  await turn();
  assert.deepEqual(bench.rows, [[1], [2]]);
  await bench.giveCredit();
  assert.deepEqual(bench.rows, [[1], [2], [3], [4]]);
  await bench.giveCredit();
  assert.deepEqual(bench.trace, [[1], [2], [3], [4], [5]]);
  await bench.giveCredit();
  assert.deepEqual(bench.trace.slice(5), ['W Infinity', 'end']);
});

test('a checkpoint in the middle of sending continues behind the rows before its barrier', async () => {
  const bench = SlowBench.create();
  const operator = await open(bench);
  void operator.push(rows(1, 2, 3, 4, 5), 0);
  void operator.push(END, 0);
  void operator.push(END, 1);
  await turn();
  void operator.push(barrier(1), 0);
  void operator.push(barrier(1), 1);
  assert.deepEqual(bench.trace, [[1], [2], 'B 1']);

  const after = new OperatorBench();
  const restored = await open(after, await restoredState(bench, 1));
  void restored.push(END, 1);
  void restored.push(END, 0);
  await turn();
  assert.deepEqual(after.trace, [[3], [4], [5], 'W Infinity', 'end']);
});

test('rows before a checkpoint are kept in it, and those behind it are not', async () => {
  const bench = new OperatorBench();
  const operator = await open(bench);
  void operator.push(rows(1), 0);
  void operator.push(barrier(1), 0);
  void operator.push(rows(2), 0);
  void operator.push(rows(3), 1);
  void operator.push(barrier(1), 1);
  const after = new OperatorBench();
  const restored = await open(after, await restoredState(bench, 1));
  void restored.push(END, 1);
  void restored.push(END, 0);
  await turn();
  assert.deepEqual(after.rows, [[3], [1]]);
});

test('a checkpoint behind the last row holds no rows, and the end comes again without them', async () => {
  const bench = new OperatorBench();
  const operator = await open(bench);
  void operator.push(rows(1, 2, 3), 0);
  void operator.push(END, 0);
  void operator.push(END, 1);
  await turn();
  void operator.push(barrier(1), 0);
  void operator.push(barrier(1), 1);
  const state = await restoredState(bench, 1);
  assert.deepEqual(state, { inputs: [[], []], sent: Infinity });
  const after = new OperatorBench();
  const restored = await open(after, state);
  void restored.push(END, 0);
  void restored.push(END, 1);
  await turn();
  assert.deepEqual(after.trace, ['W Infinity', 'end']);
});

test('what fails while the result is computed fails the job; what is closed sends no more', async () => {
  const failing = new OperatorBench();
  const broken = await opened(
    wholeInputOperator({
      ...OPTIONS,
      compute() {
        throw new Error('too many');
      },
    })(failing.context),
  );
  void broken.push(END, 0);
  void broken.push(END, 1);
  await turn();
  assert.deepEqual(failing.failures.map(String), ['Error: too many']);

  const bench = SlowBench.create();
  const operator = await open(bench);
  void operator.push(rows(1, 2, 3), 0);
  void operator.push(END, 0);
  void operator.push(END, 1);
  await turn();
  await operator.close();
  await bench.giveCredit();
  assert.deepEqual(bench.trace, [[1], [2]]);
});

test('rows that a compaction drops or does not admit are not in the checkpoint', async () => {
  const bench = new OperatorBench();
  const operator = await opened(
    wholeInputOperator({
      inputs: [[FIELD]],
      maxRows: 10,
      compute: ([batch]) => batch!,
      compact: { whenRows: 3, apply: () => rows(7), admit: (batch, kept) => (kept.rowCount === 1 ? rows() : batch) },
    })(bench.context),
  );
  void operator.push(rows(1, 2), 0);
  void operator.push(rows(3), 0);
  void operator.push(rows(4), 0);
  void operator.push(barrier(1), 0);
  void operator.push(END, 0);
  await turn();
  assert.deepEqual(bench.trace, ['B 1', [7], 'W Infinity', 'end']);
  assert.equal(((await restoredState(bench, 1)) as { inputs: Batch[][] }).inputs[0]!.length, 1);
});
