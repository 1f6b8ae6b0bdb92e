import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { deferred, type Deferred } from '../../../common/deferred.js';
import { MillraceError } from '../../../common/error.js';
import type { Batch } from '../../../spec/batch.js';
import type { ReadLimit, ReadResult, Source, Split } from '../../../spec/connector.js';
import { INT } from '../../../spec/data-type.js';
import { createFakeClock } from '../../../testing/fake-clock.js';
import { column, OperatorBench, restoredState, rowsIn } from './operator-bench.test.fixture.js';
import { nextTurn } from '../next-turn.js';
import { SourceOperator, type SourceOperatorOptions } from './source.js';

/** A source lets the event loop turn after each batch; what follows from that is done a turn later. */
async function turn(): Promise<void> {
  await nextTurn();
  await nextTurn();
}

const FIELD = { name: 'n', type: INT };

/** Splits whose reads are answered by the test. A position is the number of rows read. */
class ScriptedSource implements Source<number> {
  readonly boundedness: Source['boundedness'];
  readonly changelogMode = 'insert-only';
  readonly discoveryIntervalMs?: number;
  splits: readonly string[];
  readonly opened: [string, number | undefined][] = [];
  readonly closed: string[] = [];
  readonly reads = new Map<string, Deferred<ReadResult<number>> & { readonly from: number; readonly limit: ReadLimit }>();
  openError: Error | undefined;

  constructor(boundedness: Source['boundedness'], splits: readonly string[], discoveryIntervalMs?: number) {
    this.boundedness = boundedness;
    this.splits = splits;
    if (discoveryIntervalMs !== undefined) this.discoveryIntervalMs = discoveryIntervalMs;
  }

  listSplits(): Promise<readonly Split[]> {
    return Promise.resolve(this.splits.map(id => ({ id })));
  }

  openReader({ id }: Split, from: number | undefined): ReturnType<Source<number>['openReader']> {
    this.opened.push([id, from]);
    if (this.openError !== undefined) return Promise.reject(this.openError);
    let position = from ?? 0;
    return Promise.resolve({
      read: limit => {
        const read = { ...deferred<ReadResult<number>>(), from: position, limit };
        this.reads.set(id, read);
        return read.promise.then(result => {
          position = result.position;
          return result;
        });
      },
      close: () => {
        this.closed.push(id);
        return Promise.resolve();
      },
    });
  }

  /** Answers the read of a split that waits. */
  answer(id: string, values: readonly number[], end = false): void {
    const read = this.reads.get(id)!;
    this.reads.delete(id);
    read.resolve({ batch: values.length > 0 ? column(FIELD, ...values) : undefined, position: read.from + values.length, end });
  }
}

/** The largest value of a batch, as its event time. */
function largest(batch: Batch): number {
  return Math.max(...rowsIn(batch).map(row => row[0] as number));
}

function setUp(source: Source, { parallelism = 8, ...rest }: Partial<SourceOperatorOptions> & { parallelism?: number } = {}) {
  const clock = createFakeClock();
  const bench = new OperatorBench({ clock });
  const settings = { parallelism, maxRows: 100, maxBytes: 1_000, fillMs: 7 };
  const reader = new SourceOperator(
    { source, settings, calc: undefined, watermarkOf: undefined, outputCalc: undefined, ...rest },
    bench.context,
  );
  return { clock, bench, reader };
}

test('a bounded source is read to the end of every split, then says so', async () => {
  const source = new ScriptedSource('bounded', ['a', 'b']);
  const { bench, reader } = setUp(source, { parallelism: 1 });
  const run = reader.run();
  await turn();
  assert.deepEqual([...source.reads.keys()], ['a']);
  source.answer('a', [1, 2]);
  await turn();
  source.answer('a', [3], true);
  await turn();
  assert.deepEqual([source.closed, [...source.reads.keys()]], [['a'], ['b']]);
  source.answer('b', [], true);
  await run;
  assert.deepEqual(bench.trace, [[1], [2], [3], 'W Infinity', 'end']);
  assert.deepEqual([bench.counters.get('rows_in'), bench.counters.get('rows_out')], [3, 3]);
});

