// Hash aggregation against hand-written loops: rows per second by kind of key and number of groups. See README.md.
import { findAggregate } from '../../dist/planner/functions/aggregate/aggregate-registry.js';
import { groupAggregateOperator } from '../../dist/engine/embedded/operators/group-aggregate.js';
import { machine, median, table } from '../harness.mjs';
import { distinctWithSets, withArrays, withObjects } from './hand-written.mjs';

const rows = Number(process.env.ROWS ?? 2_000_000);
const rounds = Number(process.env.ROUNDS ?? 3);
const batchRows = Number(process.env.BATCH ?? 1_024);

const INT = { kind: 'INT', nullable: true };
const STRING = { kind: 'VARCHAR', length: 2_147_483_647, nullable: true };
const INPUT = [
  { name: 'i', type: INT },
  { name: 's', type: STRING },
  { name: 'x', type: INT },
];
const KEYS = { int: [0], string: [1], both: [0, 1] };

/** Numbers that seem random and are the same each time. */
function dice(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
}

/** Batches whose keys come from so many groups. Each text is a string of its own, as one that was read from a file is. */
function makeBatches(groups) {
  const random = dice(7);
  const batches = [];
  for (let from = 0; from < rows; from += batchRows) {
    const rowCount = Math.min(batchRows, rows - from);
    const ints = new Float64Array(rowCount);
    const texts = [];
    const numbers = new Float64Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      const group = Math.floor(random() * groups);
      ints[row] = group * 7;
      texts.push(Buffer.from(`customer-${group}`).toString('latin1'));
      numbers[row] = Math.floor(random() * 1_000);
    }
    const columns = [
      { type: INT, values: ints },
      { type: STRING, values: texts },
      { type: INT, values: numbers },
    ];
    batches.push({ kind: 'batch', rowCount, columns });
  }
  return batches;
}

function call(name, args, distinct = false) {
  const types = args.map(index => ({ type: INPUT[index].type, literal: undefined }));
  const resolution = findAggregate(name).resolve(types, { distinct, clause: undefined });
  return {
    name,
    arguments: args,
    distinct,
    filter: undefined,
    order: [],
    orderTypes: [],
    clause: undefined,
    resolution,
    type: resolution.type,
  };
}

const FIVE = [call('COUNT', []), call('SUM', [2]), call('MIN', [2]), call('MAX', [2]), call('AVG', [2])];
const DISTINCT = [call('COUNT', [2], true)];

/** The operator of the engine over the batches, up to the groups at the end; the sum of one result column tells that it is right. */
function millrace(kind, batches, aggregates, column) {
  const keys = KEYS[kind];
  const fields = [...keys.map(key => INPUT[key]), ...aggregates.map(each => ({ name: each.name, type: each.type }))];
  let result;
  const context = {
    id: 'bench',
    output: { emit: element => void (element.kind === 'batch' && (result = element)) },
    snapshot() {},
    fail() {},
    count() {},
  };
  const operator = groupAggregateOperator({ keys, aggregates, emit: 'final', fields })(context);
  void operator.open(undefined);
  for (const batch of batches) void operator.push(batch, 0);
  void operator.push({ kind: 'end' }, 0);
  return { count: result.rowCount, checksum: result.columns[keys.length + column].values.reduce((sum, value) => sum + value, 0) };
}

function seconds(run) {
  const started = performance.now();
  const result = run();
  return { seconds: (performance.now() - started) / 1_000, result };
}

/** Every program once a round, so that a noisy minute hits all of them; the first round warms up and is not counted. */
function compare(programs) {
  const times = new Map(Object.keys(programs).map(name => [name, []]));
  const checks = new Set();
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of Object.entries(programs)) {
      globalThis.gc?.();
      const measured = seconds(run);
      checks.add(`${measured.result.count} ${measured.result.checksum}`);
      if (round > 0) times.get(name).push(measured.seconds);
    }
  }
  if (checks.size !== 1) throw new Error(`the programs disagree: ${[...checks].join(' | ')}`);
  return new Map([...times].map(([name, all]) => [name, median(all)]));
}

const rate = time => (rows / time / 1e6).toFixed(1);
const lines = [];
for (const groups of [10, 10_000, 1_000_000]) {
  const batches = makeBatches(groups);
  for (const kind of Object.keys(KEYS)) {
    const five = compare({
      millrace: () => millrace(kind, batches, FIVE, 1),
      objects: () => withObjects(kind, batches),
      arrays: () => withArrays(kind, batches),
    });
    const best = Math.min(five.get('objects'), five.get('arrays'));
    const distinct = compare({ millrace: () => millrace(kind, batches, DISTINCT, 0), sets: () => distinctWithSets(kind, batches) });
    lines.push([
      groups.toLocaleString('en'),
      kind,
      rate(five.get('millrace')),
      rate(five.get('objects')),
      rate(five.get('arrays')),
      (best / five.get('millrace')).toFixed(2),
      rate(distinct.get('millrace')),
      rate(distinct.get('sets')),
      (distinct.get('sets') / distinct.get('millrace')).toFixed(2),
    ]);
  }
}
console.log(
  `${machine()}; ${rows.toLocaleString('en')} rows in batches of ${batchRows}, median of ${rounds} interleaved runs after one; million rows a second\n`,
);
console.log(table(['groups', 'key', 'millrace', 'objects', 'arrays', 'of the better', 'DISTINCT: millrace', 'Sets', 'of them'], lines));
