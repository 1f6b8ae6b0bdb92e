import type { ModelOutput } from '../../spec/model-runtime.js';
import type { FeatureRows, OutputRows, RowRange, RowScorer, ScoreRows } from '../../kit/trees/row-scorer.js';
import { BLOCK_ROWS } from '../../kit/trees/score-in-turns.js';
import { MAX_WALKS, walksOf, type Walks } from '../../kit/trees/walks.js';
import { cleanRows, findLeaves } from './find-leaves.js';
import type { Forest } from './forest.js';
import type { LinearLeaves } from './lightgbm-model.js';
import type { Objective } from './objective.js';
import { toPredictions } from './transform.js';

/** What scores rows: the model without the file. It survives the structured clone, and its trees are shared by it. */
export interface ScorerInit {
  readonly featureCount: number;
  readonly outputCount: number;
  readonly objective: Objective;
  readonly isAverage: boolean;
  readonly forest: Forest;
  /** The trees that take part. */
  readonly trees: RowRange;
}

/** A scorer of a LightGBM model. Its outputs are described in the README. */
export function createLightgbmScorer(init: ScorerInit): RowScorer {
  return { outputs: outputsOf(init), treesPerRow: treeCount(init), scoring: names => scoring(init, names) };
}

function treeCount({ trees }: ScorerInit): number {
  return trees.to - trees.from;
}

function outputsOf(init: ScorerInit): ModelOutput[] {
  const { outputCount, objective } = init;
  const doubles = (name: string, width: number, more: Partial<ModelOutput> = {}): ModelOutput => ({
    name,
    element: 'float64',
    rowShape: [width],
    width,
    classes: undefined,
    ...more,
  });
  const onRequest = true;
  const value = doubles('value', outputCount);
  const classifier = (count: number): ModelOutput[] => [
    doubles('probability', count, { kind: 'probability', classes: Array.from({ length: count }, (_, i) => i) }),
    { ...doubles('class', 1), element: 'int32', kind: 'class' },
    { ...value, onRequest },
  ];
  const outputs: Record<Objective['kind'], ModelOutput[]> = { value: [value], binary: classifier(2), classes: classifier(outputCount) };
  const leaf: ModelOutput = { ...doubles('leaf', treeCount(init)), element: 'int32', kind: 'leaf', onRequest };
  return [
    ...outputs[objective.kind],
    doubles('margin', outputCount, { kind: 'margin', onRequest }),
    ...(treeCount(init) > 0 ? [leaf] : []),
  ];
}

/** Writes one output of the rows of a range. */
type Writer = (block: Block, range: RowRange, result: OutputRows) => void;

interface Block {
  readonly margins: Float64Array;
  readonly predictions: Float64Array;
}

function scoring(init: ScorerInit, names: readonly string[]): ScoreRows {
  const { featureCount, outputCount, objective, forest, trees } = init;
  const data = new Float64Array(BLOCK_ROWS * featureCount);
  const block: Block = { margins: new Float64Array(BLOCK_ROWS * outputCount), predictions: new Float64Array(BLOCK_ROWS * outputCount) };
  const places = new Int32Array(MAX_WALKS);
  const leafAt = names.indexOf('leaf');
  const writers = names.map((name, i) => (i === leafAt ? undefined : writerOf(name, init)));
  return (given, range, results) => {
    const rows = range.to - range.from;
    cleanRows(given as Float64Array, range.from * featureCount, { data, length: rows * featureCount });
    block.margins.fill(0);
    for (const walks of walksOf(data, { from: 0, to: rows }, trees)) {
      findLeaves(forest, featureCount, walks, places);
      addLeaves(forest, walks, { places, margins: block.margins, featureCount, outputCount });
      if (leafAt >= 0) writeLeaves(forest, walks, { places, numbers: results[leafAt] as Int32Array, firstRow: range.from, trees });
    }
    block.predictions.set(block.margins);
    if (init.isAverage) average(block.predictions, treeCount(init) / outputCount);
    toPredictions(block.predictions, objective, { rows, width: outputCount });
    for (const [i, write] of writers.entries()) write?.(block, range, results[i]!);
  };
}

