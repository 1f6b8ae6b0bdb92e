// Compiled expressions against loops written by hand for the same columns, family by family. See README.md.
import { createHash } from 'node:crypto';
import { compileColumns } from '../../dist/engine/embedded/compile/compile-calc.js';
import { Planner } from '../../dist/planner/plan-sql.test.fixture.js';
import { BIGINT, BOOLEAN, DOUBLE, INT, STRING, arrayOf, decimal, timestamp, withNullable } from '../../dist/spec/data-type.js';
import { batchOfRows } from '../../dist/spec/batch.js';
import { machine, median, table } from '../harness.mjs';

const rounds = Number(process.env.ROUNDS ?? 15);
const batches = Number(process.env.BATCHES ?? 400);
const ROWS = 1_024;

const required = type => withNullable(type, false);
const fields = [
  { name: 'i', type: required(INT) },
  { name: 'j', type: INT },
  { name: 'l', type: required(BIGINT) },
  { name: 'x', type: required(DOUBLE) },
  { name: 'd', type: required(decimal(10, 2)) },
  { name: 's', type: required(STRING) },
  { name: 'p', type: required(BOOLEAN) },
  { name: 't', type: required(timestamp(3)) },
  { name: 'a', type: required(arrayOf(INT)) },
  { name: 'o', type: required(STRING) },
];
const WORDS = ['fig', 'pear', 'apple pie', 'kiwi'];
const rows = Array.from({ length: ROWS }, (_, n) => [
  (n * 7919) % 1_000,
  n % 10 === 0 ? null : n % 97,
  n * 1_000_003,
  (n % 400) / 4,
  n * 13,
  `${WORDS[n % 4]} ${n}`,
  n % 3 === 0,
  1_700_000_000_000_000 + n * 61_000_000,
  [n, n + 1, n + 2],
  `{"id": ${n}, "name": "${WORDS[n % 4]}"}`,
]);
const batch = batchOfRows(fields, rows);
const [I, J, L, X, D, S, P, T, A, O] = batch.columns.map(column => column.values);
const jNulls = batch.columns[1].nulls;

/**
 * A loop of its own for each expression, as a programmer would write it: a loop shared by several would be slowed down by
 * the calls in it.
 */
function loop(result, code) {
  const store = {
    numbers: 'out[n] = VALUE;',
    flags: 'out[n] = VALUE ? 1 : 0;',
    values: 'out[n] = VALUE;',
    nullable: 'if (jNulls[n] === 1) nulls[n] = 1; else out[n] = VALUE;',
  }[result].replace('VALUE', () => code);
  const out = { numbers: 'new Float64Array(ROWS)', flags: 'new Uint8Array(ROWS)', values: 'new Array(ROWS).fill(null)' }[result];
  const body = `
    const out = ${out ?? 'new Float64Array(ROWS)'}, nulls = ${result === 'nullable' ? 'new Uint8Array(ROWS)' : 'undefined'};
    for (let n = 0; n < ROWS; n++) { ${store} }
    return { out, nulls };`;
  const known = { ROWS, DAY, I, J, L, X, D, S, P, T, A, O, jNulls, exactSum, createHash };
  return new Function(...Object.keys(known), `return () => {${body}};`)(...Object.values(known));
}

const DAY = 86_400_000_000;

