import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { deferred, type Deferred } from '../../../common/deferred.js';
import { MillraceError } from '../../../common/error.js';
import { batchOfRows, type Batch, type Value } from '../../../spec/batch.js';
import { BOOLEAN, INT, STRING } from '../../../spec/data-type.js';
import type { Prediction, Predictor } from '../../../spec/predictor.js';
import type { Operator } from '../operator.js';
import { opened, OperatorBench, restoredState, rowsIn, type BenchInit } from './operator-bench.test.fixture.js';
import { nextTurn as turn } from '../next-turn.js';
import { predictOperator } from './predict.js';

const INPUT = [
  { name: 'n', type: INT },
  { name: 'ask', type: BOOLEAN },
];
const OUTPUT = { name: 'text', type: STRING };

interface Submission extends Deferred<Prediction> {
  readonly values: readonly Value[];
}

/** A model that answers when the test says so. */
class ScriptedPredictor implements Predictor {
  readonly name = 'm';
  readonly ordered: boolean;
  readonly rowsPerSubmission: number;
  readonly maxPendingRows: number;
  readonly open: Submission[] = [];
  /** The first column of every submission so far. */
  readonly asked: Value[][] = [];
  readonly log: string[] = [];
  onPause: () => Promise<void> = () => Promise.resolve();

  constructor({ ordered = true, rowsPerSubmission = 1, maxPendingRows = 100 } = {}) {
    this.ordered = ordered;
    this.rowsPerSubmission = rowsPerSubmission;
    this.maxPendingRows = maxPendingRows;
  }

  submit(inputs: Batch): Promise<Prediction> {
    const values = rowsIn(inputs).map(row => row[0]!);
    const submission = { ...deferred<Prediction>(), values };
    this.asked.push(values);
    this.open.push(submission);
    return submission.promise;
  }

  /** Answers a submission: `#n` for each of its rows. */
  answer(submission: Submission, more: Partial<Prediction> = {}): void {
    this.open.splice(this.open.indexOf(submission), 1);
    submission.resolve({ outputs: texts(submission.values.map(value => `#${value as number}`)), ...more });
  }

  barrier(): void {}

  flush(): void {
    this.log.push('flush');
  }
  pause(): Promise<void> {
    this.log.push('pause');
    return this.onPause();
  }
  close(): Promise<void> {
    this.log.push('close');
    for (const { reject } of this.open) reject(new MillraceError({ code: 'INTERRUPTED', message: 'closed' }));
    return Promise.resolve();
  }
}

function texts(values: readonly string[]): Batch {
  return batchOfRows(
    [OUTPUT],
    values.map(value => [value]),
  );
}

function rows(...values: readonly number[]): Batch {
  return batchOfRows(
    INPUT,
    values.map(value => [value, true]),
  );
}

/** Rows of which only those in `asked` pass the guard; the first that does not is NULL, the others FALSE. */
function guarded(values: readonly number[], asked: readonly number[]): Batch {
  return batchOfRows(
    INPUT,
    values.map((value, i) => [value, asked.includes(value) ? true : i === 0 ? null : false]),
  );
}

interface Setup extends BenchInit {
  readonly predictor?: ScriptedPredictor;
  readonly guard?: number;
  readonly state?: unknown;
  readonly maxRows?: number;
}

async function setUp({ predictor = new ScriptedPredictor(), guard, state, maxRows = 100, ...init }: Setup = {}): Promise<{
  bench: OperatorBench;
  predictor: ScriptedPredictor;
  operator: Operator;
}> {
  const bench = new OperatorBench(init);
  const operator = await opened(
    predictOperator({ predictor, arguments: [0], guard, form: 'columns', outputs: [OUTPUT], appended: [OUTPUT], maxRows })(bench.context),
    state,
  );
  return { bench, predictor, operator };
}

/** The rows that have left, as `1#1`, with everything else. */
function trace(bench: OperatorBench): unknown[] {
  return bench.trace.map(each => (Array.isArray(each) ? `${each[0]}${each.at(-1) ?? ' -'}` : each));
}

