import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { createFakeClock } from '../../testing/fake-clock.js';
import { createSession } from '../create-session.js';
import { fakeEngine } from './fake-engine.test.fixture.js';
import { ModelCache } from './model-cache.js';

test('there is one for the process', () => {
  assert.equal(ModelCache.getInstance(), ModelCache.getInstance());
  assert.equal(ModelCache.getInstance().ttl.toString(), '30 min');
});

test('an engine is there once it was put, null otherwise', () => {
  const cache = new ModelCache({ clock: createFakeClock() });
  const engine = fakeEngine();
  assert.equal(cache.getEngine('m'), null);
  cache.putEngine('m', engine);
  assert.equal(cache.getEngine('m'), engine);
  assert.equal(cache.size, 1);
});

test('one entry, or all, can be taken out; what leaves is closed', async () => {
  const cache = new ModelCache({ clock: createFakeClock() });
  const engines = ['a', 'b', 'c'].map(name => {
    const engine = fakeEngine();
    cache.putEngine(name, engine);
    return engine;
  });
  cache.invalidate('a');
  await setImmediate();
  assert.deepEqual([cache.getEngine('a'), ...engines.map(({ closed }) => closed)], [null, 1, 0, 0]);
  cache.invalidateAll();
  await setImmediate();
  assert.deepEqual(
    engines.map(({ closed }) => closed),
    [1, 1, 1],
  );
});

test('entries leave half an hour after their last use, or after another time', async () => {
  const clock = createFakeClock();
  const cache = new ModelCache({ clock });
  cache.putEngine('a', fakeEngine());
  cache.ttl = '1 min';
  cache.putEngine('b', fakeEngine());
  await clock.advance(60_000);
  assert.deepEqual([cache.getEngine('a') === null, cache.getEngine('b')], [false, null]);
  await clock.advance(30 * 60_000);
  assert.equal(cache.getEngine('a'), null);
});

const TABLE = (name: string): string => `
  CREATE TABLE ${name} (country STRING, plan STRING, age FLOAT, balance FLOAT, visits BIGINT, score DOUBLE)
  WITH ('connector' = 'ml-inference', 'model.name' = '${name}', 'model.path' = 'tests/fixtures/onnx/churn_pipeline.onnx', 'model.format' = 'onnx')`;
const PEOPLE = [{ country: 'FR', plan: 'pro', age: 32.670689, balance: 764.95, visits: 0 }];
const COLUMNS = { country: 'STRING', plan: 'STRING', age: 'FLOAT', balance: 'FLOAT', visits: 'BIGINT' } as const;
const SCORE = (name: string): string =>
  `SELECT ml_score(MAP['country', country, 'plan', plan, 'age', age, 'balance', balance, 'visits', visits], '${name}') AS score FROM people`;

type LibrarySession = ReturnType<typeof createSession>;

async function scoreOf(session: ReturnType<typeof createSession>, name: string): Promise<number | null> {
  for await (const row of session.query<{ score: number | null }>(SCORE(name))) return row.score;
  return assert.fail('no row');
}

test('a session finds the engines that a program put, before those of its tables', async () => {
  const engines = new ModelCache();
  const warnings: string[] = [];
  const session = createSession({ engines, environment: {}, warn: message => warnings.push(message) });
  await session.registerTable('people', PEOPLE, { columns: COLUMNS });
  assert.equal(await scoreOf(session, 'churn'), null);
  assert.match(warnings.join('\n'), /no model "churn" is loaded/);
  await session.execute(TABLE('churn'));
  assert.equal((await scoreOf(session, 'churn'))!.toFixed(4), '0.1872');
  engines.putEngine('churn', fakeEngine({ score: 7 }));
  assert.equal(await scoreOf(session, 'churn'), 7);
  await session.close();
  await engines.close();
});

