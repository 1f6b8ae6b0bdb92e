import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchOfRows, rowAt, type Batch, type Value } from '../../spec/batch.js';
import type { ModelResult } from '../../spec/provider.js';
import { predict } from './exchange.js';
import type { Contract } from './service-under-test.js';

/** Most rows of the check of calls with many inputs; services that take more are not asked more. */
const MANY = 2_048;

/** What an answer carries: an output for each input, tokens, limits, the request's id. */
export function checkAnswers({ name, has, under }: Contract): void {
  test(`${name}: a call is one request and answers every input`, () =>
    under({ kind: 'normal' }, async service => {
      const result = await predict(service);
      assert.equal(service.requests(), 1);
      checkComplete(result, service.inputs.rowCount);
    }));

  if (has('many-inputs')) {
    test(`${name}: as many inputs as a call takes are one request, and equal ones have equal answers`, () =>
      under({ kind: 'normal' }, async service => {
        const { model, inputs } = service;
        assert.ok(model.maxInputsPerCall > 1, 'the model takes one input a call: name "many-inputs" in "except"');
        const rowCount = Math.min(model.maxInputsPerCall, MANY);
        const result = await predict(service, { inputs: repeat(inputs, rowCount) });
        assert.equal(service.requests(), 1);
        checkComplete(result, rowCount);
        const rows = rowsOf(result, rowCount);
        assert.deepEqual(rows.at(-1), rows[(rowCount - 1) % inputs.rowCount]);
      }));
  }

  if (has('usage')) {
    test(`${name}: tokens are counted, as the service counts them`, () =>
      under({ kind: 'normal' }, async service => {
        const { usage } = await predict(service);
        assert.ok(usage !== undefined, 'no usage');
        const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0 } = usage;
        if (service.tokens !== undefined) assert.deepEqual({ input: inputTokens, output: outputTokens }, service.tokens());
        assert.ok(inputTokens > 0);
        assert.ok(cachedInputTokens + cacheWriteTokens <= inputTokens, 'cached tokens are a part of the input');
        assert.ok(reasoningTokens <= outputTokens, 'reasoning is a part of the output');
      }));
  }

  if (has('limited')) {
    test(`${name}: the limits that the service tells are reported, each kind once`, () =>
      under({ kind: 'limited' }, async service => {
        const { rateLimit = [] } = await predict(service);
        assert.equal(new Set(rateLimit.map(({ kind }) => kind)).size, rateLimit.length);
        const requests = rateLimit.find(({ kind }) => kind === 'requests');
        assert.equal(requests?.limit, 600);
        assert.ok(requests.remaining !== undefined && requests.remaining < 600);
        const tokens = rateLimit.find(({ kind }) => kind.endsWith('tokens'));
        assert.ok(tokens?.remaining !== undefined && tokens.remaining >= 0);
      }));
  }

  if (has('request-id')) {
    test(`${name}: the service's id of the request is reported`, () =>
      under({ kind: 'normal' }, async service => {
        const { requestId } = await predict(service);
        assert.match(requestId ?? '', /^\S+$/);
      }));
  }
}

function checkComplete(result: ModelResult, rowCount: number): void {
  assert.equal(result.failures?.size ?? 0, 0);
  const inputOf = result.inputOf ?? Array.from({ length: rowCount }, (_, row) => row);
  assert.equal(new Set(inputOf).size, rowCount);
  for (const column of result.outputs) assert.ok(column.values.length >= inputOf.length);
}

function repeat(batch: Batch, rowCount: number): Batch {
  const fields = batch.columns.map(({ type }, c) => ({ name: `c${c}`, type }));
  return batchOfRows(
    fields,
    Array.from({ length: rowCount }, (_, row) => rowAt(batch, row % batch.rowCount)),
  );
}

function rowsOf({ outputs }: ModelResult, rowCount: number): Value[][] {
  const batch: Batch = { kind: 'batch', rowCount, columns: outputs };
  return Array.from({ length: rowCount }, (_, row) => rowAt(batch, row));
}
