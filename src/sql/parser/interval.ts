import type { IntervalLiteral } from '../ast/expression.js';
import type { IntervalUnit } from '../ast/type.js';
import type { Cursor } from './cursor.js';

const UNITS: readonly IntervalUnit[] = ['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND'];

/** Units that an interval may end with, by the unit it starts with. */
const RANGES: Readonly<Partial<Record<IntervalUnit, readonly IntervalUnit[]>>> = {
  YEAR: ['MONTH'],
  DAY: ['HOUR', 'MINUTE', 'SECOND'],
  HOUR: ['MINUTE', 'SECOND'],
  MINUTE: ['SECOND'],
};

/*
  intervalLiteral := INTERVAL ['+' | '-'] STRING interval
*/
export function parseIntervalLiteral(cursor: Cursor): IntervalLiteral {
  const { start } = cursor;
  cursor.expect('INTERVAL');
  const negative = cursor.accept('-');
  if (!negative) cursor.accept('+');
  if (cursor.token.kind === 'number') {
    throw cursor.unexpected('a string', {
      note: `the number stands in single quotes: INTERVAL '${cursor.token.value}' ${parseableUnit(cursor.peek(1).key) ?? 'MINUTE'}`,
    });
  }
  const value = cursor.expectString('a string', "write INTERVAL '5' MINUTE").value;
  return { kind: 'interval', value, negative, ...parseInterval(cursor), span: cursor.spanFrom(start) };
}

/*
  interval := unit ['(' NUMBER [',' NUMBER] ')'] [TO unit ['(' NUMBER ')']]
*/
export function parseInterval(cursor: Cursor): Pick<IntervalLiteral, 'from' | 'to' | 'precision' | 'fraction'> {
  const from = parseUnit(cursor, UNITS);
  const [precision, fractionOfSeconds] = parseDigits(cursor, from === 'SECOND' ? 2 : 1);
  const to = cursor.is('TO') ? parseRangeEnd(cursor, from) : undefined;
  const fraction = to === 'SECOND' ? parseDigits(cursor, 1)[0] : fractionOfSeconds;
  return { from, precision, fraction, to };
}

function parseRangeEnd(cursor: Cursor, from: IntervalUnit): IntervalUnit {
  const ends = RANGES[from];
  if (!ends) throw cursor.unexpected('the end of the interval', { note: `an interval of ${from} has no second unit` });
  cursor.expect('TO');
  return parseUnit(cursor, ends);
}

/*
  unit := YEAR[S] | QUARTER[S] | MONTH[S] | WEEK[S] | DAY[S] | HOUR[S] | MINUTE[S] | SECOND[S]
*/
function parseUnit(cursor: Cursor, units: readonly IntervalUnit[]): IntervalUnit {
  const unit = parseableUnit(cursor.token.key);
  if (unit === undefined || !units.includes(unit))
    throw cursor.unexpected('a unit of time', { keywords: units, note: `the units are ${units.join(', ')}` });
  cursor.take();
  return unit;
}

function parseableUnit(word: string): IntervalUnit | undefined {
  return UNITS.find(unit => unit === word || `${unit}S` === word);
}

/** Up to `most` numbers of digits in brackets, where there are brackets. */
function parseDigits(cursor: Cursor, most: number): number[] {
  if (!cursor.is('(')) return [];
  const digits = cursor.listInBrackets(() => {
    if (cursor.token.kind !== 'number' || !/^\d{1,2}$/.test(cursor.token.value)) throw cursor.unexpected('a whole number');
    return Number(cursor.take().value);
  });
  if (digits.length <= most) return digits;
  throw cursor.error({ message: `at most ${most === 1 ? 'one number' : 'two numbers'} can stand here`, span: cursor.previous.span });
}
