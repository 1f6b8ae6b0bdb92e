import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { seededRandom } from '../../kit/seeded-random.js';
import { loadPmml } from './load-pmml.js';
import { answer, FIXTURES, type Columns } from './reference.test.fixture.js';

const NAMES = [
  'tree-defaultChild',
  'mining-chain',
  'mining-class-weightedMajorityVote',
  'general-contrasts',
  'network-class',
  'cluster-minkowski',
  'svm-pairs',
  'scorecard-below',
  'bayes',
  'rules-weightedSum',
  'expressions',
  'text-index',
  'functions-text',
  'functions-defined',
  'target-priors',
];

type Mutate = (text: string, random: () => number) => string;

function place(text: string, random: () => number): number {
  return Math.floor(random() * text.length);
}

/** A piece of the text between two quotes or two brackets. */
function token(text: string, random: () => number, pattern: RegExp): readonly [start: number, end: number] {
  const found = [...text.matchAll(pattern)];
  const match = found[Math.floor(random() * found.length)];
  return match === undefined ? [0, 0] : [match.index, match.index + match[0].length];
}

const VALUES = [
  '',
  '0',
  '-1',
  '1e308',
  '-1e999',
  '4294967296',
  'NaN',
  'INF',
  'x',
  't',
  'true',
  'classification',
  'continuous',
  '1e-320',
  '999999999999999999999',
  '__proto__',
  'constructor',
  '(((',
  '&#0;',
  '\u{1f600}',
];

const MUTATIONS: readonly Mutate[] = [
  (text, random) => text.slice(0, place(text, random)),
  (text, random) => {
    const at = place(text, random);
    return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << Math.floor(random() * 7))) + text.slice(at + 1);
  },
  (text, random) => {
    const [from, to] = [place(text, random), place(text, random)].toSorted((left, right) => left - right) as [number, number];
    const at = place(text, random);
    return text.slice(0, at) + text.slice(from, to) + text.slice(at);
  },
  (text, random) => {
    const [from, to] = [place(text, random), place(text, random)].toSorted((left, right) => left - right) as [number, number];
    return text.slice(0, from) + text.slice(to);
  },
  // An attribute gets a value that is odd, or that of another.
  (text, random) => {
    const [start, end] = token(text, random, /"[^"]*"/g);
    const [from, to] = token(text, random, /"[^"]*"/g);
    const value = random() < 0.5 ? `"${VALUES[Math.floor(random() * VALUES.length)]!}"` : text.slice(from, to);
    return text.slice(0, start) + value + text.slice(end);
  },
  // An attribute or a whole element goes.
  (text, random) => {
    const [start, end] = token(text, random, / [\w-]+="[^"]*"/g);
    return text.slice(0, start) + text.slice(end);
  },
  (text, random) => {
    const [start, end] = token(text, random, /<(\w+)[^<>]*\/>|<(\w+)[^<>]*>[^<>]*<\/\2>/g);
    return text.slice(0, start) + text.slice(end);
  },
  // An element stands where another stood, or many times.
  (text, random) => {
    const pattern = /<(\w+)[^<>]*\/>|<(\w+)[^<>]*>[^<>]*<\/\2>/g;
    const [start, end] = token(text, random, pattern);
    const [from, to] = token(text, random, pattern);
    return text.slice(0, start) + text.slice(from, to).repeat(random() < 0.1 ? 1_000 : 1) + text.slice(end);
  },
  (text, random) => {
    const [start, end] = token(text, random, /<\/?[A-Z]\w+/g);
    const [from, to] = token(text, random, /<\/?[A-Z]\w+/g);
    return text.slice(0, start) + text.slice(from, to) + text.slice(end);
  },
];

test('a damaged document is refused with the reason or runs, and never does anything else', async () => {
  const random = seededRandom('pmml');
  const sources = NAMES.map(name => readFileSync(join(FIXTURES, `cases/${name}.pmml`), 'utf8'));
  const counts = { opened: 0, refused: 0 };
  const start = performance.now();
  for (let i = 0; i < 1_500; i++) {
    let text = sources[i % sources.length]!;
    for (let times = random() < 0.3 ? 3 : 1; times > 0 && text.length > 100; times--)
      text = MUTATIONS[Math.floor(random() * MUTATIONS.length)]!(text, random);
    try {
      const model = loadPmml(Buffer.from(text));
      const rows: Columns = Object.fromEntries(
        model.inputs.map(({ name, element }) => [
          name,
          element === 'string' ? ['red', null, '2024-01-01', 'the cat'] : [0.5, null, 1e300, -3],
        ]),
      );
      await answer(model, rows);
      counts.opened++;
    } catch (error) {
      assert.ok(MillraceError.is(error), `mutation ${i}: ${error instanceof Error ? error.stack : String(error)}`);
      counts.refused++;
    }
  }
  assert.ok(counts.opened > 200 && counts.refused > 300, JSON.stringify(counts));
  assert.ok(performance.now() - start < 30_000, 'it took too long');
});
