import type { TableObject } from '../../catalog/objects.js';
import { MillraceError } from '../../common/error.js';
import { rowAt, type Value } from '../../spec/batch.js';
import { DEAD_LETTER_COLUMNS, type DeadLetterColumnName } from '../../spec/dead-letter.js';
import type { TableFactory } from '../table-factory.js';

/** A dead letter as it was read: columns that its table has not are NULL. */
export type DeadLetter = Readonly<Record<DeadLetterColumnName, Value>>;

const READ = { maxRows: 1_000, maxBytes: 8 * 1024 * 1024, waitMs: 0 };

/**
 * All rows of a table of dead letters, in its order.
 *
 * @param required columns without which they are of no use to the caller.
 * @throws {MillraceError} also for a table that has no end, or not these columns.
 */
export async function readDeadLetters(
  tables: TableFactory,
  table: TableObject,
  required: readonly DeadLetterColumnName[],
): Promise<DeadLetter[]> {
  const columns = DEAD_LETTER_COLUMNS.flatMap(({ name }) => {
    const at = table.columns.findIndex(column => column.name === name && column.kind !== 'computed');
    return at === -1 ? [] : [{ name, at }];
  });
  const missing = required.find(name => !columns.some(column => column.name === name));
  if (missing !== undefined) {
    throw new MillraceError({
      code: 'UNKNOWN_COLUMN',
      message: `table "${table.name.object}" has no column "${missing}", and a dead letter is of no use here without it`,
      notes: [{ message: `declare ${required.join(', ')} in the table that dead letters go to` }],
    });
  }
  const source = await tables.openSource(
    table,
    columns.map(({ at }) => at),
    new Map(),
  );
  const none = Object.fromEntries(DEAD_LETTER_COLUMNS.map(({ name }) => [name, null])) as Record<DeadLetterColumnName, Value>;
  const letters: DeadLetter[] = [];
  try {
    if (source.boundedness === 'unbounded') throw endless(table);
    for (const split of await source.listSplits()) {
      const reader = await source.openReader(split, undefined);
      try {
        for (let isOver = false; !isOver;) {
          const { batch, end } = await reader.read({ ...READ, signal: new AbortController().signal });
          for (let row = 0; row < (batch?.rowCount ?? 0); row++) {
            const values = rowAt(batch!, row);
            letters.push({ ...none, ...Object.fromEntries(columns.map(({ name }, i) => [name, values[i] ?? null])) });
          }
          isOver = end;
        }
      } finally {
        await reader.close();
      }
    }
  } finally {
    await source.close?.();
  }
  return letters;
}

function endless({ name }: TableObject): MillraceError {
  return new MillraceError({
    code: 'UNSUPPORTED',
    message: `table "${name.object}" has no end, so its dead letters cannot be listed`,
    notes: [{ message: 'declare a second table over the same place that ends' }],
  });
}
