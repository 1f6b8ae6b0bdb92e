import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../../common/error.js';
import type { Value } from '../../../spec/batch.js';
import { arrayOf, BIGINT, decimal, DOUBLE, INT, STRING, withNullable, type DataType } from '../../../spec/data-type.js';
import { simulateChat, type SeenRow } from './simulated-chat.test.fixture.js';

/** What the model says about a row in these tests. */
function moodOf({ review }: SeenRow): string {
  return `mood of ${String(review)}`;
}

function answers(rows: readonly SeenRow[]): string {
  return JSON.stringify({ answers: rows.map(row => ({ id: row['id'], mood: moodOf(row) })) });
}

function failureOf(outcome: readonly Value[] | MillraceError | undefined): MillraceError {
  assert.ok(MillraceError.is(outcome), `an answer: ${JSON.stringify(outcome)}`);
  return outcome;
}

test('several rows are one prompt: rules and schema in front, rows as data behind, ids that are no positions', async () => {
  const chat = simulateChat({ options: { 'system-prompt': 'You sort reviews.' }, answer: answers });
  const outcomes = await chat.ask([['Great "shop"'], ['late\u2028\n"}]'], ['fine']]);
  assert.deepEqual(outcomes, [['mood of Great "shop"'], ['mood of late\u2028\n"}]'], ['mood of fine']]);
  const [request, ...more] = chat.requests;
  assert.equal(more.length, 0);
  assert.match(request!.instructions, /^You sort reviews\.\n\nEach line of the message is one row: a JSON object with its "id"/);
  const lines = request!.message.split('\n');
  assert.equal(lines.length, 3, 'one line a row');
  assert.match(lines[1]!, /^\{"id":\d{9},"review":"late\\u2028\\n\\"\}\]"\}$/);
  assert.deepEqual(request!.form, {
    kind: 'schema',
    schema: {
      type: 'object',
      properties: {
        answers: {
          type: 'array',
          items: {
            type: 'object',
            properties: { id: { type: 'integer' }, mood: { type: ['string', 'null'] } },
            required: ['id', 'mood'],
            additionalProperties: false,
          },
        },
      },
      required: ['answers'],
      additionalProperties: false,
    },
  });
  await chat.ask([['Great "shop"'], ['late\u2028\n"}]'], ['fine']]);
  assert.deepEqual(chat.requests[1], request, 'a retry with the same id sends the same bytes');
});

test('one row is asked about as if there were no other, and rows of NULL are not sent', async () => {
  const chat = simulateChat({ answer: rows => (rows.length === 0 ? 'alone' : answers(rows)) });
  assert.deepEqual(await chat.ask([['fine']]), [['alone']]);
  assert.deepEqual(await chat.ask([[null], ['fine'], [null]]), [[null], ['alone'], [null]]);
  assert.deepEqual(
    chat.requests.map(({ instructions, message, form }) => [instructions, message, form.kind]),
    [
      ['', 'fine', 'text'],
      ['', 'fine', 'text'],
    ],
  );
  assert.deepEqual(await chat.ask([[null], [null]]), [[null], [null]]);
  assert.equal(chat.requests.length, 2);
  assert.deepEqual(await chat.ask([['a'], [null], ['b']]), [['mood of a'], [null], ['mood of b']]);
});

test('columns with few values come first, rows that agree in them stand together, and the id comes before what differs', async () => {
  const inputs = { id: BIGINT, text: STRING, shop: STRING, country: STRING };
  const chat = simulateChat({
    inputs,
    answer: rows => JSON.stringify({ answers: rows.map(row => ({ row_id: row['row_id'], mood: row['text'] })) }),
  });
  const rows = [
    [1, 'a', 'north', 'DE'],
    [2, 'b', 'south', 'DE'],
    [3, 'c', 'north', 'DE'],
  ];
  assert.deepEqual(await chat.ask(rows), [['a'], ['b'], ['c']]);
  assert.deepEqual(
    chat.requests[0]!.message.split('\n').map(line => line.replace(/\d{9}/, 'ID')),
    [
      '{"country":"DE","shop":"north","row_id":ID,"id":1,"text":"a"}',
      '{"country":"DE","shop":"north","row_id":ID,"id":3,"text":"c"}',
      '{"country":"DE","shop":"south","row_id":ID,"id":2,"text":"b"}',
    ],
  );
});

