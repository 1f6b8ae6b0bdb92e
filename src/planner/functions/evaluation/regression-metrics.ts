import type { TaskMetrics } from './metrics.js';

interface RegressionState {
  count: number;
  absoluteErrors: number;
  squaredErrors: number;
  /** Sum of |error / label| over the labels that are not 0, and how many they are. */
  relativeErrors: number;
  relativeCount: number;
  /** Of the labels, by Welford's way: the mean, and the sum of the squared distances to it. */
  labelMean: number;
  labelSpread: number;
}

/**
 * Over n rows with label y and answer ŷ, as `sklearn.metrics` defines them:
 *
 * - `MAE` = Σ|y − ŷ| / n
 * - `MSE` = Σ(y − ŷ)² / n, and `RMSE` = √MSE
 * - `MAPE` = mean of |y − ŷ| / |y|, a fraction, over the rows whose label is not 0 (scikit-learn divides by 2.2e-16 there)
 * - `R²` = 1 − Σ(y − ŷ)² / Σ(y − ȳ)²; NULL for fewer than two rows; where all labels are equal, 1 if all answers are right
 *   and 0 if not
 */
export const regressionMetrics: TaskMetrics<RegressionState> = {
  create: () => ({
    count: 0,
    absoluteErrors: 0,
    squaredErrors: 0,
    relativeErrors: 0,
    relativeCount: 0,
    labelMean: 0,
    labelSpread: 0,
  }),
  add(state, label, answer) {
    const y = label as number;
    const error = Math.abs(y - (answer as number));
    state.count++;
    state.absoluteErrors += error;
    state.squaredErrors += error * error;
    if (y !== 0) {
      state.relativeErrors += error / Math.abs(y);
      state.relativeCount++;
    }
    const distance = y - state.labelMean;
    state.labelMean += distance / state.count;
    state.labelSpread += distance * (y - state.labelMean);
  },
  merge(state, other) {
    if (other.count === 0) return;
    const count = state.count + other.count;
    const distance = other.labelMean - state.labelMean;
    state.labelSpread += other.labelSpread + (distance * distance * state.count * other.count) / count;
    state.labelMean += (distance * other.count) / count;
    state.count = count;
    state.absoluteErrors += other.absoluteErrors;
    state.squaredErrors += other.squaredErrors;
    state.relativeErrors += other.relativeErrors;
    state.relativeCount += other.relativeCount;
  },
  result(state) {
    const { count, squaredErrors } = state;
    const mse = count === 0 ? null : squaredErrors / count;
    return new Map([
      ['MAE', count === 0 ? null : state.absoluteErrors / count],
      ['MSE', mse],
      ['RMSE', mse === null ? null : Math.sqrt(mse)],
      ['MAPE', state.relativeCount === 0 ? null : state.relativeErrors / state.relativeCount],
      ['R²', determination(state)],
    ]);
  },
};

function determination({ count, squaredErrors, labelSpread }: RegressionState): number | null {
  if (count < 2) return null;
  if (labelSpread === 0) return squaredErrors === 0 ? 1 : 0;
  return 1 - squaredErrors / labelSpread;
}
