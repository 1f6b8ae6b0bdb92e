import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutputRows, RowScorer } from '../../kit/trees/row-scorer.js';
import { scoreInBatches } from '../../kit/trees/score-in-batches.test.fixture.js';
import type { LightgbmModel } from './lightgbm-model.js';
import { inputOf, scorerInit } from './lightgbm-runtime.js';
import { createLightgbmScorer } from './lightgbm-scorer.js';
import { looksLikeLightgbm, readModel } from './read-model.js';
import { referenceModels, referenceRows, type ReferenceModel } from './reference-models.test.fixture.js';

const MODELS = referenceModels();
const { rows: MATRIX, pandas: PANDAS } = referenceRows();
const ROWS = 224;
const TOLERANCE = 1e-12;

/** The rows of a model as it takes them: its own columns and codes, where it was trained on a data frame. */
function dataOf(model: LightgbmModel, { name }: ReferenceModel): Float64Array {
  if (name !== 'pandas') return MATRIX;
  const encoders = inputOf(model).features!.map(feature => feature.codes?.codes);
  const code = (column: number, value: string | number | null): number => (value === null ? NaN : encoders[column]!.get(String(value))!);
  const data = new Float64Array(ROWS * 5);
  for (let row = 0; row < ROWS; row++) {
    const raw = MATRIX.subarray(row * 8, (row + 1) * 8);
    data.set([code(0, PANDAS.color[row]!), raw[0]!, code(2, PANDAS.size[row]!), raw[2]!, code(4, PANDAS.half[row]!)], row * 5);
  }
  return data;
}

function score(scorer: RowScorer, output: string, data: Float64Array, sizes: readonly number[] = [ROWS]): Promise<OutputRows> {
  return scoreInBatches(scorer, output, { data, rows: ROWS, width: data.length / ROWS, sizes });
}

function assertNear(actual: OutputRows, expected: Float64Array, what: string): void {
  assert.equal(actual.length, expected.length, what);
  for (const [i, value] of expected.entries()) {
    const got = actual[i]!;
    const isNear = Object.is(got, value) || got === value || Math.abs(got - value) <= TOLERANCE * Math.abs(value);
    assert.ok(isNear, `${what}: value ${i} is ${got}, not ${value}`);
  }
}

for (const version of new Set(MODELS.map(model => model.lightgbm))) {
  test(`LightGBM ${version}: margins, predictions and leaves`, async () => {
    for (const reference of MODELS.filter(model => model.lightgbm === version)) {
      assert.ok(looksLikeLightgbm(reference.file));
      const model = readModel(reference.file);
      const data = dataOf(model, reference);
      const scorer = createLightgbmScorer(scorerInit(model, undefined));
      assertNear(await score(scorer, 'margin', data), reference.margin, `margins of ${reference.name}`);
      assertNear(await score(scorer, 'value', data), reference.prediction, `predictions of ${reference.name}`);
      assert.deepEqual(await score(scorer, 'leaf', data), reference.leaf, `leaves of ${reference.name}`);
      for (const [range, expected] of Object.entries(reference.iterations)) {
        const [begin, end] = range.split(',').map(Number) as [number, number];
        assertNear(
          await score(createLightgbmScorer(scorerInit(model, { begin, end })), 'value', data),
          expected,
          `${reference.name} ${range}`,
        );
      }
    }
  });
}

test('a row has the same answer alone, in a batch, and in batches of odd sizes', async () => {
  for (const reference of MODELS.filter(model => model.lightgbm === '4.7.0')) {
    const model = readModel(reference.file);
    const data = dataOf(model, reference);
    const scorer = createLightgbmScorer(scorerInit(model, undefined));
    const whole = await score(scorer, 'value', data);
    for (const sizes of [[1], [1, 7, 63, 64, 65], [3, 129, 31]])
      assert.deepEqual(await score(scorer, 'value', data, sizes), whole, reference.name);
  }
});

test('probabilities and classes are those of the predictions', async () => {
  for (const reference of MODELS.filter(
    model => model.lightgbm === '4.7.0' && ['binary', 'multiclass', 'multiclass-ova'].includes(model.name),
  )) {
    const scorer = createLightgbmScorer(scorerInit(readModel(reference.file), undefined));
    const probabilities = await score(scorer, 'probability', MATRIX);
    const classes = await score(scorer, 'class', MATRIX);
    for (let row = 0; row < ROWS; row++) {
      if (reference.name === 'binary') {
        const expected = reference.prediction[row]!;
        assertNear(probabilities.subarray(2 * row, 2 * row + 2), Float64Array.of(1 - expected, expected), 'binary');
        assert.equal(classes[row], expected > 0.5 ? 1 : 0);
      } else {
        const expected = reference.prediction.subarray(3 * row, 3 * row + 3);
        assertNear(probabilities.subarray(3 * row, 3 * row + 3), expected, reference.name);
        assert.equal(classes[row], expected.indexOf(Math.max(...expected)));
      }
    }
  }
});
