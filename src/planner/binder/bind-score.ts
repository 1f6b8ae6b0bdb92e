import type { ModelObject } from '../../catalog/objects.js';
import { MillraceError } from '../../common/error.js';
import { DOUBLE, formatType, type DataType } from '../../spec/data-type.js';
import type { Expression, FunctionCall } from '../../sql/ast/expression.js';
import { parseType } from '../../sql/parser.js';
import type { BoundExpression } from '../logical/expression.js';
import type { ExpressionContext } from './binding.js';

/** The `provider` of what ml_score calls: the model of a table with `'connector' = 'ml-inference'`. */
export const SCORE_PROVIDER = 'ml-inference';

/** `ml_score(MAP['feature', value, …], 'model')`: DOUBLE, NULL where there is no score. */
export function bindScore(node: FunctionCall, context: ExpressionContext): BoundExpression {
  const [features, name, ...more] = node.arguments;
  const named = node.arguments.find(argument => argument.name);
  if (!features || !name || more.length > 0 || named) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: named ? 'ML_SCORE takes its arguments by position, not by name' : `ML_SCORE takes 2 arguments, not ${node.arguments.length}`,
      span: named?.name?.span ?? node.span,
      notes: [{ message: "write ML_SCORE(MAP['amount', amount], 'model')" }],
    });
  }
  const bound = bindFeatures(features.value, context);
  requireFeatures(bound.type, features.value);
  return {
    kind: 'model-call',
    call: { model: scoreModel(modelName(name.value), bound.type), config: new Map(), configSpans: new Map(), span: node.span },
    arguments: [bound],
    type: DOUBLE,
  };
}

/** A MAP of values of several types, as the document's `Map<String, Object>`: they travel as text, from which engines read numbers. */
function bindFeatures(node: Expression, context: ExpressionContext): BoundExpression {
  const { bindExpression } = context.binding;
  if (node.kind !== 'map') return bindExpression(node, context);
  try {
    return bindExpression(node, context);
  } catch (thrown) {
    if (!MillraceError.is(thrown) || thrown.code !== 'TYPE_MISMATCH') throw thrown;
    const entries = node.entries.map(({ key, value }) => ({ key, value: asText(value) }));
    return bindExpression({ ...node, entries }, context);
  }
}

function asText(operand: Expression): Expression {
  return { kind: 'cast', safe: false, operand, type: parseType('STRING'), span: operand.span };
}

function requireFeatures(type: DataType, { span }: Expression): void {
  if (type.kind === 'MAP' && (type.key.kind === 'CHAR' || type.key.kind === 'VARCHAR')) return;
  throw new MillraceError({
    code: 'TYPE_MISMATCH',
    message: `argument 1 of ML_SCORE is a MAP from STRING, not ${formatType(type, 'ignore')}`,
    span,
    notes: [{ message: "write MAP['amount', amount, 'hour', hour_of_day]" }],
  });
}

function modelName(argument: Expression): string {
  if (argument.kind === 'string') return argument.value;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: 'argument 2 of ML_SCORE is the name of a model as a string literal',
    span: argument.span,
    notes: [{ message: "it is the 'model.name' of a table with 'connector' = 'ml-inference'" }],
  });
}

/** Nobody has created it by this name, so it cannot be mistaken for a model of the catalog. */
function scoreModel(name: string, features: DataType): ModelObject {
  return {
    kind: 'model',
    name: { catalog: SCORE_PROVIDER, database: 'model.name', object: name },
    temporary: false,
    inputs: [{ name: 'features', type: features, comment: undefined }],
    outputs: [{ name: 'score', type: DOUBLE, comment: undefined }],
    options: new Map([
      ['provider', SCORE_PROVIDER],
      ['model.name', name],
    ]),
    comment: undefined,
  };
}
