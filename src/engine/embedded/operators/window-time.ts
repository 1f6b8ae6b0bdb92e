import { fromLocal, lastFromLocal, type Zone } from '../../../common/zone.js';

const MILLISECOND = 1_000;

/** The last millisecond of a window that ends at `end`, as an instant: the value of `window_time`. */
export function windowTimeOf(end: number, zone: Zone | undefined): number {
  return zone ? fromLocal(end - MILLISECOND, zone) : end - MILLISECOND;
}

/**
 * The instant at which a window that ends at `end` fires: its last millisecond. Where the wall clock shows that twice it is
 * the second, so that the rows of a repeated hour are in time for it, as in Flink.
 */
export function fireTimeOf(end: number, zone: Zone | undefined): number {
  return zone ? lastFromLocal(end - MILLISECOND, zone) : end - MILLISECOND;
}
