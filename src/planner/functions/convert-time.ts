import { MICROS_PER_DAY, timeOfDay } from '../../common/civil.js';
import { fromLocal, toLocal } from '../../common/zone.js';
import type { DataType } from '../../spec/data-type.js';
import { truncateMicros } from '../../spec/value-text.js';
import { IDENTITY, inlineConversion, zoned, type Conversion } from './conversion.js';

type TimePoint = Extract<DataType, { readonly kind: 'DATE' | 'TIME' | 'TIMESTAMP' | 'TIMESTAMP_LTZ' }> | DataType;

/** Between DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ; a TIME is a time of 1970-01-01, digits beyond the precision fall away. */
export function convertTime(from: TimePoint, to: TimePoint): Conversion {
  if (from.kind === 'TIMESTAMP_LTZ' && to.kind === 'TIMESTAMP_LTZ') return truncating(from, to);
  if (from.kind === 'TIMESTAMP_LTZ') {
    const cut = wallTo(to);
    return zoned(zone => (value: number) => cut(toLocal(value, zone)));
  }
  if (to.kind === 'TIMESTAMP_LTZ') {
    const cut = wallTo(to);
    const factor = from.kind === 'DATE' ? MICROS_PER_DAY : 1;
    return zoned(zone => (value: number) => cut(fromLocal(value * factor, zone)));
  }
  if (from.kind === 'DATE') return to.kind === 'DATE' ? IDENTITY : inlineConversion(value => `(${value} * ${MICROS_PER_DAY})`);
  if (to.kind === 'DATE') return inlineConversion(value => `Math.floor(${value} / ${MICROS_PER_DAY})`);
  if (to.kind === 'TIME' && from.kind === 'TIMESTAMP') {
    const precision = precisionOf(to);
    return inlineConversion(value => `truncateMicros(timeOfDay(${value}), ${precision})`, { truncateMicros, timeOfDay });
  }
  return truncating(from, to);
}

function truncating(from: DataType, to: DataType): Conversion {
  const precision = precisionOf(to);
  if (precisionOf(from) <= precision) return IDENTITY;
  return inlineConversion(value => `truncateMicros(${value}, ${precision})`, { truncateMicros });
}

/** What a wall clock becomes in a type. */
function wallTo(to: DataType): (micros: number) => number {
  const precision = precisionOf(to);
  if (to.kind === 'DATE') return micros => Math.floor(micros / MICROS_PER_DAY);
  if (to.kind === 'TIME') return micros => truncateMicros(timeOfDay(micros), precision);
  return micros => truncateMicros(micros, precision);
}

/** Fractional digits of a time; 0 for DATE. */
function precisionOf(type: DataType): number {
  return 'precision' in type ? type.precision : 0;
}
