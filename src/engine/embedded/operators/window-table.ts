import type { Zone } from '../../../common/zone.js';
import type { AlignedWindow } from '../../../planner/logical/window-spec.js';
import { sliceBatch, takeRows, type Batch, type Column } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import type { OperatorFactory } from '../operator.js';
import { assignWindows, windowsPerRow } from './assign-windows.js';
import { rowTimes, type RowTimesInit } from './row-times.js';
import { transformOperator } from './transform.js';
import { windowTimeOf } from './window-time.js';

export interface WindowTableOptions extends RowTimesInit {
  readonly window: AlignedWindow;
  /** Columns of the result: those of the input, then the bounds. */
  readonly fields: readonly Field[];
}

/**
 * Gives each row the bounds of its windows: start, end, and last millisecond as the new time attribute. A row leaves once
 * for every window that it is in; it is not asked whether these have fired.
 */
export function windowTableOperator(options: WindowTableOptions): OperatorFactory {
  const { window, fields, zone } = options;
  return context => {
    const timesOf = rowTimes(options, context);
    const assign = (batch: Batch): Batch | undefined => {
      const { count, rows, starts, ends } = assignWindows(timesOf(batch), batch.rowCount, window);
      if (count === 0) return undefined;
      const carried = rows ? takeRows(batch, rows) : batch;
      return { ...carried, columns: [...carried.columns, ...boundColumns({ starts, ends, count }, fields, zone)] };
    };
    const maxRows = Math.max(1, Math.floor(MAX_ROWS_OUT / windowsPerRow(window)));
    return transformOperator(batch => {
      const { rowCount } = batch;
      if (rowCount <= maxRows) return assign(batch);
      const pieces = Array.from({ length: Math.ceil(rowCount / maxRows) }, (_, i) =>
        assign(sliceBatch(batch, i * maxRows, Math.min((i + 1) * maxRows, rowCount))),
      );
      return pieces.filter(piece => piece !== undefined);
    })(context);
  };
}

/** How many rows leave together at most, unless one row has more windows: short slides make many of one batch. */
const MAX_ROWS_OUT = 65_536;

/** The three columns that a window adds, typed as the last fields. */
export function boundColumns(
  { starts, ends, count }: { readonly starts: Float64Array; readonly ends: Float64Array; readonly count: number },
  fields: readonly Field[],
  zone: Zone | undefined,
): Column[] {
  const times = new Float64Array(count);
  // Rows that come together are mostly in the same windows, and a wall clock with changes is slow to turn into an instant.
  let lastEnd = NaN;
  let lastTime = NaN;
  for (let i = 0; i < count; i++) {
    if (ends[i] !== lastEnd) {
      lastEnd = ends[i]!;
      lastTime = windowTimeOf(lastEnd, zone);
    }
    times[i] = lastTime;
  }
  const [startType, endType, timeType] = fields.slice(-3).map(field => field.type);
  return [
    { type: startType!, values: starts },
    { type: endType!, values: ends },
    { type: timeType!, values: times },
  ];
}
