import { extensions } from 'millrace';
import {
  batchOfRows,
  defineConnector,
  ROW_KIND_NAMES,
  valueAt,
  type Batch,
  type Column,
  type Connector,
  type Field,
  type Source,
  type Value,
} from 'millrace/spec';
import { createFakeClock, StatementSession, type StatementResult } from 'millrace/testing';
import { z } from 'zod';
import { decimalText, numberText } from './duckdb-side.js';
import { DECLARATIONS, type GeneratedTable } from './tables.js';

export type RuntimeMode = 'streaming' | 'batch';

interface FilledTable extends GeneratedTable {
  readonly values: readonly (readonly Value[])[];
}

/** A session whose tables hold the rows that they are given. */
export class MillraceSide {
  readonly #tables = new Map<string, FilledTable>();
  readonly #session: StatementSession;

  /** @param mode in which aggregates send changes, or final rows. */
  constructor(mode: RuntimeMode) {
    let ids = 0;
    const connector = defineConnector({
      name: 'rows',
      options: z.object({}),
      format: 'none',
      createSource: table => rowSource(this.#tables.get(table.name)!, table.fields),
    }) as unknown as Connector;
    this.#session = new StatementSession({
      extensions: { ...extensions, connectors: { rows: () => Promise.resolve(connector) } },
      environment: {},
      clock: createFakeClock(),
      random: () => 0.5,
      newId: () => `id-${++ids}`,
      output: { write: () => undefined },
      openHttp: () => Promise.reject(new Error('no query reads from the network')),
      loadModule: () => Promise.reject(new Error('no query calls a function of a module')),
      warn: () => undefined,
    });
    this.#session.set('execution.runtime-mode', mode);
  }

  async define(table: GeneratedTable, values: readonly (readonly Value[])[]): Promise<void> {
    this.#tables.set(table.name, { ...table, values });
    const declared = table.columns.map(
      column => `${column.name} ${DECLARATIONS[column.type].millrace}${column.notNull ? ' NOT NULL' : ''}`,
    );
    await this.#run(`CREATE TABLE ${table.name} (${declared.join(', ')}) WITH ('connector' = 'rows')`, () => undefined);
  }

  /** The rows that a query leaves, each as text; in its order where it has one. */
  async rows(sql: string): Promise<string[]> {
    const rows = new Remaining();
    const result = await this.#run(sql, batch => rows.take(batch));
    if (result.kind !== 'job') throw new Error(`no query: ${sql}`);
    await result.job.settled;
    return rows.all();
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  #run(sql: string, write: (batch: Batch) => void): Promise<StatementResult> {
    const [statement] = this.#session.parse(`${sql};`).statements;
    return this.#session.execute(statement!, { consumer: { begin: () => undefined, write, end: () => undefined } });
  }
}

/** A bounded source of rows, whose batches are small so that there are several. */
function rowSource(table: FilledTable, fields: readonly Field[]): Source<number> {
  const { columns, splits, rowsPerRead } = table;
  const places = fields.map(field => columns.findIndex(column => column.name === field.name));
  const values = table.values.map(row => places.map(place => row[place]!));
  return {
    boundedness: 'bounded',
    changelogMode: 'insert-only',
    listSplits: () => Promise.resolve(Array.from({ length: splits }, (_, split) => ({ id: String(split) }))),
    openReader(split, from = 0) {
      const rows = values.filter((_, row) => row % splits === Number(split.id));
      let position = from;
      return Promise.resolve({
        read() {
          const next = rows.slice(position, position + rowsPerRead);
          position += next.length;
          const batch = next.length === 0 ? undefined : batchOfRows(fields, next);
          return Promise.resolve({ batch, position, end: position === rows.length });
        },
        close: () => Promise.resolve(),
      });
    },
  };
}

/** The rows that a changelog leaves. */
class Remaining {
  readonly #rows: (string | undefined)[] = [];

  take(batch: Batch): void {
    for (let row = 0; row < batch.rowCount; row++) {
      const text = batch.columns.map(column => cellText(column, row)).join(', ');
      const kind = ROW_KIND_NAMES[batch.rowKinds?.[row] ?? 0]!;
      if (kind.startsWith('+')) this.#rows.push(text);
      else if (this.#rows.includes(text)) this.#rows[this.#rows.lastIndexOf(text)] = undefined;
      else this.#rows.push(`${kind} of a row that is not there: ${text}`);
    }
  }

  all(): string[] {
    return this.#rows.filter(row => row !== undefined);
  }
}

/** As `duckdbText`. */
function cellText(column: Column, row: number): string {
  const value = valueAt(column, row);
  if (value === null) return 'NULL';
  switch (column.type.kind) {
    case 'DATE':
      return `day ${numberText(value as number)}`;
    case 'TIMESTAMP':
      return `time ${numberText(value as number)}`;
    case 'DECIMAL':
      return decimalText(BigInt(value as number), column.type.scale);
    default:
      return typeof value === 'string' ? JSON.stringify(value) : numberText(value as number | bigint | boolean);
  }
}
