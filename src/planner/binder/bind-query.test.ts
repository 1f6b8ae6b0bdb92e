import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatType } from '../../spec/data-type.js';
import type { LogicalNode } from '../logical/node.js';
import { lines, Planner, planText } from '../plan-sql.test.fixture.js';

const planner = new Planner(`
  CREATE TABLE t (x STRING, a INT NOT NULL, b BIGINT, r ROW<f INT>);
  CREATE TABLE w (k STRING, ts TIMESTAMP_LTZ(3), plain TIMESTAMP(3), WATERMARK FOR ts AS ts);
  CREATE TABLE o (s STRING, n BIGINT NOT NULL, d DOUBLE);
  CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'mock');
  CREATE MODEL two INPUT (i STRING, j DOUBLE) OUTPUT (label STRING, x DOUBLE) WITH ('provider' = 'mock');
  CREATE VIEW v (p, q) AS SELECT a, x FROM t;
`);

function input(sql: string): LogicalNode {
  return planner.bind(sql)[0]!.input;
}

function fields(sql: string): string[] {
  return input(sql).fields.map(({ name, type }) => `${name} ${formatType(type)}`);
}

for (const [sql, expected] of [
  ['SELECT a, a + 1, x AS y, r.f FROM t', ['a INT NOT NULL', 'EXPR$1 INT NOT NULL', 'y STRING', 'f INT']],
  ['SELECT a, a FROM t', ['a INT NOT NULL', 'a0 INT NOT NULL']],
  [
    'SELECT *, t.* FROM t',
    ['x STRING', 'a INT NOT NULL', 'b BIGINT', 'r ROW<`f` INT>', 'x0 STRING', 'a0 INT NOT NULL', 'b0 BIGINT', 'r0 ROW<`f` INT>'],
  ],
  ['SELECT 1 AS uno', ['uno INT NOT NULL']],
  ["VALUES (1, 'a'), (2.5, NULL)", ['EXPR$0 DECIMAL(11, 1) NOT NULL', 'EXPR$1 CHAR(1)']],
  ['SELECT * FROM v', ['p INT NOT NULL', 'q STRING']],
  ['SELECT n FROM (SELECT a FROM t) AS s (n)', ['n INT NOT NULL']],
  ['WITH c AS (SELECT a AS n FROM t), d (m) AS (SELECT n + 1 FROM c) SELECT m FROM d', ['m INT NOT NULL']],
  ['SELECT a FROM t UNION ALL SELECT b FROM t', ['a BIGINT']],
  ['SELECT COUNT(*), SUM(a), AVG(b), MAX(x) FROM t', ['EXPR$0 BIGINT NOT NULL', 'EXPR$1 INT', 'EXPR$2 BIGINT', 'EXPR$3 STRING']],
  ['SELECT ML_PREDICT(MODEL m, x) AS o, ML_PREDICT(MODEL two, x, a) AS two FROM t', ['o STRING', 'two ROW<`label` STRING, `x` DOUBLE>']],
  [
    'SELECT * FROM ML_PREDICT(TABLE t, MODEL two, DESCRIPTOR(x, a))',
    ['x STRING', 'a INT NOT NULL', 'b BIGINT', 'r ROW<`f` INT>', 'label STRING', 'x0 DOUBLE'],
  ],
  ["SELECT t.a, p.result FROM t, LATERAL TABLE(ML_PREDICT('m', x)) AS p", ['a INT NOT NULL', 'result ROW<`value` STRING, `error` STRING>']],
  [
    "SELECT k, window_start, window_time FROM TUMBLE(TABLE w, DESCRIPTOR(ts), INTERVAL '10' SECOND)",
    ['k STRING', 'window_start TIMESTAMP(3) NOT NULL', 'window_time TIMESTAMP_LTZ(3) NOT NULL'],
  ],
] as const) {
  test(`columns of ${sql}`, () => assert.deepEqual(fields(sql), expected));
}

