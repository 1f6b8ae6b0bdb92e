import { MillraceError } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import type { ModelObject } from '../../catalog/objects.js';
import { withNullable, type DataType, type Field } from '../../spec/data-type.js';
import type { Argument, Expression, FunctionCall, MapConstructor } from '../../sql/ast/expression.js';
import type { ObjectName } from '../../sql/ast/identifier.js';
import type { BoundExpression, ModelCallSite } from '../logical/expression.js';
import type { Binding, ExpressionContext } from './binding.js';
import { coerce } from './coerce.js';
import { counted } from './counted.js';

type StringLiteral = Extract<Expression, { kind: 'string' }>;

/** `ML_PREDICT(MODEL m, x, …[, MAP[…]])` or `ML_PREDICT('m', x, …[, MAP[…]])` as a value. */
export function bindScalarPredict(node: FunctionCall, context: ExpressionContext): BoundExpression {
  const [first, ...rest] = node.arguments;
  if (first?.value.kind === 'table-argument') {
    throw new MillraceError({
      code: 'SYNTAX',
      message: 'ML_PREDICT over a TABLE stands in FROM',
      span: node.span,
      notes: [{ message: 'write ML_PREDICT(MODEL m, x) where a value is wanted' }],
    });
  }
  const model = bindModelName(first?.value, node, context.binding);
  const { args, config } = splitConfig(rest);
  return {
    kind: 'model-call',
    call: { model, ...config, span: node.span },
    arguments: bindModelArguments(model, args, node, context),
    type: resultType(model),
  };
}

/** The arguments of a call as the model's INPUT columns, cast to their types. */
export function bindModelArguments(
  model: ModelObject,
  args: readonly Argument[],
  node: FunctionCall,
  context: ExpressionContext,
): BoundExpression[] {
  if (args.length !== model.inputs.length) {
    const inputs = model.inputs.map(input => input.name).join(', ');
    throw new MillraceError({
      code: 'COLUMN_COUNT',
      message: `model "${model.name.object}" takes ${counted(model.inputs.length, 'input')} (${inputs}), not ${args.length}`,
      span: node.span,
    });
  }
  return args.map((argument, i) => {
    const bound = context.binding.bindExpression(argument.value, context);
    try {
      return coerceInput(bound, model, i);
    } catch (thrown) {
      throw MillraceError.is(thrown) ? thrown.at(argument.value.span) : thrown;
    }
  });
}

/** The expression as input `index` of the model. @throws {MillraceError} `TYPE_MISMATCH`, without a span. */
export function coerceInput(expression: BoundExpression, model: ModelObject, index: number): BoundExpression {
  const input = model.inputs[index]!;
  return coerce(expression, input.type, `input "${input.name}" of model "${model.name.object}"`);
}

/** The model that `MODEL m` or `'m'` names. */
export function bindModelName(argument: Expression | undefined, node: FunctionCall, binding: Binding): ModelObject {
  if (argument?.kind === 'model-argument') return binding.catalog.model(argument.model);
  if (argument?.kind === 'string') return binding.catalog.model(nameOf(argument.value, argument));
  const hint =
    argument?.kind === 'column'
      ? `write MODEL ${argument.parts.map(part => part.name).join('.')}`
      : "write ML_PREDICT(MODEL m, x) or ML_PREDICT('m', x)";
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: 'ML_PREDICT needs a model',
    span: (argument ?? node).span,
    notes: [{ message: hint }],
  });
}

function nameOf(text: string, { span }: Expression): ObjectName {
  return { kind: 'object-name', parts: text.split('.').map(name => ({ kind: 'identifier', name, span })), span };
}

/** The overrides of one call. */
export type CallConfig = Pick<ModelCallSite, 'config' | 'configSpans'>;

/** Takes a MAP in the last place off the arguments. */
export function splitConfig(args: readonly Argument[]): { args: readonly Argument[]; config: CallConfig } {
  const last = args.at(-1)?.value;
  return last?.kind === 'map' ? { args: args.slice(0, -1), config: bindConfig(last) } : { args, config: bindConfig() };
}

/** The overrides of `MAP['k', 'v', …]`: string literals only; none without a MAP. */
export function bindConfig(map?: MapConstructor): CallConfig {
  const config = new Map<string, string>();
  const configSpans = new Map<string, { key: Span; value: Span }>();
  for (const { key, value } of map?.entries ?? []) {
    for (const part of [key, value]) {
      if (part.kind !== 'string') {
        throw new MillraceError({
          code: 'INVALID_ARGUMENT',
          message: 'the MAP of a model call holds string literals only',
          span: part.span,
          notes: [{ message: "write MAP['timeout', '10 s']" }],
        });
      }
    }
    const written = (key as StringLiteral).value;
    config.set(written, (value as StringLiteral).value);
    configSpans.set(written, { key: key.span, value: value.span });
  }
  return { config, configSpans };
}

function resultType(model: ModelObject): DataType {
  return rowOrValue(outputFields(model.outputs));
}

/** The type of the only field, or a ROW of several. */
export function rowOrValue(fields: readonly Field[]): DataType {
  const [first, ...more] = fields;
  return more.length === 0 ? first!.type : { kind: 'ROW', fields, nullable: true };
}

/** The fields of OUTPUT columns; any of them can be NULL where `on-error` says so. */
export function outputFields(outputs: ModelObject['outputs']): Field[] {
  return outputs.map(({ name, type }) => ({ name, type: withNullable(type, true) }));
}