test('in order, rows leave in the order in which they came', async () => {
  const { bench, predictor, operator } = await setUp();
  void operator.push(rows(1, 2, 3), 0);
  const [a, b, c] = [...predictor.open];
  predictor.answer(c!);
  predictor.answer(a!);
  await turn();
  assert.deepEqual(trace(bench), ['1#1']);
  predictor.answer(b!);
  await turn();
  assert.deepEqual(trace(bench), ['1#1', '2#2', '3#3']);
  assert.equal(bench.counters.get('rows_out'), 3);
});

test('out of order, rows leave with their answers, but never across a watermark or the end', async () => {
  const { bench, predictor, operator } = await setUp({ predictor: new ScriptedPredictor({ ordered: false }) });
  void operator.push(rows(1, 2), 0);
  void operator.push({ kind: 'watermark', time: 5 }, 0);
  void operator.push(rows(3), 0);
  void operator.push({ kind: 'end' }, 0);
  const [a, b, c] = [...predictor.open];
  predictor.answer(c!);
  predictor.answer(b!);
  await turn();
  assert.deepEqual(trace(bench), ['2#2']);
  predictor.answer(a!);
  await turn();
  assert.deepEqual(trace(bench), ['2#2', '1#1', 'W 5', '3#3', 'end']);
});

test('answers that arrive together leave in one batch', async () => {
  const { bench, predictor, operator } = await setUp();
  void operator.push(rows(1, 2, 3), 0);
  for (const submission of predictor.open.slice()) predictor.answer(submission);
  await turn();
  assert.deepEqual(
    bench.out.map(element => element.kind === 'batch' && element.rowCount),
    [3],
  );
});

test('what arrives is cut into submissions of the size that the model wants', async () => {
  const { predictor, operator } = await setUp({ predictor: new ScriptedPredictor({ rowsPerSubmission: 2 }) });
  void operator.push(rows(1, 2, 3), 0);
  assert.deepEqual(predictor.asked, [[1, 2], [3]]);
});

test('the end lets batches leave that are not full', async () => {
  const { predictor, operator } = await setUp();
  void operator.push(rows(1), 0);
  assert.deepEqual(predictor.log, []);
  void operator.push({ kind: 'end' }, 0);
  assert.deepEqual(predictor.log, ['flush']);
});

for (const rowsPerSubmission of [1, 3]) {
  test(`rows that do not pass the guard go past the model and keep their place: ${rowsPerSubmission} a submission`, async () => {
    const predictor = new ScriptedPredictor({ rowsPerSubmission });
    const { bench, operator } = await setUp({ predictor, guard: 1 });
    void operator.push(guarded([1, 2, 3, 4, 5], [2, 4]), 0);
    assert.deepEqual(predictor.asked.flat(), [2, 4]);
    for (const submission of [...predictor.open].toReversed()) predictor.answer(submission);
    await turn();
    assert.deepEqual(trace(bench), ['1 -', '2#2', '3 -', '4#4', '5 -']);
  });
}

test('rows before the first that is asked for do not wait', async () => {
  const { bench, operator } = await setUp({ guard: 1 });
  void operator.push(guarded([1, 2, 3], [3]), 0);
  await turn();
  assert.deepEqual(trace(bench), ['1 -', '2 -']);
});

test('skipped rows vanish, and several answers make several rows', async () => {
  const predictor = new ScriptedPredictor({ rowsPerSubmission: 3 });
  const { bench, operator } = await setUp({ predictor });
  void operator.push(rows(1, 2, 3), 0);
  predictor.answer(predictor.open[0]!, { outputs: texts(['a', 'b', 'c']), inputOf: Uint32Array.of(0, 2, 2) });
  await turn();
  assert.deepEqual(trace(bench), ['1a', '3b', '3c']);
  void operator.push(rows(4), 0);
  predictor.answer(predictor.open[0]!, { outputs: texts([]), inputOf: new Uint32Array(0) });
  void operator.push({ kind: 'end' }, 0);
  await turn();
  assert.deepEqual(trace(bench).slice(3), ['end']);
});

