import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutputRows } from '../../kit/trees/row-scorer.js';
import { scoreInBatches as score } from '../../kit/trees/score-in-batches.test.fixture.js';
import { readModel } from './read-model.js';
import { referenceModels, referenceRows, type ReferenceModel } from './reference-models.test.fixture.js';
import { inputOf, scorerInit } from './xgboost-runtime.js';
import { createXgboostScorer } from './xgboost-scorer.js';
import type { XgboostModel } from './xgboost-model.js';

const ALL_TREES = { range: undefined, best: false };
const { rows: MATRIX, pandas: PANDAS } = referenceRows();
const WIDTH = 8;

/** The rows of a model as it takes them: its own columns and codes, where it was trained on a data frame. */
function dataOf(model: XgboostModel, { name, rowCount }: ReferenceModel): Float32Array {
  if (!name.startsWith('pandas')) return MATRIX;
  const codes = inputOf(model).features!.map(feature => feature.codes?.codes);
  const accents: Readonly<Record<string, string>> = { green: 'grün', 'pale green': 'vert pâle', '': '黒' };
  const color = (value: string | null): string | null => (name === 'pandas-accents' && value !== null ? (accents[value] ?? value) : value);
  const code = (column: number, value: string | number | null): number => (value === null ? NaN : codes[column]!.get(String(value))!);
  const data = new Float32Array(rowCount * 5);
  for (let row = 0; row < rowCount; row++) {
    const raw = MATRIX.subarray(row * WIDTH, (row + 1) * WIDTH);
    data.set([code(0, color(PANDAS.color[row]!)), raw[0]!, code(2, PANDAS.size[row]!), raw[2]!, code(4, PANDAS.day[row]!)], row * 5);
  }
  return data;
}

/** XGBoost 3.1 to 3.3 cannot save names that are not ASCII. */
function isDamaged({ name, xgboost }: ReferenceModel): boolean {
  return name === 'pandas-accents' && !xgboost.startsWith('3.4');
}

/** How many units in the last place of a float lie between two of them. */
function ulps(a: number, b: number): number {
  if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  const bits = new Int32Array(new Float32Array([a, b]).buffer);
  const order = (word: number): number => (word < 0 ? -2_147_483_648 - word : word);
  return Math.abs(order(bits[0]!) - order(bits[1]!));
}

/**
 * Within one unit in the last place. Expectiles are sums of steps, each computed by the C library's log1pf, which is off by one
 * unit now and then: theirs is the unit of the larger of what is added.
 */
function isNear({ name, prediction }: ReferenceModel, values: OutputRows, i: number): boolean {
  if (ulps(values[i]!, prediction[i]!) <= 1) return true;
  return name === 'expectiles' && Math.abs(values[i]! - prediction[i]!) <= (i % 3) * 2 ** -23 * Math.max(1, Math.abs(prediction[i]!));
}

function bitsOf(values: OutputRows): Int32Array {
  const floats = Float32Array.from(values);
  return new Int32Array(floats.buffer);
}

const MODELS = referenceModels();

for (const version of new Set(MODELS.map(model => model.xgboost))) {
  test(`XGBoost ${version}: margins bit by bit, predictions within one unit in the last place, leaves`, async () => {
    for (const reference of MODELS.filter(model => model.xgboost === version)) {
      for (const encoding of ['json', 'ubj', 'deprecated', 'snapshot']) {
        const file = reference.files[encoding];
        if (file === undefined || isDamaged(reference)) continue;
        const what = `${reference.name} as ${encoding}`;
        const model = readModel(file);
        const scorer = createXgboostScorer(scorerInit(model, ALL_TREES));
        const rows = { data: dataOf(model, reference), rows: reference.rowCount, width: model.featureCount };
        const margin = await score(scorer, 'margin', rows);
        assert.deepEqual(bitsOf(margin), bitsOf(reference.margin), `margins of ${what}`);
        const value = await score(scorer, 'value', rows);
        assert.equal(value.length, reference.prediction.length, what);
        for (let i = 0; i < value.length; i++)
          assert.ok(isNear(reference, value, i), `${what}: prediction ${i} is ${value[i]}, not ${reference.prediction[i]}`);
        if (!reference.leaf) continue;
        // XGBoost tells leaves of finite rows only.
        const leaf = (await score(scorer, 'leaf', rows)).subarray(0, reference.leaf.length);
        assert.deepEqual(leaf, Int32Array.from(reference.leaf), `leaves of ${what}`);
      }
    }
  });
}

test('a row has the same answer alone, in a batch, and in batches of odd sizes', async () => {
  for (const reference of MODELS.filter(model => ['3.4.1', '1.7.6'].includes(model.xgboost) && !model.name.startsWith('pandas'))) {
    const scorer = createXgboostScorer(scorerInit(readModel(reference.files['json']!), ALL_TREES));
    for (const sizes of [[1], [1, 7, 63, 64, 65], [3, 129, 31]]) {
      const margin = await score(scorer, 'margin', { data: MATRIX, rows: reference.rowCount, width: WIDTH, sizes });
      assert.deepEqual(bitsOf(margin), bitsOf(reference.margin), `${reference.name} in batches of ${sizes}`);
    }
  }
});

test('rounds are chosen as iteration_range and best_iteration choose them', async () => {
  for (const reference of MODELS) {
    if (isDamaged(reference)) continue;
    const model = readModel((reference.files['ubj'] ?? reference.files['json'] ?? reference.files['deprecated'])!);
    const margins = (selection: Parameters<typeof scorerInit>[1]): Promise<OutputRows> =>
      score(createXgboostScorer(scorerInit(model, selection)), 'margin', { data: MATRIX, rows: reference.rowCount, width: WIDTH });
    for (const [range, expected] of Object.entries(reference.iterations)) {
      const [begin, end] = range.split(',').map(Number) as [number, number];
      assert.deepEqual(bitsOf(await margins({ range: { begin, end }, best: false })), bitsOf(expected), `${reference.name} ${range}`);
    }
    if (reference.best) assert.deepEqual(bitsOf(await margins({ range: undefined, best: true })), bitsOf(reference.best), reference.name);
    if (reference.best)
      assert.deepEqual(bitsOf(await margins({ range: { begin: 0, end: 0 }, best: false })), bitsOf(reference.margin), reference.name);
  }
});

test('a binary file from before the signature reads as one with it', () => {
  for (const { files, name, xgboost } of MODELS.filter(model => model.files['deprecated'])) {
    const file = files['deprecated']!;
    const hasSignature = Buffer.from(file.subarray(0, 4)).toString() === 'binf';
    assert.equal(hasSignature, !['0.90', '1.0.2'].includes(xgboost), xgboost);
    if (!hasSignature) continue;
    assert.deepEqual(readModel(file.subarray(4)), readModel(file), name);
  }
});
