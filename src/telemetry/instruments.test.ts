import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ATTRIBUTES, JOB_INSTRUMENTS, LOADER_INSTRUMENTS, MODEL_INSTRUMENTS, prometheusName, type Instrument } from './instruments.js';

const ALL: readonly Instrument[] = [MODEL_INSTRUMENTS, JOB_INSTRUMENTS, LOADER_INSTRUMENTS].flatMap(table =>
  Object.values<Instrument>(table),
);

test('every instrument is named after a convention, once, with a unit and a sentence', () => {
  assert.equal(new Set(ALL.map(prometheusName)).size, ALL.length);
  for (const { name, unit, doc, kind, buckets } of ALL) {
    assert.match(name, /^(gen_ai\.client|millrace)\.[a-z_.]+$/);
    assert.match(unit, /^(s|By|1|\{[a-z]+\})$/);
    assert.match(doc, /^[A-Z].*\.$/, name);
    assert.equal(kind === 'histogram', buckets !== undefined, name);
    assert.deepEqual(
      [...(buckets ?? [])],
      (buckets ?? []).toSorted((a, b) => a - b),
    );
  }
});

test('every attribute is used', () => {
  const used = new Set(ALL.flatMap(({ attributes }) => attributes));
  assert.deepEqual(
    Object.keys(ATTRIBUTES).filter(name => !used.has(name as never)),
    [],
  );
});
