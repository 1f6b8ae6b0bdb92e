import type { OutputField } from '../parse/output-field.js';
import { refuseLine } from './compilation.js';
import { compileExpression } from './expression.js';
import type { ModelContext } from './model-context.js';
import type { FiredRule, ModelBody, Outcome } from './outcome.js';
import type { Row } from './row.js';
import { castCode, Scope } from './scope.js';
import { castValue, familyOf, textOf, type FieldType, type Value } from './value.js';

/** An output field that is ready to be computed. */
export interface OutputCode {
  readonly name: string;
  readonly type: FieldType;
  readonly feature: OutputField['feature'];
  /** Where the row keeps it. */
  readonly slot: number;
  readonly isFinal: boolean;
  readonly compute: (row: Row, outcome: Outcome | undefined) => Value;
}

/** Compiles the `Output` of a model, whose fields may use those before them. @throws {MillraceError} `MODEL_LOAD`. */
export function compileOutputs(fields: readonly OutputField[], context: ModelContext, body: ModelBody): OutputCode[] {
  const scope = new Scope(context.compilation, context.scope);
  return fields.map(field => {
    const { type, compute } = compileField(field, { scope, context, body });
    const slot = context.compilation.newSlot();
    scope.define(field.name, () => ({ ...type, cost: 1, evaluate: row => row.get(slot) }), field.line);
    return { name: field.name, type, feature: field.feature, slot, isFinal: field.isFinalResult, compute };
  });
}

interface FieldContext {
  readonly scope: Scope;
  readonly context: ModelContext;
  readonly body: ModelBody;
}

type ComputeFeature = (outcome: Outcome) => Value;

function compileField(field: OutputField, { scope, context, body }: FieldContext): Pick<OutputCode, 'type' | 'compute'> {
  if (field.expression !== undefined && (field.feature === 'transformedValue' || field.feature === 'decision')) {
    const code = compileExpression(field.expression, scope);
    const type = declared(field, code);
    const { evaluate } = castCode(code, type, `the output "${field.name}"`);
    return { type, compute: row => evaluate(row) };
  }
  const { type, feature } = compileFeature(field, context, body);
  const cast = declared(field, type);
  const convert =
    cast.dataType === type.dataType ? (value: Value): Value => value : (value: Value): Value => castValue(value, cast.dataType) ?? value;
  if (field.segmentId === undefined)
    return { type: cast, compute: (_, outcome) => (outcome === undefined ? undefined : convert(feature(outcome))) };
  const place = body.segments?.findIndex(segment => segment.id === field.segmentId) ?? -1;
  if (place < 0) refuseLine(field.line, `the output "${field.name}" is of the segment "${field.segmentId}", which does not exist`);
  const segment = body.segments![place]!.model;
  const inner = compileFeature(field, { ...context, type: segment.type, target: segment.target }, segment);
  return {
    type: declared(field, inner.type),
    compute: (_, outcome) => {
      const result = outcome?.segments?.[place];
      return result === undefined ? undefined : inner.feature(result);
    },
  };
}

function declared(field: OutputField, type: FieldType): FieldType {
  return { dataType: field.dataType ?? type.dataType, opType: field.opType ?? type.opType };
}

const DOUBLE: FieldType = { dataType: 'double', opType: 'continuous' };
const STRING: FieldType = { dataType: 'string', opType: 'categorical' };

