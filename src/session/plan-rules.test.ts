import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Catalog } from '../catalog/catalog.js';
import { systemClock } from '../common/clock.js';
import { memoryCheckpointStore } from '../engine/embedded/checkpoint/checkpoint-store.js';
import { EmbeddedJob } from '../engine/embedded/job.js';
import { bindSelectStatement } from '../planner/binder/bind-insert.js';
import { bindModelDefinition } from '../planner/binder/bind-model-definition.js';
import { createBinding } from '../planner/binder/create-binding.js';
import { Diagnostics } from '../planner/binder/diagnostics.js';
import { createFunctionRegistry } from '../planner/functions/function-registry.js';
import type { SinkExec } from '../planner/physical/exec-node.js';
import { lower } from '../planner/physical/lower.js';
import { OPTIONAL_RULES, optimize } from '../planner/rules/index.js';
import { batchOfRows, rowAt, type Batch, type Value } from '../spec/batch.js';
import { STRING } from '../spec/data-type.js';
import type { Predictor } from '../spec/predictor.js';
import { parseQuery, parseStatement } from '../sql/parser.js';

const FUNCTIONS = createFunctionRegistry();

function planOf(sql: string, without: ReadonlySet<string>): SinkExec[] {
  const catalog = new Catalog();
  const binding = createBinding({ catalog, functions: FUNCTIONS, diagnostics: new Diagnostics() });
  const model = parseStatement("CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'mock')");
  assert.ok(model.kind === 'create-model');
  catalog.addModel(bindModelDefinition(model, binding), model.span);
  return lower(optimize([bindSelectStatement(parseQuery(sql), binding)], { without }));
}

/** Gives `x!` for x, and `?` for NULL; counts the rows that it is asked about. */
class Shouting implements Predictor {
  readonly name = 'm';
  readonly ordered = true;
  readonly rowsPerSubmission = 1;
  readonly maxPendingRows = 8;
  asked = 0;

  submit(inputs: Batch): ReturnType<Predictor['submit']> {
    this.asked += inputs.rowCount;
    const rows = Array.from({ length: inputs.rowCount }, (_, row): Value[] => {
      const [value] = rowAt(inputs, row);
      return [value === null ? '?' : `${value as string}!`];
    });
    return Promise.resolve({ outputs: batchOfRows([{ name: 'o', type: STRING }], rows) });
  }
  barrier(): void {}

