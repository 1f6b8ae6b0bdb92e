import { z } from 'zod';
import { MillraceError } from '../../common/error.js';
import { iterationRange, type IterationRange } from '../../kit/trees/iteration-range.js';
import { loadTrees } from '../../kit/trees/load-trees.js';
import { readTreeFile } from '../../kit/trees/read-tree-file.js';
import { defineRuntime, type ModelInput } from '../../spec/model-runtime.js';
import { packForest } from './forest.js';
import type { LightgbmModel } from './lightgbm-model.js';
import { createLightgbmScorer, type ScorerInit } from './lightgbm-scorer.js';
import { objectiveOf } from './objective.js';
import { looksLikeLightgbm, readModel } from './read-model.js';

const options = z.object({ 'iteration-range': iterationRange });

/**
 * Runs LightGBM's text models without LightGBM: versions v2 to v4 of the format.
 *
 * Margins and predictions are those of LightGBM up to the rounding of `exp`.
 */
export const lightgbm = defineRuntime({
  name: 'lightgbm',
  formats: ['lightgbm-text', 'lightgbm_text'],
  options,
  recognizes: ({ entries, head }) => entries === undefined && looksLikeLightgbm(head),
  async open({ options: given, threads, ...context }) {
    const { bytes, version } = await readTreeFile(context, 'LightGBM');
    const model = readModel(bytes);
    const start = scorerInit(model, given['iteration-range']);
    return loadTrees({
      version,
      memoryBytes: start.forest.bytes,
      input: inputOf(model),
      scorer: createLightgbmScorer(start),
      threads,
      worker: { entry: new URL('./lightgbm-worker.js', import.meta.url), start },
    });
  },
});

/** What scoring needs of a model. @throws {MillraceError} `MODEL_LOAD`, `INVALID_OPTION` for rounds that it does not have. */
export function scorerInit(model: LightgbmModel, range: IterationRange | undefined): ScorerInit {
  const { featureCount, outputCount, isAverage, trees } = model;
  const rounds = trees.length / outputCount;
  const begin = range?.begin ?? 0;
  const end = range === undefined || range.end === 0 ? rounds : range.end;
  if (range && (begin >= end || end > rounds)) {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: `option "iteration-range": the rounds ${begin} to ${end} are not among the ${rounds} of the model`,
    });
  }
  return {
    featureCount,
    outputCount,
    isAverage,
    objective: objectiveOf(model),
    forest: packForest(trees, featureCount),
    trees: { from: begin * outputCount, to: end * outputCount },
  };
}

/** One matrix of doubles, with the names of the features and the codes of their categories where the file has them. */
export function inputOf({ featureCount, featureNames, categories }: LightgbmModel): ModelInput {
  const features = Array.from({ length: featureCount }, (_, i) => {
    const known = categories.get(i);
    const codes = known && { codes: new Map(known.names.map((name, code) => [name, code])), areNumbers: known.areNumbers, unknown: NaN };
    return { name: featureNames?.[i], ...(codes && { codes }) };
  });
  return { name: 'features', element: 'float64', shape: [undefined, featureCount], features };
}
