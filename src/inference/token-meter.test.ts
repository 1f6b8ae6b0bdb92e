import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchOfRows } from '../spec/batch.js';
import { STRING } from '../spec/data-type.js';
import type { TokenEstimate } from '../spec/provider.js';
import { TokenMeter } from './token-meter.js';

const ESTIMATE: TokenEstimate = { ofCall: 900, ofRow: () => 100, outputOfRow: 0 };
/** One row: 1,000 tokens by the estimate. */
const ROW = [{ submission: { inputs: batchOfRows([{ name: 'text', type: STRING }], [['x']]) }, from: 0, to: 1 }];

test('the need of a call is corrected by what calls before it took', () => {
  const meter = new TokenMeter(ESTIMATE);
  const need = meter.needOf(ROW);
  assert.deepEqual(need, { requests: 1, tokens: 1_000, 'input-tokens': 1_000, 'output-tokens': 0 });
  assert.deepEqual(meter.correct(need, 1, { inputTokens: 1_200, outputTokens: 50 }), {
    tokens: 250,
    'input-tokens': 200,
    'output-tokens': 50,
  });
  assert.deepEqual(meter.needOf(ROW), { requests: 1, tokens: 1_250, 'input-tokens': 1_200, 'output-tokens': 50 });
});

test('a limit of input tokens does not count what comes from the prompt cache, and the others do', () => {
  const meter = new TokenMeter(ESTIMATE);
  const usage = { inputTokens: 1_000, outputTokens: 0, cachedInputTokens: 900 };
  assert.deepEqual(meter.correct(meter.needOf(ROW), 1, usage), { tokens: 0, 'input-tokens': -900, 'output-tokens': 0 });
  const need = meter.needOf(ROW);
  assert.deepEqual(need, { requests: 1, tokens: 1_000, 'input-tokens': 100, 'output-tokens': 0 });
  assert.deepEqual(meter.correct(need, 1, usage), { tokens: 0, 'input-tokens': 0, 'output-tokens': 0 });
});

test('the first call writes the cache, and its share is learned from those after it', () => {
  const meter = new TokenMeter(ESTIMATE);
  const call = (cachedInputTokens: number) => {
    const need = meter.needOf(ROW);
    meter.correct(need, 1, { inputTokens: 1_000, outputTokens: 0, cachedInputTokens });
    return need['input-tokens'];
  };
  assert.deepEqual([call(0), call(900)], [1_000, 1_000]);
  for (let i = 0; i < 100; i++) call(900);
  const learned = call(900);
  assert.ok(learned >= 100 && learned < 120, String(learned));
});
