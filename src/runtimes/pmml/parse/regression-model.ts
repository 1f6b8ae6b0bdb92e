import { readModelHead, type ModelHead } from './model-head.js';
import {
  attributeOf,
  childrenOf,
  numberAttribute,
  refuse,
  requiredAttribute,
  requiredNumber,
  wordAttribute,
  type XmlElement,
} from './xml-element.js';

export const REGRESSION_NORMALIZATIONS = [
  'none',
  'simplemax',
  'softmax',
  'logit',
  'probit',
  'cloglog',
  'exp',
  'loglog',
  'cauchit',
] as const;
export type RegressionNormalization = (typeof REGRESSION_NORMALIZATIONS)[number];

export interface RegressionTable {
  readonly targetCategory: string | undefined;
  readonly intercept: number;
  readonly numeric: readonly { readonly field: string; readonly exponent: number; readonly coefficient: number }[];
  readonly categorical: readonly { readonly field: string; readonly value: string; readonly coefficient: number }[];
  /** Products of fields. */
  readonly terms: readonly { readonly fields: readonly string[]; readonly coefficient: number }[];
}

/** https://dmg.org/pmml/v4-4-1/Regression.html */
export interface RegressionModel extends ModelHead {
  readonly kind: 'RegressionModel';
  readonly normalization: RegressionNormalization;
  readonly tables: readonly RegressionTable[];
}

export function readRegressionModel(element: XmlElement): RegressionModel {
  const tables = childrenOf(element, 'RegressionTable').map(readRegressionTable);
  if (tables.length === 0) refuse(element, 'the RegressionModel has no RegressionTable');
  return {
    kind: 'RegressionModel',
    ...readModelHead(element),
    normalization: wordAttribute(element, 'normalizationMethod', REGRESSION_NORMALIZATIONS, 'none'),
    tables,
  };
}

export function readRegressionTable(element: XmlElement): RegressionTable {
  return {
    targetCategory: attributeOf(element, 'targetCategory'),
    intercept: requiredNumber(element, 'intercept'),
    numeric: childrenOf(element, 'NumericPredictor').map(predictor => ({
      field: requiredAttribute(predictor, 'name'),
      exponent: numberAttribute(predictor, 'exponent') ?? 1,
      coefficient: requiredNumber(predictor, 'coefficient'),
    })),
    categorical: childrenOf(element, 'CategoricalPredictor').map(predictor => ({
      field: requiredAttribute(predictor, 'name'),
      value: requiredAttribute(predictor, 'value'),
      coefficient: requiredNumber(predictor, 'coefficient'),
    })),
    terms: childrenOf(element, 'PredictorTerm').map(term => ({
      fields: childrenOf(term, 'FieldRef').map(field => requiredAttribute(field, 'field')),
      coefficient: requiredNumber(term, 'coefficient'),
    })),
  };
}
