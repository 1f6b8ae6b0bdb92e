import type { ModelOutput } from '../../spec/model-runtime.js';
import type { OutputRows, RowRange, RowScorer, ScoreRows } from '../../kit/trees/row-scorer.js';
import { BLOCK_ROWS } from '../../kit/trees/score-in-turns.js';
import { MAX_WALKS, walksOf, type Walks } from '../../kit/trees/walks.js';
import { findLeaves } from './find-leaves.js';
import type { Forest } from './forest.js';
import type { Objective } from './objective.js';
import { TRANSFORMS } from './transform.js';
import type { FileLinear } from './xgboost-model.js';

/** What scores rows: the model without the file. It survives the structured clone, and its trees are shared by it. */
export interface ScorerInit {
  readonly featureCount: number;
  readonly outputCount: number;
  readonly objective: Objective;
  readonly booster: { readonly kind: 'trees'; readonly forest: Forest; readonly trees: RowRange } | FileLinear;
}

/** Writes one output of the rows of a range, whose margins are given. */
type Writer = (margins: Float32Array, range: RowRange, result: OutputRows) => void;

/** A scorer of an XGBoost model. Its outputs are described in the README. */
export function createXgboostScorer(init: ScorerInit): RowScorer {
  const outputs = outputsOf(init);
  return {
    outputs,
    treesPerRow: init.booster.kind === 'trees' ? init.booster.trees.to - init.booster.trees.from : init.outputCount,
    scoring: names => scoring(init, names),
  };
}

function outputsOf({ objective: { kind, transform }, outputCount, booster }: ScorerInit): ModelOutput[] {
  const floats = (name: string, width: number, more: Partial<ModelOutput> = {}): ModelOutput => ({
    name,
    element: 'float32',
    rowShape: [width],
    width,
    classes: undefined,
    ...more,
  });
  const onRequest = true;
  const value = floats('value', TRANSFORMS[transform].width(outputCount));
  const classOf = (width: number): ModelOutput => ({ ...floats('class', width), element: 'int32', kind: 'class' });
  const probabilities = (count: number): ModelOutput =>
    floats('probability', count, { kind: 'probability', classes: Array.from({ length: count }, (_, i) => i) });
  const outputs: Record<typeof kind, ModelOutput[]> = {
    value: [value],
    binary: [probabilities(2), classOf(1), { ...value, onRequest }],
    labels: [
      { ...value, kind: 'probability' },
      { ...classOf(outputCount), onRequest },
    ],
    hinge: [{ ...value, kind: 'class' }, classOf(outputCount)],
    classes: [probabilities(outputCount), classOf(1), { ...value, onRequest }],
  };
  const margin = floats('margin', outputCount, { kind: 'margin', onRequest });
  const treeCount = booster.kind === 'trees' ? booster.trees.to - booster.trees.from : 0;
  const leaf: ModelOutput = { ...floats('leaf', treeCount), element: 'int32', kind: 'leaf', onRequest };
  return [...outputs[kind], margin, ...(treeCount > 0 ? [leaf] : [])];
}

function scoring(init: ScorerInit, names: readonly string[]): ScoreRows {
  const { featureCount, outputCount, objective, booster } = init;
  const margins = new Float32Array(BLOCK_ROWS * outputCount);
  const places = new Int32Array(MAX_WALKS);
  const leafAt = names.indexOf('leaf');
  const writers = names.map((name, i) => (i === leafAt ? undefined : writerOf(name, init)));
  return (given, range, results) => {
    const data = given as Float32Array;
    for (let i = 0, rows = range.to - range.from; i < rows; i++) margins.set(objective.baseMargin, i * outputCount);
    if (booster.kind === 'linear') addLinear(booster, { data, featureCount, range }, { margins, objective });
    else {
      const { forest, trees } = booster;
      const leaves = leafAt < 0 ? undefined : { numbers: results[leafAt] as Int32Array, trees };
      for (const walks of walksOf(data, range, trees)) {
        findLeaves(forest, featureCount, walks, places);
        addLeaves(forest, walks, { places, margins, firstRow: range.from, outputCount });
        if (leaves) writeLeaves(forest, walks, { places, ...leaves });
      }
    }
    for (const [i, write] of writers.entries()) write?.(margins, range, results[i]!);
  };
}

interface LeafSums {
  /** By walk, the place of its leaf. */
  readonly places: Int32Array;
  /** `[block, outputCount]`. */
  readonly margins: Float32Array;
  /** The row of the first margins. */
  readonly firstRow: number;
  readonly outputCount: number;
}

