export const MICROS_PER_SECOND = 1_000_000;
export const MICROS_PER_MINUTE = 60_000_000;
export const MICROS_PER_HOUR = 3_600_000_000;
export const MICROS_PER_DAY = 86_400_000_000;

/** A day of the proleptic Gregorian calendar; months and days from 1. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The parts of a wall clock that can be read or cut at; spelled as in SQL. */
export type CivilUnit =
  | 'MILLENNIUM'
  | 'CENTURY'
  | 'DECADE'
  | 'YEAR'
  | 'ISOYEAR'
  | 'QUARTER'
  | 'MONTH'
  | 'WEEK'
  | 'DAY'
  | 'DOY'
  | 'DOW'
  | 'ISODOW'
  | 'HOUR'
  | 'MINUTE'
  | 'SECOND'
  | 'MILLISECOND'
  | 'MICROSECOND'
  | 'NANOSECOND'
  | 'EPOCH';

/** The day number (days since 1970-01-01) in which a wall-clock instant lies. */
export function daysOf(micros: number): number {
  return Math.floor(micros / MICROS_PER_DAY);
}

/** Microseconds since midnight. */
export function timeOfDay(micros: number): number {
  return micros - daysOf(micros) * MICROS_PER_DAY;
}

// Both conversions are the ones of http://howardhinnant.github.io/date_algorithms.html: years start in March.