test("a row's answer is validated by itself: missing, doubled, foreign and malformed ones spoil no other", async () => {
  const outputs = { mood: withNullable(STRING, false), score: INT };
  const cases: readonly (readonly [
    name: string,
    reply: (ids: readonly unknown[]) => unknown,
    spoilt: readonly number[],
    message: RegExp,
  ])[] = [
    ['complete', ids => ids.map((id, i) => ({ id, mood: 'm', score: i })), [], /^$/],
    [
      'ids as texts, another order',
      ids => ids.map((id, i) => ({ id: ` ${String(id)} `, mood: 'm', score: String(i) })).toReversed(),
      [],
      /^$/,
    ],
    ['missing', ids => ids.slice(1).map((id, i) => ({ id, mood: 'm', score: i + 1 })), [0], /^the reply has no answer to the row$/],
    [
      'foreign',
      ids => ids.map((id, i) => ({ id: i === 2 ? 7 : id, mood: 'm', score: i })),
      [2],
      /^the reply has no answer to the row, and 1 under ids that were not asked about$/,
    ],
    [
      'malformed',
      ids => ids.map((id, i) => ({ id, mood: 'm', score: i === 1 ? 'high' : i })),
      [1],
      /OUTPUT columns: "score" should be INT, but is "high"$/,
    ],
    ['a list in a text', ids => ids.map((id, i) => ({ id, mood: i === 2 ? ['m'] : 'm', score: i })), [2], /"mood" should be STRING/],
    ['without a value', ids => ids.map((id, i) => ({ id, score: i, ...(i !== 1 && { mood: 'm' }) })), [1], /"mood" is missing/],
    ['no object', ids => ids.map((id, i) => (i === 1 ? id : { id, mood: 'm', score: i })), [1], /no answer/],
    ['the same twice', ids => [...ids, ids[0]].map((id, i) => ({ id, mood: 'm', score: i % 3 })), [], /^$/],
    [
      'twice and different',
      ids => [...ids, ids[0]].map((id, i) => ({ id, mood: 'm', score: i })),
      [0],
      /2 answers to the row, which differ$/,
    ],
  ];
  for (const [name, reply, spoilt, message] of cases) {
    const chat = simulateChat({ outputs, answer: rows => JSON.stringify({ answers: reply(rows.map(({ id }) => id)) }) });
    for (const [i, outcome] of (await chat.ask([['a'], ['b'], ['c']])).entries()) {
      if (!spoilt.includes(i)) assert.deepEqual(outcome, ['m', i], name);
      else {
        assert.match(failureOf(outcome).message, message, name);
        assert.deepEqual([failureOf(outcome).code, failureOf(outcome).retry], ['BAD_ANSWER', 'backoff'], name);
      }
    }
  }
});

test('failures carry usage and stand in their places', async () => {
  const chat = simulateChat({ answer: rows => answers(rows.slice(1)) });
  const { inputOf, failures, usage } = await chat.predict([['a'], ['b'], ['c']]);
  assert.deepEqual(inputOf, Uint32Array.of(1, 2));
  assert.deepEqual([...failures!.keys()], [0]);
  assert.deepEqual(usage, { inputTokens: 7, outputTokens: 5 });
});

test('prose, fences, JSON lines and small slips are read; what is no JSON fails every row', async () => {
  const broken = (rows: readonly SeenRow[]): string =>
    answers(rows)
      .replaceAll('"mood"', 'mood')
      .replace(/\}\]\}$/, '},]}');
  const readable: readonly ((rows: readonly SeenRow[]) => string)[] = [
    rows => `Sure! [See below]\n\n\`\`\`json\n${answers(rows)}\n\`\`\`\nAnything else?`,
    rows => rows.map(row => JSON.stringify({ id: row['id'], mood: moodOf(row) })).join('\n'),
    rows => JSON.stringify(rows.map(row => ({ id: row['id'], mood: moodOf(row) }))),
    broken,
    rows => `\`\`\`json\n${broken(rows)}\n\`\`\``,
  ];
  for (const answer of readable) {
    const chat = simulateChat({ hasSchemas: false, answer });
    assert.deepEqual(await chat.ask([['a'], ['b']]), [['mood of a'], ['mood of b']], String(answer));
  }
  for (const [answer, message] of [
    ['I cannot do that.', /^the reply is not JSON$/],
    ['{"results":5}', /^the reply has no answers at \$\[\*\]$/],
    // Repaired JSON is trusted only where it answers every row.
    ['{"answers":[{id:1,"mood":"a"}]}', /^the reply is not JSON$|no answer/],
  ] as const) {
    const chat = simulateChat({ answer: () => answer });
    for (const outcome of await chat.ask([['a'], ['b']])) assert.match(failureOf(outcome).message, message);
  }
});

