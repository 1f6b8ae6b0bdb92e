import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { readTextFolder } from './text-folder.js';
import { tokenizerSpec } from './text-settings.js';
import { TextTokenizer } from './text-tokenizer.js';
import { keptLengths, tokenTemplate } from './token-template.js';

interface Expected {
  readonly texts?: readonly (string | null)[];
  readonly pairs?: readonly (readonly string[])[];
  readonly ids: readonly (readonly number[] | null)[];
  readonly types?: readonly (readonly number[])[];
}

for (const name of ['bert_embedder', 'xlmr_embedder', 'roberta_classifier', 'bert_reranker']) {
  test(`${name}: the numbers of tokens are those of Python`, async () => {
    const folder = await readTextFolder(`tests/fixtures/text/${name}/tokenizer.json`);
    const tokenizer = new TextTokenizer(tokenizerSpec(folder, {}, undefined));
    const { texts, pairs, ids, types } = JSON.parse(await readFile(`${folder.path}/expected.json`, 'utf8')) as Expected;
    let compared = 0;
    for (const [row, given] of (pairs ?? texts!.map(text => (text === null ? null : [text]))).entries()) {
      if (given === null) continue;
      const tokens = tokenizer.encode(given);
      assert.deepEqual([...tokens.ids], ids[row], JSON.stringify(given));
      if (types) assert.deepEqual([...tokens.types], types[row], JSON.stringify(given));
      compared++;
    }
    assert.ok(compared >= 200);
  });
}

test('a text that is far too long is only tokenized as far as it is kept', async () => {
  const folder = await readTextFolder('tests/fixtures/text/bert_embedder/tokenizer.json');
  const tokenizer = new TextTokenizer(tokenizerSpec(folder, {}, undefined));
  const long = 'The train to München is late. '.repeat(100_000);
  const started = performance.now();
  assert.deepEqual(tokenizer.encode([long]), tokenizer.encode([long.slice(0, 3_000)]));
  assert.ok(performance.now() - started < 500);
  // White space alone has no tokens, however much of it there is.
  assert.deepEqual(tokenizer.encode([`${' '.repeat(100_000)}late`]), tokenizer.encode(['late']));
});

test('the longer of two texts gives way first', () => {
  assert.deepEqual(keptLengths([3, 4], 10), [3, 4]);
  assert.deepEqual(keptLengths([3, 40], 10), [3, 7]);
  assert.deepEqual(keptLengths([40, 3], 10), [7, 3]);
  assert.deepEqual(keptLengths([40, 41], 11), [5, 6]);
  assert.deepEqual(keptLengths([41, 40], 11), [6, 5]);
  assert.deepEqual(keptLengths([40], 11), [11]);
});

test('post-processors', () => {
  const roberta = tokenTemplate({ type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 0] });
  assert.deepEqual(
    roberta.pair.map(item => (item.kind === 'special' ? item.ids : item.index)),
    [[0], 0, [2, 2], 1, [2]],
  );
  const bert = tokenTemplate({
    type: 'Sequence',
    processors: [{ type: 'ByteLevel' }, { type: 'BertProcessing', sep: ['s', 3], cls: ['c', 2] }],
  });
  assert.deepEqual(
    bert.pair.map(item => item.type),
    [0, 0, 0, 1, 1],
  );
  assert.throws(
    () => tokenTemplate({ type: 'TemplateProcessing', single: [{ SpecialToken: { id: 'x', type_id: 0 } }], pair: [], special_tokens: {} }),
    RangeError,
  );
  assert.throws(() => tokenTemplate({ type: 'Other' }));
});
