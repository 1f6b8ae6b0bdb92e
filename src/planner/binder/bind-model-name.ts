import type { ModelObject } from '../../catalog/objects.js';
import { MillraceError } from '../../common/error.js';
import { answerColumns } from '../../spec/call-metadata.js';
import { formatType, isEmbeddingType } from '../../spec/data-type.js';
import type { Expression, FunctionCall } from '../../sql/ast/expression.js';
import type { ObjectName } from '../../sql/ast/identifier.js';
import type { Binding } from './binding.js';

/** Functions that call a model for each row; ML_EMBED is ML_PREDICT for models that give embeddings. */
export type ModelFunction = 'ML_PREDICT' | 'ML_EMBED';

export function isModelFunction(name: string): name is ModelFunction {
  return name === 'ML_PREDICT' || name === 'ML_EMBED';
}

/** The upper-case name of the function that is called. */
export function functionName(node: FunctionCall): string {
  return node.name.parts.at(-1)!.name.toUpperCase();
}

/** The model that `MODEL m` or `'m'` names, which must be one that the function can call. */
export function bindModelName(argument: Expression | undefined, node: FunctionCall, binding: Binding): ModelObject {
  const model = findModel(argument, node, binding);
  if (functionName(node) === 'ML_EMBED') requireEmbedding(model, argument!);
  return model;
}

function findModel(argument: Expression | undefined, node: FunctionCall, binding: Binding): ModelObject {
  if (argument?.kind === 'model-argument') return binding.catalog.model(argument.model);
  if (argument?.kind === 'string') return binding.catalog.model(nameOf(argument.value, argument));
  const name = functionName(node);
  const isTable = node.arguments.some(({ value }) => value.kind === 'table-argument');
  const hint =
    argument?.kind === 'column'
      ? `write MODEL ${argument.parts.map(part => part.name).join('.')}`
      : `write ${isTable ? `${name}(TABLE t, MODEL m, DESCRIPTOR(a, b))` : `${name}(MODEL m, x) or ${name}('m', x)`}`;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `${name} needs a model`,
    span: (argument ?? node).span,
    notes: [{ message: hint }],
  });
}

function nameOf(text: string, { span }: Expression): ObjectName {
  return { kind: 'object-name', parts: text.split('.').map(name => ({ kind: 'identifier', name, span })), span };
}

function requireEmbedding(model: ModelObject, { span }: Expression): void {
  const task = model.options.get('task');
  const outputs = answerColumns(model.outputs);
  const isVector = outputs.length === 1 && isEmbeddingType(outputs[0]!.type);
  if (isVector && (task === undefined || task === 'embedding')) return;
  const columns = outputs.map(({ name, type }) => `${name} ${formatType(type, 'ignore')}`).join(', ');
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `model "${model.name.object}" gives no embeddings: its ${isVector ? `task is "${task}"` : `OUTPUT is ${columns}`}`,
    span,
    notes: [{ message: isVector ? 'call it with ML_PREDICT' : 'an embedding is one OUTPUT column of type ARRAY<FLOAT> or ARRAY<DOUBLE>' }],
  });
}
