import { readDataType, readOpType, readOptionalExpression, type Expression } from './expression.js';
import type { DataType, OpType } from './words.js';
import {
  attributeOf,
  booleanAttribute,
  childOf,
  childrenOf,
  numberAttribute,
  refuse,
  requiredAttribute,
  wordAttribute,
  type XmlElement,
} from './xml-element.js';

const FEATURES = [
  'predictedValue',
  'predictedDisplayValue',
  'transformedValue',
  'decision',
  'probability',
  'affinity',
  'residual',
  'standardError',
  'standardDeviation',
  'clusterId',
  'clusterAffinity',
  'entityId',
  'entityAffinity',
  'warning',
  'ruleValue',
  'reasonCode',
  'antecedent',
  'consequent',
  'rule',
  'ruleId',
  'confidence',
  'support',
  'lift',
  'leverage',
  'confidenceIntervalLower',
  'confidenceIntervalUpper',
  'report',
] as const;
export type ResultFeature = (typeof FEATURES)[number];

/** Features that no model here has, with the reason. */
const REFUSED: Readonly<Partial<Record<ResultFeature, string>>> = {
  residual: 'a residual needs the actual value of the target, which a prediction does not have',
  standardError: 'standard errors are not computed',
  standardDeviation: 'standard deviations are not computed',
  antecedent: 'association rules are not run',
  consequent: 'association rules are not run',
  rule: 'association rules are not run',
  ruleId: 'association rules are not run',
  support: 'association rules are not run',
  lift: 'association rules are not run',
  leverage: 'association rules are not run',
  confidenceIntervalLower: 'confidence intervals are not computed',
  confidenceIntervalUpper: 'confidence intervals are not computed',
  report: 'reports are not written',
};

/** https://dmg.org/pmml/v4-4-1/Output.html */
export interface OutputField {
  readonly name: string;
  readonly feature: ResultFeature;
  readonly dataType: DataType | undefined;
  readonly opType: OpType | undefined;
  readonly targetField: string | undefined;
  /** The category, entity or cluster that the feature is of. */
  readonly value: string | undefined;
  readonly ruleFeature: ResultFeature | undefined;
  /** 1-based. */
  readonly rank: number;
  readonly rankOrder: 'ascending' | 'descending';
  readonly segmentId: string | undefined;
  readonly isFinalResult: boolean;
  readonly expression: Expression | undefined;
  readonly line: number;
}

/** The fields of a model's `Output`; none when there is no such element. */
export function readOutputFields(model: XmlElement): OutputField[] {
  const output = childOf(model, 'Output');
  return output === undefined ? [] : childrenOf(output, 'OutputField').map(readOutputField);
}

function readOutputField(element: XmlElement): OutputField {
  const feature = wordAttribute(element, 'feature', FEATURES, 'predictedValue');
  const why = REFUSED[feature];
  const name = requiredAttribute(element, 'name');
  if (why !== undefined)
    refuse(element, `output "${name}" asks for the feature "${feature}": ${why}`, 'take the OutputField out of the document');
  const decisions = childOf(element, 'Decisions');
  const expression = readOptionalExpression(element);
  if (expression === undefined && (feature === 'transformedValue' || (feature === 'decision' && decisions === undefined))) {
    refuse(element, `output "${name}" with the feature "${feature}" has no expression`);
  }
  return {
    name,
    feature,
    dataType: readDataType(element),
    opType: readOpType(element),
    targetField: attributeOf(element, 'targetField'),
    value: attributeOf(element, 'value'),
    ruleFeature:
      attributeOf(element, 'ruleFeature') === undefined ? undefined : wordAttribute(element, 'ruleFeature', FEATURES, 'consequent'),
    rank: numberAttribute(element, 'rank') ?? 1,
    rankOrder: wordAttribute(element, 'rankOrder', ['ascending', 'descending'], 'descending'),
    segmentId: attributeOf(element, 'segmentId'),
    isFinalResult: booleanAttribute(element, 'isFinalResult', true),
    expression,
    line: element.line,
  };
}
