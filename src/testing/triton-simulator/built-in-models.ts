import type { Tensor } from '../../kit/tensor/tensor.js';
import type { SimulatedTensorModel } from './tensor-model.js';

const MAX_BATCH_SIZE = 64;

/** `OUTPUT0 = INPUT0 + INPUT1`, `OUTPUT1 = INPUT0 - INPUT1`, 16 integers a row: the example of Triton's own tutorials. */
export const addSub: SimulatedTensorModel = {
  name: 'add_sub',
  maxBatchSize: MAX_BATCH_SIZE,
  inputs: ['INPUT0', 'INPUT1'].map(name => ({ name, datatype: 'INT32', dims: [16] })),
  outputs: ['OUTPUT0', 'OUTPUT1'].map(name => ({ name, datatype: 'INT32', dims: [16] })),
  run(inputs) {
    const { shape, data: left } = inputs.get('INPUT0')!;
    const right = inputs.get('INPUT1')!.data as Int32Array;
    const compute = (name: string, sign: 1 | -1): Tensor => ({
      name,
      datatype: 'INT32',
      shape,
      data: (left as Int32Array).map((value, i) => value + sign * right[i]!),
    });
    return [compute('OUTPUT0', 1), compute('OUTPUT1', -1)];
  },
};

/** Texts as they came. */
export const identityString: SimulatedTensorModel = {
  name: 'identity_string',
  maxBatchSize: MAX_BATCH_SIZE,
  inputs: [{ name: 'INPUT0', datatype: 'BYTES', dims: [1] }],
  outputs: [{ name: 'OUTPUT0', datatype: 'BYTES', dims: [1] }],
  run: inputs => [{ ...inputs.get('INPUT0')!, name: 'OUTPUT0' }],
};

/** Bias, and a weight for each feature. */
const BIAS = -2;
const WEIGHTS = [0.004, 1.5, -0.03, 0.8];

/** A logistic regression over four features, as a fraud model might be: a probability, and whether it is above one half. */
export const logisticRegression: SimulatedTensorModel = {
  name: 'logistic_regression',
  maxBatchSize: MAX_BATCH_SIZE,
  inputs: [{ name: 'features', datatype: 'FP32', dims: [WEIGHTS.length] }],
  outputs: [
    { name: 'probability', datatype: 'FP32', dims: [1] },
    { name: 'label', datatype: 'INT64', dims: [1] },
  ],
  run(inputs) {
    const { shape, data } = inputs.get('features')!;
    const rows = shape[0]!;
    const features = data as Float32Array;
    const probabilities = Float32Array.from({ length: rows }, (_, row) =>
      sigmoid(WEIGHTS.reduce((sum, weight, i) => sum + weight * features[row * WEIGHTS.length + i]!, BIAS)),
    );
    const labels = BigInt64Array.from(probabilities, probability => (probability > 0.5 ? 1n : 0n));
    return [
      { name: 'probability', datatype: 'FP32', shape: [rows, 1], data: probabilities },
      { name: 'label', datatype: 'INT64', shape: [rows, 1], data: labels },
    ];
  },
};

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** What `millrace simulate triton` serves. */
export const BUILT_IN_MODELS: readonly SimulatedTensorModel[] = [addSub, identityString, logisticRegression];
