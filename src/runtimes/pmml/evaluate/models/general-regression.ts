import type { GeneralRegressionModel, LinkFunction } from '../../parse/general-regression-model.js';
import { parseNumber } from '../../parse/xml-element.js';
import { refuseLine } from '../compilation.js';
import { normalCdf } from '../functions/normal-distribution.js';
import { Labels } from '../labels.js';
import { inverseLink } from '../links.js';
import type { ModelContext } from '../model-context.js';
import { argMax, type ModelBody } from '../outcome.js';
import { constantFor, keyOf } from '../predicate.js';
import type { Row } from '../row.js';
import { numberReader } from './regression.js';
import { numberBody } from './tree.js';

/** A sum over parameters; NaN where a predictor is missing. */
type Predictor = (row: Row) => number;

/** https://dmg.org/pmml/v4-4-1/GeneralRegression.html */
export function compileGeneralRegression(model: GeneralRegressionModel, context: ModelContext): ModelBody {
  if (model.functionName === 'classification') return compileCategories(model, context);
  const predictor = compilePredictor(model, context, undefined);
  const offset = compileOffset(model, context);
  const trials = model.trialsVariable === undefined ? undefined : numberReader(model.trialsVariable, context.scope);
  const inverse = model.modelType === 'generalizedLinear' ? inverseOf(model) : (value: number) => value;
  return numberBody(row => {
    const value = inverse(predictor(row) + offset(row));
    return trials === undefined ? value * (model.trialsValue ?? 1) : value * trials(row);
  });
}

function compileOffset({ modelType, offsetVariable, offsetValue }: GeneralRegressionModel, { scope }: ModelContext): Predictor {
  // The specification has no offset in these, and a document that writes one all the same means none.
  if (modelType === 'regression' || modelType === 'generalLinear') return () => 0;
  if (offsetVariable !== undefined) return numberReader(offsetVariable, scope);
  return () => offsetValue ?? 0;
}

/** The product of what a parameter's cells say of their predictors, times its coefficient, summed. */
function compilePredictor(model: GeneralRegressionModel, context: ModelContext, category: string | undefined): Predictor {
  const applies = (each: { readonly targetCategory: string | undefined }): boolean =>
    each.targetCategory === undefined || each.targetCategory === category;
  const terms = model.coefficients.filter(applies).map(({ parameter, beta }) => {
    const cells = model.correlations.filter(cell => cell.parameter === parameter && applies(cell));
    return { beta, factors: cells.map(cell => compileCell(cell, model, context)) };
  });
  return row => {
    let sum = 0;
    for (const { beta, factors } of terms) {
      let product = beta;
      for (const factor of factors) product *= factor(row);
      sum += product;
    }
    return sum;
  };
}

function compileCell(
  { predictor, value }: GeneralRegressionModel['correlations'][number],
  model: GeneralRegressionModel,
  { scope }: ModelContext,
): Predictor {
  const factor = model.factors.find(candidate => candidate.name === predictor);
  if (factor === undefined) {
    const read = numberReader(predictor, scope);
    const exponent =
      parseNumber(value) ?? refuseLine(model.line, `a PPCell of the covariate "${predictor}" has the exponent "${value.slice(0, 40)}"`);
    return exponent === 1 ? read : row => read(row) ** exponent;
  }
  const code = scope.field(predictor);
  const { evaluate } = code;
  if (factor.contrasts === undefined) {
    const key = keyOf(constantFor(code, value));
    return row => {
      const actual = evaluate(row);
      return actual === undefined ? NaN : Number(keyOf(actual) === key);
    };
  }
  const { categories, matrix } = factor.contrasts;
  const column = categories.indexOf(value);
  if (column < 0 || matrix.some(row => column >= row.length))
    refuseLine(model.line, `a PPCell of "${predictor}" names the category "${value}", which has no contrast`);
  const contrasts = new Map(categories.map((category, i) => [keyOf(constantFor(code, category)), matrix[i]![column]!]));
  return row => {
    const actual = evaluate(row);
    return actual === undefined ? NaN : (contrasts.get(keyOf(actual)) ?? NaN);
  };
}

