import { readExpressionOf, type Expression } from './expression.js';
import { readModelHead, type ModelHead } from './model-head.js';
import { readPredicateOf, type Predicate } from './predicate.js';
import {
  attributeOf,
  booleanAttribute,
  childOf,
  childrenOf,
  numberAttribute,
  refuse,
  requiredChild,
  wordAttribute,
  type XmlElement,
} from './xml-element.js';

export interface ScorecardAttribute {
  readonly predicate: Predicate;
  readonly reasonCode: string | undefined;
  readonly partialScore: number | Expression;
}

export interface Characteristic {
  readonly name: string | undefined;
  readonly reasonCode: string | undefined;
  readonly baselineScore: number | undefined;
  readonly attributes: readonly ScorecardAttribute[];
}

/** https://dmg.org/pmml/v4-4-1/Scorecard.html */
export interface Scorecard extends ModelHead {
  readonly kind: 'Scorecard';
  readonly initialScore: number;
  readonly useReasonCodes: boolean;
  readonly pointsAbove: boolean;
  readonly baselineScore: number | undefined;
  readonly characteristics: readonly Characteristic[];
}

export function readScorecard(element: XmlElement): Scorecard {
  return {
    kind: 'Scorecard',
    ...readModelHead(element),
    initialScore: numberAttribute(element, 'initialScore') ?? 0,
    useReasonCodes: booleanAttribute(element, 'useReasonCodes', true),
    pointsAbove: wordAttribute(element, 'reasonCodeAlgorithm', ['pointsAbove', 'pointsBelow'], 'pointsBelow') === 'pointsAbove',
    baselineScore: numberAttribute(element, 'baselineScore'),
    characteristics: childrenOf(requiredChild(element, 'Characteristics'), 'Characteristic').map(readCharacteristic),
  };
}

function readCharacteristic(element: XmlElement): Characteristic {
  const attributes = childrenOf(element, 'Attribute').map(readAttribute);
  if (attributes.length === 0) refuse(element, 'a Characteristic has no Attribute');
  return {
    name: attributeOf(element, 'name'),
    reasonCode: attributeOf(element, 'reasonCode'),
    baselineScore: numberAttribute(element, 'baselineScore'),
    attributes,
  };
}

function readAttribute(element: XmlElement): ScorecardAttribute {
  const complex = childOf(element, 'ComplexPartialScore');
  const partialScore = complex === undefined ? numberAttribute(element, 'partialScore') : readExpressionOf(complex);
  return {
    predicate: readPredicateOf(element),
    reasonCode: attributeOf(element, 'reasonCode'),
    partialScore: partialScore ?? refuse(element, 'an Attribute of the Scorecard has no partialScore'),
  };
}
