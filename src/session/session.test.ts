import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { MillraceError, MillraceErrors, toMillraceError } from '../common/error.js';
import { batchOfRows, rowAt, type Batch, type Value } from '../spec/batch.js';
import { defineConnector, type Connector } from '../spec/connector.js';
import { INT, STRING } from '../spec/data-type.js';
import { integer, list, option, secret, text } from '../spec/option.js';
import { defineProvider, type Provider } from '../spec/provider.js';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.js';
import { createScriptedModel, type ScriptedModel } from '../testing/scripted-model.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { Session, stateIn, type ExecuteOptions } from './session.js';
import type { RowConsumer, RunningJob, StatementResult } from './statement-result.js';

/** What extensions of a test see. */
interface World {
  readonly session: Session;
  readonly clock: FakeClock;
  readonly written: unknown[][];
  readonly models: ScriptedModel[];
  readonly warnings: string[];
  /** Answers a call at once; by default with `#n` for n. */
  isAnswering: boolean;
}

function setUp(environment: Readonly<Record<string, string>> = {}): World {
  const clock = createFakeClock();
  const written: unknown[][] = [];
  const models: ScriptedModel[] = [];
  const warnings: string[] = [];
  let ids = 0;
  const memory = defineConnector({
    name: 'memory',
    format: 'none',
    options: z.object({
      numbers: option(list().default([]), { doc: 'What it gives.' }),
      key: option(secret().optional(), { doc: 'Of no use.', aliases: ['api_key'] }),
      limit: option(integer({ min: 1 }).optional(), { doc: 'Of no use.' }),
      kind: option(text().default('bounded'), { doc: 'Whether it ends.' }),
    }),
    metadata: { place: INT },
    createSource: ({ options, fields, metadata }) => {
      const numbers = options.numbers.map(Number);
      const isBounded = options.kind === 'bounded';
      return {
        boundedness: isBounded ? 'bounded' : 'unbounded',
        changelogMode: 'insert-only',
        listSplits: () => Promise.resolve([{ id: 'all' }]),
        openReader: (_split, from) => {
          let position = (from as number | undefined) ?? 0;
          return Promise.resolve({
            read: async ({ signal }) => {
              const rest = numbers.slice(position);
              if (rest.length === 0 && !isBounded && !signal.aborted)
                await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
              const rows = rest.map((n, i): Value[] => [...fields.map(() => n), ...metadata.map(() => position + i)]);
              const all = [...fields, ...metadata.map(({ field }) => field)];
              position = numbers.length;
              return { batch: rows.length > 0 ? batchOfRows(all, rows) : undefined, position, end: isBounded };
            },
            close: () => Promise.resolve(),
          });
        },
      };
    },
    createSink: () => ({
      changelogMode: 'all',
      openWriter: () =>
        Promise.resolve({
          write: batch => void written.push(...rowsIn(batch)),
          prepareCommit: () => Promise.resolve(undefined),
          close: () => Promise.resolve(),
        }),
    }),
  });
  const world: World = {
    clock,
    written,
    models,
    warnings,
    isAnswering: true,
    session: new Session({
      extensions: {
        connectors: { memory: () => Promise.resolve(memory as unknown as Connector) },
        formats: {},
        providers: { script: () => Promise.resolve(provider as unknown as Provider) },
        runtimes: {},
        stores: {},
      },
      environment,
      clock,
      random: () => 0.5,
      newId: () => `id-${++ids}`,
      output: { write: () => undefined },
      openHttp: () => Promise.reject(new Error('no network here')),
      loadModule: () => Promise.reject(new Error('no modules here')),
      warn: message => warnings.push(message),
    }),
  };
  const provider = defineProvider({
    name: 'script',
    options: z.object({ temperature: option(text().optional(), { doc: 'Of no use.' }) }),
    defaults: { batchSize: 1, batchTimeoutMs: 0, maxConcurrentRequests: 2 },
    openModel: ({ outputs }) => {
      const model = createScriptedModel({
        outputs,
        onCall: call => world.isAnswering && call.answer(call.rows.map(([n]) => [`#${n as number}`])),
      });
      models.push(model);
      return model;
    },
  });
  return world;
}

function rowsIn(batch: Batch): Value[][] {
  return Array.from({ length: batch.rowCount }, (_, row) => rowAt(batch, row));
}

