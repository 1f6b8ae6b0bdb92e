import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { inputOf, scorerInit } from './lightgbm-runtime.js';
import { looksLikeLightgbm, readModel } from './read-model.js';

const FOLDER = 'tests/fixtures/lightgbm';
const PANDAS = readFileSync(`${FOLDER}/pandas.txt`, 'utf8');

function refusal(text: string): string {
  try {
    scorerInit(readModel(Buffer.from(text)), undefined);
  } catch (error) {
    assert.ok(MillraceError.is(error), String(error));
    assert.equal(error.code, 'MODEL_LOAD');
    return [error.message, ...error.notes.map(note => note.message)].join('\n');
  }
  assert.fail('it was taken');
}

function changed(from: string | RegExp, to: string): string {
  const text = PANDAS.replace(from, to);
  assert.notEqual(text, PANDAS, String(from));
  return text;
}

test('the format is told by the first lines', () => {
  assert.ok(looksLikeLightgbm(Buffer.from(PANDAS)));
  assert.ok(looksLikeLightgbm(Buffer.from(PANDAS.replaceAll('\n', '\r\n'))));
  for (const other of ['', 'tree', 'tree\nfoo', 'trees are green\n', '{"tree":1}'])
    assert.ok(!looksLikeLightgbm(Buffer.from(other)), other);
  assert.deepEqual(readModel(Buffer.from(PANDAS.replaceAll('\n', '\r\n'))), readModel(Buffer.from(PANDAS)));
});

test('categories belong to the columns that were trained as such', () => {
  const { features } = inputOf(readModel(Buffer.from(PANDAS)));
  assert.deepEqual(
    features!.map(feature => feature.name),
    ['color', 'amount', 'size', 'ratio', 'half'],
  );
  assert.deepEqual(
    features!.map(feature => feature.codes && [feature.codes.areNumbers, ...feature.codes.codes.keys()]),
    [
      [false, 'red', 'grün', 'blue', 'pale "green"', '黒'],
      undefined,
      [true, '40', '-7', '5000000000', '3'],
      undefined,
      [true, '0.5', '1.5', '2'],
    ],
  );
  // Before 3.0 the parameters do not say which columns these are, but their codes do.
  const byCodes = readModel(Buffer.from(changed('[categorical_feature: 0,2,4]', '[categorical_feature: ]')));
  assert.deepEqual([...byCodes.categories.keys()], [0, 2, 4]);
  const unclear = changed('[categorical_feature: 0,2,4]', '[categorical_feature: 0,2]').replace('-1:1:2:3:0', 'none');
  assert.equal(readModel(Buffer.from(unclear)).categories.size, 0);
});

test('a text that is cut off is refused, or has all its trees', () => {
  const whole = readModel(Buffer.from(PANDAS)).trees;
  for (let length = 20; length < PANDAS.length; length += 97) {
    const text = PANDAS.slice(0, length);
    if (text.includes('pandas_categorical:')) assert.match(refusal(text), /not JSON/);
    else if (text.includes('end of trees')) assert.deepEqual(readModel(Buffer.from(text)).trees, whole);
    else if (length < PANDAS.indexOf('end of trees') - 20) assert.match(refusal(text), /LightGBM model: /);
  }
});

test('what does not fit together is refused', () => {
  for (const [expected, text] of [
    [/the first line is not "tree"/, 'forest\nversion=v4'],
    [/version "v9" of the format is not known: v2, v3, v4 are/, changed('version=v4', 'version=v9')],
    [/"max_feature_idx" is "99999999999"/, changed('max_feature_idx=4', 'max_feature_idx=99999999999')],
    [/5 names for 4 features/, changed('max_feature_idx=4', 'max_feature_idx=3')],
    [/"num_leaves" is "1e9"/, changed('num_leaves=7', 'num_leaves=1e9')],
    [/"left_child" has 6 numbers, not 99999/, changed('num_leaves=7', 'num_leaves=100000')],
    [/is no tree: node 0 has the child 13/, changed('left_child=2 5', 'left_child=77 5')],
    [/is no tree: node 0 has the child 13/, changed('left_child=2 5', 'left_child=-77 5')],
    [/is no tree: node \d+ has two parents/, changed('left_child=2 5', 'left_child=1 5')],
    [/is no tree: node 0 has two parents/, changed('left_child=2 5', 'left_child=2 0')],
    [/looks at feature 7, and the model has 5/, changed('split_feature=1 1', 'split_feature=7 1')],
    [/looks at feature -1/, changed('split_feature=1 1', 'split_feature=-1 1')],
    [/decision type 12/, changed('decision_type=8', 'decision_type=12')],
    [/sets of categories of a tree are not where it says/, changed('cat_boundaries=0 1', 'cat_boundaries=0 9')],
    [/set of categories 3, and has 1/, changed('-0.87499999999999989 0\n', '-0.87499999999999989 3\n')],
    [/"threshold" has "x", which is no number/, changed('threshold=-0.37499999999999994', 'threshold=x')],
    [/"threshold" is missing/, changed('\nthreshold=', '\nthresholds=')],
    [/announces 5 trees, and 4 follow/, changed(/\nTree=4[^]*?shrinkage=[^\n]*\n/, '')],
    [
      /"lambdamart" with 1 trees a round is not known.*known objectives: regression/s,
      changed('objective=regression', 'objective=lambdamart'),
    ],
    [/5 trees are no rounds of 2/, changed('num_tree_per_iteration=1', 'num_tree_per_iteration=2')],
    [/"pandas_categorical" is not JSON/, changed('pandas_categorical:[', 'pandas_categorical:[[')],
    [/neither text, number nor flag/, changed('pandas_categorical:[["red"', 'pandas_categorical:[[{}')],
  ] as [RegExp, string][]) {
    assert.match(refusal(text), expected);
  }
});

test('numbers that C++ writes for what is no number are read', () => {
  const text = changed('threshold=-0.37499999999999994 0.62500000000000011', 'threshold=-inf nan');
  assert.deepEqual([...readModel(Buffer.from(text)).trees[0]!.threshold.subarray(0, 2)], [-Infinity, NaN]);
});

test('rounds that the model does not have are refused', () => {
  const model = readModel(Buffer.from(PANDAS));
  for (const range of [
    { begin: 0, end: 6 },
    { begin: 2, end: 2 },
    { begin: 5, end: 0 },
  ]) {
    assert.throws(
      () => scorerInit(model, range),
      error => MillraceError.is(error) && error.code === 'INVALID_OPTION',
    );
  }
});
