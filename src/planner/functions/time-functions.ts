import { MICROS_PER_DAY, monthsBetween, type CivilUnit } from '../../common/civil.js';
import { MillraceError } from '../../common/error.js';
import { INT, timestamp, type DataType } from '../../spec/data-type.js';
import { currentTimeFunctions } from './current-time.js';
import { defineFunction, inline, type Overload, type ResolvedCall } from './define-function.js';
import { extractFunctions } from './extract.js';
import type { InlineEvaluator, ScalarFunction } from './function.js';
import { integer, timePoint } from './parameters.js';
import { shiftCode } from './temporal-arithmetic.js';
import { timeTextFunctions } from './time-text-functions.js';
import { unitOf, unitParameter } from './time-units.js';

const MONTHS_OF: Readonly<Partial<Record<CivilUnit, number>>> = { MONTH: 1, QUARTER: 3, YEAR: 12 };
const MICROS_OF: Readonly<Partial<Record<CivilUnit, number>>> = {
  MICROSECOND: 1,
  MILLISECOND: 1_000,
  SECOND: 1_000_000,
  MINUTE: 60_000_000,
  HOUR: 3_600_000_000,
  DAY: MICROS_PER_DAY,
  WEEK: 7 * MICROS_PER_DAY,
};

const stepUnit = unitParameter('YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND', 'MILLISECOND', 'MICROSECOND');

/** A DATE stays one when it moves by days or more; by less it becomes a TIMESTAMP. */
function addedType(point: DataType, unit: CivilUnit): DataType {
  return point.kind === 'DATE' && MONTHS_OF[unit] === undefined && MICROS_OF[unit]! < MICROS_PER_DAY ? timestamp(6) : point;
}

const addOverload: Overload = {
  parameters: [stepUnit, integer, timePoint],
  returns: ({ args, parameters }) => addedType(parameters[2]!, unitOf(args[0]!)!),
  evaluator({ args, parameters }) {
    const unit = unitOf(args[0]!)!;
    const from = parameters[2]!;
    const months = MONTHS_OF[unit];
    const size = months ?? MICROS_OF[unit]!;
    const shift = shiftCode({
      from,
      to: addedType(from, unit),
      unit: months === undefined ? 'INTERVAL_DAY_TIME' : 'INTERVAL_YEAR_MONTH',
      sign: '+',
    });
    return { ...shift, code: ([, count, point]) => shift.code([point!, `(Number(${count}) * ${size})`]) };
  },
};

function differenceEvaluator(call: ResolvedCall): InlineEvaluator {
  const unit = unitOf(call.args[0]!)!;
  refuseMixedZones(call);
  const points = call.parameters.slice(1).map(type => (type.kind === 'DATE' ? MICROS_PER_DAY : 1));
  const micros = (code: string, i: number): string => (points[i] === 1 ? code : `${code} * ${points[i]}`);
  const months = MONTHS_OF[unit];
  if (months !== undefined)
    return inline((_, from, to) => `(monthsBetween(${micros(from, 0)}, ${micros(to, 1)}) / ${months} | 0)`, { monthsBetween });
  return inline((_, from, to) => `((${micros(to, 1)} - ${micros(from, 0)}) / ${MICROS_OF[unit]!} | 0)`);
}

/** An instant and a wall clock have no distance without a CAST that says in which zone. */
function refuseMixedZones({ parameters }: ResolvedCall): void {
  const instants = parameters.filter(type => type.kind === 'TIMESTAMP_LTZ').length;
  if (instants !== 1) return;
  throw new MillraceError({
    code: 'TYPE_MISMATCH',
    message: '"TIMESTAMPDIFF" does not take a TIMESTAMP_LTZ with another type',
    notes: [{ message: 'CAST one of them to the type of the other' }],
  });
}

/** Functions about times. */
export const timeFunctions: readonly ScalarFunction[] = [
  ...currentTimeFunctions,
  ...extractFunctions,
  defineFunction({
    name: 'TIMESTAMPADD',
    family: 'temporal',
    signature: 'TIMESTAMPADD(unit, count, time)',
    doc: 'The time so many units later; a day that the month does not have becomes its last one.',
    examples: [
      { sql: "TIMESTAMPADD(DAY, 1, DATE '2016-06-15')", result: '2016-06-16' },
      { sql: "TIMESTAMPADD(MONTH, 1, DATE '2016-05-31')", result: '2016-06-30' },
      { sql: "TIMESTAMPADD(MINUTE, 90, TIMESTAMP '2017-11-29 22:58:58.998')", result: '2017-11-30 00:28:58.998' },
      { sql: "TIMESTAMPADD(HOUR, 1, TIME '23:59:59')", result: '00:59:59' },
    ],
    overloads: [addOverload],
  }),
  defineFunction({
    name: 'TIMESTAMPDIFF',
    family: 'temporal',
    signature: 'TIMESTAMPDIFF(unit, from, to)',
    doc: 'How many whole units lie between two times; negative where the second is earlier.',
    examples: [
      { sql: "TIMESTAMPDIFF(HOUR, TIMESTAMP '2018-07-03 11:11:11', TIMESTAMP '2018-07-04 12:12:11')", result: '25' },
      { sql: "TIMESTAMPDIFF(DAY, TIMESTAMP '2016-06-15 11:00:00', DATE '2016-06-19')", result: '3' },
      { sql: "TIMESTAMPDIFF(MONTH, DATE '2016-06-15', DATE '2018-03-18')", result: '21' },
      { sql: "TIMESTAMPDIFF(WEEK, DATE '2016-08-15', DATE '2016-06-18')", result: '-8' },
    ],
    overloads: [{ parameters: [stepUnit, timePoint, timePoint], returns: INT, evaluator: differenceEvaluator }],
  }),
  ...timeTextFunctions,
];
