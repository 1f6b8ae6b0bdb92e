import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLINK_PREFIXES, sessionOptions } from './session-options.js';

test('every option has a default or can be left out, and a sentence that ends', () => {
  assert.doesNotThrow(() => sessionOptions.parse({}));
  for (const [key, schema] of Object.entries(sessionOptions.shape)) {
    const doc = schema.meta()?.description;
    assert.match(doc ?? '', /^[A-Z].*\.$/, key);
  }
});

test('the defaults are those of the architecture', () => {
  const options = sessionOptions.parse({});
  assert.deepEqual(
    [
      options['pipeline.batch.max-rows'],
      options['pipeline.batch.max-bytes'],
      options['pipeline.batch.max-latency'],
      options['table.local-time-zone'],
    ],
    [1_024, 1_048_576, 10, 'UTC'],
  );
});

test('prefixes of Flink end a level, so that they never hide a misspelt key of another', () => {
  for (const prefix of FLINK_PREFIXES) assert.match(prefix, /^[a-z0-9-]+\.?$/);
});
