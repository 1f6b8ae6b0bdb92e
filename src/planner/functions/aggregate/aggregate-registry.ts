import type { AggregateFunction } from './aggregate-function.js';
import { approxCountDistinct } from './approx-count-distinct.js';
import { collectingAggregates } from './collecting-aggregates.js';
import { jsonAggregates } from './json-aggregates.js';
import { numberAggregates } from './number-aggregates.js';
import { orderAggregates } from './order-aggregates.js';
import { percentile } from './percentile.js';
import { varianceAggregates } from './variance-aggregates.js';

/** Every aggregate function, once, in the order of the reference. */
export const AGGREGATE_FUNCTIONS: readonly AggregateFunction[] = [
  ...numberAggregates,
  ...orderAggregates,
  ...varianceAggregates,
  percentile,
  approxCountDistinct,
  ...collectingAggregates,
  ...jsonAggregates,
];

const BY_NAME: ReadonlyMap<string, AggregateFunction> = new Map(
  AGGREGATE_FUNCTIONS.flatMap(each => [each.name, ...(each.aliases ?? [])].map(name => [name, each] as const)),
);

/** The aggregate of that name, in any case; `undefined` where there is none. */
export function findAggregate(name: string): AggregateFunction | undefined {
  return BY_NAME.get(name.toUpperCase());
}

/** All names of aggregates, upper case. */
export function aggregateNames(): readonly string[] {
  return [...BY_NAME.keys()];
}