/** The inverse of each link function. https://dmg.org/pmml/v4-4-1/GeneralRegression.html#xsdType_LINK-FUNCTION */
function inverseOf({ link, linkParameter, distributionParameter, line }: GeneralRegressionModel): (value: number) => number {
  const parameter = (value: number | undefined, name: string): number =>
    value ?? refuseLine(line, `the link function ${link} needs the attribute "${name}"`);
  const inverses: Readonly<Record<LinkFunction, () => (value: number) => number>> = {
    identity: () => value => value,
    log: () => Math.exp,
    logc: () => value => 1 - Math.exp(value),
    cloglog: () => value => 1 - Math.exp(-Math.exp(value)),
    logit: () => value => 1 / (1 + Math.exp(-value)),
    loglog: () => value => Math.exp(-Math.exp(-value)),
    probit: () => normalCdf,
    negbin: () => {
      const c = parameter(distributionParameter, 'distParameter');
      return value => 1 / (c * (Math.exp(-value) - 1));
    },
    oddspower: () => {
      const d = parameter(linkParameter, 'linkParameter');
      return value => (d === 0 ? 1 / (1 + Math.exp(-value)) : 1 / (1 + (1 + d * value) ** (-1 / d)));
    },
    power: () => {
      const d = parameter(linkParameter, 'linkParameter');
      return value => (d === 0 ? Math.exp(value) : value ** (1 / d));
    },
  };
  if (link === undefined) return refuseLine(line, 'a generalizedLinear model has no attribute "linkFunction"');
  return inverses[link]();
}

function compileCategories(model: GeneralRegressionModel, context: ModelContext): ModelBody {
  const labels = new Labels(context.type, context.categories);
  for (const { targetCategory } of model.coefficients) if (targetCategory !== undefined) labels.place(targetCategory);
  if (model.targetReferenceCategory !== undefined) labels.place(model.targetReferenceCategory);
  const count = labels.values.length;
  if (count < 2) refuseLine(model.line, 'the target of the classification has fewer than two categories');
  const reference = model.targetReferenceCategory === undefined ? count - 1 : labels.place(model.targetReferenceCategory);
  const categories = labels.values.map(String);
  const offset = compileOffset(model, context);
  const compute =
    model.modelType === 'ordinalMultinomial'
      ? compileOrdinal(model, context, categories)
      : compileNominal(model, context, { categories, reference });
  return {
    classes: labels.values,
    evaluate: row => {
      const probabilities = compute(row, offset(row));
      return probabilities.some(Number.isNaN) ? undefined : { predicted: labels.values[argMax(probabilities)], probabilities };
    },
  };
}

type Probabilities = (row: Row, offset: number) => Float64Array;

/** The categories before the last have the cumulative probability of their equation. */
function compileOrdinal(model: GeneralRegressionModel, context: ModelContext, categories: readonly string[]): Probabilities {
  const inverse = inverseLink(
    model.cumulativeLink ?? refuseLine(model.line, 'an ordinalMultinomial model has no attribute "cumulativeLink"'),
    value => value,
  );
  const predictors = categories.slice(0, -1).map(category => compilePredictor(model, context, category));
  return (row, offset) => {
    const probabilities = new Float64Array(categories.length);
    let before = 0;
    for (let i = 0; i < predictors.length; i++) {
      const upTo = inverse(predictors[i]!(row) + offset);
      probabilities[i] = upTo - before;
      before = upTo;
    }
    probabilities[categories.length - 1] = 1 - before;
    return probabilities;
  };
}

/** The reference category's equation is zero; the link of a generalized linear model gives the other's probability. */
function compileNominal(
  model: GeneralRegressionModel,
  context: ModelContext,
  { categories, reference }: { readonly categories: readonly string[]; readonly reference: number },
): Probabilities {
  const predictors = categories.map((category, i) => (i === reference ? undefined : compilePredictor(model, context, category)));
  if (model.modelType === 'generalizedLinear') {
    const inverse = inverseOf(model);
    return (row, offset) => {
      const probabilities = new Float64Array(categories.length);
      let sum = 0;
      for (const [i, predictor] of predictors.entries()) {
        if (predictor === undefined) continue;
        probabilities[i] = inverse(predictor(row) + offset);
        sum += probabilities[i];
      }
      probabilities[reference] = 1 - sum;
      return probabilities;
    };
  }
  return (row, offset) => {
    const values = Float64Array.from(predictors, predictor => (predictor === undefined ? 0 : predictor(row) + offset));
    const most = values.reduce((best, value) => Math.max(best, value));
    const powers = values.map(value => Math.exp(value - most));
    const sum = powers.reduce((total, value) => total + value, 0);
    return powers.map(value => value / sum);
  };
}
