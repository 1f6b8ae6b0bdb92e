import type { ModelObject } from '../../catalog/objects.js';
import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import { withNullable, type DataType, type Field } from '../../spec/data-type.js';
import type { Argument, Expression, FunctionCall } from '../../sql/ast/expression.js';
import type { BoundExpression, ModelCallSite } from '../logical/expression.js';
import { bindCallConfig } from './bind-call-config.js';
import { bindModelName, functionName } from './bind-model-name.js';
import type { ExpressionContext } from './binding.js';
import { coerce } from './coerce.js';
import { counted } from './counted.js';

/** `ML_PREDICT(MODEL m, x, …[, MAP[…]])` as a value, or ML_EMBED, which gives the embedding whatever else the model tells. */
export function bindScalarModelCall(node: FunctionCall, context: ExpressionContext): BoundExpression {
  const name = functionName(node);
  if (node.arguments[0]?.value.kind === 'table-argument') {
    throw new MillraceError({
      code: 'SYNTAX',
      message: `${name} over a TABLE stands in FROM`,
      span: node.span,
      notes: [{ message: `write ${name}(MODEL m, x) where a value is wanted` }],
    });
  }
  const { call, args } = bindModelCall(node, context);
  const { outputs } = call.model;
  const type = rowOrValue(outputFields(outputs));
  const value: BoundExpression = { kind: 'model-call', call, arguments: args, type };
  if (name !== 'ML_EMBED' || type.kind !== 'ROW') return value;
  const index = outputs.findIndex(({ metadata }) => metadata === undefined);
  const field = type.fields[index]!;
  return { kind: 'field', operand: value, index, name: field.name, type: field.type };
}

/** A call whose arguments are values. */
export interface BoundCallOfModel {
  readonly call: ModelCallSite;
  /** The model's INPUT columns, cast to their types. */
  readonly args: readonly BoundExpression[];
}

/**
 * The arguments of a call with values: the model, its inputs and a MAP, by position, or by the names MODEL, those of the
 * INPUT columns, and CONFIG.
 */
export function bindModelCall(node: FunctionCall, context: ExpressionContext): BoundCallOfModel {
  const [config, ...configs] = namedArguments(node, 'CONFIG');
  const [named, ...others] = namedArguments(node, 'MODEL');
  const twice = configs[0] ?? others[0];
  if (twice) throw new MillraceError({ code: 'INVALID_ARGUMENT', message: 'an argument is given twice', span: twice.value.span });
  const first = named ?? (node.arguments[0]?.name ? undefined : node.arguments[0]);
  const model = bindModelName(first?.value, node, context.binding);
  const rest = node.arguments.filter(argument => argument !== first && argument !== config);
  const overrides = config ?? trailingConfig(rest, model);
  const inputs = rest.filter(argument => argument !== overrides);
  return {
    call: { model, ...bindCallConfig(overrides?.value), span: node.span },
    args: bindInputs(matchInputs(inputs, model, node), model, context),
  };
}

function namedArguments(node: FunctionCall, name: string): Argument[] {
  return node.arguments.filter(argument => argument.name?.name.toUpperCase() === name);
}

/** A MAP or DEFAULT in the last place, unless the model takes a MAP there. */
function trailingConfig(args: readonly Argument[], model: ModelObject): Argument | undefined {
  const last = args.at(-1);
  if (last === undefined || last.name || (last.value.kind !== 'map' && last.value.kind !== 'default-argument')) return undefined;
  const isInput = args.length <= model.inputs.length && model.inputs[args.length - 1]!.type.kind === 'MAP';
  return isInput ? undefined : last;
}

/** One expression for each INPUT column. */
function matchInputs(args: readonly Argument[], model: ModelObject, node: FunctionCall): Expression[] {
  const inputs = model.inputs.map(input => input.name);
  const given = new Map<number, Expression>();
  for (const [position, { name, value }] of args.entries()) {
    const index = name ? inputs.indexOf(name.name) : position;
    if (name && index === -1) {
      const suggestion = nearest(name.name, inputs);
      throw new MillraceError({
        code: 'INVALID_ARGUMENT',
        message: `model "${model.name.object}" has no input "${name.name}"`,
        span: name.span,
        notes: [{ message: suggestion ? `did you mean "${suggestion}"?` : `its inputs are ${inputs.join(', ')}` }],
      });
    }
    if (given.has(index))
      throw new MillraceError({ code: 'INVALID_ARGUMENT', message: `input "${inputs[index]!}" is given twice`, span: value.span });
    given.set(index, value);
  }
  if (args.length !== inputs.length) {
    throw new MillraceError({
      code: 'COLUMN_COUNT',
      message: `model "${model.name.object}" takes ${counted(inputs.length, 'input')} (${inputs.join(', ')}), not ${args.length}`,
      span: node.span,
    });
  }
  return inputs.map((_, index) => given.get(index)!);
}

function bindInputs(values: readonly Expression[], model: ModelObject, context: ExpressionContext): BoundExpression[] {
  return values.map((value, i) => {
    const bound = context.binding.bindExpression(value, context);
    try {
      return coerceInput(bound, model, i);
    } catch (thrown) {
      throw MillraceError.is(thrown) ? thrown.at(value.span) : thrown;
    }
  });
}

/** The expression as input `index` of the model. @throws {MillraceError} `TYPE_MISMATCH`, without a span. */
export function coerceInput(expression: BoundExpression, model: ModelObject, index: number): BoundExpression {
  const input = model.inputs[index]!;
  if (expression.type.nullable && !input.type.nullable) {
    throw new MillraceError({
      code: 'TYPE_MISMATCH',
      message: `input "${input.name}" of model "${model.name.object}" is NOT NULL, and what it is given can be NULL`,
      notes: [{ message: 'write COALESCE(…, …) where a NULL has a meaning' }],
    });
  }
  return coerce(expression, input.type, `input "${input.name}" of model "${model.name.object}"`);
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
