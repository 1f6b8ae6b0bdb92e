import type { FunctionName } from '../parse/words.js';
import type { Code } from './code.js';
import type { OutputCode } from './outputs.js';
import type { Row } from './row.js';
import type { FieldType, Value } from './value.js';

/** A rule that fired, or the category that won. */
export interface FiredRule {
  readonly id: string | undefined;
  readonly score: Value;
  readonly confidence: number;
}

/** What a model says about one row. */
export interface Outcome {
  readonly predicted: Value;
  /** By class of the model. */
  readonly probabilities?: Float64Array | undefined;
  /** By class of the model, where it is not the probability. */
  readonly confidences?: Float64Array | undefined;
  /** By entity of the model: how far or how like. */
  readonly affinities?: Float64Array | undefined;
  /** Id of the node, cluster, neuron or rule that decided. */
  readonly entity?: string | undefined;
  /** The predicted value for people. */
  readonly display?: string | undefined;
  /** The strongest first. */
  readonly reasons?: readonly string[] | undefined;
  readonly rules?: readonly FiredRule[] | undefined;
  /** By segment: of those that ran and were asked for. */
  readonly segments?: readonly (Outcome | undefined)[] | undefined;
}

/** The part of a compiled model that is of its kind. `undefined` is a missing result. */
export interface ModelBody {
  /** Labels of the classes, in the order of probabilities; empty where there are none. */
  readonly classes: readonly NonNullable<Value>[];
  /** Ids by place in `affinities`. */
  readonly entities?: readonly string[] | undefined;
  readonly evaluate: (row: Row) => Outcome | undefined;
  /** The value of a regression alone, NaN where it is missing: what ensembles ask for, without making an outcome. */
  readonly number?: ((row: Row) => number) | undefined;
  /** Of a model of segments. */
  readonly segments?: readonly CompiledSegment[] | undefined;
  /** Output fields of segments that are results of the model as well. */
  readonly inner?: readonly OutputCode[] | undefined;
  /** `false` where a classifier has no probabilities to give. */
  readonly givesProbabilities?: boolean | undefined;
  /** Whether all segments that hold give their results side by side. */
  readonly selectsAll?: boolean | undefined;
}

export interface CompiledSegment {
  readonly id: string;
  readonly model: CompiledModel;
}

/** A model that is ready to run over rows. */
export interface CompiledModel extends ModelBody {
  readonly functionName: FunctionName;
  /** Of the target, where there is one. */
  readonly target: string | undefined;
  /** Of the predicted value. */
  readonly type: FieldType;
  readonly outputs: readonly OutputCode[];
  /** Computes the output fields into their slots. */
  readonly runOutputs: (row: Row, outcome: Outcome | undefined) => void;
  /** Root only: the active fields, which must be treated before the model runs. */
  readonly actives?: readonly Code[] | undefined;
}

/** Of some places, in order, the first whose value is the largest. */
export function firstOf(places: readonly number[], values: ArrayLike<number>): number {
  let best = places[0]!;
  for (const place of places) if (values[place]! > values[best]!) best = place;
  return best;
}

/** The place of the largest value, the first of several; -1 where there is none. */
export function argMax(values: ArrayLike<number>): number {
  let best = -1;
  for (let i = 0; i < values.length; i++) if (values[i]! > (best < 0 ? -Infinity : values[best]!)) best = i;
  return best < 0 && values.length > 0 && values[0] === -Infinity ? 0 : best;
}