test('reads get the limits of the job', async () => {
  const source = new ScriptedSource('bounded', ['a']);
  const { reader } = setUp(source);
  const run = reader.run();
  await turn();
  const { maxRows, maxBytes, fillMs, signal } = source.reads.get('a')!.limit;
  assert.deepEqual([maxRows, maxBytes, fillMs, signal.aborted], [100, 1_000, 7, false]);
  reader.stop();
  assert.equal(signal.aborted, true);
  source.answer('a', [1]);
  await run;
});

test('never more splits of a bounded source at once than asked for', async () => {
  const source = new ScriptedSource('bounded', ['a', 'b', 'c', 'd', 'e']);
  const { reader } = setUp(source, { parallelism: 2 });
  const run = reader.run();
  for (let done = 0; done < 5; done++) {
    await turn();
    assert.equal(source.reads.size, Math.min(2, 5 - done));
    source.answer([...source.reads.keys()][0]!, [done], true);
  }
  await run;
});

test('a read waits for the credit of the last batch', async () => {
  const source = new ScriptedSource('bounded', ['a']);
  const credit = deferred<void>();
  const bench = new OperatorBench({ onEmit: element => (element.kind === 'batch' ? credit.promise : undefined) });
  const settings = { parallelism: 1, maxRows: 1, maxBytes: 1, fillMs: 1 };
  const reader = new SourceOperator({ source, settings, calc: undefined, watermarkOf: undefined, outputCalc: undefined }, bench.context);
  const run = reader.run();
  await turn();
  source.answer('a', [1]);
  await turn();
  assert.equal(source.reads.size, 0);
  credit.resolve();
  await turn();
  assert.equal(source.reads.size, 1);
  source.answer('a', [], true);
  await run;
});

test('a watermark counts as sent too: what it sets free downstream holds back the next read', async () => {
  const source = new ScriptedSource('bounded', ['a']);
  const credit = deferred<void>();
  const bench = new OperatorBench({ onEmit: element => (element.kind === 'watermark' ? credit.promise : undefined) });
  const settings = { parallelism: 1, maxRows: 1, maxBytes: 1, fillMs: 1 };
  const reader = new SourceOperator({ source, settings, calc: undefined, watermarkOf: largest, outputCalc: undefined }, bench.context);
  const run = reader.run();
  await turn();
  source.answer('a', [1]);
  await turn();
  assert.equal(source.reads.size, 0);
  credit.resolve();
  await turn();
  source.answer('a', [], true);
  await run;
});

test('a stop lets a sender go that waits for credit', async () => {
  const source = new ScriptedSource('bounded', ['a']);
  const bench = new OperatorBench({ onEmit: element => (element.kind === 'batch' ? new Promise<void>(() => {}) : undefined) });
  const settings = { parallelism: 1, maxRows: 1, maxBytes: 1, fillMs: 1 };
  const reader = new SourceOperator({ source, settings, calc: undefined, watermarkOf: undefined, outputCalc: undefined }, bench.context);
  const run = reader.run();
  await turn();
  source.answer('a', [1]);
  await turn();
  reader.stop();
  await run;
  assert.deepEqual([bench.trace, source.closed], [[[1]], ['a']]);
});

test('what a stopped read brings along is sent on; the end is not said', async () => {
  const source = new ScriptedSource('unbounded', ['a', 'b']);
  const { bench, reader } = setUp(source);
  const run = reader.run();
  await turn();
  reader.stop();
  source.answer('a', [1]);
  source.reads.get('b')!.reject(source.reads.get('b')!.limit.signal.reason);
  await run;
  assert.deepEqual(bench.trace, [[1]]);
  await reader.finish();
  await reader.finish();
  assert.deepEqual(bench.trace, [[1], 'end']);
  assert.deepEqual(source.closed.toSorted(), ['a', 'b']);
});

test('a read that rejects with an AbortError after a stop is no failure', async () => {
  const source = new ScriptedSource('unbounded', ['a']);
  const { reader } = setUp(source);
  const run = reader.run();
  await turn();
  reader.stop();
  source.reads.get('a')!.reject(Object.assign(new Error('aborted'), { name: 'AbortError' }));
  await run;
});

