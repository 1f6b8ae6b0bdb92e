import { toLocal, type Zone } from '../../../common/zone.js';
import type { TimeAttribute } from '../../../planner/logical/node.js';
import type { AlignedWindow } from '../../../planner/logical/window-spec.js';
import { sliceBatch, takeRows, type Batch, type Column } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import type { OperatorFactory } from '../operator.js';
import { assignWindows, windowsPerRow } from './assign-windows.js';
import { transformOperator } from './transform.js';
import { windowTimeOf } from './window-time.js';

export interface WindowTableOptions {
  readonly window: AlignedWindow;
  /** The column of the time attribute; what stands in it does not matter where that is the clock. */
  readonly time: number;
  readonly timeAttribute: TimeAttribute;
  /** Columns of the result: those of the input, then the bounds. */
  readonly fields: readonly Field[];
  /** Where windows stand on a wall clock and times are instants: the zone of that clock. Absent where both are the same. */
  readonly zone?: Zone | undefined;
}

/**
 * Gives each row the bounds of its windows: start, end, and last millisecond as the new time attribute. A row leaves once
 * for every window that it is in; it is not asked whether these have fired.
 */
export function windowTableOperator({ window, time, timeAttribute, fields, zone }: WindowTableOptions): OperatorFactory {
  return context => {
    const timesOf = timeAttribute === 'rowtime' ? rowTimes(time) : clockTimes(() => context.clock.now() * 1_000);
    const assign = (batch: Batch): Batch | undefined => {
      const times = zone ? localTimes(timesOf(batch), batch.rowCount, zone) : timesOf(batch);
      const { count, rows, starts, ends } = assignWindows(times, batch.rowCount, window);
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

function rowTimes(time: number): (batch: Batch) => Float64Array {
  return batch => batch.columns[time]!.values as Float64Array;
}

function clockTimes(now: () => number): (batch: Batch) => Float64Array {
  return batch => new Float64Array(batch.rowCount).fill(now());
}

function localTimes(times: Float64Array, rowCount: number, zone: Zone): Float64Array {
  const local = new Float64Array(rowCount);
  for (let i = 0; i < rowCount; i++) local[i] = toLocal(times[i]!, zone);
  return local;
}

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
