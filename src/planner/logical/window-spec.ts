import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND } from '../../common/civil.js';

/** How rows come into windows. All lengths are whole milliseconds in microseconds. */
export type WindowSpec = AlignedWindow | SessionWindow;

/** Windows whose bounds do not depend on the rows. */
export type AlignedWindow = TumbleWindow | HopWindow | CumulateWindow;

/** Windows of equal length, one behind the other: they start at multiples of `sizeMicros` from the epoch plus the offset. */
export interface TumbleWindow {
  readonly kind: 'tumble';
  readonly sizeMicros: number;
  readonly offsetMicros: number;
}

/**
 * Windows of equal length that start at multiples of `slideMicros` from the epoch plus the offset. They overlap where the
 * slide is shorter than the size, and leave rows out where it is longer.
 */
export interface HopWindow {
  readonly kind: 'hop';
  readonly slideMicros: number;
  readonly sizeMicros: number;
  readonly offsetMicros: number;
}

/** Windows that start as those of `tumble` do and end after one step, two steps, up to the size, which is a multiple of the step. */
export interface CumulateWindow {
  readonly kind: 'cumulate';
  readonly stepMicros: number;
  readonly sizeMicros: number;
  readonly offsetMicros: number;
}

/** Rows of one partition that are no further apart than the gap; a window ends one gap after its last row. */
export interface SessionWindow {
  readonly kind: 'session';
  readonly gapMicros: number;
  /** Fields of the input; rows with equal values are one partition, and NULL equals NULL. */
  readonly partition: readonly number[];
}

/** The fields of the input that the windows depend on besides the time. */
export function windowColumns(window: WindowSpec): readonly number[] {
  return window.kind === 'session' ? window.partition : [];
}

/** The same windows over an input whose fields stand at other places. */
export function moveWindow(window: WindowSpec, place: (index: number) => number): WindowSpec {
  return window.kind === 'session' ? { ...window, partition: window.partition.map(place) } : window;
}

/** `hop(ts, slide 5 s, size 10 s)`. @param names of the input's fields. */
export function formatWindow(window: WindowSpec, time: string, names: readonly string[]): string {
  return `${window.kind}(${[time, ...describe(window, names)].join(', ')})`;
}

function describe(window: WindowSpec, names: readonly string[]): string[] {
  switch (window.kind) {
    case 'tumble':
      return [formatLength(window.sizeMicros), ...describeOffset(window)];
    case 'hop':
      return [`slide ${formatLength(window.slideMicros)}`, `size ${formatLength(window.sizeMicros)}`, ...describeOffset(window)];
    case 'cumulate':
      return [`step ${formatLength(window.stepMicros)}`, `size ${formatLength(window.sizeMicros)}`, ...describeOffset(window)];
    case 'session': {
      const partition = window.partition.map(index => names[index]).join(', ');
      return [`gap ${formatLength(window.gapMicros)}`, ...(partition ? [`partition by ${partition}`] : [])];
    }
  }
}

function describeOffset({ offsetMicros }: AlignedWindow): string[] {
  return offsetMicros === 0 ? [] : [`offset ${formatLength(offsetMicros)}`];
}

const UNITS: readonly (readonly [micros: number, name: string])[] = [
  [MICROS_PER_DAY, 'd'],
  [MICROS_PER_HOUR, 'h'],
  [MICROS_PER_MINUTE, 'min'],
  [MICROS_PER_SECOND, 's'],
];

/** The length in the largest unit that it is a whole number of; seconds with a fraction where there is none. */
function formatLength(micros: number): string {
  const [unit, name] = UNITS.find(([each]) => micros % each === 0) ?? UNITS.at(-1)!;
  return `${micros / unit} ${name}`;
}
