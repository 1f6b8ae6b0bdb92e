// The rows of this bench, in memory: a key, an amount, and a time that advances by about a millisecond a row, out of order by up to half a second.

export const KEYS = 10_000;
export const BATCH_ROWS = 1_024;
const START_MICROS = Date.UTC(2026, 0, 1) * 1_000;

/** Numbers in [0, 1) that are the same in every run. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Batches of columns `key`, `amount` and `ts` (microseconds), as plain typed arrays. */
export function makeRows(count) {
  const random = randomNumbers(7);
  const batches = [];
  for (let from = 0; from < count; from += BATCH_ROWS) {
    const rowCount = Math.min(BATCH_ROWS, count - from);
    const [keys, amounts, times] = [0, 1, 2].map(() => new Float64Array(rowCount));
    for (let i = 0; i < rowCount; i++) {
      keys[i] = Math.floor(random() * KEYS);
      amounts[i] = Math.floor(random() * 1_000);
      times[i] = START_MICROS + (from + i + Math.floor(random() * 1_000) - 500) * 1_000;
    }
    batches.push({ rowCount, keys, amounts, times });
  }
  return batches;
}
