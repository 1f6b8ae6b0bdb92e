import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatExpression } from './format-expression.js';
import { inputsOf, type LogicalNode } from './node.js';
import { expressionsOf } from './node-expressions.js';
import { Planner } from '../plan-sql.test.fixture.js';

const planner = new Planner(`
  CREATE TABLE t (a INT, xs ARRAY<INT>, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND);
  CREATE TABLE u (b INT);
`);

/** The expressions of every node, by its kind, from the top down. */
function held(sql: string): string[] {
  const names = Array.from({ length: 9 }, (_, i) => `$${i}`);
  const visit = (node: LogicalNode): string[] => [
    `${node.kind}: ${expressionsOf(node)
      .map(each => formatExpression(each, names))
      .join(', ')}`.trim(),
    ...inputsOf(node).flatMap(visit),
  ];
  return visit(planner.bind(sql)[0]!.input);
}

for (const [sql, expected] of [
  ['SELECT b + 1 FROM u WHERE b > 2', ['Project: ($0 + 1)', 'Filter: ($0 > 2)', 'Scan:']],
  ['VALUES (1, 2), (3, 4)', ['Values: 1, 2, 3, 4']],
  ['SELECT x.b FROM u AS x JOIN u AS y ON x.b < y.b', ['Project: $0', 'Join: ($0 < $1)', 'Scan:', 'Scan:']],
  ['SELECT x.b FROM u AS x CROSS JOIN u AS y', ['Project: $0', 'Join:', 'Scan:', 'Scan:']],
  ['SELECT x FROM UNNEST(ARRAY[1, 2]) AS e (x)', ['Project: $0', 'Project: $0', 'Unnest: ARRAY(1, 2)', 'Values:']],
  ['SELECT a FROM t', ['Project: $0', "WatermarkAssigner: ($2 - INTERVAL '1' SECOND)", 'Scan:']],
  ['SELECT SUM(b + 1) FROM u', ['Project: $0', 'Aggregate:', 'Project: ($0 + 1)', 'Scan:']],
  ['SELECT b FROM u ORDER BY b', ['Sort:', 'Project: $0', 'Scan:']],
] as const) {
  test(`expressions in the plan of ${sql}`, () => assert.deepEqual(held(sql), expected));
}
