import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '../../../common/error.js';
import { batchOfRows, sliceBatch, valueAt, type Value } from '../../../spec/batch.js';
import { arrayOf, DOUBLE, FLOAT, STRING, type DataType, type Field } from '../../../spec/data-type.js';
import { openRuntime, type OpenedRuntime } from '../../../testing/open-runtime.js';
import { onnx } from '../onnx-runtime.js';

const FOLDER = 'tests/fixtures/text';
const TOLERANCE = 1e-5;
const MAP: DataType = { kind: 'MAP', key: STRING, value: DOUBLE, nullable: true };
const never = new AbortController().signal;
setMaxListeners(0, never);

interface Expected {
  readonly texts?: readonly (string | null)[];
  readonly pairs?: readonly (readonly [string, string])[];
  readonly values: readonly (readonly number[] | number | null)[];
}

interface Opening {
  readonly name: string;
  readonly outputs: readonly (readonly [string, DataType])[];
  readonly texts?: 1 | 2;
  readonly options?: Readonly<Record<string, string>>;
  readonly folder?: string;
  readonly output?: 'margin' | 'probability' | 'class';
}

function fields(columns: readonly (readonly [string, DataType])[]): Field[] {
  return columns.map(([name, type]) => ({ name, type }));
}

function inputsOf(texts: 1 | 2): Field[] {
  return fields(
    texts === 1
      ? [['content', STRING]]
      : [
          ['question', STRING],
          ['answer', STRING],
        ],
  );
}

async function withModel(
  { name, outputs, texts = 1, options = {}, folder = FOLDER, output }: Opening,
  use: (model: OpenedRuntime) => Promise<void>,
): Promise<void> {
  const model = await openRuntime({
    runtime: onnx,
    path: `${folder}/${name}/model.onnx`,
    options,
    inputs: inputsOf(texts),
    outputs: fields(outputs),
    output,
  });
  try {
    await use(model);
  } finally {
    await model.close();
  }
}

async function expectedOf(name: string): Promise<Expected> {
  return JSON.parse(await readFile(`${FOLDER}/${name}/expected.json`, 'utf8')) as Expected;
}

function rowsOf({ texts, pairs }: Expected): Value[][] {
  return texts ? texts.map(text => [text]) : pairs!.map(pair => [...pair]);
}

/** The first column, in batches of the size. */
async function predictIn(model: OpenedRuntime, rows: readonly Value[][], size: number): Promise<Value[]> {
  const batch = batchOfRows(inputsOf(rows[0]!.length as 1 | 2), rows);
  const answers: Value[] = [];
  for (let from = 0; from < rows.length; from += size) {
    const part = sliceBatch(batch, from, Math.min(from + size, rows.length));
    const { outputs, failures } = await model.predict(part, never);
    assert.equal(failures, undefined);
    for (let row = 0; row < part.rowCount; row++) answers.push(valueAt(outputs[0]!, row));
  }
  return answers;
}

function assertClose(actual: readonly Value[], expected: Expected['values']): void {
  assert.equal(actual.length, expected.length);
  for (const [row, value] of expected.entries()) {
    if (value === null) {
      assert.equal(actual[row], null, `row ${row}`);
      continue;
    }
    const numbers = [actual[row]].flat() as number[];
    for (const [i, number] of [value].flat().entries())
      assert.ok(Math.abs(numbers[i]! - number) <= TOLERANCE, `row ${row}, value ${i}: ${numbers[i]} instead of ${number}`);
  }
}

const MODELS: readonly Opening[] = [
  { name: 'bert_embedder', outputs: [['embedding', arrayOf(FLOAT)]] },
  { name: 'xlmr_embedder', outputs: [['embedding', arrayOf(FLOAT)]] },
  { name: 'roberta_classifier', outputs: [['scores', arrayOf(DOUBLE)]] },
  { name: 'distilbert_topics', outputs: [['scores', arrayOf(DOUBLE)]] },
  { name: 'bert_reranker', outputs: [['relevance', DOUBLE]], texts: 2 },
];

for (const opening of MODELS) {
  test(`${opening.name} gives what Python gives, and the same to the last bit single, in batches and in odd splits`, async () => {
    const expected = await expectedOf(opening.name);
    const rows = rowsOf(expected);
    await withModel(opening, async model => {
      const whole = await predictIn(model, rows, rows.length);
      assertClose(whole, expected.values);
      for (const size of [1, 7, 64]) assert.deepEqual(await predictIn(model, rows, size), whole, `batches of ${size}`);
    });
  });
}

