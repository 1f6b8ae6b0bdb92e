import { readModelHead, type ModelHead } from './model-head.js';
import { readPredicateOf, type Predicate } from './predicate.js';
import { readScoreDistribution, type ScoreDistribution } from './tree-model.js';
import {
  attributeOf,
  childrenOf,
  numberAttribute,
  refuse,
  requiredAttribute,
  requiredChild,
  requiredWord,
  type XmlElement,
} from './xml-element.js';

export type Rule =
  | {
      readonly kind: 'simple';
      readonly id: string | undefined;
      readonly score: string;
      readonly confidence: number;
      readonly weight: number;
      readonly predicate: Predicate;
      readonly distributions: readonly ScoreDistribution[];
    }
  | { readonly kind: 'compound'; readonly predicate: Predicate; readonly rules: readonly Rule[] };

/** https://dmg.org/pmml/v4-4-1/RuleSet.html */
export interface RuleSetModel extends ModelHead {
  readonly kind: 'RuleSetModel';
  readonly selection: 'firstHit' | 'weightedSum' | 'weightedMax';
  readonly defaultScore: string | undefined;
  readonly defaultConfidence: number | undefined;
  readonly defaultDistributions: readonly ScoreDistribution[];
  readonly rules: readonly Rule[];
}

export function readRuleSetModel(element: XmlElement): RuleSetModel {
  const set = requiredChild(element, 'RuleSet');
  return {
    kind: 'RuleSetModel',
    ...readModelHead(element),
    // Of several methods the first is the producer's choice; the others are allowed alternatives.
    selection: requiredWord(requiredChild(set, 'RuleSelectionMethod'), 'criterion', ['firstHit', 'weightedSum', 'weightedMax']),
    defaultScore: attributeOf(set, 'defaultScore'),
    defaultConfidence: numberAttribute(set, 'defaultConfidence'),
    defaultDistributions: childrenOf(set, 'ScoreDistribution').map(readScoreDistribution),
    rules: readRules(set),
  };
}

function readRules(element: XmlElement): Rule[] {
  return element.children.filter(child => child.name === 'SimpleRule' || child.name === 'CompoundRule').map(readRule);
}

function readRule(element: XmlElement): Rule {
  const predicate = readPredicateOf(element);
  if (element.name === 'CompoundRule') {
    const rules = readRules(element);
    return rules.length === 0 ? refuse(element, 'a CompoundRule has no rule in it') : { kind: 'compound', predicate, rules };
  }
  return {
    kind: 'simple',
    id: attributeOf(element, 'id'),
    score: requiredAttribute(element, 'score'),
    confidence: numberAttribute(element, 'confidence') ?? 1,
    weight: numberAttribute(element, 'weight') ?? 1,
    predicate,
    distributions: childrenOf(element, 'ScoreDistribution').map(readScoreDistribution),
  };
}
