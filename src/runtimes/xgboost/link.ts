import { log, softPlusInverse, STEP } from './float-math.js';

export type LinkName = 'identity' | 'logit' | 'log' | 'steps';

const f = Math.fround;

/** Probabilities of 0 and 1 have no logit. */
const SMALLEST = f(1e-6);
const LARGEST = f(1 - SMALLEST);

/** From base scores, one an output, to base margins; in single precision. */
export const LINKS: Readonly<Record<LinkName, (scores: Float32Array) => Float32Array>> = {
  identity: scores => scores,
  logit: scores => scores.map(score => -log(f(f(1 / Math.min(Math.max(score, SMALLEST), LARGEST)) - 1))),
  log: scores => scores.map(log),
  // Each after the first is the step from the one before.
  steps: scores => scores.map((score, j) => (j === 0 ? score : softPlusInverse(f(f(score - scores[j - 1]!) - STEP)))),
};
