import { extractDayUnit, extractUnit, MICROS_PER_DAY, type CivilUnit } from '../../common/civil.js';
import { toLocal } from '../../common/zone.js';
import { BIGINT, DATE, type DataType } from '../../spec/data-type.js';
import { sessionZone } from './current-time.js';
import { defineFunction, perJob, pure, type Overload } from './define-function.js';
import type { Evaluator, ScalarFunction } from './function.js';
import { timePoint, type Parameter } from './parameters.js';
import { unitOf, unitParameter } from './time-units.js';
import { isInterval } from './type-rules.js';

const timeOrInterval: Parameter = (argument, earlier) => (isInterval(argument.type) ? argument.type : timePoint(argument, earlier));

/** One part of a time or an interval. `args` are the unit, if it is an argument, and the time. */
function extractEvaluator(type: DataType, unit: CivilUnit): Evaluator {
  switch (type.kind) {
    case 'DATE':
      return pure((days: number) => extractDayUnit(days, unit));
    case 'TIMESTAMP_LTZ':
      return perJob(environment => {
        const zone = sessionZone(environment);
        // EPOCH counts from the same instant everywhere.
        return (micros: number) => extractUnit(unit === 'EPOCH' ? micros : toLocal(micros, zone), unit);
      });
    case 'INTERVAL_DAY_TIME':
      return pure((micros: number) => ofDayTimeInterval(micros, unit));
    case 'INTERVAL_YEAR_MONTH':
      return pure((months: number) => ofYearMonthInterval(months, unit));
    default:
      return pure((micros: number) => extractUnit(micros, unit));
  }
}

function ofDayTimeInterval(micros: number, unit: CivilUnit): number {
  const sign = micros < 0 ? -1 : 1;
  const magnitude = Math.abs(micros);
  if (unit === 'DAY') return sign * Math.floor(magnitude / MICROS_PER_DAY) + 0;
  if (unit === 'EPOCH') return Math.trunc(micros / 1_000_000) + 0;
  return sign * extractUnit(magnitude, unit) + 0;
}

function ofYearMonthInterval(months: number, unit: CivilUnit): number {
  if (unit === 'YEAR') return Math.trunc(months / 12) + 0;
  const rest = (months % 12) + 0;
  if (unit === 'MONTH') return rest;
  return unit === 'QUARTER' ? Math.floor(rest / 3) + 1 : 0;
}

/** The evaluator with an unused argument before it. */
function afterUnit(evaluator: Evaluator): Evaluator {
  if (evaluator.kind === 'inline') return { ...evaluator, code: ([, time]) => evaluator.code([time!]) };
  return perJob(environment => {
    const call = evaluator.create(environment) as (time: number) => number;
    return (_unit: string, time: number) => call(time);
  });
}

const extractOverload: Overload = {
  parameters: [unitParameter(), timeOrInterval],
  returns: BIGINT,
  evaluator: ({ args, parameters }) => afterUnit(extractEvaluator(parameters[1]!, unitOf(args[0]!)!)),
};

interface Part {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly unit: CivilUnit;
  readonly doc: string;
  readonly example: ScalarFunction['examples'][number];
}

function part({ name, aliases, unit, doc, example }: Part): ScalarFunction {
  return defineFunction({
    name,
    aliases,
    family: 'temporal',
    signature: `${name}(time)`,
    doc,
    examples: [example],
    overloads: [{ parameters: [timeOrDate], returns: BIGINT, evaluator: ({ parameters }) => extractEvaluator(parameters[0]!, unit) }],
  });
}

/** A time, or an untyped NULL as a DATE. */
const timeOrDate: Parameter = (argument, earlier) => (argument.type.kind === 'NULL' ? DATE : timeOrInterval(argument, earlier));

/** EXTRACT and its short forms. All give BIGINT. */
export const extractFunctions: readonly ScalarFunction[] = [
  defineFunction({
    name: 'EXTRACT',
    family: 'temporal',
    signature: 'EXTRACT(unit FROM time)',
    doc: 'One part of a time or an interval: YEAR, QUARTER, MONTH, WEEK (ISO), DAY, DOY, DOW (Sunday is 1), ISODOW, HOUR, MINUTE, SECOND, MILLISECOND, MICROSECOND, EPOCH …',
    examples: [
      { sql: "EXTRACT(DAY FROM DATE '2006-06-05')", result: '5' },
      { sql: "EXTRACT(HOUR FROM TIMESTAMP '1996-11-10 06:55:44.333')", result: '6' },
      { sql: "EXTRACT(MILLISECOND FROM TIMESTAMP '1996-11-10 06:55:44.333')", result: '333' },
      { sql: "EXTRACT(CENTURY FROM DATE '1996-11-10')", result: '20' },
      { sql: "EXTRACT(DAY FROM INTERVAL '36' HOUR)", result: '1' },
    ],
    overloads: [extractOverload],
  }),
  part({ name: 'YEAR', unit: 'YEAR', doc: 'The year.', example: { sql: "YEAR(DATE '1994-09-27')", result: '1994' } }),
  part({
    name: 'QUARTER',
    unit: 'QUARTER',
    doc: 'The quarter of the year, from 1.',
    example: { sql: "QUARTER(DATE '1994-09-27')", result: '3' },
  }),
  part({ name: 'MONTH', unit: 'MONTH', doc: 'The month of the year, from 1.', example: { sql: "MONTH(DATE '1994-09-27')", result: '9' } }),
  part({ name: 'WEEK', unit: 'WEEK', doc: 'The ISO week of the year, from 1.', example: { sql: "WEEK(DATE '1994-09-27')", result: '39' } }),
  part({
    name: 'DAYOFYEAR',
    unit: 'DOY',
    doc: 'The day of the year, from 1.',
    example: { sql: "DAYOFYEAR(DATE '1994-09-27')", result: '270' },
  }),
  part({
    name: 'DAYOFMONTH',
    aliases: ['DAY'],
    unit: 'DAY',
    doc: 'The day of the month, from 1.',
    example: { sql: "DAYOFMONTH(DATE '1994-09-27')", result: '27' },
  }),
  part({
    name: 'DAYOFWEEK',
    unit: 'DOW',
    doc: 'The day of the week; Sunday is 1.',
    example: { sql: "DAYOFWEEK(DATE '1994-09-27')", result: '3' },
  }),
  part({
    name: 'HOUR',
    unit: 'HOUR',
    doc: 'The hour of the day, from 0.',
    example: { sql: "HOUR(TIMESTAMP '1994-09-27 13:14:15')", result: '13' },
  }),
  part({
    name: 'MINUTE',
    unit: 'MINUTE',
    doc: 'The minute of the hour, from 0.',
    example: { sql: "MINUTE(TIMESTAMP '1994-09-27 13:14:15')", result: '14' },
  }),
  part({
    name: 'SECOND',
    unit: 'SECOND',
    doc: 'The second of the minute, from 0.',
    example: { sql: "SECOND(TIMESTAMP '1994-09-27 13:14:15')", result: '15' },
  }),
];
