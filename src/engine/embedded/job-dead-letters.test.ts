import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { DEAD_LETTER_COLUMNS, type DeadLetterColumnName } from '../../spec/dead-letter.js';
import { ASK, JobWorld, limitExec, predictExec, rest, sinkExec, sourceExec, type MemoryTable } from './job-bench.test.fixture.js';
import { nextTurn as turn } from './next-turn.js';

/** The committed values of a column of dead letters. */
function column(table: MemoryTable, name: DeadLetterColumnName): unknown[] {
  const at = DEAD_LETTER_COLUMNS.findIndex(each => each.name === name);
  return table.rows.map(row => row[at]);
}

/** The numbers that were given up, in the order in which they left. */
function buried(table: MemoryTable): number[] {
  return column(table, 'row_json').map(row => (JSON.parse(row as string) as { n: number }).n);
}

function worldOf(rows: readonly number[]): { world: JobWorld; out: MemoryTable; letters: MemoryTable } {
  const world = new JobWorld();
  world.table('in', { splits: [[...rows]] });
  const letters = world.table('letters');
  world.deadLetters = letters;
  return { world, out: world.table('out'), letters };
}

test('a row that the model gives up is in the dead letters and not in the output, with what is known of its failure', async () => {
  const { world, out, letters } = worldOf([1, 2, 3]);
  world.givesUp = n => n === 2;
  const job = world.job(ASK);
  await job.start();
  assert.equal(await job.settled, 'finished');
  assert.deepEqual(out.rows, [
    [1, '#1'],
    [3, '#3'],
  ]);
  const [letter] = letters.rows;
  assert.deepEqual(Object.fromEntries(DEAD_LETTER_COLUMNS.map(({ name }, i) => [name, letter![i]])), {
    id: 'attempt-1-predict-1-1',
    job: 'job',
    statement_id: 'fingerprint',
    call_site: 'predict-1',
    model: 'm',
    model_version: 'v1',
    error_class: 'SERVICE_ERROR',
    message: 'no answer for 2',
    http_status: 503,
    headers: new Map([['x-request-id', 'r2']]),
    attempts: 4,
    first_at: 1_000_000,
    last_at: 2_500_000,
    source_position: null,
    row_json: '{"n":2}',
    row_types: '{"n":"INT"}',
  });
  assert.equal(letters.rows.length, 1);
  const counters = new Map(job.metrics().map(({ id, counters }) => [id, counters]));
  assert.equal(counters.get('predict-1')!.get('dead_letters'), 1);
  assert.equal(counters.get('predict-1-dead-letters')!.get('rows_in'), 1);
});

test('the dead letters end no job, and a job that ends early keeps those it had', async () => {
  const { world, out, letters } = worldOf([1, 2, 3, 4, 5, 6]);
  world.givesUp = n => n < 3;
  const job = world.job(sinkExec('out', limitExec(predictExec(sourceExec('in')), 1)));
  await job.start();
  assert.equal(await job.settled, 'finished');
  assert.deepEqual(out.rows, [[3, '#3']]);
  assert.deepEqual(buried(letters).slice(0, 2), [1, 2]);
});

test('a finished job that was killed before its last commits owes that of its dead letters too', async () => {
  const { world, letters } = worldOf([1, 2]);
  world.givesUp = () => true;
  const first = world.job(ASK);
  await first.start();
  await first.settled;
  letters.committed.clear();
  const again = world.job(ASK);
  await again.start();
  assert.equal(await again.settled, 'finished');
  assert.deepEqual(buried(letters), [1, 2]);
});

test('where no call site has a target, a row that is given up stops the job', async () => {
  const { world } = worldOf([1]);
  world.deadLetters = undefined;
  world.givesUp = () => true;
  const job = world.job(ASK);
  await job.start();
  await assert.rejects(job.settled, { code: 'INTERNAL' });
});

test('a write of dead letters that fails stops the job', async () => {
  const { world, letters } = worldOf([1]);
  world.givesUp = () => true;
  letters.openWriter = () => Promise.reject(new Error('no place'));
  const job = world.job(ASK);
  await assert.rejects(
    job.start().then(() => job.settled),
    /no place/,
  );
});

type Step = { readonly kind: 'checkpoint' | 'cancel' | 'stop'; readonly after: number };
const STEP: fc.Arbitrary<Step> = fc.record({ kind: fc.constantFrom('checkpoint', 'cancel', 'stop'), after: fc.nat(12) });

test('property: cancelled and stopped anywhere, each row is in the output or in the dead letters, once, and every id is new', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(8), fc.nat(255), fc.array(STEP, { maxLength: 8 }), fc.nat(3), async (count, bits, steps, delay) => {
      const numbers = Array.from({ length: count }, (_, n) => n);
      const { world, out, letters } = worldOf(numbers);
      world.givesUp = n => ((bits >> n) & 1) === 1;
      world.answerAfter = () => delay;
      let job = world.job(ASK);
      await job.start();
      for (const { kind, after } of steps) {
        for (let i = 0; i < after; i++) await turn();
        if (kind === 'checkpoint') void job.checkpoint().catch(() => {});
        else if (job.status !== 'finished') {
          await (kind === 'stop' ? job.stop() : job.cancel());
          job = world.job(ASK);
          await job.start();
        }
      }
      assert.equal(await job.settled, 'finished');
      await rest();
      assert.deepEqual(
        out.rows.map(([n]) => n),
        numbers.filter(n => !world.givesUp(n)),
      );
      assert.deepEqual(
        buried(letters),
        numbers.filter(n => world.givesUp(n)),
      );
      const ids = column(letters, 'id');
      assert.equal(new Set(ids).size, ids.length);
    }),
    { numRuns: 150 },
  );
});
