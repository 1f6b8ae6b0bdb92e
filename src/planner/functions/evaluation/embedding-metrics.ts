import { MillraceError } from '../../../common/error.js';
import type { Value } from '../../../spec/batch.js';
import { mean, type TaskMetrics } from './metrics.js';

interface EmbeddingState {
  count: number;
  cosines: number;
  tanimotos: number;
  distances: number;
}

/**
 * Means over the rows, with label vector x and answer y:
 *
 * - `Mean Cosine Similarity`: x·y / (‖x‖ ‖y‖), 0 where one of them has no length (`sklearn.metrics.pairwise.cosine_similarity`)
 * - `Mean Jaccard Similarity`: x·y / (‖x‖² + ‖y‖² − x·y), the extended Jaccard (Tanimoto) coefficient, which for vectors of 0
 *   and 1 is that of sets; 1 for two vectors without length
 * - `Mean Euclidean Distance`: ‖x − y‖
 */
export const embeddingMetrics: TaskMetrics<EmbeddingState> = {
  create: () => ({ count: 0, cosines: 0, tanimotos: 0, distances: 0 }),
  add(state, label, answer) {
    const [x, y] = [vector(label, 'a label'), vector(answer, 'an answer of the model')];
    if (x.length !== y.length) throw invalid(`a label has ${x.length} numbers, and the answer of the model has ${y.length}`);
    let [product, ofLabel, ofAnswer, distance] = [0, 0, 0, 0];
    for (let i = 0; i < x.length; i++) {
      const [a, b] = [x[i]!, y[i]!];
      product += a * b;
      ofLabel += a * a;
      ofAnswer += b * b;
      distance += (a - b) * (a - b);
    }
    const lengths = Math.sqrt(ofLabel) * Math.sqrt(ofAnswer);
    const union = ofLabel + ofAnswer - product;
    state.count++;
    state.cosines += lengths === 0 ? 0 : product / lengths;
    state.tanimotos += union === 0 ? 1 : product / union;
    state.distances += Math.sqrt(distance);
  },
  merge(state, other) {
    state.count += other.count;
    state.cosines += other.cosines;
    state.tanimotos += other.tanimotos;
    state.distances += other.distances;
  },
  result: ({ count, cosines, tanimotos, distances }) =>
    new Map([
      ['Mean Cosine Similarity', mean(cosines, count)],
      ['Mean Jaccard Similarity', mean(tanimotos, count)],
      ['Mean Euclidean Distance', mean(distances, count)],
    ]),
};

function vector(value: Value, what: string): readonly number[] {
  const numbers = value as readonly (number | null)[];
  if (numbers.includes(null)) throw invalid(`${what} has a NULL among its numbers`);
  return numbers as readonly number[];
}

function invalid(message: string): MillraceError {
  return new MillraceError({ code: 'INVALID_VALUE', message: `ML_EVALUATE cannot compare two vectors: ${message}` });
}
