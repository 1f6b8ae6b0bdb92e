import { DATA_TYPES, OP_TYPES, type DataType, type OpType } from './words.js';
import { readInlineTable, type InlineTable } from './inline-table.js';
import { readTextIndex, type TextIndex } from './text-index.js';
import {
  attributeOf,
  booleanAttribute,
  childrenOf,
  childOf,
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

export const OUTLIER_TREATMENTS = ['asIs', 'asMissingValues', 'asExtremeValues'] as const;
export type OutlierTreatment = (typeof OUTLIER_TREATMENTS)[number];
export const INVALID_TREATMENTS = ['returnInvalid', 'asIs', 'asMissing', 'asValue'] as const;
export type InvalidTreatment = (typeof INVALID_TREATMENTS)[number];

/** An interval of numbers; a missing margin is open to infinity. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly lowClosed: boolean;
  readonly highClosed: boolean;
}

export interface NormContinuous {
  readonly kind: 'normContinuous';
  readonly field: string;
  readonly mapMissingTo: number | undefined;
  readonly outliers: OutlierTreatment;
  /** The points of the line, by ascending `orig`; at least two. */
  readonly points: readonly { readonly orig: number; readonly norm: number }[];
}

/** https://dmg.org/pmml/v4-4-1/Transformations.html#xsdGroup_EXPRESSION */
export type Expression =
  | { readonly kind: 'constant'; readonly text: string; readonly dataType: DataType | undefined; readonly missing: boolean }
  | { readonly kind: 'fieldRef'; readonly field: string; readonly mapMissingTo: string | undefined }
  | NormContinuous
  | { readonly kind: 'normDiscrete'; readonly field: string; readonly value: string; readonly mapMissingTo: number | undefined }
  | {
      readonly kind: 'discretize';
      readonly field: string;
      readonly dataType: DataType | undefined;
      readonly mapMissingTo: string | undefined;
      readonly defaultValue: string | undefined;
      readonly bins: readonly { readonly interval: Interval; readonly value: string }[];
    }
  | {
      readonly kind: 'mapValues';
      readonly dataType: DataType | undefined;
      readonly mapMissingTo: string | undefined;
      readonly defaultValue: string | undefined;
      readonly columns: readonly { readonly field: string; readonly column: string }[];
      readonly outputColumn: string;
      readonly table: InlineTable;
    }
  | {
      readonly kind: 'apply';
      readonly name: string;
      readonly mapMissingTo: string | undefined;
      readonly defaultValue: string | undefined;
      readonly invalidValues: InvalidTreatment;
      readonly operands: readonly Expression[];
      readonly line: number;
    }
  | TextIndex;

const READERS: Readonly<Record<string, (element: XmlElement) => Expression>> = {
  Constant: readConstant,
  FieldRef: element => ({
    kind: 'fieldRef',
    field: requiredAttribute(element, 'field'),
    mapMissingTo: attributeOf(element, 'mapMissingTo'),
  }),
  NormContinuous: readNormContinuous,
  NormDiscrete: element => ({
    kind: 'normDiscrete',
    field: requiredAttribute(element, 'field'),
    value: requiredAttribute(element, 'value'),
    mapMissingTo: numberAttribute(element, 'mapMissingTo'),
  }),
  Discretize: readDiscretize,
  MapValues: readMapValues,
  Apply: readApply,
  TextIndex: element => readTextIndex(element, readExpressionOf(element)),
  Aggregate: element => refuse(element, 'Aggregate takes several rows, and a model here sees one', 'aggregate with SQL before the model'),
  Lag: element => refuse(element, 'Lag takes earlier rows, and a model here sees one', 'use LAG in SQL before the model'),
};

/** The expression among the children of an element. @throws {MillraceError} `MODEL_LOAD` when there is none. */
export function readExpressionOf(element: XmlElement): Expression {
  return readOptionalExpression(element) ?? refuse(element, `${element.name} has no expression`);
}

