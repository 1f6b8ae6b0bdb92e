import { MillraceError } from '../../common/error.js';
import { LINKS, type LinkName } from './link.js';
import { TRANSFORMS, type TransformName } from './transform.js';
import type { XgboostModel } from './xgboost-model.js';

/** What the predictions of an objective say. */
export type PredictionKind = 'value' | 'binary' | 'labels' | 'hinge' | 'classes';

interface ObjectiveDefinition {
  /** From a base score to a base margin. */
  readonly link: LinkName;
  /** From margins to predictions. */
  readonly transform: TransformName;
  readonly kind: PredictionKind;
}

const VALUE: ObjectiveDefinition = { link: 'identity', transform: 'identity', kind: 'value' };
const LOG: ObjectiveDefinition = { link: 'log', transform: 'exp', kind: 'value' };

/** https://xgboost.readthedocs.io/en/stable/parameter.html#learning-task-parameters, and names of older versions. */
const OBJECTIVES: Readonly<Record<string, ObjectiveDefinition>> = {
  'reg:squarederror': VALUE,
  'reg:linear': VALUE,
  'reg:squaredlogerror': VALUE,
  'reg:pseudohubererror': VALUE,
  'reg:absoluteerror': VALUE,
  'reg:quantileerror': { ...VALUE, transform: 'sort' },
  'reg:expectileerror': { link: 'steps', transform: 'steps', kind: 'value' },
  'reg:logistic': { link: 'logit', transform: 'sigmoid', kind: 'value' },
  'binary:logistic': { link: 'logit', transform: 'sigmoid', kind: 'binary' },
  'binary:logitraw': VALUE,
  'binary:hinge': { link: 'identity', transform: 'hinge', kind: 'hinge' },
  'count:poisson': LOG,
  'reg:gamma': LOG,
  'reg:tweedie': LOG,
  'survival:cox': LOG,
  'survival:aft': LOG,
  'multi:softmax': { link: 'identity', transform: 'argmax', kind: 'classes' },
  'multi:softprob': { link: 'identity', transform: 'softmax', kind: 'classes' },
  'rank:pairwise': VALUE,
  'rank:ndcg': VALUE,
  'rank:map': VALUE,
};

/** What an objective does with margins. */
export interface Objective {
  readonly kind: PredictionKind;
  /** `[outputCount]`: what every margin begins with. */
  readonly baseMargin: Float32Array;
  /** From margins to what `Booster.predict` gives. */
  readonly transform: TransformName;
}

/** @throws {MillraceError} `MODEL_LOAD` for an objective that is not known, since nothing tells what its margins mean. */
export function objectiveOf({ objective, version, baseScore, isBaseMargin, outputCount }: XgboostModel): Objective {
  const name = objective.replace(/^gpu:/, '');
  const definition = Object.hasOwn(OBJECTIVES, name) ? OBJECTIVES[name]! : undefined;
  if (definition === undefined) {
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `XGBoost model: the objective "${objective.slice(0, 80)}" is not known, so its margins cannot be turned into predictions`,
      notes: [{ message: `known objectives: ${Object.keys(OBJECTIVES).join(', ')}` }],
    });
  }
  // Quantiles may cross; XGBoost sorts them since 3.4, and a model is run as by the version that wrote it.
  const isSorted = version[0] > 3 || (version[0] === 3 && version[1] >= 4);
  const transform = definition.transform === 'sort' && !isSorted ? 'identity' : definition.transform;
  const kind = definition.kind === 'binary' && outputCount > 1 ? 'labels' : definition.kind;
  return { kind, baseMargin: LINKS[definition.link](isBaseMargin ? asPrediction(baseScore, definition) : baseScore), transform };
}

/** Files from before 1.0 have the base margin, which XGBoost turns back into a base score when it reads them. */
function asPrediction(baseMargin: Float32Array, { transform, kind }: ObjectiveDefinition): Float32Array {
  if (kind === 'classes') return baseMargin;
  const scores = baseMargin.slice();
  TRANSFORMS[transform].apply(scores, scores, { rows: 1, width: scores.length });
  return scores;
}