/** Family, expression, and what a programmer would write for it: the kind of its result, and its value in row n. */
const CASES = [
  ['comparison', 'i > 500', 'flags', 'I[n] > 500'],
  ['comparison', "s = 'kiwi 3'", 'flags', "S[n] === 'kiwi 3'"],
  ['logical', 'p AND i > 500 OR x < 3e0', 'flags', '(P[n] === 1 && I[n] > 500) || X[n] < 3'],
  ['arithmetic', 'i * 3 + 1', 'numbers', '(Math.imul(I[n], 3) + 1) | 0'],
  ['arithmetic', 'j + 1', 'nullable', '(J[n] + 1) | 0'],
  ['arithmetic', 'x * 1.5e0 + x / 3e0', 'numbers', 'X[n] * 1.5 + X[n] / 3'],
  ['arithmetic', 'SQRT(x) + ABS(x)', 'numbers', 'Math.sqrt(X[n]) + Math.abs(X[n])'],
  ['arithmetic', 'l + 1', 'values', 'exactSum(L[n], 1)'],
  ['arithmetic', 'd + d', 'values', 'exactSum(D[n], D[n])'],
  ['string', 'UPPER(s)', 'values', 'S[n].toUpperCase()'],
  ['string', "s || '!'", 'values', "S[n] + '!'"],
  ['string', 'SUBSTRING(s FROM 2 FOR 3)', 'values', "[...S[n]].slice(1, 4).join('')"],
  ['string', "s LIKE '%pie%'", 'flags', "S[n].includes('pie')"],
  ['string', "REGEXP_EXTRACT(s, '([a-z]+) ([0-9]+)', 2)", 'values', '/([a-z]+) ([0-9]+)/.exec(S[n])?.[2] ?? null'],
  ['temporal', 'EXTRACT(HOUR FROM t)', 'numbers', 'Math.floor((((T[n] % DAY) + DAY) % DAY) / 3_600_000_000)'],
  ['temporal', "t + INTERVAL '5' MINUTE", 'numbers', 'T[n] + 300_000_000'],
  ['temporal', 'FLOOR(t TO DAY)', 'numbers', 'Math.floor(T[n] / DAY) * DAY'],
  ['temporal', "DATE_FORMAT(t, 'yyyy-MM-dd')", 'values', 'new Date(T[n] / 1_000).toISOString().slice(0, 10)'],
  ['conditional', 'CASE WHEN i > 700 THEN 1 WHEN i > 300 THEN 2 ELSE 3 END', 'numbers', '(I[n] > 700 ? 1 : I[n] > 300 ? 2 : 3)'],
  ['conditional', 'COALESCE(j, 0)', 'numbers', '(jNulls[n] === 1 ? 0 : J[n])'],
  ['conversion', 'CAST(i AS STRING)', 'values', 'String(I[n])'],
  ['conversion', 'CAST(x AS INT)', 'numbers', 'Math.trunc(X[n])'],
  ['collection', 'a[2]', 'numbers', 'A[n][1]'],
  ['collection', 'CARDINALITY(a)', 'numbers', 'A[n].length'],
  ['json', "JSON_VALUE(o, '$.name')", 'values', 'JSON.parse(O[n]).name'],
  ['hash', 'MD5(s)', 'values', "createHash('md5').update(S[n]).digest('hex')"],
];

function exactSum(a, b) {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return BigInt.asIntN(64, BigInt(a) + BigInt(b));
}

const environment = { timeZone: 'UTC', now: () => 0, random: () => 0.5 };
const planner = new Planner();

function seconds(run) {
  const started = performance.now();
  for (let b = 0; b < batches; b++) run();
  return (performance.now() - started) / 1_000;
}

const lines = [];
for (const [family, sql, result, code] of CASES) {
  const hand = loop(result, code);
  const compute = compileColumns([planner.expression(sql, fields)], fields, environment);
  const compiled = () => compute(batch, undefined, ROWS);
  seconds(compiled);
  seconds(hand);
  const times = { compiled: [], hand: [] };
  for (let round = 0; round < rounds; round++) {
    times.compiled.push(seconds(compiled));
    times.hand.push(seconds(hand));
  }
  const rate = which => (ROWS * batches) / median(times[which]) / 1e6;
  lines.push([
    family,
    `\`${sql.replaceAll('|', '\\|')}\``,
    rate('compiled').toFixed(1),
    rate('hand').toFixed(1),
    (rate('compiled') / rate('hand')).toFixed(2),
  ]);
}
console.log(`${machine()}; batches of ${ROWS} rows, median of ${rounds} interleaved runs of ${batches} batches in one process\n`);
console.log(table(['family', 'expression', 'M rows/s', 'by hand', 'ratio'], lines));