const TABLES = `
  CREATE TABLE t (n INT) WITH ('connector' = 'memory', 'numbers' = '1, 2, 3');
  CREATE TABLE endless (n INT) WITH ('connector' = 'memory', 'numbers' = '1, 2, 3, 4', 'kind' = 'unbounded');
  CREATE TABLE o (n INT) WITH ('connector' = 'memory');
  CREATE TABLE texts (n INT, s STRING) WITH ('connector' = 'memory');
  CREATE MODEL m INPUT (n INT) OUTPUT (s STRING) WITH ('provider' = 'script');
`;

const NOBODY: RowConsumer = { begin() {}, write() {}, end() {} };

/** Runs a script, waiting for each job that ends by itself. */
async function execute(world: World, script: string, options: Partial<ExecuteOptions> = {}): Promise<StatementResult[]> {
  const results: StatementResult[] = [];
  for (const statement of world.session.parse(script).statements) {
    const result = await world.session.execute(statement, { consumer: NOBODY, ...options });
    results.push(result);
    if (result.kind === 'job' && result.job.isBounded) await result.job.settled;
  }
  return results;
}

async function started(world: World, script: string, options: Partial<ExecuteOptions> = {}): Promise<RunningJob> {
  const result = (await execute(world, script, options)).at(-1)!;
  assert.ok(result.kind === 'job');
  return result.job;
}

async function failure(action: () => Promise<unknown>): Promise<MillraceError> {
  try {
    await action();
  } catch (thrown) {
    return thrown instanceof MillraceErrors ? thrown.errors[0]! : toMillraceError(thrown);
  }
  throw new Error('nothing was thrown');
}

test('a script defines tables and models and runs jobs over them', async () => {
  const world = setUp();
  const results = await execute(world, `${TABLES} INSERT INTO texts SELECT n, ML_PREDICT(MODEL m, n) FROM t WHERE n > 1;`);
  assert.deepEqual(
    results.slice(0, 5).map(result => result.kind),
    ['done', 'done', 'done', 'done', 'done'],
  );
  assert.deepEqual(world.written, [
    [2, '#2'],
    [3, '#3'],
  ]);
  assert.deepEqual(world.session.usage().get('m')!.rows, { answered: 2, skipped: 0, nulled: 0, deadLettered: 0, failed: 0 });
});

test('the rows of a SELECT go to whoever ran it, within its limit', async () => {
  const world = setUp();
  const seen: unknown[] = [];
  const consumer: RowConsumer = {
    begin: (fields, mode) =>
      seen.push(
        fields.map(({ name }) => name),
        mode,
      ),
    write: batch => void seen.push(rowsIn(batch)),
    end: () => void seen.push('end'),
  };
  await execute(world, `${TABLES} SELECT n, n * 10 AS m FROM endless;`, { consumer, limit: 2 }).then(async results => {
    const result = results.at(-1)!;
    assert.ok(result.kind === 'job');
    assert.equal(await result.job.settled, 'finished');
  });
  assert.deepEqual(seen, [
    ['n', 'm'],
    'insert-only',
    [
      [1, 10],
      [2, 20],
    ],
    'end',
  ]);
});

test('metadata columns stand where they were declared', async () => {
  const world = setUp();
  await execute(
    world,
    `CREATE TABLE s (place INT METADATA VIRTUAL, n INT) WITH ('connector' = 'memory', 'numbers' = '7, 8');
     CREATE TABLE o2 (a INT, b INT) WITH ('connector' = 'memory');
     INSERT INTO o2 SELECT place, n FROM s;`,
  );
  assert.deepEqual(world.written, [
    [0, 7],
    [1, 8],
  ]);
});

test('jobs are numbered; a pipeline.name names them, with a number from the second on', async () => {
  const world = setUp();
  const names: string[] = [];
  const results = await execute(
    world,
    `${TABLES} INSERT INTO o SELECT n FROM t; SELECT n FROM t; SET 'pipeline.name' = 'copy'; INSERT INTO o SELECT n FROM t; INSERT INTO o SELECT n FROM t; RESET 'pipeline.name'; INSERT INTO o SELECT n FROM t;`,
  );
  for (const result of results) if (result.kind === 'job') names.push(result.job.name);
  assert.deepEqual(names, ['job-1', 'job-2', 'copy', 'copy-2', 'job-3']);
});

