import { MICROS_PER_DAY } from '../common/civil.js';
import { formatDate, formatTime, parseIsoInstant, parseTime, parseTimestamp } from '../common/temporal.js';
import { truncateMicros } from '../spec/value-text.js';

/**
 * How Flink's formats write times: `sql` `2026-01-01 10:00:00.5`, `iso` with a `T`, both with a `Z` after a
 * TIMESTAMP_LTZ; `iso-offset` reads any offset after either type and writes `Z`.
 */
export type TimestampStyle = 'sql' | 'iso' | 'iso-offset';

export interface TimestampShape {
  readonly kind: 'TIMESTAMP' | 'TIMESTAMP_LTZ';
  readonly precision: number;
  readonly style: TimestampStyle;
}

/**
 * A function from text to microseconds: wall clock for TIMESTAMP, UTC for TIMESTAMP_LTZ.
 *
 * Digits beyond the precision are cut off. Gives `undefined` for any text that is not exactly of the style.
 */
export function timestampParser({ kind, precision, style }: TimestampShape): (text: string) => number | undefined {
  const cut = (micros: number | undefined): number | undefined => (micros === undefined ? undefined : truncateMicros(micros, precision));
  if (style === 'iso-offset') return text => (text.charCodeAt(10) === 84 ? cut(parseIsoInstant(text)) : undefined);
  const separator = style === 'sql' ? 32 : 84;
  // Without the length a date alone would pass.
  const isOfStyle = (text: string): boolean => text.charCodeAt(10) === separator && text.length >= (style === 'sql' ? 19 : 16);
  if (kind === 'TIMESTAMP') return text => (isOfStyle(text) ? cut(parseTimestamp(text)) : undefined);
  return text => {
    const end = text.length - 1;
    return text.charCodeAt(end) === 90 && isOfStyle(text) ? cut(parseTimestamp(text.slice(0, end))) : undefined;
  };
}

/** A function from microseconds to text, the reverse of `timestampParser`. */
export function timestampPrinter({ kind, style }: TimestampShape): (micros: number) => string {
  const separator = style === 'sql' ? ' ' : 'T';
  const suffix = kind === 'TIMESTAMP_LTZ' || style === 'iso-offset' ? 'Z' : '';
  // Neighbouring rows are mostly of one day.
  let lastDay = NaN;
  let prefix = '';
  return micros => {
    const day = Math.floor(micros / MICROS_PER_DAY);
    if (day !== lastDay) {
      prefix = formatDate(day) + separator;
      lastDay = day;
    }
    return prefix + trimmedTime(micros - day * MICROS_PER_DAY) + suffix;
  };
}

/** `10:00:00.5`: no zeros at the end of the fraction, and no point without one. */
export function trimmedTime(micros: number): string {
  if (micros % 1_000_000 === 0) return formatTime(micros, 0);
  if (micros % 1_000 === 0) return formatTime(micros, 3).replace(/0+$/, '');
  return formatTime(micros, 6).replace(/0+$/, '');
}

/** Microseconds of the day of `HH:mm[:ss[.fraction]]`, cut off at the precision; `undefined` for any other text. */
export function parsePreciseTime(text: string, precision: number): number | undefined {
  const micros = parseTime(text);
  return micros === undefined ? undefined : truncateMicros(micros, precision);
}
