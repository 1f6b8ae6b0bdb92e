import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatTimestamp } from '../../common/temporal.js';
import { SltJob } from './slt-job.js';
import { createSltWorld, type SltWorld } from './slt-world.js';

/** What happens to a job, in this order. */
type Event =
  | { readonly kind: 'feed'; readonly rows: number }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'checkpoint' | 'crash' | 'crashBeforeCommit' | 'restore' };

interface Story {
  readonly splits: boolean;
  readonly ordered: boolean;
  readonly maxCalls: number;
  readonly batchSize: number;
  readonly batchTimeoutMs: number;
  readonly maxRows: number;
  readonly answers: readonly string[];
  readonly events: readonly Event[];
}

const story: fc.Arbitrary<Story> = fc.record({
  splits: fc.boolean(),
  ordered: fc.boolean(),
  maxCalls: fc.integer({ min: 1, max: 4 }),
  batchSize: fc.integer({ min: 1, max: 3 }),
  batchTimeoutMs: fc.integer({ min: 0, max: 500 }),
  maxRows: fc.integer({ min: 1, max: 4 }),
  answers: fc.array(
    fc.oneof(
      fc.constantFrom('echo', 'hang', 'status 500', 'status 429 retry-after=1'),
      fc.integer({ min: 1, max: 3_000 }).map(ms => `after ${ms} ms echo`),
    ),
    { maxLength: 30 },
  ),
  events: fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('feed' as const), rows: fc.integer({ min: 1, max: 8 }) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 3_000 }) }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('checkpoint' as const, 'crash', 'crashBeforeCommit', 'restore') }) },
    ),
    { minLength: 5, maxLength: 30 },
  ),
});

function setup({ ordered, maxCalls, batchSize, batchTimeoutMs, maxRows }: Story): string {
  return `
    CREATE MODEL m INPUT (x STRING) OUTPUT (y STRING) WITH (
      'provider' = 'script', 'ordered-output' = '${ordered}', 'max-concurrent-requests' = '${maxCalls}',
      'batch.size' = '${batchSize}', 'batch.timeout' = '${batchTimeoutMs} ms',
      'request-timeout' = '5 s', 'max-retries' = '100', 'retry.max-delay' = '1 s', 'timeout' = '1 h'
    );
    CREATE TABLE t (id INT, x STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND) WITH ('connector' = 'feed');
    CREATE TABLE answered (id INT, y STRING) WITH ('connector' = 'collect');
    CREATE TABLE per_window (window_start TIMESTAMP(3), n BIGINT, ids INT) WITH ('connector' = 'collect');
    CREATE TABLE per_key (k INT, n BIGINT) WITH ('connector' = 'collect');
    CREATE VIEW v AS
      SELECT id, ts, CASE WHEN id % 3 <> 0 THEN ML_PREDICT('m', x) ELSE 'left out' END AS y FROM t
      UNION ALL SELECT id + 1000, ts, 'plain' FROM t WHERE id % 2 = 0;
    SET 'pipeline.batch.max-rows' = '${maxRows}'`;
}

const JOB = `EXECUTE STATEMENT SET BEGIN
  INSERT INTO answered SELECT id, y FROM v;
  INSERT INTO per_window SELECT window_start, COUNT(*), SUM(id) FROM TABLE(TUMBLE(TABLE v, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end;
  INSERT INTO per_key SELECT id % 4, COUNT(*) FROM v GROUP BY id % 4;
END`;

/** Each second row comes a second too late, which the watermark allows for. */
function timeOf(id: number): number {
  return Date.UTC(2026, 0, 1) * 1_000 + (id % 2 === 0 ? id - 2 : id) * 1_000_000;
}

async function open(told: Story): Promise<{ world: SltWorld; job: SltJob }> {
  const world = createSltWorld(told.splits ? 'splits' : 'plain');
  const consumer = { begin() {}, write() {}, end() {} };
  for (const statement of world.session.parse(setup(told)).statements) await world.session.execute(statement, { consumer });
  world.scripts.script('m', [...told.answers, '* echo']);
  const job = new SltJob({ name: 'j', statement: world.session.parse(JOB).statements[0]!, world });
  await job.start();
  return { world, job };
}

/** @returns how many rows were fed. */
async function tell({ events }: Story, world: SltWorld, job: SltJob): Promise<number> {
  let fed = 0;
  for (const event of events) {
    if (event.kind === 'feed') {
      const ids = Array.from({ length: event.rows }, () => ++fed);
      world.feeds.feed(
        't',
        ids.map(
          id =>
            new Map([
              ['id', `${id}`],
              ['x', `x${id}`],
              ['ts', formatTimestamp(timeOf(id), 3)],
            ]),
        ),
      );
    } else if (event.kind === 'advance') await world.clock.advance(event.ms);
    else if (event.kind === 'checkpoint') await job.checkpoint();
    else await job[event.kind]('told');
    await world.activity.rest();
  }
  world.feeds.end('t');
  await world.activity.rest();
  for (let seconds = 0; seconds < 3_600 && job.status === 'running'; seconds++) {
    await world.clock.advance(1_000);
    await world.activity.rest();
  }
  assert.equal(job.status, 'finished', job.failure?.message);
  return fed;
}

function sums<K>(ids: readonly number[], keyOf: (id: number) => K): Map<K, { n: number; ids: number }> {
  const groups = new Map<K, { n: number; ids: number }>();
  for (const id of ids) {
    const group = groups.get(keyOf(id)) ?? { n: 0, ids: 0 };
    groups.set(keyOf(id), { n: group.n + 1, ids: group.ids + id });
  }
  return groups;
}

test('whatever happens to a job, each row comes out once, in order where that is asked for, in its window and its group', async () => {
  await fc.assert(
    fc.asyncProperty(story, async told => {
      const { world, job } = await open(told);
      try {
        const fed = await tell(told, world, job);
        const first = Array.from({ length: fed }, (_, i) => i + 1);
        const all = first.flatMap(id => (id % 2 === 0 ? [id, id + 1_000] : [id]));
        const answered = world.collections.snapshot('answered');
        const answerOf = (id: number): string => (id > 1_000 ? 'plain' : id % 3 === 0 ? 'left out' : `x${id}`);
        assert.deepEqual(answered.toSorted(), all.map(id => `${id} | ${answerOf(id)}`).toSorted());
        const inOrder = answered.map(line => parseInt(line, 10)).filter(id => id < 1_000);
        if (told.ordered && !told.splits) assert.deepEqual(inOrder, first);
        const groups = [...sums(all, id => id % 4)].map(([k, { n }]) => `${k} | ${n}`);
        assert.deepEqual(world.collections.snapshot('per_key').toSorted(), groups.toSorted());
        const start = (id: number): string => formatTimestamp(Math.floor(timeOf(id > 1_000 ? id - 1_000 : id) / 5_000_000) * 5_000_000, 3);
        const windows = [...sums(all, start)].map(([window, { n, ids }]) => `${window} | ${n} | ${ids}`);
        assert.equal(job.metric('late_rows'), 0);
        assert.deepEqual(world.collections.snapshot('per_window').toSorted(), windows.toSorted());
      } finally {
        await job.close();
        await world.close();
      }
    }),
    { numRuns: 100 },
  );
});
