import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../../common/error.js';
import { arrayOf, BIGINT, DOUBLE, INT, STRING, type DataType } from '../../../spec/data-type.js';
import type { LanguageModelOptions } from '../language-model.js';
import { simulateChat, type SeenRow } from './simulated-chat.test.fixture.js';

const XML: LanguageModelOptions = { 'response.format': 'xml' };

function elements(rows: readonly SeenRow[], inner: (row: SeenRow, i: number) => string): string {
  return `<answers>${rows.map((row, i) => `\n  <answer><id>${String(row['id'])}</id>${inner(row, i)}</answer>`).join('')}\n</answers>`;
}

test('the model is asked for XML, and answers by id', async () => {
  const outputs = { mood: STRING, score: DOUBLE };
  const chat = simulateChat({
    options: XML,
    outputs,
    answer: rows =>
      `Here:\n\`\`\`xml\n<?xml version="1.0"?>\n${elements(rows, ({ review }, i) => `<mood>\n${String(review)} &amp; <![CDATA[<b>]]></mood>${i === 0 ? '' : `<score>0.${i}</score>`}`)}\n\`\`\``,
  });
  assert.deepEqual(await chat.ask([['a'], ['b']]), [
    ['a & <b>', null],
    ['b & <b>', 0.1],
  ]);
  assert.match(
    chat.requests[0]!.instructions,
    /<answers><answer><id>…<\/id><mood>STRING<\/mood><score>DOUBLE<\/score><\/answer><\/answers>$/,
  );
  assert.deepEqual(chat.requests[0]!.form, { kind: 'text' });
});

test('nested columns are nested elements', async () => {
  const item: DataType = {
    kind: 'ROW',
    fields: [
      { name: 'n', type: STRING },
      { name: 'w', type: DOUBLE },
    ],
    nullable: true,
  };
  const outputs: Record<string, DataType> = { items: arrayOf(item), counts: { kind: 'MAP', key: STRING, value: BIGINT, nullable: true } };
  const inner =
    '<items><item><n>x</n><w>0.5</w></item><item><n>y</n></item></items><counts><entry><key>k</key><value>9007199254740993</value></entry></counts>';
  const chat = simulateChat({ options: XML, outputs, answer: rows => elements(rows, () => inner) });
  const row = [
    [
      ['x', 0.5],
      ['y', null],
    ],
    new Map([['k', 9_007_199_254_740_993n]]),
  ];
  assert.deepEqual(await chat.ask([['a'], ['b']]), [row, row]);
  assert.match(
    chat.requests[0]!.instructions,
    /<items><item><n>STRING<\/n><w>DOUBLE<\/w><\/item>…<\/items><counts><entry><key>STRING<\/key>/,
  );
});

test('a template may ask for attributes and texts, and name a path', async () => {
  const options: LanguageModelOptions = {
    ...XML,
    'batch.prompt-template': 'Answer with <reviews><review n="index">mood</review></reviews>',
    'response.path': '/reviews/review[@n]',
    'response.index.field': 'n',
  };
  const chat = simulateChat({
    options,
    answer: rows =>
      `<reviews><review>no id</review>${rows.map(row => `<review n="${String(row['n'])}"> good </review>`).join('')}</reviews>`,
  });
  assert.deepEqual(await chat.ask([['a'], ['b']]), [['good'], ['good']]);
});

test('a reply that is cut keeps the elements that have their end', async () => {
  const kept = new Set<number>();
  for (let length = 0; length < 230; length++) {
    const chat = simulateChat({
      options: XML,
      answer: rows => ({ text: elements(rows, ({ review }) => `<mood>${String(review)}</mood>`).slice(0, length), ending: 'cut' }),
    });
    const outcomes = await chat.ask([['a'], ['b'], ['c']]);
    const answered = outcomes.filter(outcome => !MillraceError.is(outcome)).length;
    kept.add(answered);
    for (const [i, outcome] of outcomes.entries()) if (i < answered) assert.deepEqual(outcome, ['abc'[i]], String(length));
  }
  assert.deepEqual([...kept], [0, 1, 2, 3]);
});

test('document types, entities, doubled fields and tags that do not match answer nothing', async () => {
  const replies: readonly (readonly [(rows: readonly SeenRow[]) => string, RegExp])[] = [
    [rows => `<!DOCTYPE answers [<!ENTITY e "forged">]>\n${elements(rows, () => '<mood>&e;</mood>')}`, /^the reply is not XML$/],
    [rows => elements(rows, () => '<mood>a</mood><mood>b</mood>'), /"mood" stands in it 2 times/],
    [rows => elements(rows, () => '<mood><b>a</b></mood>'), /"mood" should be STRING, but holds elements/],
    [rows => elements(rows, () => '<mood>a'), /^the reply (is not XML|has no answer)/],
    [() => 'I cannot.', /^the reply is not XML$/],
    [() => '<rows/>', /^the reply has no answers at \/\/answer$/],
  ];
  for (const [answer, message] of replies) {
    for (const outcome of await simulateChat({ options: XML, answer }).ask([['a'], ['b']])) {
      assert.ok(MillraceError.is(outcome), String(answer));
      assert.match(outcome.message, message);
    }
  }
});

test('a column that no element can be named after is refused', () => {
  assert.throws(() => simulateChat({ options: XML, outputs: { 'two words': INT }, answer: () => '' }), {
    code: 'MODEL_SCHEMA',
    message: /"two words"/,
  });
});
