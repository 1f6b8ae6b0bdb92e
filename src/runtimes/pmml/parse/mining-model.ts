import type { Model } from './model.js';
import { readModelHead, type ModelHead } from './model-head.js';
import { readPredicateOf, type Predicate } from './predicate.js';
import { attributeOf, childOf, childrenOf, numberAttribute, refuse, requiredWord, wordAttribute, type XmlElement } from './xml-element.js';

export const METHODS = [
  'majorityVote',
  'weightedMajorityVote',
  'average',
  'weightedAverage',
  'median',
  'weightedMedian',
  'x-weightedMedian',
  'max',
  'sum',
  'weightedSum',
  'x-weightedSum',
  'selectFirst',
  'selectAll',
  'modelChain',
] as const;
export type MultipleModelMethod = (typeof METHODS)[number];

export interface Segment {
  readonly id: string | undefined;
  readonly weight: number;
  readonly predicate: Predicate;
  readonly model: Model;
}

/** https://dmg.org/pmml/v4-4-1/MultipleModels.html */
export interface MiningModel extends ModelHead {
  readonly kind: 'MiningModel';
  readonly method: MultipleModelMethod;
  readonly missingPredictions: 'returnMissing' | 'skipSegment' | 'continue';
  /** The weight of segments without a prediction, over that of all, above which the result is missing. */
  readonly missingThreshold: number;
  readonly segments: readonly Segment[];
}

/** Reads a `MiningModel`; `readModelOf` reads the models of its segments. */
export function readMiningModel(element: XmlElement, readModelOf: ReadModelOf): MiningModel {
  for (const embedded of ['Regression', 'DecisionTree']) {
    const child = childOf(element, embedded);
    if (child !== undefined) refuse(child, `${embedded} inside a MiningModel is the form of PMML 3 without segments, which is not run`);
  }
  const segmentation = childOf(element, 'Segmentation');
  if (segmentation === undefined) return refuse(element, 'the MiningModel has no Segmentation');
  const segments = childrenOf(segmentation, 'Segment').map(segment => readSegment(segment, readModelOf));
  if (segments.length === 0) refuse(segmentation, 'the Segmentation has no Segment');
  return {
    kind: 'MiningModel',
    ...readModelHead(element),
    method: requiredWord(segmentation, 'multipleModelMethod', METHODS),
    missingPredictions: wordAttribute(segmentation, 'missingPredictionTreatment', ['returnMissing', 'skipSegment', 'continue'], 'continue'),
    missingThreshold: numberAttribute(segmentation, 'missingThreshold') ?? 1,
    segments,
  };
}

type ReadModelOf = (segment: XmlElement) => Model | undefined;

function readSegment(element: XmlElement, readModelOf: ReadModelOf): Segment {
  return {
    id: attributeOf(element, 'id'),
    weight: numberAttribute(element, 'weight') ?? 1,
    predicate: readPredicateOf(element),
    model: readModelOf(element) ?? refuse(element, 'a Segment has no model'),
  };
}
