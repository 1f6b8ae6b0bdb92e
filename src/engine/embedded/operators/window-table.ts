import { fromLocal, toLocal, type Zone } from '../../../common/zone.js';
import type { WindowSpec } from '../../../planner/logical/node.js';
import type { Batch, Column } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import type { OperatorFactory } from '../operator.js';
import { transformOperator } from './transform.js';

/** Appends the bounds of each row's window: its start, its end, and its last millisecond as the new time attribute. */
export function windowTableOperator({
  window,
  time,
  fields,
  zone,
}: {
  readonly window: WindowSpec;
  readonly time: number;
  readonly fields: readonly Field[];
  /** Where windows stand on a wall clock and times are instants: the zone of that clock. Absent where both are the same. */
  readonly zone?: Zone | undefined;
}): OperatorFactory {
  const [startType, endType, timeType] = fields.slice(-3).map(field => field.type);
  return transformOperator((batch): Batch => {
    const times = batch.columns[time]!.values as Float64Array;
    const [starts, ends, lasts] = [0, 1, 2].map(() => new Float64Array(batch.rowCount)) as [Float64Array, Float64Array, Float64Array];
    for (let i = 0; i < batch.rowCount; i++) {
      const start = windowStart(zone ? toLocal(times[i]!, zone) : times[i]!, window);
      const end = start + window.sizeMicros;
      starts[i] = start;
      ends[i] = end;
      lasts[i] = lastOf(end, zone);
    }
    const bounds: Column[] = [
      { type: startType!, values: starts },
      { type: endType!, values: ends },
      { type: timeType!, values: lasts },
    ];
    return { ...batch, columns: [...batch.columns, ...bounds] };
  });
}

/** The last millisecond of a window that ends at `end`, as an instant. */
export function lastOf(end: number, zone: Zone | undefined): number {
  return zone ? fromLocal(end - MILLISECOND, zone) : end - MILLISECOND;
}

const MILLISECOND = 1_000;

/** The start of the window that holds `time`; windows start at multiples of their size from the epoch plus the offset. */
export function windowStart(time: number, { sizeMicros, offsetMicros }: WindowSpec): number {
  return Math.floor((time - offsetMicros) / sizeMicros) * sizeMicros + offsetMicros;
}