  flush(): void {}
  pause(): Promise<void> {
    return Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The rows of a query, sorted, or the code of the error that ends it; and how many rows a model was asked about. */
async function run(sql: string, without: readonly string[] = []): Promise<{ rows: unknown; asked: number }> {
  const rows: string[] = [];
  const models: Shouting[] = [];
  const job = new EmbeddedJob('job', planOf(sql, new Set(without)), {
    openSource: () => Promise.reject(new Error('no tables here')),
    openSink: () =>
      Promise.resolve({
        changelogMode: 'all',
        openWriter: () =>
          Promise.resolve({
            write(batch) {
              for (let row = 0; row < batch.rowCount; row++) rows.push(JSON.stringify(rowAt(batch, row)));
            },
            prepareCommit: () => Promise.resolve(undefined),
            close: () => Promise.resolve(),
          }),
      }),
    openPredictor: () => {
      models.push(new Shouting());
      return Promise.resolve(models.at(-1)!);
    },
    openLookup: () => Promise.reject(new Error('no lookups here')),
    openDeadLetters: () => Promise.resolve(undefined),
    job: { name: 'job', statement: '' },
    functions: { timeZone: 'UTC', now: () => 0, random: () => 0.5 },
    clock: systemClock,
    store: memoryCheckpointStore(),
    settings: {
      parallelism: 1,
      maxRows: 4,
      maxBytes: 1_000,
      maxLatencyMs: 1,
      checkpointIntervalMs: 600_000,
      lookup: { capacity: 100, timeoutMs: 180_000, ordered: true },
    },
    attempt: 'one',
  });
  await job.start();
  await job.settled;
  return { rows: rows.toSorted(), asked: models.reduce((sum, { asked }) => sum + asked, 0) };
}

interface Texts {
  n: string;
  s: string;
  p: string;
  query: string;
}

/** Queries whose rows have the columns n INT, s STRING and p BOOLEAN. Nothing in them fails or comes out otherwise each time. */
const QUERY = fc.letrec<Texts>((tie: fc.LetrecTypedTie<Texts>) => {
  const node = (...inner: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
    fc.oneof({ maxDepth: 4, depthSize: 'small' }, ...(inner as [fc.Arbitrary<string>]));
  const choose = (kind: 'n' | 's'): fc.Arbitrary<string> =>
    fc.tuple(tie('p'), tie(kind), tie(kind)).map(([p, a, b]) => `CASE WHEN ${p} THEN ${a} ELSE ${b} END`);
  const n = fc.option(fc.integer({ min: -2, max: 2 })).map(value => (value === null ? 'CAST(NULL AS INT)' : String(value)));
  const s = fc
    .constantFrom("'a'", "'b'", "''", 'CAST(NULL AS STRING)')
    .map(text => (text.startsWith('CAST') ? text : `CAST(${text} AS STRING)`));
  const p = fc.constantFrom('TRUE', 'FALSE', 'CAST(NULL AS BOOLEAN)');
  const values = fc
    .array(
      fc.tuple(n, s, p).map(row => `(${row.join(', ')})`),
      { minLength: 1, maxLength: 4 },
    )
    .map(rows => `SELECT * FROM (VALUES ${rows.join(', ')}) AS v (n, s, p)`);
  const from = fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    values,
    tie('query'),
    fc.tuple(tie('query'), tie('query')).map(([a, b]) => `${a} UNION ALL ${b}`),
  );
  return {
    n: node(
      fc.constant('n'),
      n,
      fc.tuple(tie('n'), tie('n')).map(([a, b]) => `(${a} + ${b})`),
      choose('n'),
      tie('s').map(text => `CHAR_LENGTH(${text})`),
    ),
    s: node(
      fc.constant('s'),
      s,
      fc.tuple(tie('s'), tie('s')).map(([a, b]) => `(${a} || ${b})`),
      choose('s'),
      tie('s').map(text => `ML_PREDICT(MODEL m, ${text})`),
      tie('s').map(text => `COALESCE(${text}, CAST('z' AS STRING))`),
    ),
    p: node(
      fc.constant('p'),
      p,
      fc.tuple(fc.constantFrom('AND', 'OR'), tie('p'), tie('p')).map(([op, a, b]) => `(${a} ${op} ${b})`),
      tie('p').map(each => `(NOT ${each})`),
      tie('s').map(text => `(${text} IS NULL)`),
      fc.tuple(tie('n'), tie('n')).map(([a, b]) => `(${a} > ${b})`),
      fc.tuple(tie('s'), tie('s')).map(([a, b]) => `(${a} = ${b})`),
    ),
    query: fc
      .tuple(tie('n'), tie('s'), tie('p'), from, fc.option(tie('p')))
      .map(
        ([a, b, c, source, where]) =>
          `SELECT ${a} AS n, ${b} AS s, ${c} AS p FROM (${source}) AS q${where === null ? '' : ` WHERE ${where}`}`,
      ),
  };
}).query;

/**
 * These change what a query computes beside its calls, and so the order in which calls of nested queries stand: a filter that
 * needs the answer of one can then come before the other, or behind it.
 */
const REORDERING_CALLS: ReadonlySet<string> = new Set(['fold-constants', 'remove-unused-columns']);

test('property: rows are the same with all rules as with each of them left out, and no rule that leaves calls in their order asks a model more', async () => {
  await fc.assert(
    fc.asyncProperty(QUERY, async sql => {
      const all = await run(sql);
      for (const name of OPTIONAL_RULES) {
        const without = await run(sql, [name]);
        assert.deepEqual(without.rows, all.rows, `without ${name}`);
        if (!REORDERING_CALLS.has(name))
          assert.ok(all.asked <= without.asked, `${all.asked} rows asked about, ${without.asked} without ${name}`);
      }
      assert.deepEqual((await run(sql, OPTIONAL_RULES)).rows, all.rows);
    }),
    { numRuns: 100 },
  );
});

test('the hybrid pattern asks a model only about the rows that reach it', async () => {
  const values = "(VALUES (1, 'a'), (2, 'b'), (3, 'c'), (CAST(NULL AS INT), 'd')) AS v (n, s)";
  assert.deepEqual(await run(`SELECT CASE WHEN n > 2 THEN ML_PREDICT(MODEL m, s) ELSE s END FROM ${values}`), {
    rows: ['["a"]', '["b"]', '["c!"]', '["d"]'],
    asked: 1,
  });
  assert.equal((await run(`SELECT s FROM ${values} WHERE n = 1 AND ML_PREDICT(MODEL m, s) = 'a!'`)).asked, 1);
  assert.equal((await run(`SELECT s FROM ${values} WHERE n = 1 OR ML_PREDICT(MODEL m, s) = 'c!'`)).asked, 3);
  assert.deepEqual(await run(`SELECT COALESCE(ML_PREDICT(MODEL m, s), 'none') FROM ${values} WHERE ML_PREDICT(MODEL m, s) <> 'b!'`), {
    rows: ['["a!"]', '["c!"]', '["d!"]'],
    asked: 4,
  });
});