test('a failing read names its split; the other splits come to rest before it is reported', async () => {
  const source = new ScriptedSource('bounded', ['a', 'b']);
  const { reader } = setUp(source);
  const failed = assert.rejects(reader.run(), { code: 'IO', context: { split: 'a' } });
  await turn();
  let isOver = false;
  void failed.then(() => {
    isOver = true;
  });
  source.reads.get('a')!.reject(new MillraceError({ code: 'IO', message: 'gone' }));
  await turn();
  assert.equal(isOver, false);
  assert.equal(source.reads.get('b')!.limit.signal.aborted, true);
  source.answer('b', [7]);
  await failed;
  assert.deepEqual(source.closed.toSorted(), ['a', 'b']);
});

for (const boundedness of ['bounded', 'unbounded'] as const) {
  test(`a split that cannot be opened is named: ${boundedness}`, async () => {
    const source = new ScriptedSource(boundedness, ['a']);
    source.openError = new MillraceError({ code: 'FILE_NOT_FOUND', message: 'no file' });
    const { reader } = setUp(source);
    await assert.rejects(reader.run(), { code: 'FILE_NOT_FOUND', context: { split: 'a' } });
  });
}

test('what a later operator refuses is not blamed on the split', async () => {
  const source = new ScriptedSource('bounded', ['a']);
  const refused = new MillraceError({ code: 'NULL_VIOLATION', message: 'NULL', context: { operator: 'Sink (sink-2)' } });
  const bench = new OperatorBench({
    onEmit: () => {
      throw refused;
    },
  });
  const settings = { parallelism: 1, maxRows: 1, maxBytes: 1, fillMs: 1 };
  const reader = new SourceOperator({ source, settings, calc: undefined, watermarkOf: undefined, outputCalc: undefined }, bench.context);
  const run = reader.run();
  await turn();
  source.answer('a', [1]);
  await assert.rejects(run, thrown => thrown === refused);
});

test('an unbounded source is asked for new splits; a failing question ends the reading', async () => {
  const source = new ScriptedSource('unbounded', ['a'], 1_000);
  const { clock, bench, reader } = setUp(source);
  const run = reader.run();
  await turn();
  source.splits = ['a', 'b'];
  await clock.advance(999);
  assert.deepEqual([...source.reads.keys()], ['a']);
  await clock.advance(1);
  assert.deepEqual([...source.reads.keys()], ['a', 'b']);
  source.answer('b', [5]);
  await turn();
  assert.deepEqual(bench.rows, [[5]]);
  source.listSplits = () => Promise.reject(new MillraceError({ code: 'UNREACHABLE', message: 'no answer' }));
  await clock.advance(1_000);
  source.answer('a', [6]);
  source.answer('b', []);
  await assert.rejects(run, { code: 'UNREACHABLE' });
  assert.deepEqual(bench.rows, [[5], [6]]);
});

test('a stop ends the wait for the next question', async () => {
  const source = new ScriptedSource('unbounded', [], 60_000);
  const { clock, reader } = setUp(source);
  const run = reader.run();
  await turn();
  assert.equal(clock.pendingTimers, 1);
  reader.stop();
  await run;
  assert.equal(clock.pendingTimers, 0);
});

test('the watermark is the lowest of the splits being read; splits that have not begun count from the start', async () => {
  const source = new ScriptedSource('bounded', ['a', 'b', 'c']);
  const { bench, reader } = setUp(source, { parallelism: 2, watermarkOf: largest });
  const run = reader.run();
  await turn();
  source.answer('a', [50]);
  await turn();
  assert.deepEqual(bench.trace, [[50]]);
  source.answer('b', [20]);
  await turn();
  assert.deepEqual(bench.trace.at(-1), 'W 20');
  source.answer('b', [30], true);
  await turn();
  // Split c takes the lane over, and holds the watermark back as b did.
  assert.deepEqual(bench.trace.slice(-2), [[30], 'W 30']);
  source.answer('c', [90], true);
  await turn();
  assert.deepEqual(bench.trace.slice(-2), [[90], 'W 50']);
  source.answer('a', [], true);
  await run;
  assert.deepEqual(bench.trace.slice(-2), ['W Infinity', 'end']);
});

