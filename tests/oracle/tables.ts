import type { Choices } from './choices.js';

/** What the generated queries compute with. AVERAGE is a DOUBLE that is no exact half, with which nothing more is computed. */
export type ValueType = 'INT' | 'BIGINT' | 'DOUBLE' | 'STRING' | 'BOOLEAN' | 'DECIMAL' | 'DATE' | 'TIMESTAMP' | 'AVERAGE';
export type ColumnType = Exclude<ValueType, 'AVERAGE'> | 'INTS' | 'STRINGS';

export interface GeneratedColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly notNull: boolean;
}

export interface GeneratedTable {
  readonly name: string;
  readonly columns: readonly GeneratedColumn[];
  /** Each value as a literal that both engines read. */
  readonly rows: readonly (readonly string[])[];
  /** Over how many splits, and how many rows in one read: where batches end. */
  readonly splits: number;
  readonly rowsPerRead: number;
}

/** How a column is declared. */
export const DECLARATIONS: Readonly<Record<ColumnType, { readonly millrace: string; readonly duckdb: string }>> = {
  INT: { millrace: 'INT', duckdb: 'INTEGER' },
  BIGINT: { millrace: 'BIGINT', duckdb: 'BIGINT' },
  DOUBLE: { millrace: 'DOUBLE', duckdb: 'DOUBLE' },
  STRING: { millrace: 'STRING', duckdb: 'VARCHAR' },
  BOOLEAN: { millrace: 'BOOLEAN', duckdb: 'BOOLEAN' },
  DECIMAL: { millrace: 'DECIMAL(10, 2)', duckdb: 'DECIMAL(10, 2)' },
  DATE: { millrace: 'DATE', duckdb: 'DATE' },
  TIMESTAMP: { millrace: 'TIMESTAMP(3)', duckdb: 'TIMESTAMP' },
  INTS: { millrace: 'ARRAY<INT>', duckdb: 'INTEGER[]' },
  STRINGS: { millrace: 'ARRAY<STRING>', duckdb: 'VARCHAR[]' },
};

/** Few values, so that rows meet; the simplest first. Text holds code points of one to four bytes, BIGINT no safe integer of JavaScript. */
export const LITERALS: Readonly<Record<Exclude<ColumnType, 'INTS' | 'STRINGS'>, readonly string[]>> = {
  INT: ['0', '1', '2', '3', '4', '-1', '-3', '10'],
  BIGINT: ['0', '1', '2', '3', '9007199254740993', '-9007199254740993', '9007199254740992', '-1'],
  DOUBLE: ['0E0', '1E0', '5E-1', '-15E-1', '2E0', '25E-1', '1000000E0'],
  STRING: ["'a'", "''", "'b'", "'ab'", "'B'", "'é'", "'𝒳'", "'�'", "'a b'"],
  BOOLEAN: ['FALSE', 'TRUE'],
  DECIMAL: ['0.00', '1.00', '1.50', '-2.25', '3.00', '99.75'],
  DATE: ["DATE '2024-01-01'", "DATE '2024-02-29'", "DATE '1969-12-31'", "DATE '2024-01-02'"],
  TIMESTAMP: [
    "TIMESTAMP '2024-01-01 00:00:00.000'",
    "TIMESTAMP '2024-01-01 00:00:00.001'",
    "TIMESTAMP '2024-02-29 23:59:59.999'",
    "TIMESTAMP '1969-12-31 12:00:00.000'",
  ],
};

/** Columns of one name meet in USING, so some have different types that compare. */
const COLUMNS: readonly { readonly name: string; readonly types: readonly ColumnType[] }[] = [
  { name: 'i', types: ['INT', 'INT', 'BIGINT'] },
  { name: 's', types: ['STRING'] },
  { name: 'j', types: ['INT', 'INT', 'DECIMAL'] },
  { name: 'b', types: ['BIGINT'] },
  { name: 'd', types: ['DOUBLE'] },
  { name: 'u', types: ['STRING'] },
  { name: 'f', types: ['BOOLEAN'] },
  { name: 'm', types: ['DECIMAL'] },
  { name: 'e', types: ['DATE'] },
  { name: 't', types: ['TIMESTAMP'] },
  { name: 'n', types: ['INTS'] },
  { name: 'w', types: ['STRINGS'] },
];

const TABLES = ['t0', 't1', 't2'];
const MAX_ROWS = 8;

export function generateTables(choices: Choices): GeneratedTable[] {
  return TABLES.map(name => {
    const columns = COLUMNS.filter(({ name: column }) => column === 'i' || choices.chance(column === 's' ? 80 : 45)).map(column => ({
      name: column.name,
      type: choices.pick(column.types),
      notNull: choices.chance(25),
    }));
    const rows: string[][] = [];
    for (let count = choices.chance(92) ? choices.below(MAX_ROWS + 1) : 0; count > 0; count--) {
      const repeated = rows.length > 0 && choices.chance(20);
      rows.push(repeated ? choices.pick(rows) : columns.map(column => generateValue(column, choices)));
    }
    return { name, columns, rows, splits: 1 + choices.below(2), rowsPerRead: 1 + choices.below(4) };
  });
}

function generateValue({ type, notNull }: GeneratedColumn, choices: Choices): string {
  if (!notNull && choices.chance(22)) return 'NULL';
  if (type !== 'INTS' && type !== 'STRINGS') return choices.pick(LITERALS[type]);
  const element = type === 'INTS' ? 'INT' : 'STRING';
  return `[${Array.from({ length: choices.below(4) }, () => (choices.chance(20) ? 'NULL' : choices.pick(LITERALS[element]))).join(', ')}]`;
}

/** The CREATE TABLE and INSERT that give DuckDB the table. */
export function duckdbDefinition({ name, columns, rows }: GeneratedTable): string[] {
  const declared = columns.map(column => `${column.name} ${DECLARATIONS[column.type].duckdb}${column.notNull ? ' NOT NULL' : ''}`);
  const values = rows.map(row => `(${row.join(', ')})`);
  return [
    `CREATE OR REPLACE TABLE ${name} (${declared.join(', ')})`,
    ...(rows.length === 0 ? [] : [`INSERT INTO ${name} VALUES ${values.join(', ')}`]),
  ];
}
