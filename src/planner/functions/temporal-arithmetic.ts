import { addMonths, addMonthsToDays, MICROS_PER_DAY } from '../../common/civil.js';
import { divisionByZero } from '../../common/long.js';
import { DOUBLE, timestamp, type DataType, isNumber } from '../../spec/data-type.js';
import { inline, resolutionOf } from './define-function.js';
import type { BoundArgument, InlineEvaluator, Resolution } from './function.js';
import { comparisonType, isInterval, isTimePoint } from './type-rules.js';

const DAY_TIME: DataType = { kind: 'INTERVAL_DAY_TIME', nullable: true };

/** `+ - * /` where an operand is a time or an interval; `undefined` where it is not defined. */
export function resolveTemporal(operator: string, args: readonly BoundArgument[]): Resolution | undefined {
  const [a, b] = args as readonly [BoundArgument, BoundArgument];
  if (isTimePoint(a.type) && isTimePoint(b.type)) return operator === '-' ? difference(args) : undefined;
  if (operator === '+' || operator === '-') {
    if (isTimePoint(a.type)) return shift({ point: a, interval: b, sign: operator, args });
    if (isTimePoint(b.type) && operator === '+') return shift({ point: b, interval: a, sign: '+', args });
    if (isInterval(a.type) && a.type.kind === b.type.kind)
      return same(
        args,
        inline((x, y) => `(${x} ${operator} ${y})`),
      );
    return undefined;
  }
  return scale(operator, args);
}

function same(args: readonly BoundArgument[], evaluator: InlineEvaluator): Resolution {
  return resolutionOf({ call: { args, parameters: args.map(argument => argument.type) }, type: args[0]!.type, evaluator });
}

function difference(args: readonly BoundArgument[]): Resolution | undefined {
  const common = comparisonType(args[0]!.type, args[1]!.type);
  if (common === undefined) return undefined;
  const factor = common.kind === 'DATE' ? MICROS_PER_DAY : 1;
  return resolutionOf({
    call: { args, parameters: [common, common] },
    type: DAY_TIME,
    evaluator: inline((x, y) => `((${x} - ${y}) * ${factor})`),
  });
}

interface Shift {
  readonly point: BoundArgument;
  readonly interval: BoundArgument;
  readonly sign: '+' | '-';
  readonly args: readonly BoundArgument[];
}

function shift({ point, interval, sign, args }: Shift): Resolution | undefined {
  if (!isInterval(interval.type)) return undefined;
  const type = shiftedType(point.type, interval);
  const evaluator = shiftCode({ from: point.type, to: type, unit: interval.type.kind, sign });
  const pointFirst = args[0] === point;
  return resolutionOf({
    call: { args, parameters: args.map(argument => argument.type) },
    type,
    evaluator: pointFirst ? evaluator : { ...evaluator, code: ([first, second]) => evaluator.code([second!, first!]) },
  });
}

/** A DATE stays one when it moves by whole days or months; by anything else it becomes a TIMESTAMP. */
function shiftedType(point: DataType, interval: BoundArgument): DataType {
  if (point.kind !== 'DATE' || interval.type.kind === 'INTERVAL_YEAR_MONTH') return point;
  const wholeDays = typeof interval.literal === 'number' && interval.literal % MICROS_PER_DAY === 0;
  return wholeDays ? point : timestamp(6);
}

/** How a time point moves by an interval; the arguments are the point and the interval. */
export function shiftCode(init: {
  readonly from: DataType;
  readonly to: DataType;
  readonly unit: DataType['kind'];
  readonly sign: '+' | '-';
}): InlineEvaluator {
  const { from, to, unit, sign } = init;
  if (unit === 'INTERVAL_YEAR_MONTH') {
    if (from.kind === 'TIME') return inline(point => point);
    const helper = from.kind === 'DATE' ? 'addMonthsToDays' : 'addMonths';
    return inline((point, months) => `${helper}(${point}, ${sign} ${months})`, { addMonthsToDays, addMonths });
  }
  if (from.kind === 'TIME') return inline((point, micros) => `wrapTimeOfDay(${point} ${sign} ${micros})`, { wrapTimeOfDay });
  if (from.kind !== 'DATE') return inline((point, micros) => `(${point} ${sign} ${micros})`);
  if (to.kind === 'DATE') return inline((point, micros) => `(${point} ${sign} ${micros} / ${MICROS_PER_DAY})`);
  return inline((point, micros) => `(${point} * ${MICROS_PER_DAY} ${sign} ${micros})`);
}

function wrapTimeOfDay(micros: number): number {
  return micros - Math.floor(micros / MICROS_PER_DAY) * MICROS_PER_DAY;
}

/** An interval times or divided by a number; what is no whole microsecond or month is cut off. */
function scale(operator: string, args: readonly BoundArgument[]): Resolution | undefined {
  const [a, b] = args as readonly [BoundArgument, BoundArgument];
  const intervalFirst = isInterval(a.type) && isNumber(b.type);
  if (!intervalFirst && !(operator === '*' && isNumber(a.type) && isInterval(b.type))) return undefined;
  if (operator !== '*' && operator !== '/') return undefined;
  return resolutionOf({
    call: { args, parameters: intervalFirst ? [a.type, DOUBLE] : [DOUBLE, b.type] },
    type: intervalFirst ? a.type : b.type,
    evaluator:
      operator === '*'
        ? inline((x, y) => `(Math.trunc(${x} * ${y}) + 0)`)
        : inline((x, y) => `divideInterval(${x}, ${y})`, { divideInterval }),
  });
}

function divideInterval(interval: number, divisor: number): number {
  if (divisor === 0) throw divisionByZero();
  return Math.trunc(interval / divisor) + 0;
}
