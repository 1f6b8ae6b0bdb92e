import { seededRandom } from 'millrace/kit';
import { Choices, shrink } from './choices.js';
import { DuckDbSide, duckdbText } from './duckdb-side.js';
import { MillraceSide, type RuntimeMode } from './millrace-side.js';
import { QueryGenerator, type GeneratedQuery } from './queries.js';
import { duckdbDefinition, generateTables, type GeneratedTable } from './tables.js';

/** `difference` tells what both gave; DuckDB refuses what it has not implemented, and sums beyond 64 bits are left out. */
export type Outcome =
  | { readonly kind: 'equal'; readonly rowCount: number }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'different'; readonly difference: string };

/** Real milliseconds after which a query is held to hang; the slowest takes a hundredth of it. */
const HANGS_AFTER_MS = 20_000;

/** Both engines with the same tables. */
export class Scenario {
  readonly tables: readonly GeneratedTable[];
  readonly #duckdb: DuckDbSide;
  readonly #millrace: MillraceSide;

  private constructor(tables: readonly GeneratedTable[], duckdb: DuckDbSide, mode: RuntimeMode) {
    this.#millrace = new MillraceSide(mode);
    this.tables = tables;
    this.#duckdb = duckdb;
  }

  static async open(tables: readonly GeneratedTable[], duckdb: DuckDbSide, mode: RuntimeMode): Promise<Scenario> {
    const scenario = new Scenario(tables, duckdb, mode);
    for (const table of tables) await scenario.#millrace.define(table, await duckdb.define(table));
    return scenario;
  }

  async compare({ sql, isOrdered }: GeneratedQuery): Promise<Outcome> {
    const expected = await this.#expected(sql);
    if (!Array.isArray(expected)) return { kind: 'refused', reason: expected };
    const actual = await this.#actual(sql);
    const [left, right] = isOrdered ? [actual, expected] : [actual.toSorted(), expected.toSorted()];
    if (left.join('\n') === right.join('\n')) return { kind: 'equal', rowCount: right.length };
    return { kind: 'different', difference: `Millrace:\n${indented(left)}\nDuckDB:\n${indented(right)}` };
  }

  close(): Promise<void> {
    return this.#millrace.close();
  }

  /** Why DuckDB gives no rows to compare with, else the rows. */
  async #expected(sql: string): Promise<string[] | string> {
    try {
      return (await this.#duckdb.rows(sql)).map(row => row.map(duckdbText).join(', '));
    } catch (thrown) {
      return (thrown as Error).message;
    }
  }

  async #actual(sql: string): Promise<string[]> {
    const stop = new AbortController();
    const hangs = new Promise<string[]>(resolve => {
      const timer = setTimeout(() => resolve(['the query does not end']), HANGS_AFTER_MS);
      stop.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    try {
      return await Promise.race([this.#millrace.rows(sql), hangs]);
    } catch (thrown) {
      return [String(thrown)];
    } finally {
      stop.abort();
    }
  }
}

/** The decisions of a scenario and of a query. */
export interface Failed {
  readonly mode: RuntimeMode;
  readonly tables: readonly number[];
  readonly query: readonly number[];
}

/** The simplest tables and query found that fail as those of a failure, as SQL for DuckDB, with what both engines give. */
export async function simplest(failed: Failed, duckdb: DuckDbSide): Promise<string> {
  const failure = await fail(failed, duckdb);
  if (!failure) return 'it does not fail when it is run again';
  const isSame = async (candidate: Failed): Promise<boolean> => (await fail(candidate, duckdb))?.kind === failure.kind;
  let simple = failed;
  for (const part of ['query', 'tables', 'query'] as const) {
    const kept = simple;
    simple = { ...kept, [part]: await shrink(kept[part], taken => isSame({ ...kept, [part]: taken })) };
  }
  return (await fail(simple, duckdb))!.report;
}

/** How a query fails: `kind` is an error, or that the rows differ. */
async function fail(
  { mode, tables, query }: Failed,
  duckdb: DuckDbSide,
): Promise<{ readonly kind: string; readonly report: string } | undefined> {
  const scenario = await Scenario.open(generateTables(Choices.replay(tables)), duckdb, mode);
  try {
    const generated = new QueryGenerator(scenario.tables, Choices.replay(query)).query();
    const outcome = await scenario.compare(generated);
    if (outcome.kind !== 'different') return undefined;
    const [error] = /\w*Errors?: .{0,40}/.exec(outcome.difference) ?? ['rows'];
    const definitions = scenario.tables.flatMap(duckdbDefinition);
    return { kind: error, report: `${[...definitions, generated.sql].join(';\n')};\n\n${outcome.difference}` };
  } finally {
    await scenario.close();
  }
}

export function choicesOf(seed: string): Choices {
  return Choices.random(seededRandom(seed));
}

function indented(rows: readonly string[]): string {
  return rows.map(row => `  ${row}`).join('\n');
}
