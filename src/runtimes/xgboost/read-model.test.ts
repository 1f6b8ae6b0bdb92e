import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { encodingOf } from './encoding-of.js';
import { readModel } from './read-model.js';
import { referenceModels } from './reference-models.test.fixture.js';
import { inputOf, scorerInit } from './xgboost-runtime.js';
import type { TreeSelection } from './select-trees.js';

const MODELS = referenceModels('3.4.1');

function fileOf(name: string, encoding: string, version = '3.4.1'): Uint8Array {
  const found = (version === '3.4.1' ? MODELS : referenceModels(version)).find(model => model.name === name)!.files[encoding];
  assert.ok(found, `${name} has no ${encoding}`);
  return found;
}

function refusal(act: () => unknown): { readonly code: string; readonly text: string } {
  try {
    act();
  } catch (error) {
    assert.ok(MillraceError.is(error), String(error));
    return { code: error.code, text: [error.message, ...error.notes.map(note => note.message)].join('\n') };
  }
  assert.fail('it was taken');
}

function jsonOf(name: string, change: (text: string) => string): Uint8Array {
  return Buffer.from(change(Buffer.from(fileOf(name, 'json')).toString()));
}

/** The model with its first tree changed. */
function withTree(change: (tree: Record<string, (number | string)[]>) => void, name = 'squared-error'): Uint8Array {
  return jsonOf(name, text => {
    const document = JSON.parse(text) as { learner: { gradient_booster: { model: { trees: Record<string, (number | string)[]>[] } } } };
    change(document.learner.gradient_booster.model.trees[0]!);
    return JSON.stringify(document);
  });
}

function open(file: Uint8Array, selection: TreeSelection = { range: undefined, best: false }): void {
  scorerInit(readModel(file), selection);
}

test('the encoding is told by the bytes', () => {
  assert.equal(encodingOf(fileOf('softprob', 'json')), 'json');
  assert.equal(encodingOf(fileOf('softprob', 'ubj')), 'ubjson');
  assert.equal(encodingOf(fileOf('softprob', 'snapshot')), 'ubjson');
  assert.equal(encodingOf(fileOf('softprob', 'deprecated', '1.7.6')), 'binary');
  assert.equal(encodingOf(fileOf('softprob', 'deprecated', '1.7.6').subarray(4)), 'binary');
  assert.equal(encodingOf(Buffer.from('CONFIG-offset:123')), 'snapshot');
  for (const other of ['', '{', '{"model":{}}', '{"version":"1.0","truncation":null}', '<PMML/>', 'tree\nversion=v4', '\u0008\u0007']) {
    assert.equal(encodingOf(Buffer.from(other)), undefined, other);
  }
});

