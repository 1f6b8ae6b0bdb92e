import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MillraceError, MillraceErrors } from '../../common/error.js';
import { optimize } from '../rules/index.js';
import { Planner } from '../plan-sql.test.fixture.js';

const DEFINITIONS = "CREATE TABLE t (x INT, r ROW<a INT>) WITH ('connector' = 'feed')";

/** What planning says; `undefined` where it gives a plan. */
function problemOf(sql: string): string | undefined {
  try {
    optimize(new Planner(DEFINITIONS).bind(sql));
    return undefined;
  } catch (thrown) {
    const error = thrown instanceof MillraceErrors ? thrown.errors[0]! : thrown;
    assert.ok(MillraceError.is(error) && error.span, String(thrown));
    return `${error.code}: ${error.message}`;
  }
}

function nested(levels: number, open: string, inner: string): string {
  return `${open.repeat(levels)}${inner}${')'.repeat(levels)}`;
}

/** Common tables `a1` to `a<count>`, each made of the one before. */
function commonTables(count: number, query: (before: string) => string): string {
  const tables = Array.from({ length: count }, (_, i) => `a${i + 1} AS (${query(i === 0 ? 't' : `a${i}`)})`);
  return `WITH ${tables.join(', ')} SELECT * FROM a${count}`;
}

describe('limits of a plan', () => {
  const cases: Readonly<Record<string, readonly [fits: string, exceeds: string, message: string]>> = {
    'common tables named twice': [
      commonTables(10, before => `SELECT x FROM ${before} UNION ALL SELECT x FROM ${before}`),
      commonTables(40, before => `SELECT x FROM ${before} UNION ALL SELECT x FROM ${before}`),
      'with its views and common tables the statement comes to more than 10000 queries',
    ],
    'common tables on top of each other': [
      commonTables(150, before => `SELECT x FROM ${before}`),
      commonTables(5_000, before => `SELECT x FROM ${before}`),
      'views and common tables nest more than 200 levels deep',
    ],
    'columns doubled by stars': [
      commonTables(8, before => `SELECT *, * FROM ${before}`),
      commonTables(60, before => `SELECT *, * FROM ${before}`),
      'the query has more than 4096 columns, fields of ROWs included',
    ],
    'rows of rows': [
      nested(8, 'SELECT ROW(r, r) AS r FROM (', 'SELECT r FROM t'),
      nested(60, 'SELECT ROW(r, r) AS r FROM (', 'SELECT r FROM t'),
      'the query has more than 4096 columns, fields of ROWs included',
    ],
    'long lists of columns': [
      `SELECT ${'x, '.repeat(4_000)}x FROM t`,
      `SELECT ${'x, '.repeat(20_000)}x FROM t`,
      'the query has more than 4096 columns, fields of ROWs included',
    ],
  };
  for (const [name, [fits, exceeds, message]] of Object.entries(cases)) {
    it(`${name}: some are planned, too many are refused`, () => {
      assert.equal(problemOf(fits), undefined);
      assert.equal(problemOf(exceeds), `TOO_COMPLEX: ${message}`);
    });
  }

  const large: Readonly<Record<string, string>> = {
    'a long IN list': `SELECT 1 FROM t WHERE x IN (${'1, '.repeat(20_000)}1)`,
    'a long CASE': `SELECT CASE ${'WHEN x = 1 THEN 2 '.repeat(5_000)}END FROM t`,
    'many rows of VALUES': `SELECT * FROM (VALUES ${'(1), '.repeat(20_000)}(1))`,
    'a condition that doubles with each projection below it': `SELECT x FROM (${nested(60, 'SELECT x + x AS x FROM (', 'SELECT x FROM t')}) WHERE x > 0`,
    'an expression that grows with each projection below it': nested(60, `SELECT x${' + 1'.repeat(900)} AS x FROM (`, 'SELECT x FROM t'),
  };
  for (const [name, sql] of Object.entries(large)) it(`${name} is planned`, () => assert.equal(problemOf(sql), undefined));

  it('views nest as common tables do', () => {
    const planner = new Planner(DEFINITIONS);
    planner.define('CREATE VIEW v0 AS SELECT x FROM t');
    assert.throws(
      () => {
        for (let i = 1; ; i++) planner.define(`CREATE VIEW v${i} AS SELECT x FROM v${i - 1}`);
      },
      { code: 'TOO_COMPLEX', message: 'views and common tables nest more than 200 levels deep' },
    );
  });
});