test('rows that are not sent on still move the watermark', async () => {
  const source = new ScriptedSource('bounded', ['a']);
  const { bench, reader } = setUp(source, { watermarkOf: largest, outputCalc: batch => (batch.rowCount > 1 ? batch : undefined) });
  const run = reader.run();
  await turn();
  source.answer('a', [5]);
  await turn();
  source.answer('a', [6, 7], true);
  await run;
  assert.deepEqual(bench.trace, ['W 5', [6], [7], 'W 7', 'W Infinity', 'end']);
  assert.deepEqual([bench.counters.get('rows_in'), bench.counters.get('rows_out')], [3, 2]);
});

test('the watermark never goes back', async () => {
  const source = new ScriptedSource('unbounded', ['a']);
  const { bench, reader } = setUp(source, { watermarkOf: largest });
  const run = reader.run();
  for (const value of [5, 3, 5, 6]) {
    await turn();
    source.answer('a', [value]);
  }
  await turn();
  reader.stop();
  source.answer('a', []);
  await run;
  assert.deepEqual(bench.trace, [[5], 'W 5', [3], [5], [6], 'W 6']);
});

test('records that the format skipped are counted', async () => {
  const source = new ScriptedSource('bounded', ['a']);
  const { bench, reader } = setUp(source);
  const run = reader.run();
  await turn();
  source.reads.get('a')!.resolve({ batch: undefined, position: 3, end: true, skipped: 3 });
  await run;
  assert.equal(bench.counters.get('skipped_records'), 3);
});

test('restored, it goes on from the positions, leaves out splits that ended, and does not lower the watermark', async () => {
  const first = new ScriptedSource('bounded', ['a', 'b']);
  const before = setUp(first, { watermarkOf: largest });
  const run = before.reader.run();
  await turn();
  first.answer('a', [1, 2, 10], true);
  await turn();
  first.answer('b', [4]);
  await turn();
  before.reader.trigger(1);
  before.reader.stop();
  first.answer('b', []);
  await run;
  const second = new ScriptedSource('bounded', ['a', 'b', 'c']);
  const after = setUp(second, { watermarkOf: largest });
  after.reader.open(JSON.parse(JSON.stringify(await restoredState(before.bench, 1))));
  const rest = after.reader.run();
  await turn();
  assert.deepEqual(second.opened, [
    ['b', 1],
    ['c', undefined],
  ]);
  second.answer('b', [3]);
  second.answer('c', [2]);
  await turn();
  assert.deepEqual(after.bench.trace, [[3], [2]]);
  second.answer('b', [], true);
  second.answer('c', [], true);
  await rest;
});

interface Step {
  readonly kind: 'read' | 'trigger' | 'turn';
  readonly split: number;
  readonly size: number;
}

const STEP: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('read', 'read', 'trigger', 'turn'),
  split: fc.nat(2),
  size: fc.nat(3),
});

test('property: the rows before a barrier are those that the positions of its checkpoint cover', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { maxLength: 40 }), async steps => {
      const source = new ScriptedSource('unbounded', ['0', '1', '2']);
      const { bench, reader } = setUp(source);
      const run = reader.run();
      let checkpoint = 0;
      for (const { kind, split, size } of steps) {
        if (kind === 'trigger') reader.trigger(++checkpoint);
        else if (kind === 'turn') await turn();
        else if (source.reads.has(String(split))) {
          const { from } = source.reads.get(String(split))!;
          source.answer(
            String(split),
            Array.from({ length: size }, (_, i) => split * 1_000 + from + i),
          );
        }
      }
      await turn();
      reader.trigger(++checkpoint);
      reader.stop();
      for (const split of source.reads.keys()) source.answer(split, []);
      await run;
      const seen = [0, 0, 0];
      for (const element of bench.out) {
        if (element.kind === 'batch') {
          for (const [value] of rowsIn(element)) {
            const split = Math.floor((value as number) / 1_000);
            assert.equal((value as number) % 1_000, seen[split]);
            seen[split] = seen[split]! + 1;
          }
        }
        if (element.kind !== 'barrier') continue;
        const { splits } = (await restoredState(bench, element.checkpoint)) as { splits: { id: string; position: number | undefined }[] };
        for (const { id, position } of splits) assert.equal(position ?? 0, seen[Number(id)]);
      }
    }),
  );
});
