import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { arrayOf, BIGINT, DOUBLE, FLOAT, STRING, type Field } from '../../spec/data-type.js';
import { openRuntime, type OpenedRuntime, type RuntimeUnderTest } from '../../testing/open-runtime.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { answersOf, python, refusal, tensorflowPython, withoutTensorflow } from './python.test.fixture.js';
import { sidecar } from './sidecar-runtime.js';

/** Models, and what this Python gives for 220 rows with missing and extreme values. */
const SCRIPT = `
import json
import numpy as np
import tensorflow as tf

tf.random.set_seed(5)
tf.config.threading.set_intra_op_parallelism_threads(1)

class Priced(tf.Module):
    def __init__(self):
        keys = tf.constant(["Bern", "Zürich", "Genève"])
        self.table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, tf.constant([1, 2, 3], tf.int64)), -1)
        self.weights = tf.Variable(tf.random.normal([3, 2]))

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, "x"), tf.TensorSpec([None], tf.string, "city")])
    def price(self, x, city):
        number = self.table.lookup(city)
        scores = tf.matmul(x, self.weights) * tf.cast(number, tf.float32)[:, tf.newaxis]
        return {"scores": scores, "number": number, "shout": tf.strings.upper(city, encoding="utf-8")}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float64, "v")])
    def root(self, v):
        tf.debugging.assert_greater_equal(v, tf.constant(0.0, tf.float64), "negative")
        return {"root": tf.sqrt(v)}

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int64, "tokens")])
    def lengths(self, tokens):
        return {"doubled": tokens * 2, "sum": tf.reduce_sum(tokens, 1)}

model = Priced()
tf.saved_model.save(model, "priced", signatures={"serving_default": model.price, "root": model.root, "lengths": model.lengths})
tf.saved_model.save(model, "unsigned")
random = np.random.default_rng(3)
rows = random.normal(0, 10, (220, 3)).astype(np.float32)
rows[::19, 0] = np.nan
rows[4] = [3e38, 1e-45, -3e38]
cities = [str(city) for city in random.choice(["Bern", "Zürich", "Genève", "Atlantis", ""], 220)]
call = tf.saved_model.load("priced").signatures["serving_default"]
result = call(x=tf.constant(rows), city=tf.constant(cities))
texts = lambda array: [[repr(float(value)) for value in row] for row in array]
print(json.dumps({"rows": texts(rows), "cities": cities, "scores": texts(result["scores"].numpy()), "numbers": result["number"].numpy().tolist()}))
`;

interface Reference {
  readonly rows: readonly (readonly string[])[];
  readonly cities: readonly string[];
  readonly scores: readonly (readonly string[])[];
  readonly numbers: readonly number[];
}

const INPUTS: readonly Field[] = [
  { name: 'city', type: STRING },
  { name: 'x', type: arrayOf(FLOAT) },
];
const OUTPUTS: readonly Field[] = [
  { name: 'number', type: BIGINT },
  { name: 'scores', type: arrayOf(DOUBLE) },
  { name: 'shout', type: STRING },
];

let folder = '';
let remove = async (): Promise<void> => {};
let reference: Reference;

before(async () => {
  if (tensorflowPython === undefined) return;
  ({ path: folder, remove } = await temporaryFolder());
  reference = await python<Reference>(tensorflowPython, folder, SCRIPT);
});
after(() => remove());

function open({ options, ...rest }: Partial<RuntimeUnderTest> = {}): Promise<OpenedRuntime> {
  return openRuntime({
    runtime: sidecar,
    path: join(folder, 'priced'),
    format: 'tensorflow',
    inputs: INPUTS,
    outputs: OUTPUTS,
    options: { 'sidecar.python': tensorflowPython!, ...options },
    ...rest,
  });
}

function numberOf(text: string): number {
  return text === 'nan' ? Number.NaN : Number(text.replace('inf', 'Infinity'));
}

test('answers are those of TensorFlow, alone, in batches and in odd ones', { skip: withoutTensorflow }, async context => {
  const model = await open();
  context.after(() => model.close());
  assert.deepEqual(model.model.inputs, [
    { name: 'city', element: 'string', shape: [undefined] },
    { name: 'x', element: 'float32', shape: [undefined, 3] },
  ]);
  const rows = reference.rows.map((row, i) => [reference.cities[i]!, row.map(numberOf)]);
  const whole = await answersOf(model.predict, INPUTS, rows, rows.length);
  whole.forEach((answer, i) => {
    const [number, scores, shout] = answer as [number, number[], string];
    assert.deepEqual([number, shout], [reference.numbers[i], reference.cities[i]!.toUpperCase()]);
    reference.scores[i]!.map(numberOf).forEach((value, k) => {
      const found = scores[k]!;
      assert.ok(Object.is(found, value) || Math.abs(found - value) <= 1e-6 * Math.abs(value), `row ${i}: ${found} and ${value}`);
    });
  });
  for (const size of [1, 7, 100]) assert.deepEqual(await answersOf(model.predict, INPUTS, rows, size), whole);
});

test('another signature is called by its name', { skip: withoutTensorflow }, async context => {
  const fields: readonly Field[] = [{ name: 'v', type: DOUBLE }];
  const model = await open({ inputs: fields, outputs: [{ name: 'root', type: DOUBLE }], options: { 'sidecar.signature': 'root' } });
  context.after(() => model.close());
  const answers = await answersOf(model.predict, fields, [[4], [-1], [null], [2]], 4);
  assert.deepEqual([answers[0], answers[2], answers[3]], [[2], [Number.NaN], [Math.SQRT2]].with(1, answers[2] as number[]));
  assert.match(answers[1] as string, /negative/);
  const none = await refusal(open({ options: { 'sidecar.signature': 'other' } }));
  assert.equal(none.code, 'INVALID_OPTION');
  assert.match(none.notes[0]!.message, /it has lengths, root, serving_default/);
});

test('rows of different lengths run with their like', { skip: withoutTensorflow }, async context => {
  const fields: readonly Field[] = [{ name: 'tokens', type: arrayOf(BIGINT) }];
  const outputs: readonly Field[] = [
    { name: 'sum', type: BIGINT },
    { name: 'doubled', type: arrayOf(BIGINT) },
  ];
  const model = await open({ inputs: fields, outputs, options: { 'sidecar.signature': 'lengths' } });
  context.after(() => model.close());
  assert.deepEqual(await answersOf(model.predict, fields, [[[1, 2, 3]], [[5]], [[4, 5, 6]], [[-1, 1]]], 4), [
    [6, [2, 4, 6]],
    [5, [10]],
    [15, [8, 10, 12]],
    [0, [-2, 2]],
  ]);
});

test('a folder without a signature, and one that is no SavedModel, are refused', { skip: withoutTensorflow }, async () => {
  const unsigned = await refusal(open({ path: join(folder, 'unsigned') }));
  assert.equal(unsigned.code, 'MODEL_LOAD');
  assert.match(unsigned.message, /no signature "serving_default"/);
  const empty = await refusal(open({ path: join(folder, 'priced', 'variables') }));
  assert.equal(empty.code, 'MODEL_LOAD');
  assert.match(empty.message, /tensorflow \S+ does not load the folder/);
});

test('a GPU that is not there is refused', { skip: withoutTensorflow }, async () => {
  const error = await refusal(open({ device: 'gpu' }));
  assert.equal(error.code, 'INVALID_OPTION');
  assert.match(error.message, /sees no GPU/);
});