test('a classifier gives labels, scores by name, MAPs and margins', async () => {
  const expected = await expectedOf('roberta_classifier');
  const outputs: Opening['outputs'] = [
    ['label', STRING],
    ['score', DOUBLE],
    ['by_class', MAP],
    ['positive', DOUBLE],
  ];
  const row = (expected.values as readonly (readonly number[])[])[3]!;
  const best = row.indexOf(Math.max(...row));
  await withModel({ name: 'roberta_classifier', outputs }, async model => {
    const { outputs: columns } = await model.predict(batchOfRows(inputsOf(1), [[expected.texts![3]!]]), never);
    const [label, score, map, positive] = columns.map(column => valueAt(column, 0));
    assert.equal(label, ['negative', 'neutral', 'positive'][best]);
    assertClose([[score, positive] as Value], [[row[best]!, row[2]!]]);
    assert.deepEqual([...(map as Map<Value, Value>).keys()], ['negative', 'neutral', 'positive']);
    assert.equal((map as Map<Value, Value>).get(label as string), score);
  });
  await withModel({ name: 'roberta_classifier', outputs: [['m', MAP]], output: 'margin' }, async model => {
    const { outputs: columns } = await model.predict(batchOfRows(inputsOf(1), [[expected.texts![3]!]]), never);
    const margins = [...(valueAt(columns[0]!, 0) as Map<Value, number>).values()];
    const powers = margins.map(Math.exp);
    assertClose([powers.map(power => power / powers.reduce((sum, each) => sum + each))], [row]);
  });
  await withModel({ name: 'roberta_classifier', outputs: [['kind', STRING]], output: 'class' }, async model => {
    const { outputs: columns } = await model.predict(batchOfRows(inputsOf(1), [[expected.texts![3]!]]), never);
    assert.equal(valueAt(columns[0]!, 0), ['negative', 'neutral', 'positive'][best]);
  });
});

test('a row with a NULL for a text has a NULL for an answer, beside others', async () => {
  await withModel({ name: 'bert_reranker', outputs: [['relevance', DOUBLE]], texts: 2 }, async model => {
    const { outputs } = await model.predict(
      batchOfRows(inputsOf(2), [
        ['a', null],
        ['a', 'b'],
        [null, null],
      ]),
      never,
    );
    assert.deepEqual(
      [0, 1, 2].map(row => typeof valueAt(outputs[0]!, row)),
      ['object', 'number', 'object'],
    );
  });
});

async function embeddings(options: Readonly<Record<string, string>>, texts: readonly string[]): Promise<number[][]> {
  const rows: number[][] = [];
  await withModel({ name: 'bert_embedder', outputs: [['embedding', arrayOf(FLOAT)]], options }, async model => {
    rows.push(
      ...((await predictIn(
        model,
        texts.map(text => [text]),
        8,
      )) as unknown as number[][]),
    );
  });
  return rows;
}

test('pooling, normalize, max-length and text-prefix', async () => {
  const texts = ['The train is late.', 'naïve café'];
  let tokens: number[][][] = [];
  const outputs: Opening['outputs'] = [['vectors', arrayOf(arrayOf(FLOAT))]];
  await withModel({ name: 'bert_embedder', outputs, options: { pooling: 'none' } }, async model => {
    tokens = (await predictIn(
      model,
      texts.map(text => [text]),
      2,
    )) as unknown as number[][][];
  });
  const width = tokens[0]![0]!.length;
  const columns = (row: number): number[][] => Array.from({ length: width }, (_, i) => tokens[row]!.map(vector => vector[i]!));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const plain = { normalize: 'false' };
  const expected: Readonly<Record<string, (row: number) => number[]>> = {
    cls: row => tokens[row]![0]!,
    last: row => tokens[row]!.at(-1)!,
    max: row => columns(row).map(values => Math.max(...values)),
    mean: row => columns(row).map(values => sum(values) / values.length),
    'mean-sqrt-length': row => columns(row).map(values => sum(values) / Math.sqrt(values.length)),
    'weighted-mean': row => columns(row).map(values => sum(values.map((value, i) => value * (i + 1))) / sum(values.map((_, i) => i + 1))),
  };
  for (const [pooling, valueOf] of Object.entries(expected)) {
    assertClose(await embeddings({ ...plain, pooling }, texts), [valueOf(0), valueOf(1)]);
  }
  const [normalized] = await embeddings({ pooling: 'max', normalize: 'true' }, texts);
  assert.ok(Math.abs(Math.hypot(...normalized!) - 1) < 1e-6);
  const [prefixed] = await embeddings({ 'text-prefix': 'query: ' }, ['late']);
  assert.deepEqual([prefixed], await embeddings({}, ['query: late']));
  assert.deepEqual(
    await embeddings({ 'max-length': '4' }, ['one two three']),
    await embeddings({ 'max-length': '4' }, ['one two four five']),
  );
  assert.notDeepEqual(await embeddings({}, ['one two three']), await embeddings({}, ['one two four five']));
});

async function refusal(opening: Opening): Promise<MillraceError> {
  try {
    await withModel(opening, () => assert.fail('opened'));
  } catch (error) {
    assert.ok(MillraceError.is(error), String(error));
    return error;
  }
  assert.fail('opened');
}

