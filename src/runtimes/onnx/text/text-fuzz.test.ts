import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '../../../common/error.js';
import { seededRandom } from '../../../kit/seeded-random.js';
import { mutateBytes } from '../../../testing/mutate-bytes.test.fixture.js';
import { readTextFolder } from './text-folder.js';
import { activationOf, embeddingSettings, labelsOf, padIdOf, tokenizerSpec } from './text-settings.js';
import { TextTokenizer } from './text-tokenizer.js';
import { TimeLimit } from './time-limit.js';

const FOLDER = 'tests/fixtures/text';
const MUTATIONS = 1_000;
const TEXTS = ['The train is late.', 'naïve café 🎉', '今日は天気がいい', '', 'a'.repeat(500)];

test('a thousand damaged tokenizers read texts or are refused, in bounded time', async () => {
  const files = await Promise.all(
    ['bert_embedder', 'roberta_classifier', 'xlmr_embedder'].map(name => readFile(`${FOLDER}/${name}/tokenizer.json`)),
  );
  const random = seededRandom('tokenizer');
  const limit = new TimeLimit();
  const counts = { refused: 0, read: 0 };
  const started = performance.now();
  for (let i = 0; i < MUTATIONS; i++) {
    // The compiled normalizer is large: most mutations would be in it.
    const file = files[i % 20 === 0 ? 2 : i % 2]!;
    const text = new TextDecoder().decode(mutateBytes(file, random));
    try {
      const done = limit.run(() => {
        const tokenizer = new TextTokenizer({
          file: text,
          config: {},
          maxLength: 64,
          truncationSide: 'right',
          lowercase: false,
          prefix: '',
        });
        for (const each of TEXTS) {
          const { ids } = tokenizer.encode([each]);
          assert.ok(ids.length <= 64 && ids.every(id => id >= 0));
        }
      }, 5_000);
      assert.ok(done, `mutation ${i} took longer than 5 s`);
      counts.read++;
    } catch (error) {
      assert.ok(error instanceof Error, `mutation ${i}`);
      assert.notEqual(error.name, 'AssertionError', error.message);
      counts.refused++;
    }
  }
  assert.ok(performance.now() - started < 60_000);
  assert.ok(counts.read > 100 && counts.refused > 100, JSON.stringify(counts));
});

test('files beside a model that are damaged give settings or are refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'text-fuzz-'));
  const names = ['config.json', 'tokenizer_config.json', 'modules.json', 'sentence_bert_config.json', '1_Pooling/config.json'];
  const random = seededRandom('settings');
  try {
    await cp(`${FOLDER}/bert_embedder`, folder, { recursive: true });
    for (let i = 0; i < 150; i++) {
      const path = join(folder, names[i % names.length]!);
      const whole = await readFile(path);
      await writeFile(path, mutateBytes(whole, random));
      try {
        const read = await readTextFolder(join(folder, 'tokenizer.json'));
        const { maxLength } = tokenizerSpec(read, {}, undefined);
        assert.ok(maxLength > 0 && maxLength < 2 ** 31);
        assert.ok(padIdOf(read) >= 0);
        activationOf(read, 3);
        assert.equal(labelsOf(read, 3).length, 3);
        embeddingSettings(read, {}, false);
      } catch (error) {
        assert.ok(MillraceError.is(error), `${path}: ${error instanceof Error ? error.stack : String(error)}`);
        assert.equal(error.code, 'MODEL_LOAD');
      }
      await writeFile(path, whole);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('hostile tokenizers are refused before they take memory or time', () => {
  const words = { type: 'WordPiece', unk_token: 'u', vocab: { u: 0 } };
  let nested: object = { type: 'NFC' };
  for (let i = 0; i < 500; i++) nested = { type: 'Sequence', normalizers: [nested] };
  const cases: readonly (readonly [file: object, reason: RegExp])[] = [
    [{ model: words, normalizer: nested }, /more than 32 deep/],
    [{ model: words, pre_tokenizer: { type: 'Split', pattern: { Regex: 'a'.repeat(20_000) } } }, /regular expression of 20000 characters/],
    [{ model: { ...words, vocab: { u: -1 } } }, /vocab/],
    [{ model: { ...words, vocab: { u: 2 ** 40 } } }, /vocab/],
    [{ model: { ...words, unk_token: '__proto__' } }, /unk_token/],
    [{ model: { type: 'Unigram', vocab: [['a', 0]], unk_id: 7 } }, /unk_id/],
    [{ model: { type: 'BPE', vocab: { a: 0 }, merges: [['a']] } }, /merges|Invalid/],
    [{ model: { type: 'Other', vocab: {} } }, /type/],
    [{ model: words, post_processor: { type: 'TemplateProcessing', single: [], pair: [], special_tokens: { x: { ids: [-1] } } } }, /ids/],
    [{ model: words, added_tokens: Array.from({ length: 100_001 }, (_, id) => ({ id, content: 'x' })) }, /added_tokens|Too big/],
  ];
  for (const [file, reason] of cases) {
    const spec = { file: JSON.stringify(file), config: {}, maxLength: 8, truncationSide: 'right' as const, lowercase: false, prefix: '' };
    assert.throws(() => new TextTokenizer(spec), reason);
  }
});
