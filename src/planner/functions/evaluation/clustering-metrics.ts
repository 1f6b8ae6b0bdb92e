import type { Value } from '../../../spec/batch.js';
import { addPoint, daviesBouldin, mergeShapes, type ClusterShape } from './cluster-shapes.js';
import { addPair, emptyCounts, marginsOf, mergeCounts, type PairCounts } from './contingency.js';
import { mean, ratio, type Metrics, type TaskMetrics } from './metrics.js';

interface ClusteringState {
  readonly pairs: PairCounts;
  readonly shapes: Map<string, ClusterShape>;
}

/** Clusters beyond this number have no `Mean Davies-Bouldin Index`: it compares each with each. */
const MAX_COMPARED = 1_024;

/**
 * Labels are the names of the true groups, answers those of the clusters. By their table, as `sklearn.metrics` defines them
 * (natural logarithms; H is the entropy):
 *
 * - `Adjusted Rand Index`: (pairs of rows that both put together − expected) / (mean of both − expected)
 * - `Normalized Mutual Information` = 2·MI / (H(label) + H(cluster))
 * - `Homogeneity` = MI / H(label), `Completeness` = MI / H(cluster), `V-Measure` their harmonic mean; 1 where the entropy is 0
 * - `Purity` = Σ over clusters of their most frequent label / rows
 *
 * By the features, where all of them are numbers; rows with a NULL among them are left out of these two:
 *
 * - `Mean Davies-Bouldin Index`, see `daviesBouldin`
 * - `Intra-Cluster Variance`: the mean squared distance of a row to the center of its cluster
 */
export function clusteringMetrics(hasFeatures: boolean): TaskMetrics<ClusteringState> {
  return {
    create: () => ({ pairs: emptyCounts(), shapes: new Map() }),
    add({ pairs, shapes }, label, answer, features) {
      addPair(pairs, label as string, answer as string);
      if (hasFeatures && features.every(isFinite)) addPoint(shapes, answer as string, features);
    },
    merge(state, other) {
      mergeCounts(state.pairs, other.pairs);
      mergeShapes(state.shapes, other.shapes);
    },
    result({ pairs, shapes }) {
      const metrics = new Map<string, number | null>(agreement(pairs));
      if (hasFeatures) {
        const clusters = [...shapes.values()];
        const rows = clusters.reduce((sum, { count }) => sum + count, 0);
        const spread = clusters.reduce((sum, each) => sum + each.spread, 0);
        metrics.set('Mean Davies-Bouldin Index', clusters.length > MAX_COMPARED ? null : daviesBouldin(clusters));
        metrics.set('Intra-Cluster Variance', mean(spread, rows));
      }
      return metrics;
    },
  };
}

function isFinite(value: Value): value is number {
  return Number.isFinite(value);
}

function agreement(counts: PairCounts): Metrics {
  const names = ['Adjusted Rand Index', 'Normalized Mutual Information', 'Homogeneity', 'Completeness', 'V-Measure', 'Purity'];
  const { count, pairs } = counts;
  if (count === 0) return new Map(names.map(name => [name, null]));
  const { labels, answers } = marginsOf(counts);
  const information = mutualInformation(counts, labels, answers);
  const [ofLabels, ofAnswers] = [entropy(labels, count), entropy(answers, count)];
  const homogeneity = ofLabels === 0 ? 1 : information / ofLabels;
  const completeness = ofAnswers === 0 ? 1 : information / ofAnswers;
  const largest = new Map<string, number>();
  for (const row of pairs.values()) for (const [answer, times] of row) largest.set(answer, Math.max(times, largest.get(answer) ?? 0));
  const values = [
    adjustedRand(counts, labels, answers),
    ofLabels + ofAnswers === 0 ? 1 : (2 * information) / (ofLabels + ofAnswers),
    homogeneity,
    completeness,
    ratio(2 * homogeneity * completeness, homogeneity + completeness),
    [...largest.values()].reduce((sum, times) => sum + times, 0) / count,
  ];
  return new Map(names.map((name, i) => [name, values[i]!]));
}

function entropy(parts: ReadonlyMap<string, number>, count: number): number {
  let sum = 0;
  for (const part of parts.values()) sum -= (part / count) * Math.log(part / count);
  return Math.max(sum, 0);
}

function mutualInformation(
  { pairs, count }: PairCounts,
  labels: ReadonlyMap<string, number>,
  answers: ReadonlyMap<string, number>,
): number {
  let sum = 0;
  for (const [label, row] of pairs)
    for (const [answer, times] of row) sum += (times / count) * Math.log((times / labels.get(label)!) * (count / answers.get(answer)!));
  return Math.max(sum, 0);
}

/** Hubert and Arabie, Comparing Partitions, 1985. 1 where both put all rows together, or each by itself. */
function adjustedRand({ pairs, count }: PairCounts, labels: ReadonlyMap<string, number>, answers: ReadonlyMap<string, number>): number {
  const together = (parts: Iterable<number>): number => {
    let sum = 0;
    for (const part of parts) sum += (part * (part - 1)) / 2;
    return sum;
  };
  const both = together([...pairs.values()].flatMap(row => [...row.values()]));
  const [inLabels, inAnswers, all] = [together(labels.values()), together(answers.values()), together([count])];
  const expected = all === 0 ? 0 : (inLabels * inAnswers) / all;
  const highest = (inLabels + inAnswers) / 2;
  return highest === expected ? 1 : (both - expected) / (highest - expected);
}
