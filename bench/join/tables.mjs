// The tables of the bench, as batches of columns that are ready in memory; equal in each run.
import { DOUBLE, INT, STRING, arrayOf } from 'millrace/spec';

const ROWS_A_BATCH = 1_024;

/** Numbers in [0, 2³²), the same in each run. */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % 0x7fffffff;
  };
}

/** @param columns for each its name, type and what makes the value of a row. */
function batches(rowCount, columns) {
  const result = [];
  for (let from = 0; from < rowCount; from += ROWS_A_BATCH) {
    const count = Math.min(ROWS_A_BATCH, rowCount - from);
    const values = columns.map(({ type, value }) => {
      const stored = type === INT || type === DOUBLE ? new Float64Array(count) : new Array(count);
      for (let i = 0; i < count; i++) stored[i] = value(from + i);
      return stored;
    });
    result.push({ kind: 'batch', rowCount: count, columns: values.map((each, c) => ({ type: columns[c].type, values: each })) });
  }
  return { fields: columns.map(({ name, type }) => ({ name, type })), batches: result };
}

/** Keys 0 to `count` - 1, each once, in no order that a number tells. */
function shuffledKeys(count) {
  const keys = Uint32Array.from({ length: count }, (_, i) => i);
  const next = numbers(7);
  for (let i = count - 1; i > 0; i--) {
    const j = next() % (i + 1);
    [keys[i], keys[j]] = [keys[j], keys[i]];
  }
  return keys;
}

const text = key => `customer-${key}`;

/** Rows with a key below `keys`, as a number and as text. */
export function probe(rowCount, keys) {
  const [key, amount] = [numbers(1), numbers(2)];
  const drawn = Uint32Array.from({ length: rowCount }, () => key() % keys);
  return batches(rowCount, [
    { name: 'id', type: INT, value: row => row },
    { name: 'k', type: INT, value: row => drawn[row] },
    { name: 's', type: STRING, value: row => text(drawn[row]) },
    { name: 'amount', type: DOUBLE, value: () => amount() / 1_000 },
  ]);
}

/** One row for each key below `keys`. */
export function build(keys) {
  const order = shuffledKeys(keys);
  return batches(keys, [
    { name: 'k', type: INT, value: row => order[row] },
    { name: 's', type: STRING, value: row => text(order[row]) },
    { name: 'rate', type: DOUBLE, value: row => (order[row] % 100) / 4 },
  ]);
}

/** Rows with a list of 0 to 7 numbers. */
export function lists(rowCount) {
  const [length, element] = [numbers(3), numbers(4)];
  return batches(rowCount, [
    { name: 'id', type: INT, value: row => row },
    { name: 'xs', type: arrayOf(INT), value: () => Array.from({ length: length() % 8 }, () => element() % 1_000) },
  ]);
}
