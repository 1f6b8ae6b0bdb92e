/** Who can fix it: the author of the SQL or options, an outside system, or us. */
export type ErrorDomain = 'user' | 'external' | 'internal';

export interface ErrorCodeEntry {
  readonly domain: ErrorDomain;
  /** One sentence: what happened. */
  readonly summary: string;
  /** One sentence: the next step. */
  readonly fix: string;
}

function user(summary: string, fix: string): ErrorCodeEntry {
  return { domain: 'user', summary, fix };
}

function external(summary: string, fix: string): ErrorCodeEntry {
  return { domain: 'external', summary, fix };
}

/** Every error code. `docs/reference/errors.md` is generated from this table. */
export const ERROR_CODES = {
  // Text
  SYNTAX: user('The SQL text does not follow the grammar.', 'Correct the text at the marked place.'),
  UNTERMINATED: user('A string, quoted name or comment is not closed.', 'Close it.'),
  TOO_COMPLEX: user(
    'A statement nests deeper, or becomes larger with its views and common tables, than a plan may.',
    'Split it: write intermediate results to tables, or remove levels of views.',
  ),

  // Names and types
  UNKNOWN_TABLE: user(
    'A query names a table or view that does not exist.',
    'Create it first, or correct the name; names are case-sensitive.',
  ),
  UNKNOWN_CATALOG: user(
    'A name begins with a catalog that does not exist.',
    'Create it with CREATE CATALOG, or correct the name; SHOW CATALOGS lists them.',
  ),
  UNKNOWN_DATABASE: user(
    'A name has a database that nobody created.',
    'Create it with CREATE DATABASE, or correct the name; SHOW DATABASES lists them.',
  ),
  UNKNOWN_COLUMN: user('A query names a column that its tables do not have.', 'Correct the name; names are case-sensitive.'),
  AMBIGUOUS_COLUMN: user('A column name fits several tables of the query.', 'Put the table name in front of it.'),
  UNKNOWN_MODEL: user('A query names a model that does not exist.', 'Create it with CREATE MODEL, or correct the name.'),
  UNKNOWN_FUNCTION: user(
    'A query calls a function that does not exist.',
    'Correct the name; docs/reference/functions.md lists the functions.',
  ),
  ALREADY_EXISTS: user('A name is taken.', 'Drop the object first, use IF NOT EXISTS, or choose another name.'),
  DUPLICATE_NAME: user('A list of columns or options names the same thing twice.', 'Remove or rename one of them.'),
  TYPE_MISMATCH: user('An expression has a type that its place does not accept.', 'Add a CAST, or use another expression.'),
  INVALID_CAST: user('A CAST between these two types is not defined.', 'Cast by way of a type that both know, such as STRING.'),
  INVALID_LITERAL: user('A literal is not a value of its type.', 'Correct the literal.'),
  INVALID_ARGUMENT: user('A function or clause got an argument that it does not accept.', 'Correct the argument as the message says.'),
  COLUMN_COUNT: user('Two lists of columns that belong together differ in length.', 'Make them equally long.'),
  INVALID_DEFINITION: user('A CREATE statement contradicts itself.', 'Correct the definition as the message says.'),
  UNSUPPORTED: user('The statement is valid, but the embedded engine does not run it.', 'Rewrite it as the message says.'),
  CHANGELOG_MODE: user(
    'A sink or operator got row kinds that it does not accept.',
    'Give the sink a primary key, or use a query that only inserts.',
  ),

  // Options and files of the user
  UNKNOWN_OPTION: user('An option key is not known.', 'Correct the key; the message names the nearest known one.'),
  INVALID_OPTION: user('An option has a value that it does not accept.', 'Correct the value as the message says.'),
  MISSING_OPTION: user('A required option is missing.', 'Add it to the WITH clause.'),
  MISSING_SECRET: user('A secret or environment variable that an option refers to is not set.', 'Set it in the environment.'),
  UNKNOWN_EXTENSION: user(
    'No connector, format, provider or runtime has this name.',
    'Correct the name; docs/reference/options.md lists them.',
  ),
  FILE_NOT_FOUND: user('A file or folder does not exist.', 'Correct the path; relative paths start at the working directory.'),
  MODEL_LOAD: user('A model file cannot be loaded.', 'Check that the file is a complete model of the named runtime.'),
  FUNCTION_LOAD: user(
    'A module of functions cannot be loaded, or its export is no function that SQL can call.',
    'Correct the module, the export or the declaration as the message says; paths start at the working directory.',
  ),
  MODEL_SCHEMA: user("The columns of a model's INPUT or OUTPUT do not fit the model.", 'Declare the columns as the message says.'),
  MISSING_PACKAGE: user('An optional package is not installed.', 'Install it with npm as the message says.'),
  STATE_MISMATCH: user('The state directory belongs to another script.', 'Use the same script, or another directory.'),
  STATE_IN_USE: user('The state directory is used by another running job.', 'Stop that job, or use another directory.'),
  USAGE: user('The command line is not valid.', 'See --help.'),

  // Rows
  MALFORMED_RECORD: external(
    'A record cannot be read as a row of its table.',
    'Correct the record, or set ignore-parse-errors of the format.',
  ),
  INVALID_VALUE: external('A value cannot be converted or computed while rows flow.', 'Use TRY_CAST, or filter such rows out.'),
  SUBQUERY_ROWS: external(
    'A subquery that is used as a value gave several rows.',
    'Make it give one: with an aggregate, LIMIT 1, or a condition on a key.',
  ),
  FUNCTION_FAILED: external(
    "A user's function threw an error or gave something else than it declares.",
    'Correct the function; the message says where it failed.',
  ),
  NULL_VIOLATION: external('A NULL arrived where the column says NOT NULL.', 'Filter such rows out, or declare the column nullable.'),

  // Outside systems
  IO: external('Reading or writing a file failed.', 'Check the disk and the permissions; the job can be started again.'),
  UNREACHABLE: external('A service cannot be reached.', 'Check the endpoint and the network.'),
  TIMEOUT: external('A service did not answer in time.', 'Raise the timeout, or try again.'),
  RATE_LIMITED: external('A service refused a call because of its rate limit.', 'Lower max-concurrent-requests, or set rate limits.'),
  QUOTA_EXCEEDED: external('The account of a service has no quota or credit left.', 'Raise the quota of the account.'),
  UNAUTHORIZED: external('A service refused the credentials.', 'Check the key.'),
  REFUSED: external('A service refused a call for good.', 'Correct the model options or the input, as the message says.'),
  SERVICE_ERROR: external('A service failed.', 'Try again later.'),
  BAD_ANSWER: external(
    'A model gave an answer that does not fit its OUTPUT columns.',
    "Check the prompt and the OUTPUT columns, or set 'on-error'.",
  ),
  PREDICTION_FAILED: external('A model could not compute its outputs for these inputs.', "Check the inputs, or set 'on-error'."),
  UNKNOWN_OUTCOME: external(
    'A crash interrupted a call, and nobody knows whether it was answered and paid for.',
    "Set 'recovery' = 'at-least-once' to send such rows again, or replay the dead letters that you want answered.",
  ),
  BUDGET_SPENT: external('The budget of a model is spent.', 'Raise the budget, or wait until its window is over.'),
  INTERRUPTED: external('The job was stopped before it was done.', 'Start it again.'),

  INTERNAL: { domain: 'internal', summary: 'A defect of Millrace.', fix: 'Please report it.' },
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;
