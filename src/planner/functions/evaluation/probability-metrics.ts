import { MillraceError } from '../../../common/error.js';
import type { Value } from '../../../spec/batch.js';
import { classMetrics } from './classification-metrics.js';
import { addPair, emptyCounts, mergeCounts, type PairCounts } from './contingency.js';
import { mean, type TaskMetrics } from './metrics.js';
import { addScore, areaUnderCurve, emptyScores, mergeScores, type ScoreCounts } from './score-counts.js';

interface ProbabilityState {
  readonly classes: PairCounts;
  readonly scores: ScoreCounts;
  logLosses: number;
  /** Of answers with one probability or two: Σ(p − y)², with p the probability of the second class and y 1 for it, else 0. */
  squaredErrors: number;
  /** Whether some answer had other than two classes, so that there is no curve. */
  isMulticlass: boolean;
}

/** Probabilities by class, in the order in which they count: equal ones give the first. */
type Distribution = readonly (readonly [name: string, probability: number])[];

/**
 * For answers that are probabilities. The class answered is the most likely one, the first of equally likely ones; its
 * metrics are those of `classMetrics`. Besides, as `sklearn.metrics` defines them:
 *
 * - `Log Loss` = mean of −ln(p), with p the probability of the label's class, not below 2.2e-16 (0 for a class that the
 *   answer does not have) and not above 1 − 2.2e-16
 * - `ROC AUC`, and `Brier Score` = mean of (p − y)², for two classes: p is the probability of the second class by name, and y is
 *   1 where it is the label. NULL where some answer had another number of classes.
 */
function probabilityMetrics(distributionOf: (answer: Value) => Distribution): TaskMetrics<ProbabilityState> {
  return {
    create: () => ({ classes: emptyCounts(), scores: emptyScores(), logLosses: 0, squaredErrors: 0, isMulticlass: false }),
    add(state, label, answer) {
      const distribution = distributionOf(answer);
      const [first] = distribution;
      if (!first) throw invalid('an answer of the model has no probability');
      let best = first;
      for (const each of distribution) {
        if (!(each[1] >= 0 && each[1] <= 1)) throw invalid(`an answer of the model is no probability: ${each[1]} for class "${each[0]}"`);
        if (each[1] > best[1]) best = each;
      }
      const name = label as string;
      addPair(state.classes, name, best[0]);
      state.logLosses -= Math.log(clipped(distribution.find(([each]) => each === name)?.[1] ?? 0));
      if (distribution.length === 2) addBinary(state, name, distribution);
      else state.isMulticlass = true;
    },
    merge(state, other) {
      mergeCounts(state.classes, other.classes);
      mergeScores(state.scores, other.scores);
      state.logLosses += other.logLosses;
      state.squaredErrors += other.squaredErrors;
      state.isMulticlass ||= other.isMulticlass;
    },
    result(state) {
      const { classes, isMulticlass } = state;
      const metrics = new Map<string, number | null>();
      for (const [name, value] of classMetrics(classes)) {
        metrics.set(name, value);
        if (name !== 'Weighted F1') continue;
        metrics.set('Log Loss', mean(state.logLosses, classes.count));
        metrics.set('ROC AUC', isMulticlass ? null : areaUnderCurve(state.scores));
        metrics.set('Brier Score', isMulticlass ? null : mean(state.squaredErrors, classes.count));
      }
      return metrics;
    },
  };
}

/** The answer is the probability of the class `positive`, which is answered from 0.5 on; labels are one of both. */
export function positiveMetrics(negative: string, positive: string): TaskMetrics<ProbabilityState> {
  const metrics = probabilityMetrics(answer => [
    [positive, answer as number],
    [negative, 1 - (answer as number)],
  ]);
  return {
    ...metrics,
    add(state, label, answer, others) {
      if (label !== positive && label !== negative)
        throw invalid(`the label of a probability is ${negative} or ${positive}, not ${String(label)}`);
      metrics.add(state, label, answer, others);
    },
  };
}

/** The answer is a MAP of class to probability; a NULL is 0. Labels are names of classes. */
export const mapMetrics = probabilityMetrics(answer =>
  [...(answer as ReadonlyMap<string, number | null>)].map(([name, probability]) => [name, probability ?? 0]),
);

/** The answer is an ARRAY with the probabilities of classes 0, 1, …; a NULL is 0. Labels are whole numbers as text. */
export const arrayMetrics = probabilityMetrics(answer =>
  (answer as readonly (number | null)[]).map((probability, i) => [String(i), probability ?? 0]),
);

function addBinary(state: ProbabilityState, label: string, [a, b]: Distribution): void {
  const positive = a![0] > b![0] ? a! : b!;
  const isOwn = positive[0] === label;
  addScore(state.scores, positive[1], isOwn);
  state.squaredErrors += (positive[1] - (isOwn ? 1 : 0)) ** 2;
}

function clipped(probability: number): number {
  return Math.min(Math.max(probability, Number.EPSILON), 1 - Number.EPSILON);
}

function invalid(message: string): MillraceError {
  return new MillraceError({
    code: 'INVALID_VALUE',
    message,
    notes: [{ message: 'where the model answers with the class itself, declare its OUTPUT as INT or STRING' }],
  });
}
