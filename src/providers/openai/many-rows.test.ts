import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../common/clock.js';
import type { MillraceError } from '../../common/error.js';
import { createHttpTransport } from '../../kit/http-transport.js';
import { batchOfRows, rowAt, type Value } from '../../spec/batch.js';
import { BOOLEAN, DOUBLE, INT, STRING, type DataType, type Field } from '../../spec/data-type.js';
import type { Model } from '../../spec/provider.js';
import { startOpenAiSimulator, type OpenAiSimulator } from '../../testing/openai-simulator/openai-simulator.js';
import type { OpenAiSimulatorOptions } from '../../testing/openai-simulator/simulator-options.js';
import { openai } from './openai-provider.js';

interface World {
  readonly simulator: OpenAiSimulator;
  open(
    options?: Readonly<Record<string, string>>,
    columns?: Readonly<Record<'inputs' | 'outputs', Readonly<Record<string, DataType>>>>,
  ): AskedModel;
}

/** Asks about rows in calls of a size; each row's answer, or its failure. */
type AskedModel = (rows: readonly (readonly Value[])[], size: number) => Promise<readonly (readonly Value[] | MillraceError)[]>;

async function withSimulator(options: Partial<OpenAiSimulatorOptions>, run: (world: World) => Promise<void>): Promise<void> {
  const simulator = await startOpenAiSimulator(options);
  const http = createHttpTransport({ connections: 4 });
  try {
    await run({
      simulator,
      open: (given = {}, { inputs, outputs } = { inputs: { review: STRING }, outputs: { mood: STRING } }) => {
        const fields = fieldsOf(inputs);
        const model = openai.openModel({
          name: 'm',
          options: openai.options.parse({ model: 'gpt-test', 'api-key': 'sk-any', endpoint: simulator.url, ...given }),
          inputs: fields,
          outputs: fieldsOf(outputs),
          http,
          clock: systemClock,
          random: () => 0.5,
          openModelFile: () => assert.fail('no runtime is needed'),
        }) as Model;
        return (rows, size) => askAll({ model, fields, rows, size });
      },
    });
  } finally {
    await simulator.close();
    await http.close();
  }
}

function fieldsOf(columns: Readonly<Record<string, DataType>>): Field[] {
  return Object.entries(columns).map(([name, type]) => ({ name, type }));
}

interface AskInit {
  readonly model: Model;
  readonly fields: readonly Field[];
  readonly rows: readonly (readonly Value[])[];
  readonly size: number;
}

async function askAll({ model, fields, rows, size }: AskInit): Promise<(readonly Value[] | MillraceError)[]> {
  const outcomes: (readonly Value[] | MillraceError)[] = [];
  for (let from = 0; from < rows.length; from += size) {
    const part = rows.slice(from, from + size);
    const { signal } = new AbortController();
    const { outputs, inputOf, failures } = await model.predict(batchOfRows(fields, part), { signal, callId: `${size}/${from}` });
    const count = inputOf?.length ?? part.length;
    for (let i = 0; i < count; i++) outcomes[from + (inputOf?.[i] ?? i)] = rowAt({ kind: 'batch', rowCount: count, columns: outputs }, i);
    for (const [row, failure] of failures ?? []) outcomes[from + row] = failure;
  }
  return outcomes;
}

const REVIEWS = Array.from({ length: 40 }, (_, i): readonly Value[] => [`Review "${i}"\nof {"a": [${i}]} | <b> \u2028`]);

test('a row has the same answer in a prompt of many as alone, in every form', () =>
  withSimulator({ seed: 'x' }, async ({ simulator, open }) => {
    const forms = [{}, { 'response-format': 'json_object' }, { 'response.format': 'xml' }, { 'response.format': 'delimited' }];
    const alone = await open()(REVIEWS, 1);
    for (const options of forms) assert.deepEqual(await open(options)(REVIEWS, 20), alone, JSON.stringify(options));
    assert.equal(simulator.stats().requests, 40 + 4 * 2);
  }));

test('structured outputs over several inputs are the same too', () =>
  withSimulator({ seed: 'y' }, async ({ open }) => {
    const inputs = { id: INT, country: STRING, text: STRING };
    const outputs = { label: STRING, score: DOUBLE, urgent: BOOLEAN, stars: INT };
    const rows = Array.from({ length: 30 }, (_, i): readonly Value[] => [i, ['DE', 'FR'][i % 2]!, `text ${i}`]);
    const ask = open({}, { inputs, outputs });
    assert.deepEqual(await ask(rows, 30), await ask(rows, 1));
  }));

test('a template of an array with index numbers, and one that lists the rows', () =>
  withSimulator({}, async ({ open }) => {
    const asked = 'Return JSON array: [{"index": <n>, "sentiment": "<positive|negative|neutral>"}]';
    for (const template of [asked, `${asked}\n{{#rows}}{{index}}: {{review}}\n{{/rows}}`]) {
      const ask = open({ 'batch.prompt-template': template, 'response.path': '$[*]', 'response.value.field': 'sentiment' });
      const answers = await ask(REVIEWS, 20);
      assert.deepEqual(answers, await ask(REVIEWS, 1), 'one row is asked about with the same template');
      assert.deepEqual(new Set(answers.map(answer => (answer as readonly Value[])[0])), new Set(['positive', 'negative', 'neutral']));
    }
    const entities = open({
      'batch.prompt-template': 'Return JSON: [{"index": <n>, "entities": [...]}]',
      'response.value.field': 'entities',
    });
    for (const answer of await entities(REVIEWS, 20)) assert.match(String((answer as readonly Value[])[0]), /^\["answer [0-9a-f]{8} to: /);
  }));

const SPOILT: Partial<OpenAiSimulatorOptions> = {
  'batch-drop-rate': 0.05,
  'batch-duplicate-rate': 0.05,
  'batch-reorder-rate': 0.05,
  'batch-corrupt-rate': 0.05,
  'batch-foreign-rate': 0.05,
};

test('a model that drops, doubles, reorders, corrupts and misnames answers gives no row the answer of another', () =>
  withSimulator({ seed: 'z', ...SPOILT }, async ({ open }) => {
    const rows = Array.from({ length: 1_000 }, (_, i): readonly Value[] => [`review ${i}`]);
    const ask = open();
    const alone = await ask(rows, 1);
    const outcomes = await ask(rows, 20);
    const failed = outcomes.filter((outcome, row) => {
      if (!(outcome instanceof Error)) assert.deepEqual(outcome, alone[row], String(row));
      return outcome instanceof Error;
    });
    // Dropped, corrupt and foreign ones, and half of those that are doubled.
    assert.ok(failed.length > 130 && failed.length < 220, `${failed.length} failed`);
    for (const failure of failed) assert.equal(failure.code, 'BAD_ANSWER');
  }));

test('max-tokens is for each row, and a reply that is cut all the same keeps its first answers', () =>
  withSimulator({}, async ({ open }) => {
    const enough = await open({ 'max-tokens': '60' })(REVIEWS, 20);
    assert.ok(enough.every(outcome => !(outcome instanceof Error)));
    const long = REVIEWS.slice(0, 20).map(([review]) => [`${String(review)}${'.'.repeat(80)}`]);
    const [first, ...others] = await open({ 'max-tokens': '1' })(long, 20);
    assert.ok(!(first instanceof Error));
    const cut = others.filter(outcome => outcome instanceof Error);
    assert.ok(cut.length > 0 && cut.length < others.length);
    for (const failure of cut) assert.match(failure.message, /cut at the token limit before it answered the row$/);
  }));
