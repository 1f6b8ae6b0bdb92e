import type { DataType, OpType } from '../parse/words.js';
import { parseNumber } from '../parse/xml-element.js';
import { parseInstant, Instant } from './instant.js';

/** A value of a field; `undefined` is missing. A float is a number that 32 bits hold. */
export type Value = number | string | boolean | Instant | undefined;

/** What is known of values before there are any. */
export interface FieldType {
  readonly dataType: DataType;
  readonly opType: OpType;
}

export type TypeFamily = 'number' | 'string' | 'boolean' | 'instant';

const FAMILIES: Readonly<Record<DataType, TypeFamily>> = {
  string: 'string',
  integer: 'number',
  float: 'number',
  double: 'number',
  boolean: 'boolean',
  date: 'instant',
  time: 'instant',
  dateTime: 'instant',
  'dateDaysSince[0]': 'number',
  'dateDaysSince[1960]': 'number',
  'dateDaysSince[1970]': 'number',
  'dateDaysSince[1980]': 'number',
  timeSeconds: 'number',
  'dateTimeSecondsSince[0]': 'number',
  'dateTimeSecondsSince[1960]': 'number',
  'dateTimeSecondsSince[1970]': 'number',
  'dateTimeSecondsSince[1980]': 'number',
};

export function familyOf(dataType: DataType): TypeFamily {
  return FAMILIES[dataType];
}

/** The value that a text stands for; `undefined` when it is not one of the type. */
export function parseValue(text: string, dataType: DataType): Value {
  switch (dataType) {
    case 'string':
      return text;
    case 'boolean':
      return parseBoolean(text);
    case 'integer': {
      const number = parseNumber(text);
      return number !== undefined && Number.isInteger(number) ? number : undefined;
    }
    case 'float': {
      const number = parseNumber(text);
      return number === undefined ? undefined : Math.fround(number);
    }
    case 'double':
      return parseNumber(text);
    case 'date':
    case 'time':
    case 'dateTime':
      return parseInstant(text, dataType);
    default:
      return parseNumber(text) ?? countFrom(text, dataType);
  }
}

function parseBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (word === 'true' || word === '1') return true;
  return word === 'false' || word === '0' ? false : undefined;
}

const DAY_SECONDS = 86_400;

/** Days or seconds since the year that the name of the type tells, of a date or time as text. */
function countFrom(text: string, dataType: DataType): number | undefined {
  const start = startOf(dataType);
  if (dataType === 'timeSeconds') return parseInstant(text, 'time')?.seconds;
  if (dataType.startsWith('dateDays')) {
    const date = parseInstant(text, 'date') ?? parseInstant(text, 'dateTime');
    return date && Math.floor((date.seconds - start) / DAY_SECONDS);
  }
  const time = parseInstant(text, 'dateTime');
  return time && time.seconds - start;
}

function startOf(dataType: DataType): number {
  const year = /\[(\d+)\]/.exec(dataType)?.[1];
  return year === undefined ? 0 : yearStart(Number(year));
}

/** Seconds from 1970 to the first moment of a year. */
export function yearStart(year: number): number {
  const date = new Date(0);
  // The year 0 of the format is 1 BC, as in ISO 8601.
  date.setUTCFullYear(year, 0, 1);
  return date.getTime() / 1000;
}

/**
 * The same value as one of another type, as JPMML casts: a text is parsed, a number becomes an integer only where it is
 * one, flags are 1 and 0.
 *
 * Returns `undefined` when there is no such value.
 */
export function castValue(value: Value, dataType: DataType): Value {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return parseValue(value, dataType);
  if (typeof value === 'number') {
    switch (dataType) {
      case 'double':
        return value;
      case 'float':
        return Math.fround(value);
      case 'string':
        return String(value);
      case 'boolean':
        return value === 1 ? true : value === 0 ? false : undefined;
      case 'date':
      case 'time':
      case 'dateTime':
        return undefined;
      default:
        return Number.isInteger(value) ? value : undefined;
    }
  }
  if (typeof value === 'boolean') {
    if (dataType === 'boolean') return value;
    if (dataType === 'string') return String(value);
    return familyOf(dataType) === 'number' ? Number(value) : undefined;
  }
  return castInstant(value, dataType);
}

function castInstant(value: Instant, dataType: DataType): Value {
  if (dataType === 'string') return value.toString();
  if (dataType === value.kind) return value;
  if (dataType === 'date' && value.kind === 'dateTime') return new Instant('date', Math.floor(value.seconds / DAY_SECONDS) * DAY_SECONDS);
  if (dataType === 'time' && value.kind === 'dateTime') return new Instant('time', value.secondsOfDay);
  if (dataType === 'timeSeconds') return value.kind === 'date' ? undefined : value.secondsOfDay;
  if (value.kind === 'time') return undefined;
  if (dataType.startsWith('dateDays')) return Math.floor((value.seconds - startOf(dataType)) / DAY_SECONDS);
  return dataType.startsWith('dateTimeSeconds') ? value.seconds - startOf(dataType) : undefined;
}

/** Negative, 0 or positive; values of different families are compared as text. NaN comes after every number. */
export function compareValues(left: NonNullable<Value>, right: NonNullable<Value>): number {
  if (typeof left === 'number' && typeof right === 'number') {
    if (left < right) return -1;
    if (left > right) return 1;
    return left === right ? 0 : Number(Number.isNaN(left)) - Number(Number.isNaN(right));
  }
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (left instanceof Instant && right instanceof Instant) return left.seconds - right.seconds;
  const [a, b] = [textOf(left), textOf(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Text by which categories are told apart: `1` and `1.0` are one number. */
export function textOf(value: NonNullable<Value>): string {
  return typeof value === 'string' ? value : String(value);
}

/** As Java writes a double: with a point always, and an exponent from 10 million on. */
export function javaDoubleText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude >= 1e7 || magnitude < 1e-3)) {
    const [digits, exponent] = value.toExponential().split('e') as [string, string];
    return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
  }
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('.') ? text : `${text}.0`;
}