/** Each sum is rounded to single precision, since XGBoost adds up tree by tree in floats. */
function addLeaves(
  { words, floats, vectors, leafWidth, outputOf }: Forest,
  { count, tree, treeStep, row, rowStep }: Walks,
  { places, margins, firstRow, outputCount }: LeafSums,
): void {
  for (let i = 0; i < count; i++) {
    const at = (row + i * rowStep - firstRow) * outputCount;
    if (leafWidth === 1) {
      const output = at + outputOf[tree + i * treeStep]!;
      margins[output] = margins[output]! + floats[places[i]! + 1]!;
      continue;
    }
    const from = words[places[i]! + 2]!;
    for (let j = 0; j < leafWidth; j++) margins[at + j] = margins[at + j]! + vectors[from + j]!;
  }
}

interface LeafNumbers {
  readonly places: Int32Array;
  /** `[all rows, trees]`. */
  readonly numbers: Int32Array;
  readonly trees: RowRange;
}

function writeLeaves(
  { words }: Forest,
  { count, tree, treeStep, row, rowStep }: Walks,
  { places, numbers, trees: { from, to } }: LeafNumbers,
): void {
  for (let i = 0; i < count; i++) numbers[(row + i * rowStep) * (to - from) + tree + i * treeStep - from] = -1 - words[places[i]!]!;
}

/** `GBLinear::Pred`: the base score of the first output counts for all, and missing values do not. */
function addLinear(
  { weights }: FileLinear,
  { data, featureCount, range }: { readonly data: Float32Array; readonly featureCount: number; readonly range: RowRange },
  { margins, objective }: { readonly margins: Float32Array; readonly objective: Objective },
): void {
  const outputCount = objective.baseMargin.length;
  const biases = featureCount * outputCount;
  for (let row = range.from; row < range.to; row++) {
    for (let output = 0; output < outputCount; output++) {
      let sum = Math.fround(weights[biases + output]! + objective.baseMargin[0]!);
      for (let feature = 0; feature < featureCount; feature++) {
        const value = data[row * featureCount + feature]!;
        if (value === value) sum = Math.fround(sum + Math.fround(value * weights[feature * outputCount + output]!));
      }
      margins[(row - range.from) * outputCount + output] = sum;
    }
  }
}

function writerOf(name: string, { objective, outputCount }: ScorerInit): Writer {
  const { kind, transform } = objective;
  const rowsOf = ({ from, to }: RowRange): number => to - from;
  const width = TRANSFORMS[transform].width(outputCount);
  switch (name) {
    case 'margin':
      return (margins, range, result) => result.set(margins.subarray(0, rowsOf(range) * outputCount), range.from * outputCount);
    case 'probability':
      return kind === 'binary'
        ? (margins, range, result) => writePair(margins, range, result)
        : writeBy((from, to, rows) => TRANSFORMS.softmax.apply(from, to, { rows, width: outputCount }), outputCount);
    case 'class':
      return kind === 'classes'
        ? writeBy((from, to, rows) => TRANSFORMS.argmax.apply(from, to, { rows, width: outputCount }), 1)
        : writeBy((from, to, rows) => toLabels(from, to, { length: rows * outputCount, objective }), outputCount);
    default:
      return writeBy((from, to, rows) => TRANSFORMS[transform].apply(from, to, { rows, width: outputCount }), width);
  }
}

/** A writer by way of a block of its own, whose rows are `width` wide. */
function writeBy(compute: (from: Float32Array, to: Float32Array, rows: number) => void, width: number): Writer {
  const block = new Float32Array(BLOCK_ROWS * width);
  return (margins, range, result) => {
    const rows = range.to - range.from;
    compute(margins, block, rows);
    result.set(block.subarray(0, rows * width), range.from * width);
  };
}

/** The probabilities of 0 and of 1, the second as XGBoost tells it. */
function writePair(margins: Float32Array, { from, to }: RowRange, result: OutputRows): void {
  const single = new Float32Array(to - from);
  TRANSFORMS.sigmoid.apply(margins, single, { rows: to - from, width: 1 });
  for (const [i, probability] of single.entries()) {
    result[(from + i) * 2] = 1 - probability;
    result[(from + i) * 2 + 1] = probability;
  }
}

/** 1 where the prediction is above one half. */
function toLabels(
  from: Float32Array,
  to: Float32Array,
  { length, objective }: { readonly length: number; readonly objective: Objective },
): void {
  TRANSFORMS[objective.transform].apply(from, to, { rows: 1, width: length });
  for (let i = 0; i < length; i++) to[i] = to[i]! > 0.5 ? 1 : 0;
}
