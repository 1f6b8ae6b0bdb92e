import { MillraceError } from '../../common/error.js';
import { batchOfRows, type Value } from '../../spec/batch.js';
import type { Source } from '../../spec/connector.js';
import type { Field } from '../../spec/data-type.js';
import { rowOfJson, type Json } from '../../spec/exact-json.js';

/** A row that is to be replayed. Survives JSON. */
export interface ReplayRow {
  /** Of its dead letter. */
  readonly id: string;
  /** The column `row_json` of the dead letter. */
  readonly row: string;
}

/**
 * The rows of dead letters as a source with one split: the fields of the call's input, and behind them the id.
 *
 * @throws {MillraceError} `MALFORMED_RECORD` for a row that does not fit the fields.
 */
export function replaySource(rows: readonly ReplayRow[], fields: readonly Field[], id: Field): Source<number> {
  const values = rows.map(row => [...valuesOf(row, fields), row.id]);
  return {
    boundedness: 'bounded',
    changelogMode: 'insert-only',
    listSplits: () => Promise.resolve([{ id: 'dead-letters' }]),
    openReader(_split, from = 0) {
      let position = from;
      return Promise.resolve({
        read({ maxRows }) {
          const read = values.slice(position, position + maxRows);
          position += read.length;
          const batch = read.length > 0 ? batchOfRows([...fields, id], read) : undefined;
          return Promise.resolve({ batch, position, end: position >= values.length });
        },
        close: () => Promise.resolve(),
      });
    },
  };
}

function valuesOf({ id, row }: ReplayRow, fields: readonly Field[]): Value[] {
  const values = rowOfJson(parsed(row), fields);
  if (values) return values;
  throw new MillraceError({
    code: 'MALFORMED_RECORD',
    message: `the row of dead letter "${id}" does not fit the statement`,
    notes: [{ message: 'the text of the dead letter was changed, or cut short: name the others with --id' }],
  });
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}
