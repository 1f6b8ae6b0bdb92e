import { MillraceError } from './error.js';
import type { Span } from './span.js';

interface NotRun {
  /** Whether Flink runs it. */
  readonly flink: boolean;
  /** What to write instead, where there is something. */
  readonly instead?: string;
}

/** What to do with what Flink runs and the embedded engine does not. */
export const ON_FLINK = 'run the script on a Flink cluster: --engine flink';

/** What is read and understood, and not run by the embedded engine. */
export const NOT_RUN = {
  'ADD JAR': { flink: true, instead: "functions come from ES modules: CREATE FUNCTION f AS 'module.mjs#export' LANGUAGE JAVASCRIPT" },
  'REMOVE JAR': { flink: true, instead: 'functions go with DROP FUNCTION' },
  'LOAD MODULE': { flink: true, instead: 'the functions of the core module are always there; others come with CREATE FUNCTION' },
  'UNLOAD MODULE': { flink: true },
  'USE MODULES': { flink: true },
  'ANALYZE TABLE': { flink: true, instead: 'remove it: plans here do not depend on statistics' },
  'TRUNCATE TABLE': { flink: true, instead: 'INSERT OVERWRITE replaces the rows of a table' },
  CALL: { flink: true },
  'DELETE FROM': { flink: true, instead: 'rows change by INSERT into a table with a primary key' },
  UPDATE: { flink: true, instead: 'rows change by INSERT into a table with a primary key' },
  'UPSERT INTO': { flink: false, instead: 'write INSERT INTO; a table with a primary key keeps the last row of each key' },
  'COMPILE PLAN': { flink: true, instead: 'a plan is made from the script each time; EXPLAIN shows it' },
  'COMPILE AND EXECUTE PLAN': { flink: true, instead: 'run the INSERT or the statement set itself' },
  'EXECUTE PLAN': { flink: true, instead: 'run the INSERT or the statement set itself' },
  'REPLACE TABLE': { flink: true, instead: 'write CREATE OR REPLACE TABLE' },
  'CREATE MATERIALIZED TABLE': { flink: true, instead: 'write CREATE TABLE, and an INSERT that fills it' },
  'CREATE OR ALTER MATERIALIZED TABLE': { flink: true, instead: 'write CREATE TABLE, and an INSERT that fills it' },
  'ALTER MATERIALIZED TABLE': { flink: true },
  'DROP MATERIALIZED TABLE': { flink: true },
  'SHOW MATERIALIZED TABLES': { flink: true },
  'SHOW CREATE MATERIALIZED TABLE': { flink: true },
  'ALTER TEMPORARY FUNCTION': { flink: true, instead: 'drop the function and create it anew' },
  'ALTER TEMPORARY SYSTEM FUNCTION': { flink: true, instead: 'drop the function and create it anew' },

  MATCH_RECOGNIZE: { flink: true },
  'FOR SYSTEM_TIME AS OF outside of a join': { flink: true },
  'CREATE MODEL … AS': { flink: false, instead: "train the model elsewhere, and name its file: 'provider' = 'local', 'model-path' = '…'" },
  'SHOW JOBS, DESCRIBE JOB and STOP JOB': { flink: true, instead: 'the jobs of a script run in its process: end them with Ctrl-C' },
  'the type RAW': { flink: true, instead: 'declare BYTES or STRING' },
  'the type STRUCTURED': { flink: true, instead: 'declare a ROW with the same fields' },
  'the type VARIANT': { flink: true, instead: 'declare STRING, and read it with the JSON functions' },
  'ARRAY of a query': { flink: false, instead: 'write (SELECT ARRAY_AGG(…) FROM …)' },
  'MAP of a query': { flink: false },
  'MULTISET of a query': { flink: false, instead: 'write (SELECT COLLECT(…) FROM …)' },
  'DISTRIBUTED BY': { flink: true, instead: 'remove it: one process writes all rows' },
  'functions in JAR files': { flink: true, instead: "write a function of an ES module: AS 'module.mjs#export' LANGUAGE JAVASCRIPT" },
  'options of functions': { flink: true, instead: 'remove the WITH clause' },
} as const satisfies Record<string, NotRun>;

/** The error that something is not run, with what to do: another way of writing it, Flink, or both. */
export function notRun(what: keyof typeof NOT_RUN, span?: Span): MillraceError {
  const { flink, instead }: NotRun = NOT_RUN[what];
  const notes = [...(instead === undefined ? [] : [instead]), ...(flink ? [ON_FLINK] : [])];
  return new MillraceError({
    code: 'UNSUPPORTED',
    message: `the embedded engine does not run ${what}`,
    ...(span && { span }),
    notes: notes.map(message => ({ message })),
  });
}
