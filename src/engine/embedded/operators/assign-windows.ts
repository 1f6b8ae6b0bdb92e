import type { AlignedWindow, CumulateWindow, HopWindow } from '../../../planner/logical/window-spec.js';

/** The windows of the rows of a batch: window `i` holds row `rows[i]`. Rows keep their order, and come once a window, the earliest first. */
export interface AssignedWindows {
  readonly count: number;
  /** `undefined` where every row has one window: window `i` holds row `i`. */
  readonly rows: Int32Array | undefined;
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

/** @param times wall clock of the windows, for `rowCount` rows; microseconds as are the bounds. */
export function assignWindows(times: Float64Array, rowCount: number, window: AlignedWindow): AssignedWindows {
  switch (window.kind) {
    case 'tumble': {
      const starts = new Float64Array(rowCount);
      const ends = new Float64Array(rowCount);
      for (let i = 0; i < rowCount; i++) {
        const start = startOf(times[i]!, window.sizeMicros, window.offsetMicros);
        starts[i] = start;
        ends[i] = start + window.sizeMicros;
      }
      return { count: rowCount, rows: undefined, starts, ends };
    }
    case 'hop':
      return assignHops(times, rowCount, window);
    case 'cumulate':
      return assignSteps(times, rowCount, window);
  }
}

/** How many windows a row has at most. */
export function windowsPerRow(window: AlignedWindow): number {
  switch (window.kind) {
    case 'tumble':
      return 1;
    case 'hop':
      return Math.ceil(window.sizeMicros / window.slideMicros);
    case 'cumulate':
      return window.sizeMicros / window.stepMicros;
  }
}

/** The last multiple of `period` plus `offset` that is not after `time`. */
function startOf(time: number, period: number, offset: number): number {
  return Math.floor((time - offset) / period) * period + offset;
}

function assignHops(times: Float64Array, rowCount: number, window: HopWindow): AssignedWindows {
  const { slideMicros, sizeMicros, offsetMicros } = window;
  const windows = new WindowList(rowCount * windowsPerRow(window));
  for (let row = 0; row < rowCount; row++) {
    const time = times[row]!;
    const last = startOf(time, slideMicros, offsetMicros);
    // A window holds its start and not its end, so the first is the one behind that which ends at or before the time.
    for (let start = startOf(time - sizeMicros, slideMicros, offsetMicros) + slideMicros; start <= last; start += slideMicros)
      windows.add(row, start, start + sizeMicros);
  }
  return windows.assigned();
}

function assignSteps(times: Float64Array, rowCount: number, window: CumulateWindow): AssignedWindows {
  const { stepMicros, sizeMicros, offsetMicros } = window;
  const windows = new WindowList(rowCount * windowsPerRow(window));
  for (let row = 0; row < rowCount; row++) {
    const start = startOf(times[row]!, sizeMicros, offsetMicros);
    const last = start + sizeMicros;
    for (let end = startOf(times[row]!, stepMicros, start) + stepMicros; end <= last; end += stepMicros) windows.add(row, start, end);
  }
  return windows.assigned();
}

/** Columns of a known greatest length that are filled from the front. */
class WindowList {
  readonly #rows: Int32Array;
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  #count = 0;

  constructor(capacity: number) {
    this.#rows = new Int32Array(capacity);
    this.#starts = new Float64Array(capacity);
    this.#ends = new Float64Array(capacity);
  }

  add(row: number, start: number, end: number): void {
    const at = this.#count++;
    this.#rows[at] = row;
    this.#starts[at] = start;
    this.#ends[at] = end;
  }

  assigned(): AssignedWindows {
    const count = this.#count;
    return { count, rows: this.#rows.subarray(0, count), starts: this.#starts.subarray(0, count), ends: this.#ends.subarray(0, count) };
  }
}