for (const [sql, expected] of [
  ['SELECT y FROM t', [['UNKNOWN_COLUMN', 'y']]],
  [
    'SELECT y, z FROM t WHERE q > 1',
    [
      ['UNKNOWN_COLUMN', 'y'],
      ['UNKNOWN_COLUMN', 'z'],
      ['UNKNOWN_COLUMN', 'q'],
    ],
  ],
  ['SELECT a FROM tt', [['UNKNOWN_TABLE', 'tt']]],
  ['SELECT a FROM t WHERE x', [['TYPE_MISMATCH', 'x']]],
  ["SELECT a + 'x' * x FROM t", [['TYPE_MISMATCH', "'x' * x"]]],
  ['SELECT NOSUCH(a) FROM t', [['UNKNOWN_FUNCTION', 'NOSUCH(a)']]],
  ['SELECT CAST(a AS TIMESTAMP(3)) FROM t', [['INVALID_CAST', 'CAST(a AS TIMESTAMP(3))']]],
  ['SELECT CASE WHEN TRUE THEN a ELSE x END FROM t', [['TYPE_MISMATCH', 'CASE WHEN TRUE THEN a ELSE x END']]],
  ['SELECT a FROM t UNION ALL SELECT a, b FROM t', [['COLUMN_COUNT', 'SELECT a FROM t UNION ALL SELECT a, b FROM t']]],
  ['SELECT n FROM (SELECT a, b FROM t) AS s (n)', [['COLUMN_COUNT', 'n']]],
  ['SELECT x, COUNT(*) FROM t', [['INVALID_ARGUMENT', 'x']]],
  ['SELECT a FROM t WHERE COUNT(*) > 1', [['INVALID_ARGUMENT', 'COUNT(*)']]],
  ['SELECT SUM(x) FROM t', [['TYPE_MISMATCH', 'SUM(x)']]],
  ['SELECT ML_PREDICT(MODEL nope, x) FROM t', [['UNKNOWN_MODEL', 'nope']]],
  ['SELECT ML_PREDICT(MODEL m, a) FROM t', [['TYPE_MISMATCH', 'a']]],
  ['SELECT ML_PREDICT(MODEL m, x, x) FROM t', [['COLUMN_COUNT', 'ML_PREDICT(MODEL m, x, x)']]],
  ["SELECT ML_PREDICT(MODEL m, x, MAP['k', a]) FROM t", [['INVALID_ARGUMENT', 'a']]],
  ['SELECT * FROM ML_PREDICT(TABLE t, MODEL two, DESCRIPTOR(x))', [['COLUMN_COUNT', 'DESCRIPTOR(x)']]],
  ['SELECT * FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(xx))', [['UNKNOWN_COLUMN', 'xx']]],
  ['SELECT * FROM ML_PREDICT(INPUT => TABLE t, MODEL => MODEL m, ARG => DESCRIPTOR(x))', [['INVALID_ARGUMENT', 'ARG']]],
  ["SELECT * FROM TUMBLE(TABLE w, DESCRIPTOR(plain), INTERVAL '1' SECOND)", [['INVALID_ARGUMENT', 'plain']]],
  ["SELECT * FROM TUMBLE(TABLE w, DESCRIPTOR(ts), INTERVAL '0' SECOND)", [['INVALID_ARGUMENT', "INTERVAL '0' SECOND"]]],
  ["SELECT * FROM TUMBLE(TABLE w, DESCRIPTOR(ts), INTERVAL '1' MONTH)", [['INVALID_ARGUMENT', "INTERVAL '1' MONTH"]]],
  [
    "SELECT * FROM TUMBLE(DATA => TABLE w, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '1' HOUR, OFSET => INTERVAL '1' SECOND)",
    [['INVALID_ARGUMENT', 'OFSET']],
  ],
  ['INSERT INTO o SELECT x, a FROM t', [['COLUMN_COUNT', 'o']]],
  ['INSERT INTO o (s, d) SELECT x, a FROM t', [['COLUMN_COUNT', 'o']]],
  ['INSERT INTO o (s, m) SELECT x, a FROM t', [['UNKNOWN_COLUMN', 'm']]],
  ['INSERT INTO o SELECT a, a, a FROM t', [['TYPE_MISMATCH', 'o']]],
  ['INSERT INTO v SELECT a, x FROM t', [['INVALID_ARGUMENT', 'v']]],
  ['SELECT a FROM t ORDER BY 2', [['INVALID_ARGUMENT', '2']]],
] as const) {
  test(`refused at its place: ${sql}`, () => assert.deepEqual(planner.problems(sql), expected));
}

