import type { RegressionModel, RegressionNormalization, RegressionTable } from '../../parse/regression-model.js';
import { refuseLine } from '../compilation.js';
import { Labels } from '../labels.js';
import { inverseLink, simpleMax, softMax, type ProbabilityLink } from '../links.js';
import type { ModelContext } from '../model-context.js';
import { argMax, type ModelBody, type Outcome } from '../outcome.js';
import { constantFor, keyOf } from '../predicate.js';
import type { Row } from '../row.js';
import { castValue } from '../value.js';

/** Regression equations with what is made of their values. */
export type Equations =
  | { readonly kind: 'number'; readonly compute: (row: Row) => number }
  | { readonly kind: 'classes'; readonly labels: Labels; readonly compute: (row: Row) => Float64Array | undefined };

/** https://dmg.org/pmml/v4-4-1/Regression.html */
export function compileRegression(model: RegressionModel, context: ModelContext): ModelBody {
  const equations = equationsOf(model, context);
  if (equations.kind === 'number') {
    const { compute } = equations;
    return { classes: [], number: compute, evaluate: row => regressionOutcome(equations, row) };
  }
  return { classes: equations.labels.values, evaluate: row => regressionOutcome(equations, row) };
}

export function regressionOutcome(equations: Equations, row: Row): Outcome | undefined {
  if (equations.kind === 'number') {
    const value = equations.compute(row);
    return Number.isNaN(value) ? undefined : { predicted: value };
  }
  const probabilities = equations.compute(row);
  return probabilities && { predicted: equations.labels.values[argMax(probabilities)], probabilities };
}

interface Tables {
  readonly tables: readonly RegressionTable[];
  readonly normalization: RegressionNormalization;
}

/** @throws {MillraceError} `MODEL_LOAD` when the normalization does not fit. */
export function equationsOf({ tables, normalization }: Tables, context: ModelContext): Equations {
  const { round, head } = context;
  const values = tables.map(table => compileTable(table, context));
  if (head.functionName !== 'classification') {
    const normalize = numberNormalization(normalization, round, head.line);
    const [value] = values;
    if (value === undefined || values.length > 1)
      return refuseLine(head.line, `a regression has one RegressionTable, not ${values.length}`);
    return { kind: 'number', compute: row => normalize(value(row)) };
  }
  const labels = new Labels(context.type);
  for (const { targetCategory } of tables)
    labels.place(targetCategory ?? refuseLine(head.line, 'a RegressionTable of a classification has no targetCategory'));
  if (labels.values.length !== tables.length || tables.length < 2)
    refuseLine(head.line, 'a classification has two RegressionTables or more, each with a targetCategory of its own');
  const normalize = classNormalization(normalization, { round, isOrdinal: context.type.opType === 'ordinal', line: head.line });
  return {
    kind: 'classes',
    labels,
    compute: row => {
      const probabilities = new Float64Array(values.length);
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!(row);
        if (Number.isNaN(value)) return undefined;
        probabilities[i] = value;
      }
      normalize(probabilities);
      return probabilities.some(Number.isNaN) ? undefined : probabilities;
    },
  };
}

/** The value of one equation; NaN where a number that it needs is missing. */
function compileTable({ intercept, numeric, categorical, terms }: RegressionTable, { scope, round }: ModelContext): (row: Row) => number {
  const numbers = numeric.map(({ field, exponent, coefficient }) => ({
    read: numberReader(field, scope),
    exponent,
    coefficient: round(coefficient),
  }));
  const flags = categorical.map(({ field, value, coefficient }) => {
    const code = scope.field(field);
    return { evaluate: code.evaluate, key: keyOf(constantFor(code, value)), coefficient: round(coefficient) };
  });
  const products = terms.map(({ fields, coefficient }) => ({
    reads: fields.map(field => numberReader(field, scope)),
    coefficient: round(coefficient),
  }));
  const start = round(intercept);
  return row => {
    let sum = 0;
    for (let i = 0; i < numbers.length; i++) {
      const { read, exponent, coefficient } = numbers[i]!;
      const value = read(row);
      sum = round(sum + round(coefficient * (exponent === 1 ? value : round(value ** exponent))));
    }
    for (let i = 0; i < flags.length; i++) {
      const { evaluate, key, coefficient } = flags[i]!;
      const value = evaluate(row);
      if (value !== undefined && keyOf(value) === key) sum = round(sum + coefficient);
    }
    for (let i = 0; i < products.length; i++) {
      let product = products[i]!.coefficient;
      for (const read of products[i]!.reads) product = round(product * read(row));
      sum = round(sum + product);
    }
    return round(sum + start);
  };
}

/** Reads a field as a number; NaN where it is missing. */
export function numberReader(name: string, scope: ModelContext['scope']): (row: Row) => number {
  const { evaluate } = scope.field(name);
  return row => {
    const value = evaluate(row);
    if (typeof value === 'number') return value;
    return value === undefined ? NaN : ((castValue(value, 'double') as number | undefined) ?? NaN);
  };
}

function numberNormalization(
  normalization: RegressionNormalization,
  round: (value: number) => number,
  line: number,
): (value: number) => number {
  switch (normalization) {
    case 'none':
      return value => value;
    case 'softmax':
      return inverseLink('logit', round);
    case 'exp':
      return value => round(Math.exp(value));
    case 'simplemax':
      return refuseLine(line, 'the normalization simplemax is of classifications');
    default:
      return inverseLink(normalization, round);
  }
}

interface NormalizationContext {
  readonly round: (value: number) => number;
  readonly isOrdinal: boolean;
  readonly line: number;
}

/** Turns the values of the tables into probabilities, in place. */
function classNormalization(
  normalization: RegressionNormalization,
  { round, isOrdinal, line }: NormalizationContext,
): (values: Float64Array) => void {
  if (isOrdinal) return ordinalNormalization(normalization, round, line);
  switch (normalization) {
    case 'none':
      return values => complement(values, values.length === 2 ? share : value => value, round);
    case 'simplemax':
      return values => simpleMax(values, round);
    case 'softmax':
      return values => softMax(values, round);
    case 'exp':
      return refuseLine(line, 'the normalization exp is of regressions');
    default: {
      const inverse = inverseLink(normalization, round);
      return values => {
        if (values.length === 2) {
          complement(values, inverse, round);
          return;
        }
        for (let i = 0; i < values.length; i++) values[i] = inverse(values[i]!);
        simpleMax(values, round);
      };
    }
  }
}

/** A value as a probability: what is outside 0 to 1 is at its end. */
function share(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** The last class has what the others leave: its table is the reference. */
function complement(values: Float64Array, inverse: (value: number) => number, round: (value: number) => number): void {
  let sum = 0;
  const last = values.length - 1;
  for (let i = 0; i < last; i++) {
    values[i] = inverse(values[i]!);
    sum = round(sum + values[i]!);
  }
  values[last] = round(1 - sum);
}

/** Each table gives the probability of its class and all before it. */
function ordinalNormalization(
  normalization: RegressionNormalization,
  round: (value: number) => number,
  line: number,
): (values: Float64Array) => void {
  if (normalization === 'simplemax' || normalization === 'softmax' || normalization === 'exp') {
    return refuseLine(line, `the normalization ${normalization} is not of ordinal targets`);
  }
  const inverse = normalization === 'none' ? share : inverseLink(normalization satisfies ProbabilityLink, round);
  return values => {
    let before = 0;
    const last = values.length - 1;
    for (let i = 0; i < last; i++) {
      const upTo = inverse(values[i]!);
      values[i] = round(upTo - before);
      before = upTo;
    }
    values[last] = round(1 - before);
  };
}
