import { MillraceError } from '../../common/error.js';
import type { LightgbmModel } from './lightgbm-model.js';

/** What predictions say. */
export type PredictionKind = 'value' | 'binary' | 'classes';

/** From the margins of one row to its predictions; `parameter` is the objective's own, where it has one. */
export type TransformName = 'identity' | 'square' | 'exp' | 'sigmoid' | 'softmax' | 'log1pexp';

interface ObjectiveDefinition {
  readonly transform: TransformName;
  readonly kind: PredictionKind;
}

const VALUE: ObjectiveDefinition = { transform: 'identity', kind: 'value' };
const EXP: ObjectiveDefinition = { transform: 'exp', kind: 'value' };
const SIGMOID: ObjectiveDefinition = { transform: 'sigmoid', kind: 'value' };
const LOG1P_EXP: ObjectiveDefinition = { transform: 'log1pexp', kind: 'value' };

/** https://lightgbm.readthedocs.io/en/stable/Parameters.html#objective, and names of older versions. */
const OBJECTIVES: Readonly<Record<string, ObjectiveDefinition>> = {
  regression: VALUE,
  regression_l1: VALUE,
  huber: VALUE,
  fair: VALUE,
  quantile: VALUE,
  mape: VALUE,
  poisson: EXP,
  gamma: EXP,
  tweedie: EXP,
  binary: { transform: 'sigmoid', kind: 'binary' },
  multiclass: { transform: 'softmax', kind: 'classes' },
  multiclassova: { transform: 'sigmoid', kind: 'classes' },
  cross_entropy: SIGMOID,
  xentropy: SIGMOID,
  cross_entropy_lambda: LOG1P_EXP,
  xentlambda: LOG1P_EXP,
  lambdarank: VALUE,
  rank_xendcg: VALUE,
  // An objective of the user's own: LightGBM gives margins too.
  '': VALUE,
  custom: VALUE,
  none: VALUE,
};

/** What an objective does with margins. */
export interface Objective {
  readonly kind: PredictionKind;
  readonly transform: TransformName;
  /** The steepness of sigmoids. */
  readonly sigmoid: number;
}

/** @throws {MillraceError} `MODEL_LOAD` for an objective that is not known, since nothing tells what its margins mean. */
export function objectiveOf({ objective, outputCount }: LightgbmModel): Objective {
  const [name = '', ...parameters] = objective.split(' ');
  const definition = Object.hasOwn(OBJECTIVES, name) ? OBJECTIVES[name]! : undefined;
  if (definition === undefined || (definition.kind === 'binary' && outputCount > 1)) {
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `LightGBM model: the objective "${objective.slice(0, 80)}" with ${outputCount} trees a round is not known, so its margins cannot be turned into predictions`,
      notes: [
        {
          message: `known objectives: ${Object.keys(OBJECTIVES)
            .filter(known => known !== '')
            .join(', ')}`,
        },
      ],
    });
  }
  const sigmoid = Number(parameters.find(parameter => parameter.startsWith('sigmoid:'))?.slice('sigmoid:'.length) ?? 1);
  const transform = parameters.includes('sqrt') && definition === VALUE ? 'square' : definition.transform;
  return { ...definition, transform, sigmoid: Number.isFinite(sigmoid) ? sigmoid : 1 };
}
