import { DATA_TYPES, OP_TYPES, type DataType, type OpType } from './words.js';
import {
  INVALID_TREATMENTS,
  OUTLIER_TREATMENTS,
  readDataType,
  readExpressionOf,
  readInterval,
  readOpType,
  type Expression,
  type Interval,
  type InvalidTreatment,
  type OutlierTreatment,
} from './expression.js';
import {
  attributeOf,
  childrenOf,
  childOf,
  numberAttribute,
  optionalWord,
  refuse,
  requiredAttribute,
  requiredWord,
  wordAttribute,
  type XmlElement,
} from './xml-element.js';

/** A field of the DataDictionary. */
export interface DataField {
  readonly name: string;
  readonly opType: OpType;
  readonly dataType: DataType;
  readonly intervals: readonly Interval[];
  readonly values: readonly {
    readonly value: string;
    readonly property: 'valid' | 'invalid' | 'missing';
    readonly displayValue: string | undefined;
  }[];
}

const USAGES = ['active', 'predicted', 'target', 'supplementary', 'group', 'order', 'frequencyWeight', 'analysisWeight'] as const;

/** A field of a MiningSchema. */
export interface MiningField {
  readonly name: string;
  readonly usage: (typeof USAGES)[number];
  readonly opType: OpType | undefined;
  readonly outliers: OutlierTreatment;
  readonly lowValue: number | undefined;
  readonly highValue: number | undefined;
  readonly missingValueReplacement: string | undefined;
  /** Whether a missing value is an error of its row. */
  readonly refusesMissing: boolean;
  readonly invalidValues: InvalidTreatment;
  readonly invalidValueReplacement: string | undefined;
  readonly line: number;
}

export interface DerivedField {
  readonly name: string;
  readonly opType: OpType;
  readonly dataType: DataType;
  readonly expression: Expression;
  readonly line: number;
}

export interface DefineFunction {
  readonly name: string;
  readonly opType: OpType;
  readonly dataType: DataType | undefined;
  readonly parameters: readonly { readonly name: string; readonly dataType: DataType | undefined; readonly opType: OpType | undefined }[];
  readonly body: Expression;
  readonly line: number;
}

export interface Target {
  /** Absent in a model with one target. */
  readonly field: string | undefined;
  readonly rescaleConstant: number;
  readonly rescaleFactor: number;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly castInteger: 'round' | 'ceiling' | 'floor' | undefined;
  readonly values: readonly {
    readonly value: string | undefined;
    readonly displayValue: string | undefined;
    readonly priorProbability: number | undefined;
    readonly defaultValue: number | undefined;
  }[];
}

export function readDataField(element: XmlElement): DataField {
  return {
    name: requiredAttribute(element, 'name'),
    opType: requiredWord(element, 'optype', OP_TYPES),
    dataType: requiredWord(element, 'dataType', DATA_TYPES),
    intervals: childrenOf(element, 'Interval').map(readInterval),
    values: childrenOf(element, 'Value').map(value => ({
      value: requiredAttribute(value, 'value'),
      property: wordAttribute(value, 'property', ['valid', 'invalid', 'missing'], 'valid'),
      displayValue: attributeOf(value, 'displayValue'),
    })),
  };
}

const MISSING_TREATMENTS = ['asIs', 'asMean', 'asMode', 'asMedian', 'asValue', 'returnInvalid'] as const;

export function readMiningField(element: XmlElement): MiningField {
  const outliers = wordAttribute(element, 'outliers', OUTLIER_TREATMENTS, 'asIs');
  const [lowValue, highValue] = [numberAttribute(element, 'lowValue'), numberAttribute(element, 'highValue')];
  if (outliers !== 'asIs' && (lowValue === undefined || highValue === undefined)) {
    refuse(element, `the outliers of "${requiredAttribute(element, 'name')}" are treated ${outliers}, which needs lowValue and highValue`);
  }
  return {
    name: requiredAttribute(element, 'name'),
    usage: wordAttribute(element, 'usageType', USAGES, 'active'),
    opType: readOpType(element),
    outliers,
    lowValue,
    highValue,
    missingValueReplacement: attributeOf(element, 'missingValueReplacement'),
    refusesMissing: wordAttribute(element, 'missingValueTreatment', MISSING_TREATMENTS, 'asIs') === 'returnInvalid',
    invalidValues: wordAttribute(element, 'invalidValueTreatment', INVALID_TREATMENTS, 'returnInvalid'),
    invalidValueReplacement: attributeOf(element, 'invalidValueReplacement'),
    line: element.line,
  };
}

export function readDerivedField(element: XmlElement): DerivedField {
  return {
    // Only the fields of neural layers may go without a name; nothing can refer to them.
    name: attributeOf(element, 'name') ?? '',
    opType: requiredWord(element, 'optype', OP_TYPES),
    dataType: requiredWord(element, 'dataType', DATA_TYPES),
    expression: readExpressionOf(element),
    line: element.line,
  };
}

export function readDefineFunction(element: XmlElement): DefineFunction {
  return {
    name: requiredAttribute(element, 'name'),
    opType: requiredWord(element, 'optype', OP_TYPES),
    dataType: readDataType(element),
    parameters: childrenOf(element, 'ParameterField').map(parameter => ({
      name: requiredAttribute(parameter, 'name'),
      dataType: readDataType(parameter),
      opType: readOpType(parameter),
    })),
    body: readExpressionOf(element),
    line: element.line,
  };
}

/** The `Targets` of a model; none when there is no such element. */
export function readTargets(model: XmlElement): Target[] {
  const targets = childOf(model, 'Targets');
  return targets === undefined ? [] : childrenOf(targets, 'Target').map(readTarget);
}

function readTarget(element: XmlElement): Target {
  return {
    field: attributeOf(element, 'field'),
    rescaleConstant: numberAttribute(element, 'rescaleConstant') ?? 0,
    rescaleFactor: numberAttribute(element, 'rescaleFactor') ?? 1,
    min: numberAttribute(element, 'min'),
    max: numberAttribute(element, 'max'),
    castInteger: optionalWord(element, 'castInteger', ['round', 'ceiling', 'floor']),
    values: childrenOf(element, 'TargetValue').map(value => ({
      value: attributeOf(value, 'value'),
      displayValue: attributeOf(value, 'displayValue'),
      priorProbability: numberAttribute(value, 'priorProbability'),
      defaultValue: numberAttribute(value, 'defaultValue'),
    })),
  };
}
