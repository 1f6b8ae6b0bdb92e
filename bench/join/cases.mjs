// Each case: its tables, its query, and the same by a program written for it alone, which gives batches of columns too.
import { build, lists, probe } from './tables.mjs';

const ROWS = 1_000_000;

/** Numbers of a column in one array. */
function numbersOf({ batches }, c) {
  const all = new Float64Array(batches.reduce((sum, batch) => sum + batch.rowCount, 0));
  let at = 0;
  for (const { columns } of batches) {
    all.set(columns[c].values, at);
    at += columns[c].values.length;
  }
  return all;
}

function joined(key, keys, { isLeft = false, below = keys } = {}) {
  return {
    tables: () => ({ probe: probe(ROWS, keys), build: build(below) }),
    sql: `SELECT p.id, p.amount, b.rate FROM probe AS p ${isLeft ? 'LEFT ' : ''}JOIN build AS b ON p.${key} = b.${key}`,
    byHand({ probe: left, build: right }, emit) {
      const keyColumn = key === 'k' ? 0 : 1;
      const rates = new Map();
      for (const { columns, rowCount } of right.batches)
        for (let i = 0; i < rowCount; i++) rates.set(columns[keyColumn].values[i], columns[2].values[i]);
      for (const { columns, rowCount } of left.batches) {
        const keysOf = columns[keyColumn + 1].values;
        const [ids, amounts, found, nulls] = [
          new Float64Array(rowCount),
          new Float64Array(rowCount),
          new Float64Array(rowCount),
          new Uint8Array(rowCount),
        ];
        let count = 0;
        for (let i = 0; i < rowCount; i++) {
          const rate = rates.get(keysOf[i]);
          if (rate === undefined && !isLeft) continue;
          ids[count] = columns[0].values[i];
          amounts[count] = columns[3].values[i];
          if (rate === undefined) nulls[count] = 1;
          else found[count] = rate;
          count++;
        }
        emit([ids, amounts, found], count);
      }
    },
  };
}

function ordered(limit) {
  return {
    tables: () => ({ probe: probe(ROWS, 10_000) }),
    sql: `SELECT id, amount FROM probe ORDER BY amount DESC${limit === undefined ? '' : ` LIMIT ${limit}`}`,
    byHand({ probe: table }, emit) {
      const [ids, amounts] = [numbersOf(table, 0), numbersOf(table, 3)];
      let rows;
      if (limit === undefined) rows = Uint32Array.from(ids.keys()).sort((i, j) => amounts[j] - amounts[i] || i - j);
      else {
        const best = [];
        for (let row = 0; row < amounts.length; row++) {
          if (best.length === limit && amounts[row] <= amounts[best[limit - 1]]) continue;
          let at = best.length;
          while (at > 0 && amounts[best[at - 1]] < amounts[row]) at--;
          best.splice(at, 0, row);
          if (best.length > limit) best.pop();
        }
        rows = best;
      }
      for (let from = 0; from < rows.length; from += 1_024) {
        const taken = rows.slice(from, from + 1_024);
        emit([Float64Array.from(taken, row => ids[row]), Float64Array.from(taken, row => amounts[row])], taken.length);
      }
    },
  };
}

export const CASES = {
  'join of 10 k rows, numbers': joined('k', 10_000),
  'join of 10 k rows, text': joined('s', 10_000),
  'join of 1 M rows, numbers': joined('k', 1_000_000),
  'join of 1 M rows, text': joined('s', 1_000_000),
  'left join, half find a partner': joined('k', 20_000, { isLeft: true, below: 10_000 }),
  IN: {
    tables: () => ({ probe: probe(ROWS, 20_000), build: build(10_000) }),
    sql: 'SELECT id, amount FROM probe WHERE k IN (SELECT k FROM build)',
    byHand({ probe: left, build: right }, emit) {
      const known = new Set(numbersOf(right, 0));
      for (const { columns, rowCount } of left.batches) {
        const [ids, amounts] = [new Float64Array(rowCount), new Float64Array(rowCount)];
        let count = 0;
        for (let i = 0; i < rowCount; i++) {
          if (!known.has(columns[1].values[i])) continue;
          ids[count] = columns[0].values[i];
          amounts[count++] = columns[3].values[i];
        }
        emit([ids, amounts], count);
      }
    },
  },
  'ORDER BY': ordered(),
  'ORDER BY … LIMIT 10': ordered(10),
  'EXCEPT of two columns': {
    tables: () => ({ probe: probe(ROWS, 200_000), build: build(100_000) }),
    sql: 'SELECT k, s FROM probe EXCEPT SELECT k, s FROM build',
    byHand({ probe: left, build: right }, emit) {
      const seen = new Map();
      const isNew = (k, s) => {
        const texts = seen.get(k);
        if (texts === undefined) seen.set(k, [s]);
        else if (texts.includes(s)) return false;
        else texts.push(s);
        return true;
      };
      for (const { columns, rowCount } of right.batches)
        for (let i = 0; i < rowCount; i++) isNew(columns[0].values[i], columns[1].values[i]);
      for (const { columns, rowCount } of left.batches) {
        const keys = new Float64Array(rowCount);
        const texts = [];
        for (let i = 0; i < rowCount; i++) {
          const [k, s] = [columns[1].values[i], columns[2].values[i]];
          if (isNew(k, s)) keys[texts.push(s) - 1] = k;
        }
        emit([keys, texts], texts.length);
      }
    },
  },
  UNNEST: {
    tables: () => ({ lists: lists(300_000) }),
    sql: 'SELECT id, x FROM lists CROSS JOIN UNNEST(xs) AS t (x)',
    byHand({ lists: table }, emit) {
      for (const { columns, rowCount } of table.batches) {
        const [ids, elements] = [[], []];
        for (let i = 0; i < rowCount; i++)
          for (const x of columns[1].values[i]) {
            ids.push(columns[0].values[i]);
            elements.push(x);
          }
        emit([Float64Array.from(ids), Float64Array.from(elements)], ids.length);
      }
    },
  },
};
