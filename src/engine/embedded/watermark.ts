/** The watermark of several streams read as one: the lowest; `Infinity` for none. */
export function combineWatermarks(times: readonly number[]): number {
  return times.reduce((lowest, time) => Math.min(lowest, time), Infinity);
}