function compileFeature(
  field: OutputField,
  context: ModelContext,
  body: ModelBody,
): { readonly type: FieldType; readonly feature: ComputeFeature } {
  switch (field.feature) {
    case 'predictedValue':
      return { type: context.type, feature: ({ predicted }) => predicted };
    case 'predictedDisplayValue':
    case 'decision':
    case 'transformedValue':
      return { type: STRING, feature: displayOf(context) };
    case 'probability':
      return { type: DOUBLE, feature: ofClass(field, body, outcome => outcome.probabilities) };
    case 'confidence':
      return { type: DOUBLE, feature: confidence(field, body) };
    case 'affinity':
    case 'entityAffinity':
    case 'clusterAffinity':
      return { type: DOUBLE, feature: affinity(field, body) };
    case 'entityId':
    case 'clusterId':
      return {
        type: STRING,
        feature: ({ entity, rules }) => (rules === undefined || field.rank === 1 ? entity : rules[field.rank - 1]?.id),
      };
    case 'reasonCode':
      return { type: STRING, feature: ({ reasons }) => reasons?.[field.rank - 1] };
    case 'ruleValue':
      return { type: STRING, feature: ({ rules }) => ruleValue(rules?.[field.rank - 1], field) };
    case 'warning':
      // Nothing here gives a result and a warning about it: what is wrong with a row fails it.
      return { type: STRING, feature: () => undefined };
    default:
      return refuseLine(field.line, `the output "${field.name}" asks for the feature "${field.feature}", which is not computed`);
  }
}

/** The text for people that the target, or else the DataDictionary, has for the predicted value. */
function displayOf(context: ModelContext): ComputeFeature {
  const texts = new Map<string, string>();
  const add = (value: string | undefined, display: string | undefined): void => {
    if (value !== undefined && display !== undefined) texts.set(textOf(castValue(value, context.type.dataType) ?? value), display);
  };
  const data = context.target === undefined ? undefined : context.compilation.dataFields.get(context.target);
  for (const { value, displayValue } of data?.values ?? []) add(value, displayValue);
  for (const target of context.head.targets) for (const { value, displayValue } of target.values) add(value, displayValue);
  return outcome => {
    // A cluster has a name or has none.
    if ('display' in outcome || outcome.predicted === undefined) return outcome.display;
    return texts.get(textOf(outcome.predicted)) ?? textOf(outcome.predicted);
  };
}

function ofClass(field: OutputField, body: ModelBody, of: (outcome: Outcome) => Float64Array | undefined): ComputeFeature {
  const places = new Map(body.classes.map((value, i) => [textOf(value), i]));
  const { value } = field;
  if (value === undefined) {
    return outcome => {
      const place = outcome.predicted === undefined ? undefined : places.get(textOf(outcome.predicted));
      return place === undefined ? undefined : of(outcome)?.[place];
    };
  }
  const typed = body.classes.length > 0 ? castValue(value, familyType(body.classes[0]!)) : undefined;
  const place = places.get(value) ?? places.get(textOf(typed ?? value));
  // A class that the model never gives has no probability, unless others have one.
  return outcome => {
    const all = of(outcome);
    return all === undefined ? undefined : place === undefined ? 0 : all[place];
  };
}

function familyType(value: NonNullable<Value>): 'double' | 'boolean' | 'string' {
  if (typeof value === 'number') return 'double';
  return typeof value === 'boolean' ? 'boolean' : 'string';
}

function confidence(field: OutputField, body: ModelBody): ComputeFeature {
  const ofLabel = ofClass(field, body, outcome => outcome.confidences ?? outcome.probabilities);
  return outcome => (outcome.rules !== undefined && field.rank > 1 ? outcome.rules[field.rank - 1]?.confidence : ofLabel(outcome));
}

function affinity(field: OutputField, body: ModelBody): ComputeFeature {
  const places = new Map((body.entities ?? []).map((id, i) => [id, i]));
  if (places.size === 0) return ofClass(field, body, outcome => outcome.affinities ?? outcome.probabilities);
  const { value } = field;
  return ({ affinities, entity }) => {
    const place = places.get(value ?? entity ?? '');
    return place === undefined ? undefined : affinities?.[place];
  };
}

function ruleValue(rule: FiredRule | undefined, field: OutputField): Value {
  if (rule === undefined) return undefined;
  switch (field.ruleFeature) {
    case 'ruleId':
      return rule.id;
    case 'confidence':
      return rule.confidence;
    default:
      return rule.score === undefined || familyOf(field.dataType ?? 'string') === 'number' ? rule.score : textOf(rule.score);
  }
}