/** The calendar day of a day number. */
export function civilOfDays(days: number): CivilDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.trunc(
    (dayOfEra - Math.trunc(dayOfEra / 1_460) + Math.trunc(dayOfEra / 36_524) - Math.trunc(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.trunc(yearOfEra / 4) - Math.trunc(yearOfEra / 100));
  const marchMonth = Math.trunc((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.trunc((153 * marchMonth + 2) / 5) + 1,
  };
}

/** The day number of a calendar day. Days beyond the month's end run on into the next month. */
export function daysOfCivil({ year, month, day }: CivilDate): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.trunc((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.trunc(yearOfEra / 4) - Math.trunc(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Days of a month (from 1). */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** The day number `months` later; a day that the month does not have becomes its last one. */
export function addMonthsToDays(days: number, months: number): number {
  const { year, month, day } = civilOfDays(days);
  const index = year * 12 + (month - 1) + months;
  const newYear = Math.floor(index / 12);
  const newMonth = index - newYear * 12 + 1;
  return daysOfCivil({ year: newYear, month: newMonth, day: Math.min(day, daysInMonth(newYear, newMonth)) });
}

/** The wall-clock instant `months` later at the same time of day. */
export function addMonths(micros: number, months: number): number {
  const days = daysOf(micros);
  return addMonthsToDays(days, months) * MICROS_PER_DAY + (micros - days * MICROS_PER_DAY);
}

/** Whole months from `from` to `to`, negative where `to` is earlier; a month is whole at the same day and time. */
export function monthsBetween(from: number, to: number): number {
  const a = civilOfDays(daysOf(from));
  const b = civilOfDays(daysOf(to));
  const months = (b.year - a.year) * 12 + (b.month - a.month);
  const rest = (b.day - a.day) * MICROS_PER_DAY + (timeOfDay(to) - timeOfDay(from));
  if (months > 0 && rest < 0) return months - 1;
  return months < 0 && rest > 0 ? months + 1 : months;
}

/** Monday is 1, Sunday is 7. */
export function isoDayOfWeek(days: number): number {
  return modulo(days + 3, 7) + 1;
}

/** Days since 1 January, from 1. */
export function dayOfYear(days: number): number {
  return days - daysOfCivil({ year: civilOfDays(days).year, month: 1, day: 1 }) + 1;
}

/** The ISO 8601 week: week 1 has the year's first Thursday. */
export function isoWeek(days: number): { readonly year: number; readonly week: number } {
  const thursday = days - isoDayOfWeek(days) + 4;
  return { year: civilOfDays(thursday).year, week: Math.trunc((dayOfYear(thursday) - 1) / 7) + 1 };
}

/**
 * One part of a wall-clock instant, as EXTRACT reads it.
 *
 * WEEK is the ISO week, DOW counts from Sunday = 1, SECOND to NANOSECOND are parts of the minute's seconds and of the
 * second's fraction, EPOCH is whole seconds since 1970-01-01.
 */
export function extractUnit(micros: number, unit: CivilUnit): number {
  const days = daysOf(micros);
  switch (unit) {
    case 'HOUR':
      return Math.trunc((micros - days * MICROS_PER_DAY) / MICROS_PER_HOUR);
    case 'MINUTE':
      return modulo(Math.floor(micros / MICROS_PER_MINUTE), 60);
    case 'SECOND':
      return modulo(Math.floor(micros / MICROS_PER_SECOND), 60);
    case 'MILLISECOND':
      return modulo(Math.floor(micros / 1_000), 1_000);
    case 'MICROSECOND':
      return modulo(micros, MICROS_PER_SECOND);
    case 'NANOSECOND':
      return modulo(micros, MICROS_PER_SECOND) * 1_000;
    case 'EPOCH':
      return Math.floor(micros / MICROS_PER_SECOND);
    default:
      return extractDayUnit(days, unit);
  }
}

/** As `extractUnit`, of a day number; units below the day are 0. */
export function extractDayUnit(days: number, unit: CivilUnit): number {
  switch (unit) {
    case 'MILLENNIUM':
      return yearGroup(civilOfDays(days).year, 1_000);
    case 'CENTURY':
      return yearGroup(civilOfDays(days).year, 100);
    case 'DECADE':
      return Math.floor(civilOfDays(days).year / 10);
    case 'YEAR':
      return civilOfDays(days).year;
    case 'ISOYEAR':
      return isoWeek(days).year;
    case 'QUARTER':
      return Math.trunc((civilOfDays(days).month + 2) / 3);
    case 'MONTH':
      return civilOfDays(days).month;
    case 'WEEK':
      return isoWeek(days).week;
    case 'DAY':
      return civilOfDays(days).day;
    case 'DOY':
      return dayOfYear(days);
    case 'DOW':
      return modulo(days + 4, 7) + 1;
    case 'ISODOW':
      return isoDayOfWeek(days);
    case 'EPOCH':
      return days * 86_400;
    default:
      return 0;
  }
}

/** The start of the unit in which a wall-clock instant lies. Weeks start on Sunday, as in Flink's FLOOR. */
export function truncateToUnit(micros: number, unit: CivilUnit): number {
  const size = UNIT_MICROS[unit];
  if (size !== undefined) return Math.floor(micros / size) * size;
  return truncateDaysToUnit(daysOf(micros), unit) * MICROS_PER_DAY;
}

/** The instant itself where a unit starts there, else the start of the next unit. */
export function ceilToUnit(micros: number, unit: CivilUnit): number {
  const start = truncateToUnit(micros, unit);
  if (start === micros) return micros;
  const size = UNIT_MICROS[unit];
  return size !== undefined ? start + size : nextDayUnit(daysOf(start), unit) * MICROS_PER_DAY;
}

/** As `truncateToUnit`, of a day number. */
export function truncateDaysToUnit(days: number, unit: CivilUnit): number {
  if (unit === 'WEEK') return days - modulo(days + 4, 7);
  const months = UNIT_MONTHS[unit];
  if (months === undefined) return days;
  const { year, month } = civilOfDays(days);
  // Centuries and millennia start with a year that ends in 1.
  const shift = months >= 1_200 ? 12 : 0;
  const index = Math.floor((year * 12 + (month - 1) - shift) / months) * months + shift;
  const newYear = Math.floor(index / 12);
  return daysOfCivil({ year: newYear, month: index - newYear * 12 + 1, day: 1 });
}

/** As `ceilToUnit`, of a day number. */
export function ceilDaysToUnit(days: number, unit: CivilUnit): number {
  const start = truncateDaysToUnit(days, unit);
  return start === days ? days : nextDayUnit(start, unit);
}

function nextDayUnit(start: number, unit: CivilUnit): number {
  if (unit === 'WEEK') return start + 7;
  const months = UNIT_MONTHS[unit];
  return months === undefined ? start + 1 : addMonthsToDays(start, months);
}

const UNIT_MICROS: Readonly<Partial<Record<CivilUnit, number>>> = {
  DAY: MICROS_PER_DAY,
  HOUR: MICROS_PER_HOUR,
  MINUTE: MICROS_PER_MINUTE,
  SECOND: MICROS_PER_SECOND,
  MILLISECOND: 1_000,
  MICROSECOND: 1,
};

const UNIT_MONTHS: Readonly<Partial<Record<CivilUnit, number>>> = {
  MONTH: 1,
  QUARTER: 3,
  YEAR: 12,
  DECADE: 120,
  CENTURY: 1_200,
  MILLENNIUM: 12_000,
};

function yearGroup(year: number, size: number): number {
  return year > 0 ? Math.trunc((year + size - 1) / size) : -Math.trunc((size - year) / size);
}

function modulo(a: number, b: number): number {
  return a - Math.floor(a / b) * b;
}
