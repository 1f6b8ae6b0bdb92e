import { DocumentNode } from './document-node.js';
import type { DocumentValue } from './document-value.js';
import { malformed } from './malformed.js';
import { readCategories } from './read-categories.js';
import { readTree } from './read-tree.js';
import { MAX_FEATURES, MAX_OUTPUTS, type FileLinear, type FileTrees, type XgboostModel } from './xgboost-model.js';

/**
 * The model in a document of JSON or UBJSON, by XGBoost 1.0 and later; of a memory snapshot, as pickles and saveRDS hold
 * it, the model that is in it.
 *
 * Layout: https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html
 *
 * @throws {MillraceError} `MODEL_LOAD` for anything else.
 */
export function readDocument(value: DocumentValue): XgboostModel {
  const top = new DocumentNode(value);
  const document = top.find('learner') ? top : (top.find('Model') ?? top);
  const learner = document.get('learner');
  const parameters = learner.get('learner_model_param');
  const featureCount = parameters.get('num_feature').integer(0, MAX_FEATURES);
  const outputCount = Math.max(
    1,
    parameters.find('num_class')?.integer(0, MAX_OUTPUTS) ?? 0,
    parameters.find('num_target')?.integer(0, MAX_OUTPUTS) ?? 1,
  );
  const names = learner.find('feature_names')?.texts() ?? [];
  if (names.length > 0 && names.length !== featureCount) throw malformed(`there are ${names.length} names for ${featureCount} features`);
  const booster = learner.get('gradient_booster');
  const kind = booster.get('name').text();
  // DART wraps a tree booster up to 3.2; later it is one, with weights.
  const trees = kind === 'dart' && booster.find('gbtree') ? booster.get('gbtree') : booster;
  const model = trees.get('model');
  const cats = model.find('cats');
  const version = readVersion(document);
  return {
    version,
    objective: learner.get('objective').get('name').text(),
    featureCount,
    featureNames: names.length > 0 ? names : undefined,
    categories: cats ? readCategories(cats, { featureCount, version }) : new Map(),
    outputCount,
    baseScore: readBaseScore(parameters.get('base_score'), outputCount),
    isBaseMargin: false,
    bestIteration: learner.find('attributes')?.find('best_iteration')?.integer(0, Number.MAX_SAFE_INTEGER),
    booster: kind === 'gblinear' ? readLinear(model) : readTrees(model, { outputCount, weights: findWeights(booster, model) }),
  };
}

function readVersion(document: DocumentNode): readonly [number, number] {
  const version = document.find('version')?.integers();
  return [version?.[0] ?? 0, version?.[1] ?? 0];
}

/** `5E-1` up to 3.0, `[5E-1]` or `[0.2,0.8]` from 3.1 on; a single one is that of each output. */
function readBaseScore(node: DocumentNode, outputCount: number): Float32Array {
  const text = node.text();
  const scores = text
    .replace(/^\s*\[|\]\s*$/g, '')
    .split(',')
    .map(number => (number.trim() === '' ? NaN : Math.fround(Number(number))));
  if (scores.some(Number.isNaN)) throw malformed(`the base score is no number: "${text.slice(0, 40)}"`);
  if (scores.length === 1) return new Float32Array(outputCount).fill(scores[0]!);
  if (scores.length !== outputCount) throw malformed(`there are ${scores.length} base scores for ${outputCount} outputs`);
  return Float32Array.from(scores);
}

/** The weights of DART's trees, which have moved from version to version. */
function findWeights(booster: DocumentNode, model: DocumentNode): Float32Array | undefined {
  const node = model.find('weight_drop') ?? booster.find('weight_drop');
  const weights = node && Float32Array.from(node.numbers());
  return weights && weights.length > 0 ? weights : undefined;
}

function readTrees(model: DocumentNode, { outputCount, weights }: { outputCount: number; weights: Float32Array | undefined }): FileTrees {
  const trees = model
    .get('trees')
    .items()
    .map(node => readTree(node, outputCount));
  const parallel =
    model
      .get('gbtree_model_param')
      .find('num_parallel_tree')
      ?.integer(0, 1 << 24) ?? 1;
  const perRound = Math.max(1, parallel) * (trees.some(tree => tree.vectors) ? 1 : outputCount);
  const rounds = model.find('iteration_indptr')?.integers();
  return checkTrees(
    {
      kind: 'trees',
      trees,
      outputOf: model.get('tree_info').integers(),
      weights,
      rounds: rounds && rounds.length > 0 ? rounds : evenRounds(trees.length, perRound),
    },
    outputCount,
  );
}

/** Rounds of `perRound` trees each. */
export function evenRounds(trees: number, perRound: number): Int32Array {
  return Int32Array.from({ length: Math.floor(trees / perRound) + 1 }, (_, i) => i * perRound);
}

/** What must hold between the lists of a tree booster, whatever they were read from. */
export function checkTrees(booster: FileTrees, outputCount: number): FileTrees {
  const { trees, outputOf, weights, rounds } = booster;
  if (outputOf.length !== trees.length) throw malformed(`there are ${trees.length} trees, and outputs for ${outputOf.length}`);
  if (outputOf.some(output => output < 0 || output >= outputCount))
    throw malformed(`a tree adds to an output that is none of ${outputCount}`);
  if (weights && weights.length !== trees.length) throw malformed(`there are ${trees.length} trees, and weights for ${weights.length}`);
  const widths = new Set(trees.map(tree => tree.vectors?.width));
  if (widths.size > 1 || (trees[0]?.vectors && trees[0].vectors.width !== outputCount))
    throw malformed(`leaves do not have one value, or one for each of ${outputCount} outputs, alike in all trees`);
  if (rounds[0] !== 0 || rounds.at(-1) !== trees.length || rounds.some((start, i) => i > 0 && start < rounds[i - 1]!))
    throw malformed(`the rounds do not divide ${trees.length} trees`);
  return booster;
}

function readLinear(model: DocumentNode): FileLinear {
  return { kind: 'linear', weights: Float32Array.from(model.get('weights').numbers()) };
}
