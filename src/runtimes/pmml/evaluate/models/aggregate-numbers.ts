import type { MiningModel, MultipleModelMethod } from '../../parse/mining-model.js';
import { refuseLine } from '../compilation.js';
import { median } from '../functions/aggregates.js';
import type { ModelContext } from '../model-context.js';
import type { ModelBody } from '../outcome.js';
import { TRUE } from '../predicate.js';
import { numberOf, type Member } from './member.js';
import { numberBody } from './tree.js';

type Combine = (values: readonly number[], weights: readonly number[], round: (value: number) => number) => number;

function total(values: readonly number[], round: (value: number) => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum = round(sum + values[i]!);
  return sum;
}

function weightedTotal(values: readonly number[], weights: readonly number[], round: (value: number) => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum = round(sum + round(values[i]! * weights[i]!));
  return sum;
}

/** The first value, in order, up to which half of the weight stands. */
function weightedMedian(values: readonly number[], weights: readonly number[]): number {
  const order = values.map((_, i) => i).toSorted((left, right) => values[left]! - values[right]!);
  const half = weights.reduce((sum, weight) => sum + weight, 0) / 2;
  let sum = 0;
  for (const place of order) {
    sum += weights[place]!;
    if (sum >= half) return values[place]!;
  }
  return NaN;
}

const COMBINE: Readonly<Partial<Record<MultipleModelMethod, Combine>>> = {
  average: (values, _, round) => round(total(values, round) / values.length),
  weightedAverage: (values, weights, round) => round(weightedTotal(values, weights, round) / total(weights, round)),
  median,
  weightedMedian,
  'x-weightedMedian': weightedMedian,
  sum: (values, _, round) => total(values, round),
  weightedSum: weightedTotal,
  'x-weightedSum': weightedTotal,
  max: values => values.reduce((most, value) => Math.max(most, value)),
};

/** One number from the numbers of the segments that hold. @throws {MillraceError} `MODEL_LOAD` when the method is not of numbers. */
export function aggregateNumbers(model: MiningModel, members: readonly Member[], { round }: ModelContext): ModelBody {
  const combine = COMBINE[model.method];
  if (combine === undefined) return refuseLine(model.line, `the method ${model.method} is not of regressions`);
  const { missingPredictions, missingThreshold, method } = model;
  const isSum = method === 'sum' && members.every(({ model: segment }) => segment.number !== undefined);
  const everyWeight = members.map(member => member.weight);
  return numberBody(row => {
    const values: number[] = [];
    const weights: number[] = [];
    let [sum, count, missing, all] = [0, 0, 0, 0];
    for (let i = 0; i < members.length; i++) {
      const member = members[i]!;
      if (member.test(row) !== TRUE) continue;
      const value = numberOf(member.model, row);
      all += everyWeight[i]!;
      if (Number.isNaN(value)) {
        if (missingPredictions !== 'skipSegment') return NaN;
        missing += everyWeight[i]!;
      } else if (isSum) {
        // Hundreds of trees are summed for each row, so no list is made of them.
        sum = round(sum + value);
        count++;
      } else {
        values.push(value);
        weights.push(everyWeight[i]!);
        count++;
      }
    }
    if (count === 0 || missing / all > missingThreshold) return NaN;
    return isSum ? sum : combine(values, weights, round);
  });
}