export function readOptionalExpression(element: XmlElement): Expression | undefined {
  const child = element.children.find(candidate => Object.hasOwn(READERS, candidate.name));
  return child && READERS[child.name]!(child);
}

export function readDataType(element: XmlElement): DataType | undefined {
  return optionalWord(element, 'dataType', DATA_TYPES);
}

export function readOpType(element: XmlElement): OpType | undefined {
  return optionalWord(element, 'optype', OP_TYPES);
}

/** @throws {MillraceError} `MODEL_LOAD` when a margin is not a number or the closure is missing. */
export function readInterval(element: XmlElement): Interval {
  const closure = requiredWord(element, 'closure', ['openClosed', 'openOpen', 'closedOpen', 'closedClosed']);
  return {
    low: numberAttribute(element, 'leftMargin') ?? -Infinity,
    high: numberAttribute(element, 'rightMargin') ?? Infinity,
    lowClosed: closure.startsWith('closed'),
    highClosed: closure.endsWith('Closed'),
  };
}

function readConstant(element: XmlElement): Expression {
  return { kind: 'constant', text: element.text, dataType: readDataType(element), missing: booleanAttribute(element, 'missing', false) };
}

export function readNormContinuous(element: XmlElement): NormContinuous {
  const points = childrenOf(element, 'LinearNorm').map(point => ({
    orig: requiredNumber(point, 'orig'),
    norm: requiredNumber(point, 'norm'),
  }));
  if (points.length < 2) refuse(element, 'a NormContinuous needs two LinearNorm or more');
  for (let i = 1; i < points.length; i++) {
    if (!(points[i]!.orig > points[i - 1]!.orig)) refuse(element, 'the LinearNorm of a NormContinuous do not ascend by "orig"');
  }
  return {
    kind: 'normContinuous',
    field: requiredAttribute(element, 'field'),
    mapMissingTo: numberAttribute(element, 'mapMissingTo'),
    outliers: wordAttribute(element, 'outliers', OUTLIER_TREATMENTS, 'asIs'),
    points,
  };
}

function readDiscretize(element: XmlElement): Expression {
  return {
    kind: 'discretize',
    field: requiredAttribute(element, 'field'),
    dataType: readDataType(element),
    mapMissingTo: attributeOf(element, 'mapMissingTo'),
    defaultValue: attributeOf(element, 'defaultValue'),
    bins: childrenOf(element, 'DiscretizeBin').map(bin => ({
      interval: readInterval(requiredChild(bin, 'Interval')),
      value: requiredAttribute(bin, 'binValue'),
    })),
  };
}

function readMapValues(element: XmlElement): Expression {
  const table = childOf(element, 'InlineTable');
  if (table === undefined) refuse(element, 'MapValues has no InlineTable', 'write the table into the document');
  const columns = childrenOf(element, 'FieldColumnPair').map(pair => ({
    field: requiredAttribute(pair, 'field'),
    column: requiredAttribute(pair, 'column'),
  }));
  if (columns.length === 0) refuse(element, 'MapValues has no FieldColumnPair');
  return {
    kind: 'mapValues',
    dataType: readDataType(element),
    mapMissingTo: attributeOf(element, 'mapMissingTo'),
    defaultValue: attributeOf(element, 'defaultValue'),
    columns,
    outputColumn: requiredAttribute(element, 'outputColumn'),
    table: readInlineTable(table),
  };
}

function readApply(element: XmlElement): Expression {
  return {
    kind: 'apply',
    name: requiredAttribute(element, 'function'),
    mapMissingTo: attributeOf(element, 'mapMissingTo'),
    defaultValue: attributeOf(element, 'defaultValue'),
    invalidValues: wordAttribute(element, 'invalidValueTreatment', INVALID_TREATMENTS, 'returnInvalid'),
    operands: element.children
      .filter(child => child.name !== 'Extension')
      .map(child =>
        Object.hasOwn(READERS, child.name) ? READERS[child.name]!(child) : refuse(child, `${child.name} is not an expression`),
      ),
    line: element.line,
  };
}