test('a table puts its engine into the cache, loads it again after it was invalidated, and takes it out with the session', async () => {
  const engines = new ModelCache();
  const session = createSession({ engines, environment: {} });
  await session.registerTable('people', PEOPLE, { columns: COLUMNS });
  await session.execute(TABLE('churn'));
  assert.equal(engines.getEngine('churn'), null);
  await scoreOf(session, 'churn');
  const first = engines.getEngine('churn');
  assert.ok(first);
  await scoreOf(session, 'churn');
  assert.equal(engines.getEngine('churn'), first);
  engines.invalidate('churn');
  assert.equal((await scoreOf(session, 'churn'))!.toFixed(4), '0.1872');
  assert.notEqual(engines.getEngine('churn'), first);
  await session.close();
  assert.equal(engines.getEngine('churn'), null);
  await engines.close();
});

test('sessions share the engine of equal tables, and never that of a table with other options', async () => {
  const engines = new ModelCache();
  const [a, b, c] = [0, 1, 2].map(() => createSession({ engines, environment: {} })) as [LibrarySession, LibrarySession, LibrarySession];
  for (const session of [a, b, c]) await session.registerTable('people', PEOPLE, { columns: COLUMNS });
  await a.execute(TABLE('churn'));
  await b.execute(TABLE('churn'));
  await c.execute(TABLE('churn').replace('churn_pipeline', 'iris_lr'));
  assert.equal((await scoreOf(a, 'churn'))!.toFixed(4), '0.1872');
  const first = engines.getEngine('churn');
  await scoreOf(b, 'churn');
  assert.equal(engines.getEngine('churn'), first);
  assert.equal(await scoreOf(c, 'churn'), null, 'the model of irises takes four features');
  assert.notEqual(engines.getEngine('churn'), first);
  assert.equal((await scoreOf(b, 'churn'))!.toFixed(4), '0.1872');
  for (const session of [a, b, c]) await session.close();
  assert.equal(engines.size, 0);
  await engines.close();
});

test("what a program's engine cannot do is NULL in SQL, told once", async () => {
  const engines = new ModelCache();
  const warnings: string[] = [];
  const session = createSession({ engines, environment: {}, warn: message => warnings.push(message) });
  await session.registerTable('people', [...PEOPLE, ...PEOPLE], { columns: COLUMNS });
  const scores = async (): Promise<(number | null)[]> => {
    const found: (number | null)[] = [];
    for await (const { score } of session.query<{ score: number | null }>(SCORE('m'))) found.push(score);
    return found;
  };
  for (const [engine, reason] of [
    [fakeEngine(new Error('out of order')), 'out of order'],
    [fakeEngine('not today'), 'not today'],
    [fakeEngine({}), 'gave nothing'],
    [fakeEngine({ label: 'x' }), 'gave no number'],
  ] as const) {
    warnings.length = 0;
    engines.putEngine('m', engine);
    assert.deepEqual(await scores(), [null, null]);
    assert.equal(warnings.length, 1);
    assert.ok(warnings[0]!.includes(reason), warnings[0]);
  }
  assert.equal(session.usage().get('m')!.rows.nulled, 8);
  await session.close();
  await engines.close();
});

test("a lookup join asks a program's engine by the names of its columns", async () => {
  const engines = new ModelCache();
  const engine = fakeEngine({ score: 0.25, confidence: 0.75 });
  engines.putEngine('churn', engine);
  const session = createSession({ engines, environment: {} });
  await session.registerTable('people', PEOPLE, { columns: COLUMNS });
  await session.execute(TABLE('churn').replace('score DOUBLE', 'score DOUBLE, confidence DOUBLE'));
  const rows: unknown[] = [];
  const query = `SELECT c.score, c.confidence FROM (SELECT *, PROCTIME() AS proc FROM people) AS p JOIN churn FOR SYSTEM_TIME AS OF p.proc AS c
    ON c.country = p.country AND c.plan = p.plan AND c.age = p.age AND c.balance = p.balance AND c.visits = p.visits`;
  for await (const row of session.query(query)) rows.push(row);
  assert.deepEqual(rows, [{ score: 0.25, confidence: 0.75 }]);
  assert.deepEqual([...(engine.asked[0] as Map<string, unknown>).keys()], ['country', 'plan', 'age', 'balance', 'visits']);
  await session.close();
  await engines.close();
});