test('a barrier does not wait; the checkpoint holds exactly the rows that have not left, with the answers that have come', async () => {
  const { bench, predictor, operator } = await setUp();
  void operator.push(rows(1, 2, 3), 0);
  void operator.push({ kind: 'watermark', time: 9 }, 0);
  const [a, , c] = [...predictor.open];
  predictor.answer(a!);
  predictor.answer(c!);
  await turn();
  void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
  assert.deepEqual(trace(bench), ['1#1', 'B 1']);
  const after = await setUp({ state: await restoredState(bench, 1) });
  assert.deepEqual(after.predictor.asked, [[2]]);
  after.predictor.answer(after.predictor.open[0]!);
  await turn();
  assert.deepEqual(trace(after.bench), ['2#2', '3#3', 'W 9']);
});

test('the end is not in the checkpoint: the sources say it again', async () => {
  const { bench, operator } = await setUp();
  void operator.push(rows(1), 0);
  void operator.push({ kind: 'end' }, 0);
  void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
  const after = await setUp({ state: await restoredState(bench, 1) });
  after.predictor.answer(after.predictor.open[0]!);
  await turn();
  assert.deepEqual(trace(after.bench), ['1#1']);
});

test('beyond the limit of pending rows the sender waits, and what it sent is kept', async () => {
  const predictor = new ScriptedPredictor({ maxPendingRows: 2 });
  const { bench, operator } = await setUp({ predictor });
  let hasCredit = false;
  const credit = operator.push(rows(1, 2, 3, 4), 0);
  assert.ok(credit instanceof Promise);
  void credit.then(() => {
    hasCredit = true;
  });
  void operator.push({ kind: 'watermark', time: 1 }, 0);
  assert.deepEqual(predictor.asked, [[1], [2]]);
  void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
  predictor.answer(predictor.open[0]!);
  await turn();
  assert.deepEqual([predictor.asked.flat(), hasCredit], [[1, 2, 3], false]);
  predictor.answer(predictor.open[0]!);
  predictor.answer(predictor.open[0]!);
  await turn();
  assert.equal(hasCredit, true);
  const after = await setUp({ predictor: new ScriptedPredictor({ maxPendingRows: 2 }), state: await restoredState(bench, 1) });
  for (let i = 0; i < 4; i++) {
    after.predictor.answer(after.predictor.open[0]!);
    await turn();
  }
  assert.deepEqual(trace(after.bench), ['1#1', '2#2', '3#3', '4#4', 'W 1']);
});

test('rows wait for the credit of those before them', async () => {
  const credit = deferred<void>();
  const { bench, predictor, operator } = await setUp({ maxRows: 1, onEmit: () => credit.promise });
  void operator.push(rows(1, 2), 0);
  for (const submission of predictor.open.slice()) predictor.answer(submission);
  await turn();
  assert.deepEqual(trace(bench), ['1#1']);
  credit.resolve();
  await turn();
  assert.deepEqual(trace(bench), ['1#1', '2#2']);
});

test('a model that gives up stops the job', async () => {
  const { bench, predictor, operator } = await setUp();
  void operator.push(rows(1), 0);
  const failure = new MillraceError({ code: 'UNAUTHORIZED', message: 'no' });
  predictor.open[0]!.reject(failure);
  await turn();
  assert.deepEqual(bench.failures, [failure]);
});

test('what a later operator refuses stops the job', async () => {
  const { bench, predictor, operator } = await setUp({
    onEmit: () => {
      throw new Error('refused');
    },
  });
  void operator.push(rows(1), 0);
  predictor.answer(predictor.open[0]!);
  await turn();
  assert.deepEqual(bench.failures, [new Error('refused')]);
});

test('closed, it gives up its rows without a failure and lets its sender go', async () => {
  const predictor = new ScriptedPredictor({ maxPendingRows: 1 });
  const { bench, operator } = await setUp({ predictor });
  const credit = operator.push(rows(1, 2), 0);
  await operator.close();
  await credit;
  await turn();
  assert.deepEqual([predictor.log, bench.failures, bench.out], [['close'], [], []]);
});

