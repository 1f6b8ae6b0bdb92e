import {
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBTimestampValue,
  type DuckDBConnection,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Value } from 'millrace/spec';
import { duckdbDefinition, type GeneratedTable } from './tables.js';

/** DuckDB in memory. */
export class DuckDbSide {
  readonly #connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  static async open(): Promise<DuckDbSide> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    return new DuckDbSide(await instance.connect());
  }

  /** Makes the table, or makes it anew; its rows in the form of `Value`. */
  async define(table: GeneratedTable): Promise<readonly (readonly Value[])[]> {
    for (const statement of duckdbDefinition(table)) await this.#connection.run(statement);
    const rows = await this.rows(`SELECT * FROM ${table.name}`);
    return rows.map(row => row.map(valueOf));
  }

  async rows(sql: string): Promise<readonly (readonly DuckDBValue[])[]> {
    return (await this.#connection.runAndReadAll(sql)).getRows();
  }

  close(): void {
    this.#connection.closeSync();
  }
}

function valueOf(value: DuckDBValue): Value {
  if (value === null) return null;
  if (value instanceof DuckDBDateValue) return value.days;
  if (value instanceof DuckDBTimestampValue) return Number(value.micros);
  if (value instanceof DuckDBDecimalValue) return longOf(value.value);
  if (value instanceof DuckDBListValue) return value.items.map(valueOf);
  return typeof value === 'bigint' ? longOf(value) : (value as number | string | boolean);
}

function longOf(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** A value as text, the same for equal values of either engine. */
export function duckdbText(value: DuckDBValue): string {
  if (value === null) return 'NULL';
  if (value instanceof DuckDBDateValue) return `day ${value.days}`;
  if (value instanceof DuckDBTimestampValue) return `time ${value.micros}`;
  if (value instanceof DuckDBDecimalValue) return decimalText(value.value, value.scale);
  return typeof value === 'string' ? JSON.stringify(value) : numberText(value as number | bigint | boolean);
}

/** Without zeros at its end: 1.50 of one type equals 1.5 of another. */
export function decimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  const whole = digits.slice(0, digits.length - scale);
  return `${unscaled < 0n ? '-' : ''}${whole}${scale > 0 && fraction !== '' ? `.${fraction}` : ''}`;
}

export function numberText(value: number | bigint | boolean): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