interface LeafSums {
  /** By walk, the place of its leaf. */
  readonly places: Int32Array;
  /** `[block, outputCount]`. */
  readonly margins: Float64Array;
  readonly featureCount: number;
  readonly outputCount: number;
}

function addLeaves(forest: Forest, walks: Walks, { places, margins, featureCount, outputCount }: LeafSums): void {
  const { data, count, tree, treeStep, row, rowStep } = walks;
  const { numbers, linear } = forest;
  for (let i = 0; i < count; i++) {
    const walked = tree + i * treeStep;
    const at = (row + i * rowStep) * outputCount + (walked % outputCount);
    const terms = forest.hasLinear ? linear[walked] : undefined;
    const leaf = terms
      ? linearLeaf(forest, terms, { place: places[i]!, data, start: (row + i * rowStep) * featureCount })
      : numbers[2 * places[i]! + 1]!;
    margins[at] = margins[at]! + leaf;
  }
}

/** A linear leaf is its constant and terms; where a value of them is missing it is its plain value. */
function linearLeaf(
  { words, numbers }: Forest,
  { constant, starts, feature, coefficient }: LinearLeaves,
  { place, data, start }: { readonly place: number; readonly data: FeatureRows; readonly start: number },
): number {
  const leaf = -1 - words[4 * place]!;
  let sum = constant[leaf]!;
  for (let term = starts[leaf]!; term < starts[leaf + 1]!; term++) {
    const value = data[start + feature[term]!]!;
    if (Number.isNaN(value)) return numbers[2 * place + 1]!;
    sum += coefficient[term]! * value;
  }
  return sum;
}

interface LeafNumbers {
  readonly places: Int32Array;
  /** `[all rows, trees]`. */
  readonly numbers: Int32Array;
  /** The row that is the first of the block. */
  readonly firstRow: number;
  readonly trees: RowRange;
}

function writeLeaves(
  { words }: Forest,
  { count, tree, treeStep, row, rowStep }: Walks,
  { places, numbers, firstRow, trees: { from, to } }: LeafNumbers,
): void {
  for (let i = 0; i < count; i++)
    numbers[(firstRow + row + i * rowStep) * (to - from) + tree + i * treeStep - from] = -1 - words[4 * places[i]!]!;
}

function average(values: Float64Array, rounds: number): void {
  for (let i = 0; i < values.length; i++) values[i] = values[i]! / rounds;
}

function writerOf(name: string, { objective: { kind }, outputCount }: ScorerInit): Writer {
  const copy = (values: Float64Array, { from, to }: RowRange, result: OutputRows): void =>
    result.set(values.subarray(0, (to - from) * outputCount), from * outputCount);
  switch (name) {
    case 'margin':
      return ({ margins }, range, result) => copy(margins, range, result);
    case 'probability':
      return kind === 'binary' ? writePair : ({ predictions }, range, result) => copy(predictions, range, result);
    case 'class':
      return ({ predictions }, { from, to }, result) => {
        for (let row = from; row < to; row++)
          result[row] =
            kind === 'binary' ? Number(predictions[row - from]! > 0.5) : largest(predictions, (row - from) * outputCount, outputCount);
      };
    default:
      return ({ predictions }, range, result) => copy(predictions, range, result);
  }
}

/** The probabilities of 0 and of 1, the second as LightGBM tells it. */
function writePair({ predictions }: Block, { from, to }: RowRange, result: OutputRows): void {
  for (let row = from; row < to; row++) {
    result[2 * row] = 1 - predictions[row - from]!;
    result[2 * row + 1] = predictions[row - from]!;
  }
}

/** The place of the largest value, the first of equal ones. */
function largest(values: Float64Array, start: number, width: number): number {
  let best = 0;
  for (let i = 1; i < width; i++) if (values[start + i]! > values[start + best]!) best = i;
  return best;
}
