import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Value } from '../../../spec/batch.js';
import { classificationMetrics } from './classification-metrics.js';
import { clusteringMetrics } from './clustering-metrics.js';
import { embeddingMetrics } from './embedding-metrics.js';
import type { Metrics, TaskMetrics } from './metrics.js';
import { arrayMetrics, mapMetrics, positiveMetrics } from './probability-metrics.js';
import { regressionMetrics } from './regression-metrics.js';
import { addScore, areaUnderCurve, emptyScores, mergeScores } from './score-counts.js';
import { textMetrics } from './text-metrics.js';

type Row = readonly [label: Value, answer: Value, features?: readonly number[]];

interface Reference {
  readonly rows: readonly Row[];
  readonly metrics: Readonly<Record<string, number | null>>;
}

async function reference(name: string): Promise<Reference> {
  return JSON.parse(await readFile(`tests/fixtures/evaluate/${name}.json`, 'utf8')) as Reference;
}

function evaluate<State extends object>(metrics: TaskMetrics<State>, rows: readonly Row[], parts = 1): Metrics {
  const size = Math.ceil(rows.length / parts);
  const states = Array.from({ length: parts }, (_, i) => {
    const state = metrics.create();
    for (const [label, answer, features = []] of rows.slice(i * size, (i + 1) * size)) metrics.add(state, label, answer, features);
    return structuredClone(state);
  });
  const [first, ...others] = states;
  for (const other of others) metrics.merge(first!, other);
  return metrics.result(first!);
}

function assertClose(found: Metrics, expected: Reference['metrics']): void {
  assert.deepEqual([...found.keys()].toSorted(), Object.keys(expected).toSorted());
  for (const [name, value] of found) {
    const wanted = expected[name]!;
    if (value === null || wanted === null) assert.equal(value, wanted, name);
    else assert.ok(Math.abs(value - wanted) <= 1e-9 * Math.max(1e-3, Math.abs(wanted)), `${name}: ${value} instead of ${wanted}`);
  }
}

interface Case {
  readonly name: string;
  readonly metrics: TaskMetrics<object>;
  readonly read?: ((answer: Value) => Value) | undefined;
}

function taskCase<State extends object>(name: string, metrics: TaskMetrics<State>, read?: Case['read']): Case {
  return { name, metrics: metrics as unknown as TaskMetrics<object>, ...(read && { read }) };
}

const CASES: readonly Case[] = [
  taskCase('regression', regressionMetrics),
  taskCase('regression-small', regressionMetrics),
  taskCase('classification', classificationMetrics),
  taskCase('positive', positiveMetrics('FALSE', 'TRUE')),
  taskCase('distribution', mapMetrics, answer => new Map((answer as readonly number[]).map((each, i) => ['abc'[i]!, each]))),
  taskCase('clustering', clusteringMetrics(true)),
  taskCase('embedding', embeddingMetrics),
  taskCase('text', textMetrics),
];

for (const { name, metrics, read = (answer: Value) => answer } of CASES) {
  test(`metrics of the libraries: ${name}`, async () => {
    const { rows, metrics: expected } = await reference(name);
    const typed = rows.map(([label, answer, features]): Row => [label, read(answer), features ?? []]);
    for (const parts of [1, 2, 7]) assertClose(evaluate(metrics, typed, parts), expected);
    assertClose(evaluate(metrics, typed.toReversed()), expected);
  });
}

test('no rows have no metrics but those that count', () => {
  for (const { metrics } of CASES) assert.deepEqual([...new Set(evaluate(metrics, []).values())], [null]);
});

test('an array of probabilities counts classes from 0', () => {
  const found = evaluate(arrayMetrics, [
    ['0', [0.75, 0.25]],
    ['1', [0.5, 0.5]],
    ['1', [null, 1]],
  ]);
  assert.equal(found.get('Accuracy'), 2 / 3);
  assert.equal(found.get('ROC AUC'), 1);
  assert.ok(Math.abs(found.get('Log Loss')! - (-Math.log(0.75) - Math.log(0.5)) / 3) < 1e-12);
});

test('what is no probability, no label of one, or no vector of equal length is refused', () => {
  const positive = positiveMetrics('0', '1');
  assert.throws(() => evaluate(positive, [['1', 1.5]]), { code: 'INVALID_VALUE', message: /no probability: 1.5/u });
  assert.throws(() => evaluate(positive, [['1', Number.NaN]]), { code: 'INVALID_VALUE' });
  assert.throws(() => evaluate(positive, [['2', 0.5]]), { code: 'INVALID_VALUE', message: /0 or 1, not 2/u });
  assert.throws(() => evaluate(mapMetrics, [['a', new Map()]]), { code: 'INVALID_VALUE' });
  assert.throws(() => evaluate(embeddingMetrics, [[[1, 2], [1]]]), { code: 'INVALID_VALUE', message: /2 numbers/u });
  assert.throws(
    () =>
      evaluate(embeddingMetrics, [
        [
          [1, null],
          [1, 2],
        ],
      ]),
    { code: 'INVALID_VALUE', message: /NULL/u },
  );
});

test('more different classes than a table holds are refused', () => {
  const rows = Array.from({ length: 65_537 }, (_, i): Row => [String(i), 'a']);
  assert.throws(() => evaluate(classificationMetrics, rows), { code: 'INVALID_VALUE', message: /65,536 different pairs/u });
  assert.equal(evaluate(classificationMetrics, rows.slice(1)).get('Accuracy'), 0);
});

test('beyond 65,536 different scores they are rounded, whatever their order', () => {
  const count = 100_000;
  const pairs = Array.from({ length: count }, (_, i) => [((i * 7_919) % count) / count, i % 3 === 0] as const);
  const areaOf = (list: typeof pairs): number => {
    const counts = emptyScores();
    for (const [score, isOwn] of list) addScore(counts, score, isOwn);
    assert.ok(counts.scores.size <= 65_537);
    return areaUnderCurve(counts)!;
  };
  const [left, right] = [emptyScores(), emptyScores()];
  pairs.forEach(([score, isOwn], i) => addScore(i < 1_000 ? left : right, score, isOwn));
  mergeScores(left, right);
  const all = areaOf(pairs);
  assert.equal(areaOf(pairs.toReversed()), all);
  assert.equal(areaUnderCurve(left), all);
  const sorted = pairs.toSorted(([a], [b]) => a - b);
  let below = 0;
  let ranked = 0;
  for (const [, isOwn] of sorted) {
    if (isOwn) ranked += below;
    else below++;
  }
  const exact = ranked / (below * (count - below));
  assert.ok(Math.abs(all - exact) < 1 / 65_536);
});

test('texts of any length are compared in bounded time', () => {
  const started = performance.now();
  const text = (seed: number): string => Array.from({ length: 50_000 }, (_, i) => `w${(i * seed) % 977}`).join(' ');
  const found = evaluate(textMetrics, [[text(3), text(5)]]);
  assert.ok(found.get('Mean ROUGE')! > 0 && found.get('Mean ROUGE')! < 1);
  assert.ok(performance.now() - started < 5_000);
});
