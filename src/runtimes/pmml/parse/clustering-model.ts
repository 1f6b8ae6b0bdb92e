import { readModelHead, type ModelHead } from './model-head.js';
import { readMatrix, readNumbers, readVector } from './numbers.js';
import {
  attributeOf,
  booleanAttribute,
  childOf,
  childrenOf,
  numberAttribute,
  optionalWord,
  refuse,
  requiredAttribute,
  requiredChild,
  requiredNumber,
  requiredWord,
  wordAttribute,
  type XmlElement,
} from './xml-element.js';

export const COMPARE_FUNCTIONS = ['absDiff', 'gaussSim', 'delta', 'equal', 'table'] as const;
export type CompareFunction = (typeof COMPARE_FUNCTIONS)[number];

/** How near a row is to a cluster. Coefficients of binary similarities are of the pairs 11, 10, 01 and 00. */
export type ComparisonMetric =
  | { readonly kind: 'euclidean' | 'squaredEuclidean' | 'chebychev' | 'cityBlock' }
  | { readonly kind: 'minkowski'; readonly p: number }
  | {
      readonly kind: 'binary';
      readonly over: readonly [number, number, number, number];
      readonly under: readonly [number, number, number, number];
    };

export interface ClusteringField {
  readonly field: string;
  readonly isCenterField: boolean;
  readonly weight: number;
  readonly similarityScale: number | undefined;
  readonly compare: CompareFunction | undefined;
  readonly comparisons: readonly (readonly number[])[] | undefined;
}

// Sparse centers are written out, so a small document could ask for any amount of memory.
const MOST_VALUES = 16_777_216;

/** https://dmg.org/pmml/v4-4-1/ClusteringModel.html */
export interface ClusteringModel extends ModelHead {
  readonly kind: 'ClusteringModel';
  readonly measure: 'distance' | 'similarity';
  readonly compare: CompareFunction;
  readonly metric: ComparisonMetric;
  readonly fields: readonly ClusteringField[];
  /** By field; absent when all missing values weigh the same. */
  readonly missingWeights: readonly number[] | undefined;
  readonly clusters: readonly { readonly id: string | undefined; readonly name: string | undefined; readonly center: readonly number[] }[];
}

export function readClusteringModel(element: XmlElement): ClusteringModel {
  if (requiredWord(element, 'modelClass', ['centerBased', 'distributionBased']) === 'distributionBased') {
    refuse(element, 'a distribution-based ClusteringModel is not run');
  }
  const measure = requiredChild(element, 'ComparisonMeasure');
  const fields = childrenOf(element, 'ClusteringField').map(readField);
  const centers = fields.filter(field => field.isCenterField).length;
  if (childrenOf(element, 'Cluster').length * centers > MOST_VALUES)
    refuse(element, 'the ClusteringModel has too many clusters of too many fields');
  const clusters = childrenOf(element, 'Cluster').map(cluster => ({
    id: attributeOf(cluster, 'id'),
    name: attributeOf(cluster, 'name'),
    center: readVector(cluster.children.find(child => child.name.endsWith('Array')) ?? refuse(cluster, 'a Cluster has no Array'), centers),
  }));
  if (clusters.length === 0) refuse(element, 'the ClusteringModel has no Cluster');
  const weights = childOf(element, 'MissingValueWeights');
  const missingWeights = weights && readNumbers(requiredChild(weights, 'Array'));
  if (missingWeights !== undefined && missingWeights.length !== centers) {
    refuse(weights!, `the MissingValueWeights have ${missingWeights.length} values for ${centers} fields`);
  }
  return {
    kind: 'ClusteringModel',
    ...readModelHead(element),
    measure: requiredWord(measure, 'kind', ['distance', 'similarity']),
    compare: wordAttribute(measure, 'compareFunction', COMPARE_FUNCTIONS, 'absDiff'),
    metric: readMetric(measure),
    fields,
    missingWeights,
    clusters,
  };
}

function readField(element: XmlElement): ClusteringField {
  const comparisons = childOf(element, 'Comparisons');
  return {
    field: requiredAttribute(element, 'field'),
    isCenterField: booleanAttribute(element, 'isCenterField', true),
    weight: numberAttribute(element, 'fieldWeight') ?? 1,
    similarityScale: numberAttribute(element, 'similarityScale'),
    compare: optionalWord(element, 'compareFunction', COMPARE_FUNCTIONS),
    comparisons: comparisons && readMatrix(requiredChild(comparisons, 'Matrix')),
  };
}

function readMetric(measure: XmlElement): ComparisonMetric {
  for (const child of measure.children) {
    switch (child.name) {
      case 'euclidean':
      case 'squaredEuclidean':
      case 'chebychev':
      case 'cityBlock':
        return { kind: child.name };
      case 'minkowski':
        return { kind: 'minkowski', p: requiredNumber(child, 'p-parameter') };
      case 'simpleMatching':
        return { kind: 'binary', over: [1, 0, 0, 1], under: [1, 1, 1, 1] };
      case 'jaccard':
        return { kind: 'binary', over: [1, 0, 0, 0], under: [1, 1, 1, 0] };
      case 'tanimoto':
        return { kind: 'binary', over: [1, 0, 0, 1], under: [1, 2, 2, 1] };
      case 'binarySimilarity': {
        const four = (letter: string): [number, number, number, number] => [
          requiredNumber(child, `${letter}11-parameter`),
          requiredNumber(child, `${letter}10-parameter`),
          requiredNumber(child, `${letter}01-parameter`),
          requiredNumber(child, `${letter}00-parameter`),
        ];
        return { kind: 'binary', over: four('c'), under: four('d') };
      }
    }
  }
  return refuse(measure, 'the ComparisonMeasure names no metric that is known');
}
