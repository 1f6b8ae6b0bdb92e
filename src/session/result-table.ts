import { STRING, type Field } from '../spec/data-type.js';
import type { StatementResult } from './statement-result.js';

/** A result that is complete at once. */
export type ResultTable = Extract<StatementResult, { kind: 'rows' }>;

/** A nullable column of text. */
export function textField(name: string): Field {
  return { name, type: STRING };
}

/** Names with values, as Flink describes what is no table. */
export function infoTable(rows: readonly (readonly [string, string])[]): ResultTable {
  return { kind: 'rows', fields: [textField('info name'), textField('info value')], rows };
}
