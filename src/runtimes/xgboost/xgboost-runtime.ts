import { z } from 'zod';
import { iterationRange } from '../../kit/trees/iteration-range.js';
import { loadTrees } from '../../kit/trees/load-trees.js';
import { readTreeFile } from '../../kit/trees/read-tree-file.js';
import { defineRuntime, type ModelInput } from '../../spec/model-runtime.js';
import { flag, option } from '../../spec/option.js';
import { encodingOf } from './encoding-of.js';
import { packForest } from './forest.js';
import { malformed } from './malformed.js';
import { objectiveOf } from './objective.js';
import { readModel } from './read-model.js';
import { selectTrees, type TreeSelection } from './select-trees.js';
import type { XgboostModel } from './xgboost-model.js';
import { createXgboostScorer, type ScorerInit } from './xgboost-scorer.js';

const options = z.object({
  'iteration-range': iterationRange,
  'best-iteration': option(flag().default(false), {
    doc: 'Whether only the boosting rounds up to the best one count, where training stopped early, as in scikit-learn; all rounds otherwise.',
    aliases: ['best_iteration'],
  }),
});

/**
 * Runs XGBoost's models without XGBoost: JSON, UBJSON and the old binary format, of any version, told by the bytes.
 *
 * Margins are those of XGBoost bit for bit, predictions within one unit in the last place.
 */
export const xgboost = defineRuntime({
  name: 'xgboost',
  formats: ['xgboost-json', 'xgboost_json', 'xgboost-ubjson', 'xgboost_ubjson', 'xgboost-binary', 'xgboost_binary'],
  options,
  recognizes: ({ entries, head }) => entries === undefined && encodingOf(head) !== undefined,
  async open({ options: given, threads, ...context }) {
    const { bytes, version } = await readTreeFile(context, 'XGBoost');
    const model = readModel(bytes);
    const start = scorerInit(model, { range: given['iteration-range'], best: given['best-iteration'] });
    return loadTrees({
      version,
      memoryBytes: start.booster.kind === 'trees' ? start.booster.forest.bytes : start.booster.weights.byteLength,
      input: inputOf(model),
      scorer: createXgboostScorer(start),
      threads,
      worker: { entry: new URL('./xgboost-worker.js', import.meta.url), start },
    });
  },
});

/** What scoring needs of a model. @throws {MillraceError} `MODEL_LOAD`, `INVALID_OPTION`. */
export function scorerInit(model: XgboostModel, selection: TreeSelection): ScorerInit {
  const { featureCount, outputCount, booster } = model;
  const trees = selectTrees(model, selection);
  const common = { featureCount, outputCount, objective: objectiveOf(model) };
  if (booster.kind === 'trees') return { ...common, booster: { kind: 'trees', forest: packForest(booster, featureCount), trees } };
  const expected = (featureCount + 1) * outputCount;
  if (booster.weights.length !== expected)
    throw malformed(
      `a linear model of ${featureCount} features and ${outputCount} outputs has ${booster.weights.length} weights, not ${expected}`,
    );
  return { ...common, booster };
}

/** One matrix of floats, with the names of the features and the codes of their categories where the file has them. */
export function inputOf({ featureCount, featureNames, categories }: XgboostModel): ModelInput {
  const features = Array.from({ length: featureCount }, (_, i) => {
    const known = categories.get(i);
    return {
      name: featureNames?.[i],
      ...(known && { codes: { codes: new Map(known.names.map((name, code) => [name, code])), areNumbers: known.areIntegers } }),
    };
  });
  return { name: 'features', element: 'float32', shape: [undefined, featureCount], features };
}
