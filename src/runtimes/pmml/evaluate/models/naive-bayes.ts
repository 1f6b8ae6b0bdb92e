import type { DerivedField } from '../../parse/field.js';
import type { BayesInput, Distribution, NaiveBayesModel } from '../../parse/naive-bayes-model.js';
import type { Code } from '../code.js';
import { refuseLine } from '../compilation.js';
import { Labels } from '../labels.js';
import type { ModelContext } from '../model-context.js';
import { argMax, type ModelBody } from '../outcome.js';
import { constantFor, keyOf } from '../predicate.js';
import type { Row } from '../row.js';
import type { Scope } from '../scope.js';
import { textOf } from '../value.js';
import { numberReader } from './regression.js';

/** Adds the logarithms of an input's probabilities, by class; nothing where the input is missing. */
type Add = (row: Row, logs: Float64Array) => void;

type CompileDerived = (field: DerivedField, scope: Scope) => Code;

/** https://dmg.org/pmml/v4-4-1/NaiveBayes.html */
export function compileNaiveBayes(model: NaiveBayesModel, context: ModelContext, compileDerived: CompileDerived): ModelBody {
  const labels = new Labels(context.type);
  for (const { value } of model.counts) labels.place(value);
  const count = labels.values.length;
  if (count === 0) refuseLine(model.line, 'the NaiveBayesModel has no TargetValueCount');
  const start = new Float64Array(count);
  for (const { value, count: records } of model.counts) start[labels.place(value)] = Math.log(records);
  const inputs = model.inputs.map(input => compileInput(input, { model, labels, context, compileDerived }));
  return {
    classes: labels.values,
    evaluate: row => {
      const logs = start.slice();
      for (const add of inputs) add(row, logs);
      const most = logs.reduce((best, value) => Math.max(best, value), -Infinity);
      const powers = logs.map(value => Math.exp(value - most));
      const sum = powers.reduce((total, value) => total + value, 0);
      const probabilities = powers.map(value => value / sum);
      return { predicted: labels.values[argMax(probabilities)], probabilities };
    },
  };
}

interface InputContext {
  readonly model: NaiveBayesModel;
  readonly labels: Labels;
  readonly context: ModelContext;
  readonly compileDerived: CompileDerived;
}

function compileInput(input: BayesInput, { model, labels, context, compileDerived }: InputContext): Add {
  if (input.distributions !== undefined) return compileContinuous(input, input.distributions, { model, labels, context });
  const code = input.derived === undefined ? context.scope.field(input.field) : compileDerived(input.derived, context.scope);
  const totals = new Float64Array(labels.values.length);
  for (const { counts } of input.pairs) for (const { value, count } of counts) totals[placeOf(labels, value, model)]! += count;
  const known = new Map<unknown, Float64Array>();
  for (const { value, counts } of input.pairs) {
    const logs = new Float64Array(totals.length).fill(Math.log(model.threshold));
    for (const each of counts) {
      const place = placeOf(labels, each.value, model);
      if (each.count > 0) logs[place] = Math.log(each.count / totals[place]!);
    }
    known.set(keyOf(constantFor(code, value)), logs);
  }
  return (row, logs) => {
    const value = code.evaluate(row);
    const parts = value === undefined ? undefined : known.get(keyOf(value));
    // A value that training did not see says nothing, as a missing one.
    if (parts === undefined) return;
    for (let i = 0; i < logs.length; i++) logs[i]! += parts[i]!;
  };
}

function placeOf(labels: Labels, value: string, model: NaiveBayesModel): number {
  const before = labels.values.length;
  const place = labels.place(value);
  return place < before ? place : refuseLine(model.line, `the target value "${value}" is not in the BayesOutput`);
}

function compileContinuous(
  input: BayesInput,
  distributions: ReadonlyMap<string, Distribution>,
  { model, labels, context }: Omit<InputContext, 'compileDerived'>,
): Add {
  const read = numberReader(input.field, context.scope);
  for (const value of distributions.keys()) placeOf(labels, value, model);
  const densities = labels.values.map(label => {
    const distribution =
      distributions.get(textOf(label)) ?? [...distributions].find(([text]) => labels.values[labels.place(text)] === label)?.[1];
    return distribution && densityOf(distribution);
  });
  return (row, logs) => {
    const value = read(row);
    if (Number.isNaN(value)) return;
    for (let i = 0; i < logs.length; i++) logs[i]! += Math.max(densities[i]?.(value) ?? -Infinity, Math.log(model.threshold));
  };
}

/** The logarithm of a distribution's density or probability. */
function densityOf(distribution: Distribution): (value: number) => number {
  switch (distribution.kind) {
    case 'gaussian': {
      const { mean, variance } = distribution;
      return value => -0.5 * Math.log(2 * Math.PI * variance) - (value - mean) ** 2 / (2 * variance);
    }
    case 'poisson': {
      const { mean } = distribution;
      return value => (Number.isInteger(value) && value >= 0 ? value * Math.log(mean) - mean - logFactorial(value) : -Infinity);
    }
    case 'uniform': {
      const { lower, upper } = distribution;
      return value => (value >= lower && value <= upper ? -Math.log(upper - lower) : -Infinity);
    }
  }
}

// Exact sums while they are short, then Stirling's series, whose error is below 1e-16 from there on.
function logFactorial(n: number): number {
  if (n < 256) {
    let sum = 0;
    for (let i = 2; i <= n; i++) sum += Math.log(i);
    return sum;
  }
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1260 * n ** 5);
}
