import { readDerivedField, readMiningField, readTargets, type DerivedField, type MiningField, type Target } from './field.js';
import { readOutputFields, type OutputField } from './output-field.js';
import { FUNCTION_NAMES, type FunctionName, type MathContext } from './words.js';
import {
  attributeOf,
  booleanAttribute,
  childOf,
  childrenOf,
  requiredChild,
  requiredWord,
  wordAttribute,
  type XmlElement,
} from './xml-element.js';

/** What every model has. */
export interface ModelHead {
  readonly name: string | undefined;
  readonly functionName: FunctionName;
  readonly math: MathContext;
  /** Whether the producer says that the model may be scored. */
  readonly isScorable: boolean;
  readonly miningFields: readonly MiningField[];
  readonly derivedFields: readonly DerivedField[];
  readonly outputFields: readonly OutputField[];
  readonly targets: readonly Target[];
  readonly line: number;
}

export function readModelHead(element: XmlElement): ModelHead {
  const local = childOf(element, 'LocalTransformations');
  return {
    name: attributeOf(element, 'modelName'),
    functionName: requiredWord(element, 'functionName', FUNCTION_NAMES),
    math: wordAttribute(element, 'x-mathContext', ['double', 'float'], 'double'),
    isScorable: booleanAttribute(element, 'isScorable', true),
    miningFields: childrenOf(requiredChild(element, 'MiningSchema'), 'MiningField').map(readMiningField),
    derivedFields: local === undefined ? [] : childrenOf(local, 'DerivedField').map(readDerivedField),
    outputFields: readOutputFields(element),
    targets: readTargets(element),
    line: element.line,
  };
}
