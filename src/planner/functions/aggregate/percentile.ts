import { decimalToDouble } from '../../../common/decimal.js';
import { MillraceError } from '../../../common/error.js';
import { arrayOf, DOUBLE, isNumber } from '../../../spec/data-type.js';
import type { Long, Value } from '../../../spec/batch.js';
import { bigint, double, type Parameter } from '../parameters.js';
import { isInteger } from '../type-rules.js';
import { objectAccumulator } from './accumulator.js';
import type { AggregateFunction } from './aggregate-function.js';
import { defineAggregate } from './define-aggregate.js';

/** One percentage, or an array of them. */
const percentages: Parameter = ({ type, literal }) => {
  if (isNumber(type)) {
    if (literal !== undefined) checkConstant(type.kind === 'DECIMAL' ? decimalToDouble(literal as Long, type.scale) : Number(literal));
    return DOUBLE;
  }
  return type.kind === 'ARRAY' && isNumber(type.element) ? arrayOf({ ...DOUBLE, nullable: type.element.nullable }) : undefined;
};

function checkConstant(percentage: number): void {
  if (percentage >= 0 && percentage <= 1) return;
  throw new MillraceError({ code: 'INVALID_ARGUMENT', message: `PERCENTILE takes a percentage from 0 to 1, not ${percentage}` });
}

/** Flink's PERCENTILE: exact, with a straight line between the two values next to the place. */
export const percentile: AggregateFunction = defineAggregate({
  name: 'PERCENTILE',
  signature: 'PERCENTILE([DISTINCT] number, percentage [, frequency])',
  doc: 'The value at a percentage from 0 to 1 of the sorted values, or an array of values for an array of percentages; each value counts as often as its frequency says.',
  examples: [
    { sql: 'SELECT PERCENTILE(x, 0.5) FROM (VALUES (10), (20), (40), (NULL)) AS t (x)', result: '20.0' },
    { sql: 'SELECT PERCENTILE(x, ARRAY[0.25, 1]) FROM (VALUES (10), (20)) AS t (x)', result: '[12.5, 20.0]' },
    { sql: 'SELECT PERCENTILE(x, 0.5, n) FROM (VALUES (10, 1), (20, 3)) AS t (x, n)', result: '20.0' },
  ],
  parameters: [double, percentages, argument => (isInteger(argument.type) ? bigint(argument, []) : undefined)],
  optional: 1,
  returns: ({ parameters: [, type] }) => (type!.kind === 'ARRAY' ? arrayOf(DOUBLE) : DOUBLE),
  returnsNull: ({ args }) => args.length === 3 || args[1]!.type.kind === 'ARRAY',
  accumulator: ({ parameters: [, type] }) =>
    objectAccumulator<Frequencies>({
      create: () => ({ percentages: [], counts: new Map() }),
      add: addValue,
      merge(state, other) {
        if (state.percentages.length === 0) state.percentages = other.percentages;
        for (const [value, count] of other.counts) state.counts.set(value, (state.counts.get(value) ?? 0) + count);
      },
      result: state => {
        const values = percentilesOf(state);
        return type!.kind === 'ARRAY' ? values : (values?.[0] ?? null);
      },
    }),
});

interface Frequencies {
  percentages: readonly number[];
  readonly counts: Map<number, number>;
}

function addValue(state: Frequencies, value: number, percentage: number | readonly Value[], frequency: number | bigint = 1): void {
  if (state.percentages.length === 0) state.percentages = checkPercentages(typeof percentage === 'number' ? [percentage] : percentage);
  if (frequency > 0) state.counts.set(value, (state.counts.get(value) ?? 0) + Number(frequency));
}

function checkPercentages(values: readonly Value[]): number[] {
  return values.map(value => {
    if (typeof value === 'number' && value >= 0 && value <= 1) return value;
    throw new MillraceError({ code: 'INVALID_VALUE', message: `PERCENTILE takes percentages from 0 to 1, not ${String(value)}` });
  });
}

function percentilesOf({ percentages: wanted, counts }: Frequencies): number[] | null {
  if (counts.size === 0 || wanted.length === 0) return null;
  const sorted = [...counts].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : Number(Number.isNaN(a)) - Number(Number.isNaN(b))));
  const ends: number[] = [];
  let total = 0;
  for (const [, count] of sorted) ends.push((total += count));
  return wanted.map(percentage => {
    const position = percentage * (total - 1) + 1;
    const [lower, higher] = [Math.floor(position), Math.ceil(position)];
    const at = firstAtLeast(ends, lower);
    const value = sorted[at]![0];
    return ends[at]! >= higher ? value : (higher - position) * value + (position - lower) * sorted[at + 1]![0];
  });
}

/** The first index whose element is not less than the bound; the elements rise. */
function firstAtLeast(rising: readonly number[], bound: number): number {
  let [low, high] = [0, rising.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
