/**
 * Random queries over random tables give the same rows as DuckDB gives: joins, subqueries, set operations, groups, orders,
 * OVER. Half of the tables are queried in streaming mode, half in batch mode.
 *
 * Where the semantics of Flink and DuckDB differ, nothing is generated:
 *
 * - division, and AVG of anything but DOUBLE: integers and DECIMAL have other result types;
 * - sums and products that leave their type: Flink wraps or gives NULL, DuckDB fails. SUM of BIGINT is not generated either,
 *   since a sum of large ones is a HUGEINT there;
 * - sums of DOUBLE that are no halves, since those depend on the order of the rows; NaN, infinity and -0.0, whose order
 *   and equality differ;
 * - an order without NULLS FIRST or LAST, and LIMIT on an order that is not total;
 * - the empty one of GROUPING SETS: of no rows DuckDB makes a group for it;
 * - OVER where the order of equal rows shows;
 * - rows in IN: for DuckDB a NULL within a row equals a NULL;
 * - GREATEST and LEAST with NULL, CAST of BOOLEAN, DOUBLE and times to text, and functions of text beyond the plainest;
 * - aggregates over columns of an outer query alone, which belong to that query;
 * - subqueries in ON of an outer join, and subqueries as arguments of aggregates, which Flink refuses.
 *
 * `ORACLE_SEED` and `ORACLE_QUERIES` give another run than the usual one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DuckDbSide } from './duckdb-side.js';
import { QueryGenerator } from './queries.js';
import { choicesOf, Scenario, simplest } from './scenario.js';
import { generateTables } from './tables.js';

const SEED = process.env['ORACLE_SEED'] ?? 'millrace';
const QUERIES = Number(process.env['ORACLE_QUERIES'] ?? 1_000);
const QUERIES_A_SCENARIO = 20;
/** Of all queries, those that DuckDB has not implemented. */
const MOST_REFUSED = 0.05;
/** Of all queries, those that give rows: others say little. */
const FEWEST_WITH_ROWS = 0.4;

test(`${QUERIES} random queries give what DuckDB gives`, async () => {
  const duckdb = await DuckDbSide.open();
  const refused: string[] = [];
  let compared = 0;
  let withRows = 0;
  for (let number = 0; compared < QUERIES; number++) {
    const tables = choicesOf(`${SEED} ${number}`);
    const mode = number % 2 === 0 ? 'streaming' : 'batch';
    const scenario = await Scenario.open(generateTables(tables), duckdb, mode);
    for (let i = 0; i < QUERIES_A_SCENARIO && compared < QUERIES; i++) {
      const seed = `${SEED} ${number} ${i}`;
      const query = choicesOf(seed);
      const generated = new QueryGenerator(scenario.tables, query).query();
      const outcome = await scenario.compare(generated);
      if (outcome.kind === 'different') {
        const simple = await simplest({ mode, tables: tables.taken, query: query.taken }, duckdb);
        assert.fail(`seed ${seed}, ${mode}: Millrace and DuckDB differ\n\n${simple}\n\nbefore it was made simpler:\n${generated.sql}`);
      }
      if (outcome.kind === 'refused') refused.push(`${outcome.reason}\n${generated.sql}`);
      else {
        compared++;
        if (outcome.rowCount > 0) withRows++;
      }
    }
    await scenario.close();
  }
  duckdb.close();
  assert.ok(withRows >= QUERIES * FEWEST_WITH_ROWS, `only ${withRows} queries give rows`);
  assert.ok(refused.length <= QUERIES * MOST_REFUSED, `DuckDB refuses ${refused.length} queries:\n${refused.slice(0, 5).join('\n\n')}`);
});