test('a reply that is cut keeps the answers before the cut, and the other rows may be asked again', async () => {
  const outputs = { mood: STRING, tags: arrayOf(STRING) };
  const whole = (rows: readonly SeenRow[]): string =>
    JSON.stringify({ answers: rows.map(row => ({ id: row['id'], mood: row['review'], tags: ['x', 'y'] })) });
  const kept = new Set<number>();
  for (let length = 0; length < 200; length++) {
    const chat = simulateChat({ outputs, answer: rows => ({ text: whole(rows).slice(0, length), ending: 'cut' }) });
    const outcomes = await chat.ask([['a'], ['b'], ['c']]);
    const answered = outcomes.filter(outcome => !MillraceError.is(outcome)).length;
    kept.add(answered);
    for (const [i, outcome] of outcomes.entries()) {
      if (i < answered) assert.deepEqual(outcome, ['abc'[i], ['x', 'y']], String(length));
      else {
        assert.match(failureOf(outcome).message, /cut at the token limit before it answered the row$/);
        assert.equal(failureOf(outcome).retry, 'backoff');
      }
    }
  }
  assert.deepEqual([...kept], [0, 1, 2, 3]);
});

test('a reply that was cut or withheld may be asked again in parts; for one row alone only one that was cut', async () => {
  for (const ending of ['filtered', 'cut'] as const) {
    const chat = simulateChat({ options: { 'batch.prompt-template': 'Sort.' }, answer: () => ({ text: '', ending }) });
    assert.equal(failureOf((await chat.ask([['a'], ['b']]))[1]).retry, 'backoff');
    assert.equal(failureOf((await chat.ask([['a']]))[0]).retry, ending === 'cut' ? 'backoff' : 'never');
  }
});

test('max-tokens is the limit of one row', async () => {
  const chat = simulateChat({ options: { 'max-tokens': 10 }, answer: rows => (rows.length === 0 ? 'x' : answers(rows)) });
  await chat.ask([['a']]);
  await chat.ask([['a'], ['b'], ['c']]);
  const [one, three] = chat.requests.map(({ maxTokens }) => maxTokens!);
  assert.equal(one, 10);
  assert.ok(three! >= 30 + 3 * 10, 'room for the id and the names of each answer');
});

test('asking again tells the model what was wrong', async () => {
  const chat = simulateChat({ answer: answers });
  await chat.ask([['a'], ['b']], 'the reply has no answer to the row');
  assert.equal(
    chat.requests[0]!.rejection,
    'Your last answers to these rows were rejected, such as: the reply has no answer to the row. Answer every row again, in the form that was asked for.',
  );
});

test('numbers keep their digits, and nested columns are read', async () => {
  const outputs: Record<string, DataType> = {
    big: BIGINT,
    price: decimal(20, 2),
    items: arrayOf({
      kind: 'ROW',
      fields: [
        { name: 'n', type: STRING },
        { name: 'w', type: DOUBLE },
      ],
      nullable: true,
    }),
    counts: { kind: 'MAP', key: STRING, value: BIGINT, nullable: true },
  };
  const answer = '"big":9007199254740993,"price":12.5,"items":[{"n":"x","w":0.5},null],"counts":[{"key":"k","value":2}]';
  const chat = simulateChat({
    outputs,
    answer: rows => `{"answers":[${rows.map(({ id }) => `{"id":${String(id)},${answer}}`).join(',')}]}`,
  });
  const row = [9_007_199_254_740_993n, 1_250, [['x', 0.5], null], new Map([['k', 2]])];
  assert.deepEqual(await chat.ask([['a'], ['b']]), [row, row]);
});

test('the prompt option says what is done with each row', async () => {
  const chat = simulateChat({ options: { prompt: 'Translate into French: {{review}}' }, answer: answers });
  await chat.ask([['a'], ['b']]);
  assert.match(chat.requests[0]!.instructions, /^Do this for each row, .*\nTranslate into French: \{\{review\}\}\n\n/);
  assert.match(chat.requests[0]!.message, /^\{"id":\d+,"review":"a"\}\n/);
});

test('services without schemas are told the schema, and response-format chooses how', async () => {
  for (const [hasSchemas, format, kind] of [
    [false, undefined, 'json'],
    [true, 'json_object', 'json'],
    [true, 'text', 'text'],
    [true, 'json_schema', 'schema'],
  ] as const) {
    const chat = simulateChat({ hasSchemas, options: { 'response-format': format }, answer: answers });
    await chat.ask([['a'], ['b']]);
    assert.equal(chat.requests[0]!.form.kind, kind);
    assert.equal(/satisfies this JSON schema:\n\{/.test(chat.requests[0]!.instructions), kind !== 'schema');
  }
});

test('several answers to one row need calls of their own', () => {
  assert.equal(simulateChat({ answer: answers }).model.maxInputsPerCall, 1_000);
  assert.equal(simulateChat({ choices: 3, answer: answers }).model.maxInputsPerCall, 1);
});