/** A copy of a model's folder with some of its files changed. */
async function withCopy(name: string, change: (folder: string) => Promise<void>, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'text-model-'));
  try {
    await cp(`${FOLDER}/${name}`, join(folder, name), { recursive: true });
    await change(join(folder, name));
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function editJson(path: string, edit: (json: Record<string, unknown>) => void): Promise<void> {
  const json = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  edit(json);
  await writeFile(path, JSON.stringify(json));
}

test('config.json tells what logits mean: regression keeps them, an Identity too', async () => {
  const pair = ['The train is late.', 'naïve café'];
  const scores: number[] = [];
  const edits: readonly ((config: Record<string, unknown>) => void)[] = [
    () => {},
    config => (config['problem_type'] = 'regression'),
    config => (config['sentence_transformers'] = { activation_fn: 'torch.nn.modules.linear.Identity' }),
  ];
  for (const edit of edits) {
    await withCopy(
      'bert_reranker',
      folder => editJson(`${folder}/config.json`, edit),
      folder =>
        withModel({ name: 'bert_reranker', outputs: [['relevance', DOUBLE]], texts: 2, folder }, async model => {
          scores.push((await predictIn(model, [pair], 1))[0] as number);
        }),
    );
  }
  const [probability, ...logits] = scores as [number, ...number[]];
  for (const logit of logits) assert.ok(Math.abs(1 / (1 + Math.exp(-logit)) - probability) < 1e-6);
});

test('what files ask for and cannot be done is refused', async () => {
  const outputs: Opening['outputs'] = [['embedding', arrayOf(FLOAT)]];
  const cases: readonly (readonly [file: string, edit: (json: Record<string, unknown>) => void, message: RegExp])[] = [
    ['1_Pooling/config.json', json => Object.assign(json, { pooling_mode: ['mean', 'max'] }), /asks for the pooling mean and max/],
    ['1_Pooling/config.json', json => Object.assign(json, { include_prompt: false }), /pooling without the prompt/],
    [
      'modules.json',
      json => (json as unknown as object[]).push({ type: 'sentence_transformers.models.Dense' }),
      /has the module Dense, which is not in the ONNX file/,
    ],
    [
      'tokenizer.json',
      json => Object.assign(json, { model: { type: 'Unigram', vocab: [['a', 0]], unk_id: 0, byte_fallback: true } }),
      /byte_fallback, which is not supported/,
    ],
    ['tokenizer.json', json => Object.assign(json, { normalizer: { type: 'Nmt' } }), /Unknown Normalizer type: Nmt/],
    ['tokenizer.json', json => delete json['model'], /the tokenizer cannot be read/],
    ['config.json', json => Object.assign(json, { max_position_embeddings: 2 }), /max-length 2 leaves no room for text/],
    ['config.json', json => Object.assign(json, { id2label: 3 }), /is not what stands beside a model: id2label/],
  ];
  for (const [file, edit, message] of cases) {
    await withCopy(
      'bert_embedder',
      folder => editJson(`${folder}/${file}`, edit),
      async folder => {
        const error = await refusal({ name: 'bert_embedder', outputs, folder });
        assert.equal(error.code, 'MODEL_LOAD', file);
        assert.match(error.message, message);
      },
    );
  }
});

test('a regular expression that takes for ever is ended, and the row fails', async () => {
  await withCopy(
    'bert_embedder',
    folder =>
      editJson(
        `${folder}/tokenizer.json`,
        json => (json['pre_tokenizer'] = { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false }),
      ),
    folder =>
      withModel({ name: 'bert_embedder', outputs: [['embedding', arrayOf(FLOAT)]], folder }, async model => {
        const { outputs, inputOf, failures } = await model.predict(batchOfRows(inputsOf(1), [['fine'], [`${'a'.repeat(40)}b`]]), never);
        assert.equal(outputs[0]!.values.length, 1);
        assert.deepEqual([...inputOf!], [0]);
        assert.match(failures!.get(1)!.message, /takes the tokenizer longer than 2 s/);
      }),
  );
});

test('options and columns that do not fit are refused', async () => {
  const outputs: Opening['outputs'] = [['embedding', arrayOf(FLOAT)]];
  const missing = await refusal({ name: 'bert_embedder', outputs, options: { 'tokenizer-path': 'no/such/folder' } });
  assert.equal(missing.code, 'FILE_NOT_FOUND');
  const pair = await refusal({ name: 'bert_embedder', outputs, texts: 2, options: { 'text-prefix': 'x' } });
  assert.equal(pair.code, 'INVALID_OPTION');
  const tokens = await refusal({ name: 'bert_embedder', outputs, options: { 'tokenizer-path': 'none' } });
  assert.match(tokens.message, /no input "content"/);
  const scalar = await refusal({ name: 'bert_embedder', outputs: [['embedding', DOUBLE]] });
  assert.match(scalar.message, /has 16 values a row/);
  await assert.rejects(
    openRuntime({
      runtime: onnx,
      path: 'tests/fixtures/onnx/iris_lr.onnx',
      options: { pooling: 'mean' },
      inputs: fields([['a', DOUBLE]]),
      outputs: fields([['b', DOUBLE]]),
    }),
    error => MillraceError.is(error) && error.code === 'INVALID_OPTION' && /"pooling" is for models of texts/.test(error.message),
  );
});
