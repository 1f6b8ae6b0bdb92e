import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { SltJob } from './slt-job.js';
import { createSltWorld, type SltWorld } from './slt-world.js';

async function openWorld(context: TestContext): Promise<SltWorld> {
  const world = createSltWorld('plain');
  context.after(() => world.close());
  const script = world.session.parse(`
    CREATE MODEL m WITH ('provider' = 'script');
    CREATE TABLE words (word STRING) WITH ('connector' = 'feed');
    CREATE TABLE answers (word STRING, answer STRING) WITH ('connector' = 'collect');
  `);
  for (const statement of script.statements) await world.session.execute(statement, { consumer: { begin() {}, write() {}, end() {} } });
  return world;
}

async function startJob(world: SltWorld, context: TestContext): Promise<SltJob> {
  const [statement] = world.session.parse(`INSERT INTO answers SELECT word, ML_PREDICT('m', word) FROM words`).statements;
  const job = new SltJob({ name: 'ask', statement: statement!, world });
  await job.start();
  context.after(() => job.close());
  return job;
}

async function feed({ feeds, activity }: SltWorld, ...words: readonly string[]): Promise<void> {
  feeds.feed(
    'words',
    words.map(word => new Map([['word', word]])),
  );
  await activity.rest();
}

test('after a crash, what came behind the last checkpoint is done again, and committed once', async context => {
  const world = await openWorld(context);
  const { activity, collections, scripts } = world;
  scripts.script('m', ['* echo']);
  const job = await startJob(world, context);
  await feed(world, 'a');
  await job.checkpoint();
  await feed(world, 'b');
  await job.crash('told');
  await activity.rest();
  await job.checkpoint();
  assert.deepEqual(scripts.calls('m'), ['a | ok', 'b | ok', 'b | again']);
  assert.deepEqual(collections.changelog('answers'), ['+I | a | a', '+I | b | b']);
  assert.equal(job.metric('rows_out'), 4);
});

test('a crash between checkpoint and commit loses nothing and commits once', async context => {
  const world = await openWorld(context);
  world.scripts.script('m', ['* echo']);
  const job = await startJob(world, context);
  await feed(world, 'a', 'b');
  await job.crashBeforeCommit('told');
  await world.activity.rest();
  assert.deepEqual(world.collections.changelog('answers'), ['+I | a | a', '+I | b | b']);
  await job.crashBeforeCommit('told');
  await world.activity.rest();
  assert.deepEqual(world.collections.changelog('answers'), []);
  assert.deepEqual(world.scripts.calls('m'), ['a | ok', 'b | ok']);
});

test('calls that are made again can be hidden, and equal calls are new ones once the job has caught up', async context => {
  const world = await openWorld(context);
  const { activity, clock, scripts } = world;
  scripts.script('m', ['after 1 s ok first', 'ok second']);
  const job = await startJob(world, context);
  await feed(world, 'a');
  await job.crash('hidden');
  await activity.rest();
  scripts.settled('ask');
  await feed(world, 'a');
  await clock.advance(1_000);
  await job.checkpoint();
  assert.deepEqual(scripts.calls('m'), ['a | ok after 1000 ms', 'a | ok']);
  assert.deepEqual(world.collections.changelog('answers'), ['+I | a | first', '+I | a | second']);
});

test('a stop lets calls under way come to their end', async context => {
  const world = await openWorld(context);
  world.scripts.script('m', ['after 2 s ok A']);
  const job = await startJob(world, context);
  await feed(world, 'a');
  await job.restore('told');
  await world.activity.rest();
  await job.checkpoint();
  assert.deepEqual(world.collections.changelog('answers'), ['+I | a | A']);
  assert.deepEqual(world.scripts.calls('m'), ['a | ok after 2000 ms']);
});

test('a statement that starts with another plan than before is refused', async context => {
  const world = await openWorld(context);
  const job = await startJob(world, context);
  for (const statement of world.session.parse(
    `DROP MODEL m; CREATE MODEL m INPUT (x STRING) OUTPUT (renamed STRING) WITH ('provider' = 'script'); DROP TABLE words; CREATE VIEW words AS SELECT 'x' AS word`,
  ).statements) {
    await world.session.execute(statement, { consumer: { begin() {}, write() {}, end() {} } });
  }
  await assert.rejects(job.crash('told'), { code: 'INTERNAL', message: 'the statement has another plan than at its first start' });
});
