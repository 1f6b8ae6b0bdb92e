import { readModelHead, type ModelHead } from './model-head.js';
import { readMatrix } from './numbers.js';
import { readArray } from './words.js';
import {
  attributeOf,
  childOf,
  childrenOf,
  numberAttribute,
  optionalWord,
  refuse,
  requiredAttribute,
  requiredChild,
  requiredNumber,
  requiredWord,
  type XmlElement,
} from './xml-element.js';

export const CUMULATIVE_LINKS = ['logit', 'probit', 'cloglog', 'loglog', 'cauchit'] as const;
export type CumulativeLink = (typeof CUMULATIVE_LINKS)[number];
const LINKS = ['cloglog', 'identity', 'log', 'logc', 'logit', 'loglog', 'negbin', 'oddspower', 'power', 'probit'] as const;
export type LinkFunction = (typeof LINKS)[number];

export interface Factor {
  readonly name: string;
  /** Contrasts of the categories: a row a category, a column a parameter; absent for indicators. */
  readonly contrasts: { readonly categories: readonly string[]; readonly matrix: readonly (readonly number[])[] } | undefined;
}

/** https://dmg.org/pmml/v4-4-1/GeneralRegression.html */
export interface GeneralRegressionModel extends ModelHead {
  readonly kind: 'GeneralRegressionModel';
  readonly modelType: 'regression' | 'generalLinear' | 'multinomialLogistic' | 'ordinalMultinomial' | 'generalizedLinear';
  readonly cumulativeLink: CumulativeLink | undefined;
  readonly link: LinkFunction | undefined;
  readonly linkParameter: number | undefined;
  readonly distributionParameter: number | undefined;
  readonly trialsVariable: string | undefined;
  readonly trialsValue: number | undefined;
  readonly offsetVariable: string | undefined;
  readonly offsetValue: number | undefined;
  readonly targetReferenceCategory: string | undefined;
  readonly parameters: readonly { readonly name: string; readonly referencePoint: number }[];
  readonly factors: readonly Factor[];
  readonly covariates: readonly string[];
  readonly correlations: readonly {
    readonly value: string;
    readonly predictor: string;
    readonly parameter: string;
    readonly targetCategory: string | undefined;
  }[];
  readonly coefficients: readonly { readonly parameter: string; readonly beta: number; readonly targetCategory: string | undefined }[];
  readonly line: number;
}

export function readGeneralRegressionModel(element: XmlElement): GeneralRegressionModel {
  const modelType = requiredWord(element, 'modelType', [
    'regression',
    'generalLinear',
    'multinomialLogistic',
    'ordinalMultinomial',
    'generalizedLinear',
    'CoxRegression',
  ]);
  if (modelType === 'CoxRegression') return refuse(element, 'a GeneralRegressionModel of the type CoxRegression is not run');
  const list = (name: string, item: string): XmlElement[] => {
    const parent = childOf(element, name);
    return parent === undefined ? [] : childrenOf(parent, item);
  };
  return {
    kind: 'GeneralRegressionModel',
    ...readModelHead(element),
    modelType,
    cumulativeLink: optionalWord(element, 'cumulativeLink', CUMULATIVE_LINKS),
    link: optionalWord(element, 'linkFunction', LINKS),
    linkParameter: numberAttribute(element, 'linkParameter'),
    distributionParameter: numberAttribute(element, 'distParameter'),
    trialsVariable: attributeOf(element, 'trialsVariable'),
    trialsValue: numberAttribute(element, 'trialsValue'),
    offsetVariable: attributeOf(element, 'offsetVariable'),
    offsetValue: numberAttribute(element, 'offsetValue'),
    targetReferenceCategory: attributeOf(element, 'targetReferenceCategory'),
    parameters: list('ParameterList', 'Parameter').map(parameter => ({
      name: requiredAttribute(parameter, 'name'),
      referencePoint: numberAttribute(parameter, 'referencePoint') ?? 0,
    })),
    factors: list('FactorList', 'Predictor').map(readFactor),
    covariates: list('CovariateList', 'Predictor').map(predictor => requiredAttribute(predictor, 'name')),
    correlations: list('PPMatrix', 'PPCell').map(cell => ({
      value: requiredAttribute(cell, 'value'),
      predictor: requiredAttribute(cell, 'predictorName'),
      parameter: requiredAttribute(cell, 'parameterName'),
      targetCategory: attributeOf(cell, 'targetCategory'),
    })),
    coefficients: list('ParamMatrix', 'PCell').map(cell => ({
      parameter: requiredAttribute(cell, 'parameterName'),
      beta: requiredNumber(cell, 'beta'),
      targetCategory: attributeOf(cell, 'targetCategory'),
    })),
  };
}

function readFactor(element: XmlElement): Factor {
  const name = requiredAttribute(element, 'name');
  const matrix = childOf(element, 'Matrix');
  if (matrix === undefined) return { name, contrasts: undefined };
  const categories = childOf(element, 'Categories');
  if (categories === undefined) return refuse(element, `the factor "${name}" has a contrast Matrix, but no Categories`);
  const rows = readMatrix(matrix);
  const names = childrenOf(categories, 'Category').map(category => requiredAttribute(category, 'value'));
  if (names.length === 0 && childOf(categories, 'Array') !== undefined) names.push(...readArray(requiredChild(categories, 'Array')));
  if (rows.length !== names.length)
    refuse(element, `the contrast Matrix of "${name}" has ${rows.length} rows for ${names.length} categories`);
  return { name, contrasts: { categories: names, matrix: rows } };
}
