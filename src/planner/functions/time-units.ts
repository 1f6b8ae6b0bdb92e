import { ceilDaysToUnit, ceilToUnit, MICROS_PER_DAY, truncateDaysToUnit, truncateToUnit, type CivilUnit } from '../../common/civil.js';
import { createZone, fromLocal, toLocal, UTC } from '../../common/zone.js';
import type { DataType } from '../../spec/data-type.js';
import { perJob, type Overload } from './define-function.js';
import type { BoundArgument, Evaluator } from './function.js';
import { timePoint, type Parameter } from './parameters.js';

const UNITS: ReadonlySet<string> = new Set<CivilUnit>([
  'MILLENNIUM',
  'CENTURY',
  'DECADE',
  'YEAR',
  'ISOYEAR',
  'QUARTER',
  'MONTH',
  'WEEK',
  'DAY',
  'DOY',
  'DOW',
  'ISODOW',
  'HOUR',
  'MINUTE',
  'SECOND',
  'MILLISECOND',
  'MICROSECOND',
  'NANOSECOND',
  'EPOCH',
]);

/** The unit that a literal names, as `DAY`, `DAYS` or `SQL_TSI_DAY`; `undefined` for other words. */
export function unitOf({ literal }: BoundArgument): CivilUnit | undefined {
  if (typeof literal !== 'string') return undefined;
  const word = literal.toUpperCase().replace(/^SQL_TSI_/, '');
  if (UNITS.has(word)) return word as CivilUnit;
  const singular = word.replace(/S$/, '');
  return UNITS.has(singular) ? (singular as CivilUnit) : undefined;
}

/** A literal that names one of the units, as the parser writes the unit of `EXTRACT(HOUR FROM t)`. */
export function unitParameter(...units: readonly CivilUnit[]): Parameter {
  return argument => {
    const unit = unitOf(argument);
    return unit !== undefined && (units.length === 0 || units.includes(unit)) ? argument.type : undefined;
  };
}

const FLOOR_UNITS: readonly CivilUnit[] = [
  'MILLENNIUM',
  'CENTURY',
  'DECADE',
  'YEAR',
  'QUARTER',
  'MONTH',
  'WEEK',
  'DAY',
  'HOUR',
  'MINUTE',
  'SECOND',
  'MILLISECOND',
];

interface Cut {
  readonly ofMicros: (micros: number, unit: CivilUnit) => number;
  readonly ofDays: (days: number, unit: CivilUnit) => number;
}

function cutTo(type: DataType, unit: CivilUnit, { ofMicros, ofDays }: Cut): Evaluator {
  switch (type.kind) {
    case 'DATE':
      return perJob(() => (days: number) => ofDays(days, unit));
    case 'TIME':
      return perJob(() => (micros: number) => ofMicros(micros, unit) % MICROS_PER_DAY);
    case 'TIMESTAMP_LTZ':
      return perJob(({ timeZone }) => {
        const zone = createZone(timeZone) ?? UTC;
        return (micros: number) => fromLocal(ofMicros(toLocal(micros, zone), unit), zone);
      });
    default:
      return perJob(() => (micros: number) => ofMicros(micros, unit));
  }
}

function cutOverload(cut: Cut): Overload {
  return {
    parameters: [timePoint, unitParameter(...FLOOR_UNITS)],
    returns: ({ parameters }) => parameters[0]!,
    evaluator: ({ args, parameters }) => cutTo(parameters[0]!, unitOf(args[1]!)!, cut),
  };
}

/** `FLOOR(time TO unit)`. */
export const floorToOverload: Overload = cutOverload({ ofMicros: truncateToUnit, ofDays: truncateDaysToUnit });

/** `CEIL(time TO unit)`. */
export const ceilToOverload: Overload = cutOverload({ ofMicros: ceilToUnit, ofDays: ceilDaysToUnit });
