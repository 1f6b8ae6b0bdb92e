import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../common/error.js';
import { batchOfRows, rowAt, type Batch } from '../spec/batch.js';
import { CALL_METADATA_TYPES, type CallMetadataKey, type OutputColumn } from '../spec/call-metadata.js';
import { STRING } from '../spec/data-type.js';
import { answeredBatch, failedBatch, type CallFacts } from './call-facts.js';

const ANSWER: OutputColumn = { name: 'y', type: STRING };
const FACTS: CallFacts = {
  version: 'v1',
  attempts: 2,
  spentMs: 12.6,
  requestId: 'r1',
  rowsOfCall: 3,
  firstRow: 0,
  firstAt: 0,
  lastAt: 1,
  isCached: false,
};

function told(metadata: CallMetadataKey): OutputColumn {
  return { name: metadata, type: CALL_METADATA_TYPES[metadata], metadata };
}

function rowsOf(batch: Batch): unknown[] {
  return Array.from({ length: batch.rowCount }, (_, row) => rowAt(batch, row));
}

test('without metadata the answers are the OUTPUT columns', () => {
  const answers = batchOfRows([ANSWER], [['a']]);
  assert.equal(answeredBatch([ANSWER], answers, FACTS), answers);
});

test('columns stand in declared order, and tokens are shared out so that they add up', () => {
  const outputs = [told('input-tokens'), ANSWER, told('attempts'), told('latency'), told('output-tokens')];
  const answers = batchOfRows([ANSWER], [['a'], ['b'], ['c']]);
  const facts = { ...FACTS, usage: { inputTokens: 11, outputTokens: 2 } };
  assert.deepEqual(rowsOf(answeredBatch(outputs, answers, facts)), [
    [4, 'a', 2, 13, 1],
    [4, 'b', 2, 13, 1],
    [3, 'c', 2, 13, 0],
  ]);
});

test('tokens that the service does not count are NULL', () => {
  const answers = batchOfRows([ANSWER], [['a']]);
  assert.deepEqual(rowsOf(answeredBatch([ANSWER, told('input-tokens')], answers, FACTS)), [['a', null]]);
});

test('a failure tells its reason, status and request, and no answer', () => {
  const outputs = [ANSWER, ...(Object.keys(CALL_METADATA_TYPES) as CallMetadataKey[]).map(told)];
  const failure = new MillraceError({
    code: 'UNAUTHORIZED',
    message: 'no such key',
    context: { httpStatus: 401, headers: { 'request-id': 'r2' } },
  });
  const { requestId: _, ...facts } = FACTS;
  const row = [null, 'no such key', 401, 2, 13, null, null, null, null, 'r2', 'v1'];
  assert.deepEqual(rowsOf(failedBatch(outputs, 2, facts, failure)), [row, row]);
});