test('stopped with state, a job finishes the calls under way and keeps the rest; nothing counts as failed', async () => {
  const { path, remove } = await temporaryFolder();
  try {
    const world = setUp();
    world.isAnswering = false;
    const script = `${TABLES} INSERT INTO texts SELECT n, ML_PREDICT(MODEL m, n) FROM endless;`;
    const job = await started(world, script, { openStore: stateIn(path) });
    await world.clock.advance(0);
    const [model] = world.models;
    assert.deepEqual(
      model!.calls.map(({ rows }) => rows),
      [[[1]], [[2]]],
    );
    const stopped = job.stop();
    await world.clock.advance(0);
    for (const call of model!.calls) call.answer([[`#${call.rows[0]![0] as number}`]]);
    await stopped;
    assert.deepEqual(
      [job.status, world.written],
      [
        'stopped',
        [
          [1, '#1'],
          [2, '#2'],
        ],
      ],
    );
    const { rows, failures } = world.session.usage().get('m')!;
    assert.deepEqual([rows.answered, rows.failed, failures], [2, 0, {}]);
    const again = setUp();
    const resumed = await started(again, script, { openStore: stateIn(path) });
    await again.clock.advance(0);
    assert.deepEqual(
      again.models[0]!.calls.map(({ rows: asked }) => asked[0]![0]),
      [3, 4],
    );
    await resumed.cancel();
  } finally {
    await remove();
  }
});

test('two sessions do not run the same job from the same state at once', async () => {
  const { path, remove } = await temporaryFolder();
  try {
    const script = `${TABLES} INSERT INTO o SELECT n FROM endless;`;
    const job = await started(setUp(), script, { openStore: stateIn(path) });
    const error = await failure(() => started(setUp(), script, { openStore: stateIn(path) }));
    assert.equal(error.code, 'STATE_IN_USE');
    assert.match(error.message, new RegExp(join(path, 'job-1')));
    await job.stop();
    await (await started(setUp(), script, { openStore: stateIn(path) })).stop();
  } finally {
    await remove();
  }
});

test('state of another statement is refused, also when only a type or a database differs', async () => {
  const { path, remove } = await temporaryFolder();
  try {
    const insert = "CREATE TABLE o (n BIGINT) WITH ('connector' = 'memory'); INSERT INTO o SELECT n FROM t;";
    const table = (type: string): string => `CREATE TABLE t (n ${type}) WITH ('connector' = 'memory', 'kind' = 'unbounded');`;
    await (await started(setUp(), table('INT') + insert, { openStore: stateIn(path) })).stop();
    assert.equal((await failure(() => started(setUp(), table('BIGINT') + insert, { openStore: stateIn(path) }))).code, 'STATE_MISMATCH');
    const elsewhere = `CREATE DATABASE other; ${table('INT').replace('TABLE t', 'TABLE other.t')}${insert.replace('FROM t', 'FROM other.t')}`;
    assert.equal((await failure(() => started(setUp(), elsewhere, { openStore: stateIn(path) }))).code, 'STATE_MISMATCH');
    await (await started(setUp(), table('INT') + insert, { openStore: stateIn(path) })).stop();
  } finally {
    await remove();
  }
});

test('a name of a job is one folder', async () => {
  const { path, remove } = await temporaryFolder();
  try {
    const world = setUp();
    world.session.set('pipeline.name', '../a b/c');
    const job = await started(world, `${TABLES} INSERT INTO o SELECT n FROM endless;`, { openStore: stateIn(join(path, 'state')) });
    await job.stop();
    const other = setUp();
    other.session.set('pipeline.name', '../a b/c');
    const again = await started(other, `${TABLES} INSERT INTO o SELECT n FROM endless;`, { openStore: stateIn(join(path, 'state')) });
    await again.stop();
    assert.deepEqual([world.written.length, other.written.length], [4, 0]);
  } finally {
    await remove();
  }
});

test('errors of the author point at their place, others at none', async () => {
  const world = setUp();
  const script = `${TABLES} INSERT INTO o SELECT nn FROM t;`;
  const error = await failure(() => execute(world, script));
  assert.deepEqual([error.code, script.slice(error.span!.start, error.span!.end)], ['UNKNOWN_COLUMN', 'nn']);
  const missing = "CREATE TABLE s (n INT) WITH ('connector' = 'memory', 'key' = '{{ secret.nope }}'); SELECT n FROM s;";
  const secretError = await failure(() => execute(world, missing));
  assert.deepEqual([secretError.code, secretError.span !== undefined], ['MISSING_SECRET', true]);
});

