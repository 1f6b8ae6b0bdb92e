import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lines, Planner } from '../plan-sql.test.fixture.js';
import { optimize } from '../rules/index.js';
import { execNodes, type SinkExec } from './exec-node.js';
import { explainPhysical } from './explain-physical.js';
import { lower } from './lower.js';

const planner = new Planner(`
  CREATE TABLE t (x STRING, a INT, ts TIMESTAMP(3), later AS ts + INTERVAL '1' HOUR, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);
  CREATE TABLE o (x STRING);
  CREATE TABLE n (c BIGINT);
  CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'mock');
`);

function plan(sql: string): SinkExec[] {
  return lower(optimize(planner.bind(sql)));
}

function expect(name: string, sql: string, text: string): void {
  test(name, () => assert.equal(explainPhysical(plan(sql), { changelogMode: true }), lines(text)));
}

expect(
  'scan, computed columns, watermark, filter and projection are one node',
  'SELECT x, later FROM t WHERE a > 1',
  `
  Sink(result) columns=[x, later] changelog=[+I]
    Source(t) columns=[x, a, ts] select=[x, a, ts, (ts + INTERVAL '1' HOUR) AS later] watermark=[ts AS (ts - INTERVAL '5' SECOND)] select=[x, later], where=[(a > 1)] changelog=[+I]
`,
);

expect(
  'a group that is never final sends updates',
  'SELECT x, COUNT(*) AS c FROM t GROUP BY x',
  `
  Sink(result) columns=[x, c] changelog=[+I, -U, +U, -D]
    Calc(select=[x, COUNT(*) AS c]) changelog=[+I, -U, +U, -D]
      GroupAggregate(keys=[x], aggregates=[COUNT(*)]) state=[groups] changelog=[+I, -U, +U, -D]
        Source(t) columns=[x, ts] watermark=[ts AS (ts - INTERVAL '5' SECOND)] select=[x] changelog=[+I]
`,
);

expect(
  'DISTINCT sends each row once',
  'SELECT DISTINCT x FROM o',
  `
  Sink(result) columns=[x] changelog=[+I]
    GroupAggregate(keys=[x], aggregates=[]) state=[groups] changelog=[+I]
      Source(o) columns=[x] changelog=[+I]
`,
);

test('a part that two sinks read is one node', () => {
  const sinks = plan(
    'EXECUTE STATEMENT SET BEGIN INSERT INTO o SELECT ML_PREDICT(MODEL m, x) FROM o; INSERT INTO o SELECT ML_PREDICT(MODEL m, x) FROM o; END',
  );
  assert.equal(sinks[0]!.input, sinks[1]!.input);
  assert.equal(execNodes(sinks).filter(node => node.kind === 'PredictExec').length, 1);
  assert.match(explainPhysical(sinks), /#1 .*\n[^]*Reuse #1/);
});

test('ids tell nodes apart, and are the same each time', () => {
  const sql = 'SELECT x FROM t UNION ALL SELECT x FROM o LIMIT 3';
  const ids = execNodes(plan(sql)).map(node => node.id);
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(
    execNodes(plan(sql)).map(node => node.id),
    ids,
  );
});

test('nodes come after their inputs', () => {
  const nodes = execNodes(plan('SELECT x FROM t UNION ALL SELECT x FROM o'));
  const places = new Map(nodes.map((node, i) => [node, i]));
  for (const [node, place] of places) {
    const inputs = node.kind === 'UnionExec' ? node.inputs : 'input' in node ? [node.input] : [];
    for (const input of inputs) assert.ok(places.get(input)! < place);
  }
});

for (const [name, sql] of [
  ['a model', 'SELECT ML_PREDICT(MODEL m, x), c FROM (SELECT x, COUNT(*) AS c FROM o GROUP BY x)'],
  ['LIMIT', 'SELECT x, COUNT(*) AS c FROM o GROUP BY x LIMIT 2'],
  ['an aggregation', 'SELECT SUM(c) FROM (SELECT x, COUNT(*) AS c FROM o GROUP BY x)'],
] as const) {
  test(`${name} gets the final rows of an aggregate`, () => {
    const aggregate = execNodes(plan(sql)).find(node => node.kind === 'GroupAggregateExec')!;
    assert.equal(aggregate.emit, 'final');
    assert.equal(aggregate.changelogMode, 'insert-only');
    assert.ok(aggregate.wholeInput);
  });
}

test('a changelog that another reader wants as such is materialized', () => {
  const view = '(SELECT x, COUNT(*) AS c FROM o GROUP BY x)';
  const sinks = plan(`SELECT x, c FROM ${view} AS a UNION ALL SELECT x, c FROM (SELECT x, c FROM ${view} AS b ORDER BY c LIMIT 1) AS d`);
  const nodes = execNodes(sinks);
  const place = nodes.findIndex(node => node.kind === 'MaterializeExec');
  assert.equal(nodes.filter(node => node.kind === 'GroupAggregateExec').length, 1);
  assert.equal(nodes[place]!.changelogMode, 'insert-only');
});

test('what waits for all rows points at its construct', () => {
  const sql = 'SELECT ML_PREDICT(MODEL m, x), c FROM (SELECT x, COUNT(*) AS c FROM o GROUP BY x)';
  const { what, span } = execNodes(plan(sql)).find(node => node.kind === 'GroupAggregateExec')!.wholeInput!;
  assert.match(what, /model call/);
  assert.equal(sql.slice(span!.start, span!.end), 'ML_PREDICT(MODEL m, x)');
});
