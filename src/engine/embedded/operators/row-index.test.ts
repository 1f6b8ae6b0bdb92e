import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EquiKey } from '../../../planner/physical/equi-key.js';
import { columnOf, type Column, type Value } from '../../../spec/batch.js';
import { BIGINT, BOOLEAN, DOUBLE, INT, STRING, type DataType } from '../../../spec/data-type.js';
import { indexRows } from './row-index.js';

function keyOf(type: DataType, nullsAreEqual: boolean): EquiKey {
  const column = { kind: 'column', index: 0, name: 'k', type } as const;
  return { left: column, right: column, nullsAreEqual };
}

interface Keys {
  readonly types: readonly DataType[];
  readonly nullsAreEqual?: boolean;
}

/** For each row of `others`, the rows with its key. */
function matches({ types, nullsAreEqual = false }: Keys, rows: readonly Value[][], others: readonly Value[][]): number[][] {
  const columns = (of: readonly Value[][]): Column[] =>
    types.map((type, c) =>
      columnOf(
        type,
        of.map(row => row[c]!),
      ),
    );
  const keys = types.map(type => keyOf(type, nullsAreEqual));
  const index = indexRows(keys, columns(rows), rows.length);
  const first = index.matcher(columns(others));
  return others.map((_, other) => {
    const found: number[] = [];
    for (let row = first(other); row !== -1; row = index.next(row)) found.push(row);
    return found;
  });
}

for (const type of [INT, BIGINT, DOUBLE]) {
  test(`rows of equal ${type.kind} keys, in their order; NULL equals nothing`, () => {
    assert.deepEqual(matches({ types: [type] }, [[1], [2], [null], [1]], [[1], [2], [3], [null]]), [[0, 3], [1], [], []]);
  });

  test(`with IS NOT DISTINCT FROM, a NULL ${type.kind} equals NULL`, () => {
    assert.deepEqual(matches({ types: [type], nullsAreEqual: true }, [[1], [null], [null]], [[null], [1]]), [[1, 2], [0]]);
  });
}

test('integers beyond the safe ones are told apart', () => {
  const [a, b] = [9_007_199_254_740_993n, 9_007_199_254_740_994n];
  assert.deepEqual(matches({ types: [BIGINT] }, [[a], [b], [9_007_199_254_740_992n]], [[b], [a]]), [[1], [0]]);
});

test('NaN equals NaN only where NULL equals NULL; the two zeros are equal', () => {
  assert.deepEqual(matches({ types: [DOUBLE] }, [[NaN], [-0]], [[NaN], [0]]), [[], [1]]);
  assert.deepEqual(matches({ types: [DOUBLE], nullsAreEqual: true }, [[NaN], [-0]], [[NaN], [0]]), [[0], [1]]);
});

test('several keys: all must be equal, and texts do not run into each other', () => {
  const types = [STRING, STRING, BOOLEAN];
  const rows = [
    ['a', 'bc', true],
    ['ab', 'c', true],
    ['a', 'bc', false],
    ['a', null, true],
  ];
  assert.deepEqual(matches({ types }, rows, [...rows, ['a', 'b', true]]), [[0], [1], [2], [], []]);
  assert.deepEqual(matches({ types, nullsAreEqual: true }, rows, [['a', null, true]]), [[3]]);
});

test('a text that looks like the mark of NULL is no NULL', () => {
  assert.deepEqual(matches({ types: [STRING], nullsAreEqual: true }, [['_'], [null]], [[null], ['_']]), [[1], [0]]);
});

test('without keys every row meets every row, and no row meets none', () => {
  assert.deepEqual(matches({ types: [] }, [[], []], [[], []]), [
    [0, 1],
    [0, 1],
  ]);
  assert.deepEqual(matches({ types: [] }, [], [[]]), [[]]);
});
