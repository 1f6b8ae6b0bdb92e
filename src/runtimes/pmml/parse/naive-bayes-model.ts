import { readDerivedField, type DerivedField } from './field.js';
import { readModelHead, type ModelHead } from './model-head.js';
import { childOf, childrenOf, refuse, requiredAttribute, requiredChild, requiredNumber, type XmlElement } from './xml-element.js';

export type Distribution =
  | { readonly kind: 'gaussian'; readonly mean: number; readonly variance: number }
  | { readonly kind: 'poisson'; readonly mean: number }
  | { readonly kind: 'uniform'; readonly lower: number; readonly upper: number };

export interface TargetCount {
  readonly value: string;
  readonly count: number;
}

export interface BayesInput {
  readonly field: string;
  /** By category of the target, for a continuous input; absent for one with counts. */
  readonly distributions: ReadonlyMap<string, Distribution> | undefined;
  readonly pairs: readonly { readonly value: string; readonly counts: readonly TargetCount[] }[];
  /** What makes categories of a continuous input. */
  readonly derived: DerivedField | undefined;
}

/** https://dmg.org/pmml/v4-4-1/NaiveBayes.html */
export interface NaiveBayesModel extends ModelHead {
  readonly kind: 'NaiveBayesModel';
  /** What stands for a probability of zero. */
  readonly threshold: number;
  readonly inputs: readonly BayesInput[];
  readonly counts: readonly TargetCount[];
}

export function readNaiveBayesModel(element: XmlElement): NaiveBayesModel {
  const output = requiredChild(element, 'BayesOutput');
  return {
    kind: 'NaiveBayesModel',
    ...readModelHead(element),
    threshold: requiredNumber(element, 'threshold'),
    inputs: childrenOf(requiredChild(element, 'BayesInputs'), 'BayesInput').map(readInput),
    counts: readCounts(requiredChild(output, 'TargetValueCounts')),
  };
}

function readInput(element: XmlElement): BayesInput {
  const stats = childOf(element, 'TargetValueStats');
  const derived = childOf(element, 'DerivedField');
  const pairs = childrenOf(element, 'PairCounts').map(pair => ({
    value: requiredAttribute(pair, 'value'),
    counts: readCounts(requiredChild(pair, 'TargetValueCounts')),
  }));
  if (stats === undefined && pairs.length === 0) refuse(element, 'a BayesInput has neither TargetValueStats nor PairCounts');
  return {
    field: requiredAttribute(element, 'fieldName'),
    distributions:
      stats && new Map(childrenOf(stats, 'TargetValueStat').map(stat => [requiredAttribute(stat, 'value'), readDistribution(stat)])),
    pairs,
    derived: derived && readDerivedField(derived),
  };
}

function readCounts(element: XmlElement): TargetCount[] {
  return childrenOf(element, 'TargetValueCount').map(count => ({
    value: requiredAttribute(count, 'value'),
    count: requiredNumber(count, 'count'),
  }));
}

function readDistribution(stat: XmlElement): Distribution {
  for (const child of stat.children) {
    switch (child.name) {
      case 'GaussianDistribution':
        return { kind: 'gaussian', mean: requiredNumber(child, 'mean'), variance: requiredNumber(child, 'variance') };
      case 'PoissonDistribution':
        return { kind: 'poisson', mean: requiredNumber(child, 'mean') };
      case 'UniformDistribution':
        return { kind: 'uniform', lower: requiredNumber(child, 'lower'), upper: requiredNumber(child, 'upper') };
    }
  }
  return refuse(stat, 'a TargetValueStat has no distribution that is known: Gaussian, Poisson or Uniform');
}
