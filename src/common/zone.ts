import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND } from './civil.js';

/** A time zone with what it has learned about its offsets. Make one for a session or an operator and keep it. */
export interface Zone {
  /** As given: an IANA name, `UTC`, or an offset such as `+02:00`. */
  readonly name: string;
  /** Microseconds east of UTC where the offset never changes; `undefined` where it does. */
  readonly fixedOffset: number | undefined;
  /** Microseconds to add to a UTC instant (in microseconds) to get the wall clock. */
  offsetAt(utcMicros: number): number;
}

/** The zone whose wall clock is UTC. */
export const UTC: Zone = { name: 'UTC', fixedOffset: 0, offsetAt: () => 0 };

/**
 * A zone by IANA name, `UTC`, `GMT`, `Z`, or offset (`+02:00`, `GMT+2`, `UTC-03:30`).
 *
 * @returns `undefined` when there is no such zone.
 */
export function createZone(name: string): Zone | undefined {
  const fixedOffset = parseFixedOffset(name);
  if (fixedOffset !== undefined) return { name, fixedOffset, offsetAt: () => fixedOffset };
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch {
    return undefined;
  }
  return { name, fixedOffset: undefined, offsetAt: cachedOffsets(micros => lookUpOffset(format, micros)) };
}

/** The wall clock of a UTC instant, both in microseconds. */
export function toLocal(utcMicros: number, zone: Zone): number {
  return utcMicros + (zone.fixedOffset ?? zone.offsetAt(utcMicros));
}

/**
 * The UTC instant of a wall clock, both in microseconds.
 *
 * A time that a change of the clock skips is moved forward by the length of the gap; of a time that happens twice the
 * first is taken. Both as in Java's `LocalDateTime.atZone`.
 */
export function fromLocal(wallMicros: number, zone: Zone): number {
  if (zone.fixedOffset !== undefined) return wallMicros - zone.fixedOffset;
  const before = zone.offsetAt(wallMicros - MICROS_PER_DAY);
  const after = zone.offsetAt(wallMicros + MICROS_PER_DAY);
  if (before === after || zone.offsetAt(wallMicros - before) === before) return wallMicros - before;
  return zone.offsetAt(wallMicros - after) === after ? wallMicros - after : wallMicros - before;
}

/**
 * The last UTC instant at which the wall clock has not passed `wallMicros`, both in microseconds: of a time that happens
 * twice the second, and of a time that a change of the clock skips the instant of the change.
 */
export function lastFromLocal(wallMicros: number, zone: Zone): number {
  if (zone.fixedOffset !== undefined) return wallMicros - zone.fixedOffset;
  const before = zone.offsetAt(wallMicros - MICROS_PER_DAY);
  const after = zone.offsetAt(wallMicros + MICROS_PER_DAY);
  if (before === after || zone.offsetAt(wallMicros - after) === after) return wallMicros - after;
  if (zone.offsetAt(wallMicros - before) === before) return wallMicros - before;
  return changeBetween(wallMicros - after, wallMicros - before, zone);
}

/** The first instant with another offset than `from` has; `to` has another one. */
function changeBetween(from: number, to: number, zone: Zone): number {
  const offset = zone.offsetAt(from);
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zone.offsetAt(middle) === offset) low = middle;
    else high = middle;
  }
  return high;
}

const FIXED_OFFSET = /^(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?$/;

function parseFixedOffset(name: string): number | undefined {
  if (name === 'UTC' || name === 'GMT' || name === 'Z' || name === 'UT') return 0;
  const match = FIXED_OFFSET.exec(name);
  if (match === null) return undefined;
  const magnitude =
    Number(match[2]) * MICROS_PER_HOUR + Number(match[3] ?? 0) * MICROS_PER_MINUTE + Number(match[4] ?? 0) * MICROS_PER_SECOND;
  if (magnitude > 18 * MICROS_PER_HOUR) return undefined;
  return match[1] === '-' ? 0 - magnitude : magnitude;
}

function lookUpOffset(format: Intl.DateTimeFormat, utcMicros: number): number {
  const parts = format.formatToParts(Math.floor(utcMicros / 1_000));
  const text = parts.find(part => part.type === 'timeZoneName')!.value;
  return text === 'GMT' ? 0 : parseFixedOffset(text)!;
}

interface DayOffsets {
  readonly offset: number;
  /** From this instant on the day has `later`; infinite on days without a change. */
  readonly changeAt: number;
  readonly later: number;
}

/** Remembers offsets by UTC day and the instant of the change on days that have one. */
function cachedOffsets(lookUp: (utcMicros: number) => number): (utcMicros: number) => number {
  const days = new Map<number, DayOffsets>();
  let lastDay = NaN;
  let last: DayOffsets = { offset: 0, changeAt: Infinity, later: 0 };
  return utcMicros => {
    const day = Math.floor(utcMicros / MICROS_PER_DAY);
    if (day !== lastDay) {
      let found = days.get(day);
      if (found === undefined) {
        found = offsetsOfDay(day, lookUp);
        days.set(day, found);
      }
      lastDay = day;
      last = found;
    }
    return utcMicros < last.changeAt ? last.offset : last.later;
  };
}

function offsetsOfDay(day: number, lookUp: (utcMicros: number) => number): DayOffsets {
  const start = day * MICROS_PER_DAY;
  const offset = lookUp(start);
  const later = lookUp(start + MICROS_PER_DAY);
  if (offset === later) return { offset, changeAt: Infinity, later };
  let low = 0;
  let high = 86_400;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (lookUp(start + middle * MICROS_PER_SECOND) === offset) low = middle;
    else high = middle;
  }
  return { offset, changeAt: start + high * MICROS_PER_SECOND, later };
}
