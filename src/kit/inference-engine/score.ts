import type { ModelOutput } from '../../spec/model-runtime.js';
import type { InferenceResult, OutputValue, Score } from '../../spec/inference-engine.js';

/** What an output gave for a row, by its place among the outputs. */
export type ReadOutput = (output: number) => OutputValue;

/** Turns what a model gave for a row into a score. */
export type ReadScore = (read: ReadOutput) => Score;

/**
 * How a model's outputs are read as `score` and `confidence`.
 *
 * The score is the first of these that the model has: a number named `score`; the probability of the positive class, the second of
 * two or the only one; the first output that is one number; the first value of the first list of numbers. The confidence is a number
 * named `confidence`, or the largest probability of any class; a model without probabilities has none.
 */
export function scoreReader(outputs: readonly ModelOutput[]): ReadScore {
  const score = scorePlace(outputs);
  const confidence = confidenceOf(outputs);
  return read => ({ score: score ? numberAt(read(score.output), score.offset) : null, confidence: confidence(read) });
}

/** The score of what an engine gave that does not say more: the first value of the first output, if it is a number. */
export function firstNumber(result: InferenceResult): Score {
  const [first] = result.getOutputs().values();
  const named = result.getOutputs().get('confidence');
  return { score: first === undefined ? null : numberAt(first, 0), confidence: named === undefined ? null : numberAt(named, 0) };
}

interface Place {
  readonly output: number;
  readonly offset: number;
}

function scorePlace(outputs: readonly ModelOutput[]): Place | undefined {
  const at = (matches: (output: ModelOutput) => boolean, offset: number): Place | undefined => {
    const output = outputs.findIndex(matches);
    return output === -1 ? undefined : { output, offset };
  };
  return (
    at(output => isOneNumber(output) && isNamed(output, 'score'), 0) ??
    at(output => isProbability(output) && output.width === 2, 1) ??
    at(output => isProbability(output) && output.width === 1, 0) ??
    at(isOneNumber, 0) ??
    at(isNumeric, 0)
  );
}

function confidenceOf(outputs: readonly ModelOutput[]): (read: ReadOutput) => number | null {
  const named = outputs.findIndex(output => isOneNumber(output) && isNamed(output, 'confidence'));
  if (named !== -1) return read => numberAt(read(named), 0);
  const probabilities = outputs.findIndex(isProbability);
  if (probabilities === -1) return () => null;
  return read => largest(read(probabilities));
}

/** Of two classes where only the probability of one is told, that of the likelier one. */
function largest(value: OutputValue): number | null {
  if (!isList(value)) {
    const positive = numberAt(value, 0);
    return positive === null ? null : Math.max(positive, 1 - positive);
  }
  const numbers = value.map((_, i) => numberAt(value, i));
  return numbers.length === 0 || numbers.includes(null) ? null : Math.max(...(numbers as number[]));
}

function isNamed({ name }: ModelOutput, wanted: string): boolean {
  return name.toLowerCase() === wanted;
}

function isProbability(output: ModelOutput): boolean {
  return isNumeric(output) && (output.kind === 'probability' || output.classes !== undefined);
}

function isOneNumber(output: ModelOutput): boolean {
  return isNumeric(output) && output.width === 1;
}

function isNumeric({ element }: ModelOutput): boolean {
  return element !== undefined && element !== 'string' && element !== 'bool';
}

function isList(value: OutputValue): value is readonly (number | bigint | string | boolean | null)[] {
  return Array.isArray(value);
}

function numberAt(value: OutputValue, offset: number): number | null {
  const one = isList(value) ? value[offset] : value;
  return typeof one === 'number' || typeof one === 'bigint' ? Number(one) : null;
}
