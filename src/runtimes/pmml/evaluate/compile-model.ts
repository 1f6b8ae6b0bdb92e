import type { DerivedField } from '../parse/field.js';
import type { Model } from '../parse/model.js';
import type { Code } from './code.js';
import type { Compilation } from './compilation.js';
import { compileExpression } from './expression.js';
import { compileSegmentField, compileTreatment, miningType } from './mining-field.js';
import type { ModelContext } from './model-context.js';
import { compileClustering } from './models/clustering.js';
import { compileGeneralRegression } from './models/general-regression.js';
import { compileMining } from './models/mining.js';
import { compileNaiveBayes } from './models/naive-bayes.js';
import { compileNeuralNetwork } from './models/neural-network.js';
import { compileRegression } from './models/regression.js';
import { compileRuleSet } from './models/rule-set.js';
import { compileScorecard } from './models/scorecard.js';
import { compileSupportVectorMachine } from './models/support-vector-machine.js';
import { compileTree } from './models/tree.js';
import { Labels } from './labels.js';
import type { CompiledModel, ModelBody, Outcome } from './outcome.js';
import { compileOutputs } from './outputs.js';
import type { Row } from './row.js';
import { castCode, memoized, Scope } from './scope.js';
import { compileRescale, priorOutcome } from './targets.js';
import { familyOf, type FieldType } from './value.js';

/** The fields that come from outside, with the slots where the caller puts what came in. */
export interface RootInput {
  readonly name: string;
  readonly slot: number;
  readonly type: FieldType;
}

/** Compiles the model of a document. @throws {MillraceError} `MODEL_LOAD` for what it cannot compute. */
export function compileRoot(
  model: Model,
  derived: readonly DerivedField[],
  compilation: Compilation,
): { readonly model: CompiledModel; readonly inputs: readonly RootInput[] } {
  const scope = new Scope(compilation);
  for (const field of derived) defineDerived(field, scope);
  const inputs: RootInput[] = [];
  const actives: Code[] = [];
  for (const mining of model.miningFields) {
    if (mining.usage === 'predicted' || mining.usage === 'target') continue;
    const data = compilation.dataFields.get(mining.name);
    // A supplementary field may be described and never used.
    if (data === undefined) continue;
    const type = miningType(data, mining);
    const [raw, slot] = [compilation.newSlot(), compilation.newSlot()];
    const treat = compileTreatment(row => row.values[raw], data, mining);
    const categories = data.values.filter(value => value.property === 'valid').map(value => value.value);
    const code: Code = { ...type, cost: 1, slot, categories, evaluate: row => row.values[slot] };
    scope.define(mining.name, () => code, mining.line);
    if (mining.usage === 'active') {
      inputs.push({ name: mining.name, slot: raw, type });
      actives.push({ ...code, evaluate: treat });
    }
  }
  return { model: { ...compileWithin(model, scope, undefined), actives }, inputs };
}

/** Compiles a model inside another, which sees the fields that its MiningSchema names. */
export function compileSegmentModel(model: Model, outer: ModelContext): CompiledModel {
  const scope = new Scope(outer.compilation, outer.scope);
  for (const mining of model.miningFields) {
    if (mining.usage === 'predicted' || mining.usage === 'target') continue;
    const compile = (): Code => {
      const data = outer.compilation.dataFields.get(mining.name);
      const given = outer.scope.field(mining.name);
      const code = compileSegmentField(given, { data, mining, outerMining: outer.miningFields.get(mining.name) });
      return code === given || code.evaluate === given.evaluate ? code : memoized(outer.compilation, code);
    };
    scope.define(mining.name, compile, mining.line);
  }
  return compileWithin(model, scope, outer);
}

function compileWithin(model: Model, scope: Scope, outer: ModelContext | undefined): CompiledModel {
  const { compilation } = scope;
  for (const field of model.derivedFields) defineDerived(field, scope);
  const own = model.miningFields.find(field => field.usage === 'predicted' || field.usage === 'target');
  const target = own?.name ?? (outer !== undefined && model.functionName === outer.head.functionName ? outer.target : undefined);
  const data = own === undefined ? undefined : compilation.dataFields.get(own.name);
  const type = data === undefined ? defaultType(model) : miningType(data, own);
  const context: ModelContext = {
    compilation,
    scope,
    head: model,
    target,
    type,
    categories: (data?.values ?? []).filter(value => value.property === 'valid').map(value => value.value),
    miningFields: new Map([...(outer?.miningFields ?? []), ...model.miningFields.map(field => [field.name, field] as const)]),
    outer,
    round: model.math === 'float' ? Math.fround : value => value,
  };
  const body = withTargets(compileBody(model, context), context);
  const outputs = compileOutputs(model.outputFields, context, body);
  const runOutputs = (row: Row, outcome: Outcome | undefined): void => {
    for (let i = 0; i < outputs.length; i++) row.set(outputs[i]!.slot, outputs[i]!.compute(row, outcome));
  };
  return { ...body, functionName: model.functionName, target, type, outputs, runOutputs };
}

function defaultType(model: Model): FieldType {
  if (model.functionName !== 'regression') return { dataType: 'string', opType: 'categorical' };
  return { dataType: model.math === 'float' ? 'float' : 'double', opType: 'continuous' };
}

function defineDerived(field: DerivedField, scope: Scope): void {
  const { name, line } = field;
  scope.define(name, () => memoized(scope.compilation, compileDerived(field, scope)), line, field);
}

/** A derived field, cast to its type. */
export function compileDerived({ name, expression, dataType, opType }: DerivedField, scope: Scope): Code {
  return castCode(compileExpression(expression, scope), { dataType, opType }, `the derived field "${name}"`);
}

/** The body's results as `Targets` change them. */
function withTargets(body: ModelBody, context: ModelContext): ModelBody {
  const { targets } = context.head;
  const target = targets.find(candidate => candidate.field === undefined || candidate.field === context.target);
  if (target === undefined || body.selectsAll) return body;
  if (context.head.functionName === 'classification') {
    const labels = new Labels(context.type);
    for (const value of body.classes) labels.placeOf(value);
    const prior = priorOutcome(target, labels);
    return prior === undefined ? body : { ...body, classes: labels.values, evaluate: row => body.evaluate(row) ?? prior };
  }
  if (context.head.functionName !== 'regression' || familyOf(context.type.dataType) !== 'number') return body;
  const rescale = compileRescale(target, context.round);
  const { number } = body;
  return {
    ...body,
    ...(number && { number: row => rescale(number(row)) }),
    evaluate: row => {
      const outcome = body.evaluate(row);
      const value = rescale((outcome?.predicted as number | undefined) ?? NaN);
      return Number.isNaN(value) ? undefined : { ...outcome, predicted: value };
    },
  };
}

function compileBody(model: Model, context: ModelContext): ModelBody {
  switch (model.kind) {
    case 'MiningModel':
      return compileMining(model, context, compileSegmentModel);
    case 'TreeModel':
      return compileTree(model, context);
    case 'RegressionModel':
      return compileRegression(model, context);
    case 'GeneralRegressionModel':
      return compileGeneralRegression(model, context);
    case 'NeuralNetwork':
      return compileNeuralNetwork(model, context, compileDerived);
    case 'ClusteringModel':
      return compileClustering(model, context);
    case 'SupportVectorMachineModel':
      return compileSupportVectorMachine(model, context);
    case 'Scorecard':
      return compileScorecard(model, context);
    case 'NaiveBayesModel':
      return compileNaiveBayes(model, context, compileDerived);
    case 'RuleSetModel':
      return compileRuleSet(model, context);
  }
}