test('a check finds the problems of all statements in the order of the text, and runs nothing', async () => {
  const world = setUp();
  const script = `${TABLES}
    CREATE TABLE bad (n INT) WITH ('connector' = 'memory', 'limit' = '0', 'nubmers' = '1');
    SELECT missing FROM t;
    INSERT INTO o SELECT n FROM nowhere;
    SELECT ML_PREDICT(MODEL m, n, MAP['temprature', '1']) FROM t;
    INSERT INTO o SELECT n FROM t;`;
  const errors = await world.session.check(script);
  assert.deepEqual(
    errors.map(({ code }) => code),
    ['INVALID_OPTION', 'UNKNOWN_OPTION', 'UNKNOWN_COLUMN', 'UNKNOWN_TABLE', 'UNKNOWN_OPTION'],
  );
  for (const error of errors) assert.ok(error.span, error.message);
  assert.deepEqual([world.written, world.models], [[], []]);
  assert.deepEqual(
    (await setUp().session.check('SELECT FROM; SELECT 1 +')).map(({ code }) => code),
    ['SYNTAX', 'SYNTAX'],
  );
});

test('a check does not need secrets, running does', async () => {
  const script = `CREATE TABLE s (n INT) WITH ('connector' = 'memory', 'numbers' = '5', 'api_key' = '{{ secret.key }}'); CREATE TABLE o (n INT) WITH ('connector' = 'memory'); INSERT INTO o SELECT n FROM s;`;
  assert.deepEqual(await setUp().session.check(script), []);
  const world = setUp({ MILLRACE_SECRET_KEY: 'x' });
  await execute(world, script);
  assert.deepEqual(world.written, [[5]]);
});

test('SHOW CREATE hides what a secret option holds', async () => {
  const world = setUp();
  const [, , table, model] = await execute(
    world,
    `CREATE TABLE s (n INT) WITH ('connector' = 'memory', 'api_key' = 'hunter2', 'limit' = '3');
     CREATE MODEL m2 INPUT (n INT) OUTPUT (s STRING) WITH ('provider' = 'script', 'temperature' = '0');
     SHOW CREATE TABLE s;
     SHOW CREATE MODEL m2;`,
  );
  assert.ok(table!.kind === 'rows' && model!.kind === 'rows');
  const shown = String(table!.rows[0]![0]);
  assert.ok(shown.includes("'api_key' = '******'") && !shown.includes('hunter2') && shown.includes("'limit' = '3'"), shown);
  assert.ok(String(model!.rows[0]![0]).includes("'temperature' = '0'"));
});

test('options of a call replace those of the model, in any spelling', async () => {
  const world = setUp();
  world.isAnswering = false;
  const job = await started(
    world,
    `CREATE MODEL slow INPUT (n INT) OUTPUT (s STRING) WITH ('provider' = 'script', 'max-concurrent-requests' = '1');
     CREATE TABLE endless (n INT) WITH ('connector' = 'memory', 'numbers' = '1, 2, 3', 'kind' = 'unbounded');
     CREATE TABLE texts (s STRING) WITH ('connector' = 'memory');
     INSERT INTO texts SELECT ML_PREDICT(MODEL slow, n, MAP['max_concurrent_requests', '3']) FROM endless;`,
  );
  await world.clock.advance(0);
  assert.equal(world.models[0]!.calls.length, 3);
  await job.cancel();
});

test('a model call that fails for good fails the job with the name of the model', async () => {
  const world = setUp();
  world.isAnswering = false;
  const job = await started(world, `${TABLES} INSERT INTO texts SELECT n, ML_PREDICT(MODEL m, n) FROM endless;`);
  await world.clock.advance(0);
  world.models[0]!.calls[0]!.fail(new MillraceError({ code: 'UNAUTHORIZED', message: 'no', context: { httpStatus: 401 } }));
  await assert.rejects(job.settled, (thrown: MillraceError) => thrown.code === 'UNAUTHORIZED' && thrown.context.model === 'm');
  assert.equal(job.status, 'failed');
});

test('types of the fields that a SELECT shows are those of its columns', async () => {
  const world = setUp();
  const types: unknown[] = [];
  await execute(world, `${TABLES} SELECT n, CAST(n AS STRING) AS s FROM t;`, {
    consumer: { ...NOBODY, begin: fields => void types.push(...fields.map(({ type }) => type)) },
  });
  assert.deepEqual(types, [INT, STRING]);
});
