import { Labels } from '../labels.js';
import type { CompiledModel, CompiledSegment, ModelBody, Outcome } from '../outcome.js';
import type { Test } from '../predicate.js';
import type { Row } from '../row.js';

/** A segment with its predicate and weight. */
export interface Member extends CompiledSegment {
  readonly test: Test;
  readonly weight: number;
}

/** A model's value as a number; NaN where it is missing. */
export function numberOf(model: CompiledModel, row: Row): number {
  if (model.number !== undefined) return model.number(row);
  const predicted = model.evaluate(row)?.predicted;
  return typeof predicted === 'number' ? predicted : NaN;
}

/** The classes of all models, in the order in which they are first named. */
export function unionOf(members: readonly Member[]): ModelBody['classes'] {
  const type = members.find(({ model }) => model.classes.length > 0)?.model.type ?? { dataType: 'string', opType: 'categorical' };
  const labels = new Labels(type);
  for (const { model } of members) for (const value of model.classes) labels.placeOf(value);
  return labels.values;
}

/** An outcome with its numbers at the places of other classes. */
export function translation(model: CompiledModel, classes: ModelBody['classes']): (outcome: Outcome | undefined) => Outcome | undefined {
  const labels = new Labels(model.type);
  for (const value of classes) labels.placeOf(value);
  const places = model.classes.map(value => labels.placeOf(value));
  if (places.length === classes.length && places.every((place, i) => place === i)) return outcome => outcome;
  const move = (values: Float64Array | undefined): Float64Array | undefined => {
    if (values === undefined) return undefined;
    const moved = new Float64Array(classes.length);
    for (let i = 0; i < places.length; i++) if (places[i]! < classes.length) moved[places[i]!] = values[i]!;
    return moved;
  };
  return outcome => outcome && { ...outcome, probabilities: move(outcome.probabilities), confidences: move(outcome.confidences) };
}
