import { readModelHead, type ModelHead } from './model-head.js';
import { readPredicateOf, type Predicate } from './predicate.js';
import { readRegressionTable, REGRESSION_NORMALIZATIONS, type RegressionNormalization, type RegressionTable } from './regression-model.js';
import {
  attributeOf,
  childOf,
  childrenOf,
  numberAttribute,
  refuse,
  requiredAttribute,
  requiredChild,
  requiredNumber,
  wordAttribute,
  type XmlElement,
} from './xml-element.js';

export interface ScoreDistribution {
  readonly value: string;
  readonly recordCount: number;
  readonly confidence: number | undefined;
  readonly probability: number | undefined;
}

export interface TreeNode {
  readonly id: string | undefined;
  readonly score: string | undefined;
  readonly recordCount: number | undefined;
  readonly defaultChild: string | undefined;
  readonly predicate: Predicate;
  readonly distributions: readonly ScoreDistribution[];
  readonly nodes: readonly TreeNode[];
  /** Regression equations in a leaf, one a category in a classification. */
  readonly regression: { readonly tables: readonly RegressionTable[]; readonly normalization: RegressionNormalization } | undefined;
  readonly line: number;
}

/** https://dmg.org/pmml/v4-4-1/TreeModel.html */
export interface TreeModel extends ModelHead {
  readonly kind: 'TreeModel';
  readonly missingValues: 'lastPrediction' | 'nullPrediction' | 'defaultChild' | 'weightedConfidence' | 'aggregateNodes' | 'none';
  readonly missingValuePenalty: number;
  readonly noTrueChild: 'returnNullPrediction' | 'returnLastPrediction';
  readonly root: TreeNode;
}

export function readTreeModel(element: XmlElement): TreeModel {
  return {
    kind: 'TreeModel',
    ...readModelHead(element),
    missingValues: wordAttribute(
      element,
      'missingValueStrategy',
      ['lastPrediction', 'nullPrediction', 'defaultChild', 'weightedConfidence', 'aggregateNodes', 'none'],
      'none',
    ),
    missingValuePenalty: numberAttribute(element, 'missingValuePenalty') ?? 1,
    noTrueChild: wordAttribute(element, 'noTrueChildStrategy', ['returnNullPrediction', 'returnLastPrediction'], 'returnNullPrediction'),
    root: readNode(requiredChild(element, 'Node')),
  };
}

function readNode(element: XmlElement): TreeNode {
  const embedded = childOf(element, 'DecisionTree');
  if (embedded !== undefined) refuse(embedded, 'a DecisionTree inside a Node is not run', 'write it as nested Nodes');
  const regression = childOf(element, 'Regression');
  return {
    id: attributeOf(element, 'id'),
    score: attributeOf(element, 'score'),
    recordCount: numberAttribute(element, 'recordCount'),
    defaultChild: attributeOf(element, 'defaultChild'),
    predicate: readPredicateOf(element),
    distributions: childrenOf(element, 'ScoreDistribution').map(readScoreDistribution),
    nodes: childrenOf(element, 'Node').map(readNode),
    regression: regression && {
      tables: childrenOf(regression, 'RegressionTable').map(readRegressionTable),
      normalization: wordAttribute(regression, 'normalizationMethod', REGRESSION_NORMALIZATIONS, 'none'),
    },
    line: element.line,
  };
}

export function readScoreDistribution(element: XmlElement): ScoreDistribution {
  return {
    value: requiredAttribute(element, 'value'),
    recordCount: requiredNumber(element, 'recordCount'),
    confidence: numberAttribute(element, 'confidence'),
    probability: numberAttribute(element, 'probability'),
  };
}
