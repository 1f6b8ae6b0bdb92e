import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchOfRows } from '../../spec/batch.js';
import { INT } from '../../spec/data-type.js';
import { sinkContract } from '../../testing/sink-contract.js';
import { tableContext } from '../../testing/table-context.js';
import { blackhole } from './blackhole-connector.js';

const FIELDS = [{ name: 'n', type: INT }];

sinkContract({
  name: 'blackhole',
  visibleBy: 'write',
  open: () =>
    Promise.resolve({
      openSink: () => blackhole.createSink!(tableContext({ connector: blackhole, fields: FIELDS }), undefined),
      batches: [batchOfRows(FIELDS, [[1]]), batchOfRows(FIELDS, [[2]])],
      visible: () => Promise.resolve([]),
      expected: () => [],
    }),
});

test('blackhole: rows of every kind are taken, and there is nothing to read', async () => {
  const sink = await blackhole.createSink!(tableContext({ connector: blackhole, fields: FIELDS }), undefined);
  assert.equal(sink.changelogMode, 'all');
  assert.equal(blackhole.createSource, undefined);
});
