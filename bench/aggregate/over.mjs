// OVER against hand-written loops: ROW_NUMBER, a running SUM and a SUM of a few rows before, in partitions. See README.md.
import { overAggregateOperator } from '../../dist/engine/embedded/operators/over-aggregate.js';
import { findAggregate } from '../../dist/planner/functions/aggregate/aggregate-registry.js';
import { machine, median, table } from '../harness.mjs';

const rows = Number(process.env.ROWS ?? 1_000_000);
const rounds = Number(process.env.ROUNDS ?? 3);
const INT = { kind: 'INT', nullable: true };
const FIELDS = ['p', 'o', 'x'].map(name => ({ name, type: INT }));

function makeBatches(partitions) {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
  return Array.from({ length: Math.ceil(rows / 1_024) }, (_, i) => {
    const rowCount = Math.min(1_024, rows - i * 1_024);
    const make = most => ({ type: INT, values: Float64Array.from({ length: rowCount }, () => Math.floor(random() * most)) });
    return { kind: 'batch', rowCount, columns: [make(partitions), make(1_000_000), make(1_000)] };
  });
}

function sum(start) {
  const resolution = findAggregate('SUM').resolve([{ type: INT, literal: undefined }], { distinct: false, clause: undefined });
  const call = {
    name: 'SUM',
    arguments: [2],
    distinct: false,
    filter: undefined,
    order: [],
    orderTypes: [],
    clause: undefined,
    resolution,
    type: INT,
  };
  return { kind: 'aggregate', call, frame: { unit: 'ROWS', start, end: { kind: 'current-row' } }, type: INT };
}

const CALLS = [
  { kind: 'ranking', name: 'ROW_NUMBER', buckets: undefined, type: { kind: 'BIGINT', nullable: false } },
  sum({ kind: 'unbounded-preceding' }),
  sum({ kind: 'preceding', rows: 9 }),
];

const checksum = columns => columns.map(values => values.reduce((all, value, row) => (all + value * (row % 7)) % 1e9, 0)).join(' ');

async function millrace(batches) {
  let result;
  let end;
  const ended = new Promise(resolve => (end = resolve));
  const emit = element => {
    if (element.kind === 'batch') result = element;
    if (element.kind === 'end') end();
  };
  const context = { id: 'bench', output: { emit }, snapshot() {}, fail() {}, count() {} };
  const keys = [{ index: 1, descending: false, nullsFirst: true }];
  const operator = overAggregateOperator({ fields: FIELDS, partition: [0], keys, calls: CALLS, limit: undefined, maxRows: Infinity })(
    context,
  );
  void operator.open(undefined);
  for (const batch of batches) void operator.push(batch, 0);
  void operator.push({ kind: 'end' }, 0);
  await ended;
  return checksum(result.columns.slice(3).map(column => column.values));
}

/** All rows in three arrays, the rows of each partition in a list that is sorted, then one loop. */
function byHand(batches) {
  const [p, o, x] = [0, 1, 2].map(c => {
    const all = new Float64Array(rows);
    let at = 0;
    for (const { columns } of batches) {
      all.set(columns[c].values, at);
      at += columns[c].values.length;
    }
    return all;
  });
  const partitions = new Map();
  for (let row = 0; row < rows; row++) {
    const list = partitions.get(p[row]);
    if (list) list.push(row);
    else partitions.set(p[row], [row]);
  }
  const [numbers, running, recent] = [0, 1, 2].map(() => new Float64Array(rows));
  for (const list of partitions.values()) {
    list.sort((a, b) => o[a] - o[b]);
    let total = 0;
    let last = 0;
    for (let i = 0; i < list.length; i++) {
      total = (total + x[list[i]]) | 0;
      last = (last + x[list[i]]) | 0;
      if (i >= 10) last = (last - x[list[i - 10]]) | 0;
      numbers[list[i]] = i + 1;
      running[list[i]] = total;
      recent[list[i]] = last;
    }
  }
  return checksum([numbers, running, recent]);
}

const lines = [];
for (const partitions of [1, 1_000, 100_000]) {
  const batches = makeBatches(partitions);
  const times = { millrace: [], byHand: [] };
  const checks = new Set();
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of Object.entries({ millrace, byHand })) {
      globalThis.gc?.();
      const started = performance.now();
      checks.add(await run(batches));
      if (round > 0) times[name].push((performance.now() - started) / 1_000);
    }
  }
  if (checks.size !== 1) throw new Error(`the programs disagree: ${[...checks].join(' | ')}`);
  const rate = name => rows / median(times[name]) / 1e6;
  lines.push([
    partitions.toLocaleString('en'),
    rate('millrace').toFixed(2),
    rate('byHand').toFixed(2),
    (rate('millrace') / rate('byHand')).toFixed(2),
  ]);
}
console.log(
  `${machine()}; ${rows.toLocaleString('en')} rows in batches of 1024, median of ${rounds} interleaved runs after one; million rows a second\n`,
);
console.log(table(['partitions', 'millrace', 'by hand', 'of by hand'], lines));
