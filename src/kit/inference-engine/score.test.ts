import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InferenceResult, type OutputValue } from '../../spec/inference-engine.js';
import type { ModelOutput } from '../../spec/model-runtime.js';
import { firstNumber, scoreReader } from './score.js';

function output(name: string, given: Partial<ModelOutput> = {}): ModelOutput {
  return { name, element: 'float32', rowShape: [], width: 1, classes: undefined, ...given };
}

function scored(...outputs: readonly (readonly [ModelOutput, OutputValue])[]): [number | null, number | null] {
  const { score, confidence } = scoreReader(outputs.map(([each]) => each))(place => outputs[place]![1]);
  return [score, confidence];
}

const LABEL = output('label', { element: 'int64' });
const WORD = output('label', { element: 'string' });
const TWO = output('probabilities', { width: 2, classes: ['no', 'yes'] });
const THREE = output('probabilities', { width: 3, classes: [0, 1, 2] });
const ONE = output('probability', { kind: 'probability' });

test('a classifier of two classes: the probability of the second one, and the larger of both', () => {
  assert.deepEqual(scored([LABEL, 0], [TWO, [0.75, 0.25]]), [0.25, 0.75]);
  assert.deepEqual(scored([WORD, 'no'], [TWO, [0.75, 0.25]]), [0.25, 0.75]);
});

test('one probability is that of the positive class', () => {
  assert.deepEqual(scored([ONE, 0.25]), [0.25, 0.75]);
  assert.deepEqual(scored([ONE, 0.9]), [0.9, 0.9]);
});

test('a classifier of more classes: its label, or its first probability, and the largest', () => {
  assert.deepEqual(scored([LABEL, 2n], [THREE, [0.1, 0.2, 0.7]]), [2, 0.7]);
  assert.deepEqual(scored([WORD, 'c'], [THREE, [0.1, 0.2, 0.7]]), [0.1, 0.7]);
});

test('a regression has a score and no confidence', () => {
  assert.deepEqual(scored([output('variable'), 12.5]), [12.5, null]);
  assert.deepEqual(scored([output('y', { width: 3 }), [1, 2, 3]]), [1, null]);
});

test('outputs of the names score and confidence are what they say', () => {
  assert.deepEqual(scored([TWO, [0.75, 0.25]], [output('Score'), 7], [output('confidence'), 0.5]), [7, 0.5]);
});

test('without a number there is no score', () => {
  assert.deepEqual(scored([WORD, 'no']), [null, null]);
  assert.deepEqual(scored([output('flag', { element: 'bool' }), true]), [null, null]);
  assert.deepEqual(scored(), [null, null]);
  assert.deepEqual(scored([output('y'), null]), [null, null]);
});

test('of an engine that tells only outputs, the first value of the first one counts', () => {
  const score = (outputs: Record<string, OutputValue>): number | null => firstNumber(InferenceResult.success(outputs)).score;
  assert.deepEqual([score({ a: 1.5, b: 2 }), score({ a: [3, 4] }), score({ a: 5n })], [1.5, 3, 5]);
  assert.deepEqual(
    [score({}), score({ a: 'x' }), score({ a: true }), score({ a: [] }), score({ a: null, b: 1 })],
    [null, null, null, null, null],
  );
});