test('JSON with NaN and Infinity in place of numbers, or with other spacing and order, is read', () => {
  const found = referenceModels('1.7.6').find(model => model.name === 'onehot')!;
  const text = Buffer.from(found.files['json']!).toString();
  assert.match(text, /[,[]NaN/);
  const plain = readModel(found.files['json']!);
  assert.deepEqual(readModel(found.files['ubj']!), plain);
  const spaced = readModel(Buffer.from(text.replaceAll(',', ' ,\n').replaceAll('NaN', '-Infinity')));
  assert.ok(plain.booster.kind === 'trees' && spaced.booster.kind === 'trees');
  assert.deepEqual(spaced.booster.trees[0]!.left, plain.booster.trees[0]!.left);
  assert.ok(spaced.booster.trees.some(tree => tree.value.includes(-Infinity)));
  const numeric = readModel(fileOf('squared-error', 'json'));
  const reordered = jsonOf('squared-error', text => {
    const { learner, version } = JSON.parse(text) as Record<string, unknown>;
    return JSON.stringify({ version, learner }, undefined, 2);
  });
  assert.equal(encodingOf(reordered), 'json');
  assert.deepEqual(readModel(reordered), numeric);
});

test('UBJSON without the optimised forms of arrays is read', () => {
  const int64 = (value: number): number[] => [...new Uint8Array(new BigInt64Array([BigInt(value)]).buffer).toReversed()];
  const key = (text: string): number[] => [0x4c, ...int64(text.length), ...Buffer.from(text)];
  const encode = (value: unknown): number[] => {
    if (typeof value === 'string') return [0x53, ...key(value)];
    if (typeof value === 'boolean') return [value ? 0x54 : 0x46];
    if (typeof value === 'number') return [0x44, ...new Uint8Array(new Float64Array([value]).buffer).toReversed()];
    if (Array.isArray(value)) return [0x5b, ...value.flatMap(encode), 0x5d];
    return [0x7b, ...Object.entries(value as object).flatMap(([name, member]) => [...key(name), ...encode(member)]), 0x7d];
  };
  const document: unknown = JSON.parse(Buffer.from(fileOf('softprob', 'json')).toString());
  assert.deepEqual(readModel(Uint8Array.from(encode(document))), readModel(fileOf('softprob', 'json')));
});

test('categories have the codes of the model, texts with accents and integers beyond 32 bits', () => {
  for (const encoding of ['json', 'ubj']) {
    const { features } = inputOf(readModel(fileOf('pandas-accents', encoding)));
    assert.deepEqual(
      features!.map(feature => feature.name),
      ['color', 'amount', 'size', 'ratio', 'day'],
    );
    assert.deepEqual([...features![0]!.codes!.codes.keys()], ['red', 'grün', 'blue', 'vert pâle', '黒']);
    assert.deepEqual(
      [...features![2]!.codes!.codes],
      [...['40', '-7', '5000000000', '3'].entries()].map(([code, name]) => [name, code]),
    );
    assert.deepEqual([...features![4]!.codes!.codes.keys()], ['6', '0', '200']);
    assert.deepEqual(
      features!.map(feature => feature.codes?.areNumbers),
      [false, undefined, true, undefined, true],
    );
  }
});

test('JSON of other kinds is refused where it goes wrong', () => {
  const head = '{"learner":{"a":NaN,';
  const cases: [string, RegExp][] = [
    [`${head}"b":nul}}`, /not JSON at character 24/],
    [`${head}"b":"x`, /ends before it is complete/],
    [`${head}"b":"\\q"}}`, /not JSON at character 24/],
    [`${head}"b":1 2}}`, /not JSON at character 26/],
    [`${head}"b":${'['.repeat(100)}`, /nested deeper than 64/],
    [`${head}"b":"${'x'.repeat(5_000_000)}`, /ends before it is complete/],
    [`${head}"b":${'1'.repeat(5_000_000)}}}`, /not JSON/],
    [`${head}${' '.repeat(5_000_000)}`, /ends before it is complete/],
    [`${head}"b":1}} x`, /not JSON at character 28/],
  ];
  for (const [text, expected] of cases) assert.match(refusal(() => open(Buffer.from(text))).text, expected);
});

test('names that XGBoost has damaged are refused', () => {
  for (const version of ['3.1.3', '3.2.0', '3.3.0']) {
    assert.match(
      refusal(() => open(fileOf('pandas-accents', 'ubj', version))).text,
      /categories of feature 0 may be damaged.*3\.1 to 3\.3.*3\.4/s,
    );
  }
});

test('what is cut off, or is no saved model, is refused with the next step', () => {
  const whole = fileOf('softprob', 'ubj');
  for (const length of [30, 100, whole.length >> 1, whole.length - 1])
    assert.match(refusal(() => open(whole.subarray(0, length))).text, /ends|left/);
  assert.match(refusal(() => open(fileOf('softprob', 'json').subarray(0, 900))).text, /JSON ends before it is complete.*truncated/s);
  const stump = referenceModels('2.1.4').find(model => model.files['truncated'])!.files['truncated']!;
  assert.match(refusal(() => open(stump)).text, /ends at byte.*cannot hold the model.*UBJSON/s);
  assert.match(refusal(() => open(Buffer.from('CONFIG-offset:0000'))).text, /memory snapshot.*save_model/s);
  assert.match(refusal(() => open(Buffer.from('PK'))).text, /begins like none/);
  assert.match(refusal(() => open(Buffer.concat([whole, Buffer.from('x')]))).text, /1 bytes follow the end/);
});

test('trees that are none are refused', () => {
  const cases: [RegExp, (tree: Record<string, (number | string)[]>) => void][] = [
    [/node 0 has the child 99/, tree => (tree['left_children']![0] = 99)],
    [/node 0 has the child -5/, tree => (tree['right_children']![0] = -5)],
    [/node 0 has two parents/, tree => (tree['left_children']![1] = 0)],
    [/node 2 has two parents/, tree => (tree['left_children']![0] = 2)],
    [/looks at feature 8/, tree => (tree['split_indices']![0] = 8)],
    [/looks at feature -1/, tree => (tree['split_indices']![0] = -1)],
    [/"default_left"/, tree => tree['default_left']!.pop()],
    [/not a list of numbers/, tree => (tree['split_conditions']![0] = 'x')],
    [/not a list of whole numbers/, tree => (tree['left_children']![0] = 1.5)],
    [/no nodes/, tree => (tree['left_children'] = [])],
  ];
  for (const [expected, change] of cases) {
    const { code, text } = refusal(() => open(withTree(change)));
    assert.equal(code, 'MODEL_LOAD');
    assert.match(text, expected);
  }
});

test('numbers that do not fit each other are refused', () => {
  const changed = (from: string, to: string, name = 'softprob'): Uint8Array =>
    jsonOf(name, text => {
      assert.ok(text.includes(from), from);
      return text.replace(from, to);
    });
  const cases: [RegExp, Uint8Array][] = [
    [/not a whole number from 0 to 1048576/, changed('"num_feature":"8","num_target"', '"num_feature":"99999999999","num_target"')],
    [/none of 3/, jsonOf('softprob', text => text.replace('"tree_info":[0,', '"tree_info":[3,'))],
    [/outputs for 8/, jsonOf('softprob', text => text.replace('"tree_info":[0,', '"tree_info":['))],
    [/rounds do not divide/, jsonOf('softprob', text => text.replace('"iteration_indptr":[0,', '"iteration_indptr":[1,'))],
    [/3 base scores for 1/, changed('"num_class":"3"', '"num_class":"0"')],
    [/not known.*known objectives/s, changed('"name":"multi:softprob"', '"name":"multi:toString"')],
    [/"learner.learner_model_param" is missing/, changed('"learner_model_param"', '"other"')],
    [/base scores for/, jsonOf('softprob', text => text.replace(/"base_score":"[^"]*"/, '"base_score":"[1,2]"'))],
    [/is no number/, jsonOf('softprob', text => text.replace(/"base_score":"[^"]*"/, '"base_score":"[1,x,3]"'))],
    [/weights, not 9/, jsonOf('linear', text => text.replace(/"weights":\[[^,]*,/, '"weights":['))],
  ];
  for (const [expected, file] of cases) assert.match(refusal(() => open(file)).text, expected);
});

test('rounds that the model does not have are refused', () => {
  const range = (begin: number, end: number): TreeSelection => ({ range: { begin, end }, best: false });
  const best: TreeSelection = { range: undefined, best: true };
  for (const [expected, name, selection] of [
    [/rounds 0 to 99 are not among the 4/, 'squared-error', range(0, 99)],
    [/rounds 2 to 2 are not/, 'squared-error', range(2, 2)],
    [/rounds 4 to 4 are not/, 'squared-error', range(4, 0)],
    [/has no rounds/, 'linear', range(0, 1)],
    [/has no rounds/, 'linear', best],
    [/did not stop early/, 'squared-error', best],
    [/beside "iteration-range"/, 'stopped-early', { range: { begin: 0, end: 1 }, best: true }],
  ] as const) {
    const { code, text } = refusal(() => open(fileOf(name, 'json'), selection));
    assert.equal(code, 'INVALID_OPTION');
    assert.match(text, expected);
  }
});
