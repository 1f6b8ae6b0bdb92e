import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Planner } from '../plan-sql.test.fixture.js';
import { optimize } from '../rules/index.js';
import { estimateRows, formatBounds, type RowBounds } from './estimate-rows.js';
import { lower } from './lower.js';

const planner = new Planner(`
  CREATE TABLE ten (a INT, b STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
  CREATE TABLE four (a INT, b STRING);
  CREATE TABLE files (a INT, l ARRAY<INT>);
  CREATE TABLE endless (a INT, b STRING);
  CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'mock');
`);

const BOUNDS: Readonly<Record<string, RowBounds>> = {
  ten: { least: 10, most: 10, isEndless: false },
  four: { least: 0, most: 4, isEndless: false },
  files: { least: 0, most: Infinity, isEndless: false },
  endless: { least: 0, most: Infinity, isEndless: true },
};

for (const [sql, rows] of [
  ['SELECT a FROM ten', '10'],
  ['SELECT a FROM ten WHERE a > 1', 'at most 10'],
  ['SELECT a FROM ten UNION ALL SELECT a FROM four', 'at most 14'],
  ['SELECT a FROM ten UNION ALL SELECT a FROM endless', 'without end'],
  ['SELECT a FROM ten INTERSECT SELECT a FROM four', 'at most 4'],
  ['SELECT a FROM ten EXCEPT SELECT a FROM four', 'at most 10'],
  ['SELECT 1 FROM ten, ten AS u', '100'],
  ['SELECT 1 FROM ten JOIN four ON ten.a = four.a', 'at most 40'],
  ['SELECT 1 FROM ten LEFT JOIN four ON ten.a = four.a', 'at most 40'],
  ['SELECT 1 FROM ten FULL JOIN four ON ten.a = four.a', 'at most 40'],
  ['SELECT 1 FROM ten JOIN files ON ten.a = files.a', 'unknown'],
  ['SELECT a, (SELECT MAX(a) FROM files) FROM ten', '10'],
  ['SELECT a IN (SELECT a FROM files) FROM ten', '10'],
  ['SELECT COUNT(*) FROM endless', '1'],
  ['SELECT a, COUNT(*) FROM ten GROUP BY a', 'at most 10'],
  ['SELECT a, b, COUNT(*) FROM ten GROUP BY ROLLUP (a, b)', 'at most 30'],
  ['SELECT a, COUNT(*) FROM endless GROUP BY a', 'unknown'],
  ['SELECT a FROM ten ORDER BY a LIMIT 3', '3'],
  ['SELECT a FROM ten OFFSET 4', '6'],
  ['SELECT a FROM endless LIMIT 3', 'at most 3'],
  ['SELECT e FROM files CROSS JOIN UNNEST(l) AS u (e)', 'unknown'],
  ['SELECT o FROM ML_PREDICT(TABLE ten, MODEL m, DESCRIPTOR(b))', 'at most 10'],
  ["SELECT a FROM TABLE(HOP(TABLE ten, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '5' SECOND))", 'at most 30'],
  ["SELECT a FROM TABLE(CUMULATE(TABLE ten, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '5' SECOND))", 'at most 50'],
] as const) {
  test(`${sql}: ${rows}`, () => {
    const sinks = lower(optimize(planner.bind(sql)));
    const estimate = estimateRows(sinks, source => BOUNDS[source.table.name.object]!);
    assert.equal(formatBounds(estimate.get(sinks[0]!)!), rows);
  });
}
