import type { SessionWindow } from '../../../planner/logical/window-spec.js';
import { batchOfRows, rowAt, type Value } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import type { OperatorFactory } from '../operator.js';
import type { RowTimesInit } from './row-times.js';
import { sessionOperator } from './session.js';
import { windowTimeOf } from './window-time.js';

export interface SessionTableOptions extends RowTimesInit {
  readonly window: SessionWindow;
  /** Columns of the result: those of the input, then the bounds. */
  readonly fields: readonly Field[];
}

/** Keeps rows until their session fires, and sends them on with its bounds; the rows of one in the order in which they came. */
export function sessionTableOperator(options: SessionTableOptions): OperatorFactory {
  const { window, fields, zone } = options;
  return sessionOperator<Value[][]>({
    ...options,
    gapMicros: window.gapMicros,
    partition: window.partition,
    content: {
      create: () => [],
      merge(rows, others) {
        for (const row of others) rows.push(row);
      },
    },
    add: (rows, batch, row) => rows.push(rowAt(batch, row)),
    result(due) {
      const rows: Value[][] = [];
      for (const { start, end, content } of due) {
        const time = windowTimeOf(end, zone);
        for (const row of content) rows.push([...row, start, end, time]);
      }
      return rows.length === 0 ? undefined : batchOfRows(fields, rows);
    },
  });
}
