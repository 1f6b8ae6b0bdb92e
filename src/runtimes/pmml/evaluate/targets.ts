import type { Target } from '../parse/field.js';
import { roundHalfUp } from './functions/math.js';
import type { Labels } from './labels.js';
import { argMax, type Outcome } from './outcome.js';

const CASTS: Readonly<Record<NonNullable<Target['castInteger']>, (value: number) => number>> = {
  round: roundHalfUp,
  ceiling: Math.ceil,
  floor: Math.floor,
};

/** What `Targets` make of a regression's value: limits, then the line, then the whole number. NaN is missing. */
export function compileRescale(target: Target | undefined, round: (value: number) => number): (value: number) => number {
  if (target === undefined) return value => value;
  const { min, max, rescaleFactor, rescaleConstant, castInteger } = target;
  const absent = target.values.find(value => value.defaultValue !== undefined)?.defaultValue ?? NaN;
  const cast = castInteger && CASTS[castInteger];
  const isPlain = rescaleFactor === 1 && rescaleConstant === 0;
  return value => {
    if (Number.isNaN(value)) return absent;
    let result = value;
    if (min !== undefined && result < min) result = round(min);
    if (max !== undefined && result > max) result = round(max);
    if (!isPlain) result = round(round(result * round(rescaleFactor)) + round(rescaleConstant));
    return cast === undefined ? result : cast(result);
  };
}

/** The outcome of a classification that has none: the priors, where the target tells them. */
export function priorOutcome(target: Target | undefined, labels: Labels): Outcome | undefined {
  const priors = (target?.values ?? []).filter(value => value.priorProbability !== undefined && value.value !== undefined);
  if (priors.length === 0) return undefined;
  const places = priors.map(({ value }) => labels.place(value!));
  const probabilities = new Float64Array(labels.values.length);
  for (const [i, place] of places.entries()) probabilities[place] = priors[i]!.priorProbability!;
  return { predicted: labels.values[argMax(probabilities)], probabilities };
}
