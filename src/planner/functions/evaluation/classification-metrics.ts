import { addPair, emptyCounts, marginsOf, mergeCounts, type PairCounts } from './contingency.js';
import { f1, ratio, type Metrics, type TaskMetrics } from './metrics.js';

/** Classes with metrics of their own; with more of them there are none. */
const MAX_SHOWN_CLASSES = 20;

/** Labels and answers are the names of classes. */
export const classificationMetrics: TaskMetrics<PairCounts> = {
  create: emptyCounts,
  add: (counts, label, answer) => addPair(counts, label as string, answer as string),
  merge: mergeCounts,
  result: classMetrics,
};

/**
 * Over the table of labels and answers, as `sklearn.metrics` defines them; a class is what is a label or an answer.
 *
 * - `Accuracy` = right answers / rows
 * - `Precision` of a class = rows rightly given to it / rows given to it; `Recall` = rows rightly given to it / rows of it;
 *   `F1` = 2PR / (P + R); a quotient with nothing below is 0. The plain names are the unweighted means over the classes
 *   (`average='macro'`), `Weighted …` the means weighted by the rows of each class (`average='weighted'`).
 * - up to 20 classes have their own: `Precision (spam)`, `Recall (spam)`, `F1 (spam)`, in the order of their names
 */
export function classMetrics(counts: PairCounts): Metrics {
  const { labels, answers } = marginsOf(counts);
  const classes = [...new Set([...labels.keys(), ...answers.keys()])].toSorted();
  const scores = classes.map(name => {
    const right = counts.pairs.get(name)?.get(name) ?? 0;
    const support = labels.get(name) ?? 0;
    const precision = ratio(right, answers.get(name) ?? 0);
    const recall = ratio(right, support);
    return { name, right, support, Precision: precision, Recall: recall, F1: f1(precision, recall) };
  });
  const isEmpty = counts.count === 0;
  const metrics = new Map<string, number | null>();
  const right = scores.reduce((sum, score) => sum + score.right, 0);
  metrics.set('Accuracy', isEmpty ? null : right / counts.count);
  for (const name of ['Precision', 'Recall', 'F1'] as const)
    metrics.set(name, isEmpty ? null : scores.reduce((sum, score) => sum + score[name], 0) / scores.length);
  for (const name of ['Precision', 'Recall', 'F1'] as const)
    metrics.set(`Weighted ${name}`, isEmpty ? null : scores.reduce((sum, score) => sum + score[name] * score.support, 0) / counts.count);
  if (scores.length > MAX_SHOWN_CLASSES) return metrics;
  for (const score of scores)
    for (const name of ['Precision', 'Recall', 'F1'] as const) metrics.set(`${name} (${score.name})`, score[name]);
  return metrics;
}
