import { normalCdf } from './functions/normal-distribution.js';

/** Functions that turn a linear predictor into a probability. */
export type ProbabilityLink = 'logit' | 'probit' | 'cloglog' | 'loglog' | 'cauchit';

type Rounded = (value: number) => number;

/** The inverse of each link. https://dmg.org/pmml/v4-4-1/Regression.html */
const INVERSES: Readonly<Record<ProbabilityLink, (y: number, round: Rounded) => number>> = {
  logit: (y, round) => round(1 / round(1 + round(Math.exp(-y)))),
  probit: (y, round) => round(normalCdf(y)),
  cloglog: (y, round) => round(1 - round(Math.exp(round(-Math.exp(y))))),
  loglog: (y, round) => round(Math.exp(round(-Math.exp(-y)))),
  cauchit: (y, round) => round(0.5 + round(1 / Math.PI) * round(Math.atan(y))),
};

export function inverseLink(link: ProbabilityLink, round: Rounded): (y: number) => number {
  const inverse = INVERSES[link];
  return y => inverse(y, round);
}

/** Divides by the sum, in place. */
export function simpleMax(values: Float64Array, round: Rounded): void {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum = round(sum + values[i]!);
  for (let i = 0; i < values.length; i++) values[i] = round(values[i]! / sum);
}

/** Exponentials over their sum, in place; the largest is taken off first, so that none overflows. */
export function softMax(values: Float64Array, round: Rounded): void {
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i]!);
  for (let i = 0; i < values.length; i++) values[i] = round(Math.exp(round(values[i]! - most)));
  simpleMax(values, round);
}
