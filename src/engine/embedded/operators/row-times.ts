import { toLocal, type Zone } from '../../../common/zone.js';
import type { TimeAttribute } from '../../../planner/logical/node.js';
import type { Batch } from '../../../spec/batch.js';
import type { OperatorContext } from '../operator.js';

/** What decides the windows of rows. */
export interface RowTimesInit {
  /** The column of the time attribute; what stands in it does not matter where that is the clock. */
  readonly time: number;
  readonly timeAttribute: TimeAttribute;
  /** Where windows stand on a wall clock and times are instants: the zone of that clock. Absent where both are the same. */
  readonly zone?: Zone | undefined;
}

/** The times of a batch's rows by which they come into windows: wall clock, microseconds. */
export function rowTimes({ time, timeAttribute, zone }: RowTimesInit, { clock }: OperatorContext): (batch: Batch) => Float64Array {
  const instants =
    timeAttribute === 'rowtime'
      ? (batch: Batch) => batch.columns[time]!.values as Float64Array
      : (batch: Batch) => new Float64Array(batch.rowCount).fill(clock.now() * 1_000);
  return zone ? batch => localTimes(instants(batch), batch.rowCount, zone) : instants;
}

function localTimes(instants: Float64Array, rowCount: number, zone: Zone): Float64Array {
  const local = new Float64Array(rowCount);
  for (let i = 0; i < rowCount; i++) local[i] = toLocal(instants[i]!, zone);
  return local;
}