test('paused, it starts no call, keeps what comes, and waits until the answers under way have left', async () => {
  const calls = deferred<void>();
  const predictor = new ScriptedPredictor({ maxPendingRows: 2 });
  predictor.onPause = () => calls.promise;
  const credit = deferred<void>();
  const { bench, operator } = await setUp({ predictor, onEmit: element => (element.kind === 'batch' ? credit.promise : undefined) });
  const sent = operator.push(rows(1, 2, 3), 0);
  let isPaused = false;
  const paused = operator.pause!().then(() => {
    isPaused = true;
  });
  await sent;
  assert.equal(operator.push(rows(4), 0), undefined);
  predictor.answer(predictor.open[0]!);
  await turn();
  predictor.answer(predictor.open[0]!);
  calls.resolve();
  await turn();
  assert.deepEqual([trace(bench), isPaused], [['1#1'], false]);
  credit.resolve();
  await paused;
  assert.deepEqual(
    [trace(bench), predictor.asked.flat()],
    [
      ['1#1', '2#2'],
      [1, 2],
    ],
  );
  void operator.push({ kind: 'watermark', time: 3 }, 0);
  void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
  const after = await setUp({ state: await restoredState(bench, 1) });
  assert.deepEqual(after.predictor.asked.flat(), [3, 4]);
});

const STEP = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('push' as const), rows: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('answer' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'watermark' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

for (const ordered of [true, false]) {
  test(`property: ${ordered ? 'in order' : 'out of order'}, with a guard and restarts, every row leaves once on its side of the watermarks, within the limit`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(STEP, { maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 3 }),
        async (steps, maxPendingRows, rowsPerSubmission) => {
          const make = (state?: unknown): ReturnType<typeof setUp> =>
            setUp({ predictor: new ScriptedPredictor({ ordered, maxPendingRows, rowsPerSubmission }), guard: 1, state });
          let { bench, predictor, operator } = await make();
          const expected: (string | number)[] = [];
          const left: unknown[] = [];
          let next = 0;
          let time = 0;
          for (const step of steps) {
            if (step.kind === 'push') {
              const values = step.rows.map(ask => [next++, ask] as const);
              expected.push(...values.map(([value, ask]) => (ask ? `${value}#${value}` : `${value} -`)));
              void operator.push(batchOfRows(INPUT, values), 0);
            } else if (step.kind === 'watermark') {
              void operator.push({ kind: 'watermark', time: ++time }, 0);
              expected.push(`W ${time}`);
            } else if (step.kind === 'answer') {
              const submission = predictor.open[step.pick % Math.max(predictor.open.length, 1)];
              if (submission) predictor.answer(submission);
              await turn();
            } else {
              await turn();
              void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
              left.push(...trace(bench).slice(0, -1));
              const state = await restoredState(bench, 1);
              await operator.close();
              ({ bench, predictor, operator } = await make(state));
            }
            assert.ok(predictor.open.reduce((sum, { values }) => sum + values.length, 0) <= maxPendingRows);
          }
          for (;;) {
            await turn();
            const [submission] = predictor.open;
            if (!submission) break;
            predictor.answer(submission);
          }
          left.push(...trace(bench));
          assert.deepEqual(bySegment(left, ordered), bySegment(expected, ordered));
          assert.deepEqual(bench.failures, []);
        },
      ),
      { numRuns: 60 },
    );
  });
}

/** The elements; where order does not matter, sorted between the watermarks. */
function bySegment(elements: readonly unknown[], ordered: boolean): unknown[] {
  if (ordered) return [...elements];
  const parts: unknown[][] = [[]];
  for (const element of elements) {
    if (String(element).startsWith('W')) parts.push([element], []);
    else parts.at(-1)!.push(element);
  }
  return parts.flatMap(part => part.toSorted((a, b) => (String(a) < String(b) ? -1 : 1)));
}