test('TUMBLE takes no more arguments than it has', () => {
  const sql = "SELECT * FROM TUMBLE(TABLE w, DESCRIPTOR(ts), INTERVAL '1' HOUR, INTERVAL '1' SECOND, INTERVAL '1' SECOND)";
  assert.deepEqual(
    planner.problems(sql).map(([code]) => code),
    ['INVALID_ARGUMENT'],
  );
});

test('arguments of a table function by name mean what they mean by position', () => {
  const byPosition = "SELECT * FROM TUMBLE(TABLE w, DESCRIPTOR(ts), INTERVAL '1' HOUR, INTERVAL '5' MINUTE)";
  const byName =
    "SELECT * FROM TUMBLE(OFFSET => INTERVAL '5' MINUTE, SIZE => INTERVAL '1' HOUR, DATA => TABLE w, TIMECOL => DESCRIPTOR(ts))";
  assert.equal(planText(input(byName)), planText(input(byPosition)));
});

test('columns of an INSERT go by position or by name, the rest is NULL', () => {
  assert.equal(
    planText(input('INSERT INTO o (n, s) SELECT a, x FROM t')),
    lines(`
      Project(x AS s, CAST(a AS BIGINT) AS n, NULL AS d)
        Project(a, x)
          Scan(t) columns=[x, a, b, r]
    `),
  );
});

test('keys, aggregates and their arguments are computed once each', () => {
  assert.equal(
    planText(
      input(
        'SELECT a % 2 AS k, SUM(b + 1) + SUM(b + 1) AS s, COUNT(*) FILTER (WHERE b > 1) AS c FROM t GROUP BY a % 2 HAVING SUM(b + 1) > 3',
      ),
    ),
    lines(`
      Project($f0 AS k, (SUM($f1) + SUM($f1)) AS s, COUNT(*) FILTER (WHERE $f2) AS c)
        Filter((SUM($f1) > 3))
          Aggregate(keys=[$f0], aggregates=[SUM($f1), COUNT(*) FILTER (WHERE $f2)])
            Project((a % 2) AS $f0, (b + 1) AS $f1, (b > 1) AS $f2)
              Scan(t) columns=[x, a, b, r]
    `),
  );
});

test('aggregates over expressions that look alike and are not stay apart', () => {
  const count = (sql: string): number =>
    planText(input(sql))
      .match(/aggregates=\[(.*?)\]/)![1]!
      .split(', ').length;
  assert.equal(count('SELECT COUNT(*) FILTER (WHERE NOT (b > 1 IS NULL)), COUNT(*) FILTER (WHERE (NOT b > 1) IS NULL) FROM t'), 2);
  assert.equal(count('SELECT SUM(CASE WHEN b > 1 THEN 1 ELSE 0 END), SUM(CASE WHEN b > 1 THEN CAST(1 AS BIGINT) ELSE 0 END) FROM t'), 2);
  assert.equal(count('SELECT SUM(b), SUM( b ) FROM t'), 1);
});

test('types of aggregates over literals that look alike are their own', () => {
  assert.deepEqual(
    fields('SELECT SUM(CASE WHEN b > 1 THEN 1 ELSE 0 END) AS i, SUM(CASE WHEN b > 1 THEN CAST(1 AS BIGINT) ELSE 0 END) AS l FROM t'),
    ['i INT', 'l BIGINT'],
  );
});
