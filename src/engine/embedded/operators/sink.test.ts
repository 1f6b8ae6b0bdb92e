import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred, type Deferred } from '../../../common/deferred.js';
import type { Batch } from '../../../spec/batch.js';
import type { SinkWriter } from '../../../spec/connector.js';
import { INT, withNullable } from '../../../spec/data-type.js';
import type { Operator } from '../operator.js';
import { column, OperatorBench, rowsIn } from './operator-bench.test.fixture.js';
import { nextTurn as turn } from '../next-turn.js';
import { sinkOperator } from './sink.js';

const FIELD = { name: 'n', type: INT };

/** A writer that writes when the test says so, and notes what is asked of it. */
class ScriptedWriter implements SinkWriter<unknown> {
  readonly log: string[] = [];
  pending: Deferred<void> | undefined;
  #written: unknown[] = [];

  write(batch: Batch): Promise<void> | void {
    this.log.push(`write ${rowsIn(batch).flat().join(',')}`);
    this.#written.push(...rowsIn(batch).flat());
    return this.pending?.promise;
  }
  prepareCommit(): Promise<unknown> {
    this.log.push('prepare');
    const committable = this.#written;
    this.#written = [];
    return Promise.resolve(committable.length > 0 ? committable : undefined);
  }
  flush(): Promise<void> {
    this.log.push('flush');
    return Promise.resolve();
  }
  close(): Promise<void> {
    this.log.push('close');
    return Promise.resolve();
  }
}

interface SinkBench {
  readonly bench: OperatorBench;
  readonly writer: ScriptedWriter;
  readonly operator: Operator;
  readonly ended: () => number;
}

async function setUp({ writer = new ScriptedWriter(), nullable = true } = {}): Promise<SinkBench> {
  const bench = new OperatorBench();
  let ends = 0;
  const operator = sinkOperator({
    openWriter: () => Promise.resolve(writer),
    fields: [{ name: 'n', type: withNullable(INT, nullable) }],
    onEnd: () => {
      ends++;
      writer.log.push('end');
    },
  })(bench.context);
  await operator.open(undefined);
  return { bench, writer, operator, ended: () => ends };
}

test('one write at a time, in order; a barrier covers what was pushed before it', async () => {
  const { bench, writer, operator } = await setUp();
  writer.pending = deferred();
  const first = operator.push(column(FIELD, 1), 0);
  assert.ok(first instanceof Promise);
  void operator.push(column(FIELD, 2), 0);
  void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
  void operator.push(column(FIELD, 3), 0);
  await turn();
  assert.deepEqual(writer.log, ['write 1']);
  writer.pending.resolve();
  writer.pending = undefined;
  await turn();
  assert.deepEqual(writer.log, ['write 1', 'write 2', 'prepare', 'write 3']);
  assert.deepEqual(await bench.snapshots.get(1), [1, 2]);
  void operator.push({ kind: 'barrier', checkpoint: 2 }, 0);
  assert.deepEqual(await bench.snapshots.get(2), [3]);
});

test('writes that need no waiting give credit at once', async () => {
  const { writer, operator } = await setUp();
  assert.equal(operator.push(column(FIELD, 1), 0), undefined);
  assert.equal(operator.push({ kind: 'watermark', time: 1 }, 0), undefined);
  assert.deepEqual(writer.log, ['write 1']);
});

test('the end is told once everything was written and flushed; later barriers still get their part', async () => {
  const { bench, writer, operator, ended } = await setUp();
  writer.pending = deferred();
  void operator.push(column(FIELD, 1), 0);
  const end = operator.push({ kind: 'end' }, 0);
  await turn();
  assert.equal(ended(), 0);
  writer.pending.resolve();
  await end;
  assert.deepEqual(writer.log, ['write 1', 'flush', 'end']);
  void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
  assert.deepEqual(await bench.snapshots.get(1), [1]);
});

test('a write that fails later stops the job; nothing is written after it, and no checkpoint passes over its rows', async () => {
  const { bench, writer, operator, ended } = await setUp();
  const pending = deferred<void>();
  writer.pending = pending;
  const credit = operator.push(column(FIELD, 1), 0);
  void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
  void operator.push(column(FIELD, 2), 0);
  void operator.push({ kind: 'end' }, 0);
  pending.reject(new Error('disk full'));
  await credit;
  await assert.rejects(bench.snapshots.get(1)!, { code: 'INTERRUPTED' });
  assert.deepEqual(bench.failures, [new Error('disk full')]);
  assert.equal(operator.push(column(FIELD, 3), 0), undefined);
  void operator.push({ kind: 'barrier', checkpoint: 2 }, 0);
  await assert.rejects(bench.snapshots.get(2)!, { code: 'INTERRUPTED' });
  assert.deepEqual([writer.log, ended()], [['write 1'], 0]);
});

test('a write that fails at once is thrown to the sender', async () => {
  const { operator, writer } = await setUp();
  writer.write = () => {
    throw new Error('no room');
  };
  assert.throws(() => operator.push(column(FIELD, 1), 0), /no room/);
});

test('a failing prepareCommit stops the job and its checkpoint', async () => {
  const { bench, writer, operator } = await setUp();
  writer.prepareCommit = () => Promise.reject(new Error('rename failed'));
  void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
  await assert.rejects(bench.snapshots.get(1)!, { code: 'INTERRUPTED' });
  assert.deepEqual(bench.failures, [new Error('rename failed')]);
});

test('closing waits for the write under way and drops those behind it', async () => {
  const { writer, operator } = await setUp();
  writer.pending = deferred();
  void operator.push(column(FIELD, 1), 0);
  void operator.push(column(FIELD, 2), 0);
  const closed = operator.close();
  await turn();
  assert.deepEqual(writer.log, ['write 1']);
  writer.pending.resolve();
  await closed;
  assert.deepEqual(writer.log, ['write 1', 'close']);
});

test('a writer that never opened is not closed', async () => {
  const bench = new OperatorBench();
  const operator = sinkOperator({ openWriter: () => Promise.reject(new Error('no')), fields: [FIELD], onEnd: () => {} })(bench.context);
  await assert.rejects(async () => operator.open(undefined));
  await operator.close();
});

test('a NULL in a NOT NULL column is refused; what stands behind the last row does not count', async () => {
  const { writer, operator } = await setUp({ nullable: false });
  assert.throws(() => operator.push(column(FIELD, 1, null), 0), { code: 'NULL_VIOLATION' });
  assert.deepEqual(writer.log, []);
  const longer = column(FIELD, 1, null);
  void operator.push({ ...longer, rowCount: 1 }, 0);
  assert.deepEqual(writer.log, ['write 1']);
  const none = column(FIELD, 4);
  void operator.push({ ...none, columns: [{ ...none.columns[0]!, nulls: new Uint8Array(1) }] }, 0);
  assert.deepEqual(writer.log, ['write 1', 'write 4']);
});

test('rows are counted as they come in', async () => {
  const { bench, operator } = await setUp();
  void operator.push(column(FIELD, 1, 2), 0);
  void operator.push(column(FIELD, 3), 0);
  assert.equal(bench.counters.get('rows_in'), 3);
});
