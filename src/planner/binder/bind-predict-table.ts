import type { ModelObject } from '../../catalog/objects.js';
import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import { answerColumns, toldColumns } from '../../spec/call-metadata.js';
import { STRING, formatType } from '../../spec/data-type.js';
import type { DescriptorArgument, Expression, FunctionCall, TableArgument } from '../../sql/ast/expression.js';
import type { BoundExpression, ModelCallSite } from '../logical/expression.js';
import { SINGLE_ROW, type LogicalNode, type PlanField, type Predict } from '../logical/node.js';
import { appendColumns, columnOf, keepColumns, uniqueName } from '../logical/project.js';
import { bindCallConfig } from './bind-call-config.js';
import { bindModelCall, coerceInput, outputFields, rowOrValue } from './bind-model-call.js';
import { bindModelName, functionName, isModelFunction } from './bind-model-name.js';
import { bindRelation } from './bind-relation.js';
import type { QueryScope } from './binding.js';
import { renameColumns } from './rename-columns.js';
import { counted } from './counted.js';
import { matchParameters } from './match-parameters.js';
import { EMPTY_SCOPE } from './scope.js';

const PARAMETERS = ['INPUT', 'MODEL', 'ARGS', 'CONFIG'] as const;
type Parameter = (typeof PARAMETERS)[number];

/** `ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(a, …)[, MAP[…]])` or ML_EMBED, by position or by name: the rows of t with the model's outputs. */
export function bindPredictTable(node: FunctionCall, scope: QueryScope): LogicalNode {
  const given = matchParameters(node, PARAMETERS);
  requireParameters(given, node);
  refusePartitions(given.INPUT);
  const input = namedValues(bindTableArgument(given.INPUT, node, scope), given);
  const model = bindModelName(given.MODEL, node, scope.binding);
  const columns = bindDescriptor(given.ARGS, node, input);
  if (columns.length !== model.inputs.length) {
    throw new MillraceError({
      code: 'COLUMN_COUNT',
      message: `DESCRIPTOR names ${counted(columns.length, 'column')}, model "${model.name.object}" takes ${counted(model.inputs.length, 'input')}`,
      span: given.ARGS!.span,
      notes: [{ message: `the inputs are ${model.inputs.map(each => `${each.name} ${formatType(each.type, 'ignore')}`).join(', ')}` }],
    });
  }
  const call: ModelCallSite = { model, ...bindCallConfig(given.CONFIG), span: node.span };
  const args = columns.map(({ index, span }, i) => {
    try {
      return coerceInput(columnOf(input, index), model, i);
    } catch (thrown) {
      throw MillraceError.is(thrown) ? thrown.at(span) : thrown;
    }
  });
  return predictOver(input, { call, args, form: 'columns' });
}

/**
 * A Predict node over `input`, with its arguments as columns of their own where they are computed, and without them after it.
 */
function predictOver(
  input: LogicalNode,
  { call, args, form }: { readonly call: ModelCallSite; readonly args: readonly BoundExpression[]; readonly form: Predict['form'] },
): LogicalNode {
  const computed = args.filter(each => each.kind !== 'column');
  const widened =
    computed.length === 0
      ? input
      : appendColumns(
          input,
          computed,
          computed.map((_, i) => `$arg${i}`),
        );
  let next = input.fields.length;
  const indices = args.map(each => (each.kind === 'column' ? each.index : next++));
  const taken = new Set(input.fields.map(field => field.name));
  const outputs: PlanField[] = (form === 'columns' ? outputFields(call.model.outputs) : [resultField(call.model)]).map(
    ({ name, type }) => ({
      name: uniqueName(name, taken),
      type,
    }),
  );
  const predict: Predict = {
    kind: 'Predict',
    input: widened,
    call,
    arguments: indices,
    guard: undefined,
    form,
    fields: [...widened.fields, ...outputs],
  };
  const width = widened.fields.length;
  return keepColumns(predict, [...input.fields.keys(), ...outputs.map((_, i) => width + i)]);
}

/**
 * `result ROW<value …, error STRING, …>`; the value has the output's type, or is a ROW of several. Columns with metadata
 * follow, but for the reason of a failure, which `error` has.
 */
function resultField({ outputs }: ModelObject): { name: string; type: PlanField['type'] } {
  const taken = new Set(['value', 'error']);
  const told = outputFields(toldColumns(outputs)).map(({ name, type }) => ({ name: uniqueName(name, taken), type }));
  const value = rowOrValue(outputFields(answerColumns(outputs)));
  return {
    name: 'result',
    type: { kind: 'ROW', fields: [{ name: 'value', type: value }, { name: 'error', type: STRING }, ...told], nullable: true },
  };
}

function requireParameters(given: Partial<Record<Parameter, Expression>>, node: FunctionCall): void {
  for (const parameter of ['INPUT', 'MODEL', 'ARGS'] as const) {
    if (given[parameter]) continue;
    const name = functionName(node);
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `${name} lacks its argument ${parameter}`,
      span: node.span,
      notes: [{ message: `write ${name}(TABLE t, MODEL m, DESCRIPTOR(a, b))` }],
    });
  }
}

/** The columns of VALUES, which have no names, take those of the DESCRIPTOR. */
function namedValues(input: LogicalNode, { INPUT: argument, ARGS: descriptor }: Partial<Record<Parameter, Expression>>): LogicalNode {
  const isValues = argument?.kind === 'table-argument' && argument.table.kind === 'query' && argument.table.body.kind === 'values';
  if (!isValues || descriptor?.kind !== 'descriptor') return input;
  const { columns, span } = descriptor;
  if (columns.length !== input.fields.length) {
    throw new MillraceError({
      code: 'COLUMN_COUNT',
      message: `DESCRIPTOR names ${counted(columns.length, 'column')}, and a row of VALUES has ${input.fields.length}`,
      span,
    });
  }
  const twice = columns.find(({ name }, i) => columns.findIndex(each => each.name === name) < i);
  if (twice) throw new MillraceError({ code: 'DUPLICATE_NAME', message: `DESCRIPTOR names "${twice.name}" twice`, span: twice.span });
  return renameColumns(input, columns);
}

/** Each row is answered by itself, so there is nothing to partition or order. */
function refusePartitions(argument: Expression | undefined): void {
  if (argument?.kind !== 'table-argument') return;
  const { partitionBy, orderBy } = argument;
  if (partitionBy.length + orderBy.length === 0) return;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `a model is called for each row by itself, without ${partitionBy.length > 0 ? 'PARTITION BY' : 'ORDER BY'}`,
    span: (partitionBy[0] ?? orderBy[0]!.expression).span,
    notes: [{ message: 'remove it' }],
  });
}

/** The rows of `TABLE t` or of a subquery as an argument. */
export function bindTableArgument(argument: Expression | undefined, node: FunctionCall, scope: QueryScope): LogicalNode {
  const table = argument?.kind === 'subquery' ? argument.query : argument?.kind === 'table-argument' ? argument.table : undefined;
  if (table?.kind === 'object-name') return bindRelation({ name: table, hints: [] }, scope);
  if (table?.kind === 'query') return scope.binding.bindQuery(table, scope);
  const hint = argument?.kind === 'column' ? `write TABLE ${argument.parts.map(part => part.name).join('.')}` : 'write TABLE t';
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `${functionName(node)} needs a table`,
    span: (argument ?? node).span,
    notes: [{ message: hint }],
  });
}

/** The fields that a DESCRIPTOR names. */
export function bindDescriptor(
  argument: Expression | undefined,
  node: FunctionCall,
  input: LogicalNode,
): { readonly index: number; readonly span: TableArgument['span'] }[] {
  if (argument?.kind !== 'descriptor') {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `${functionName(node)} needs a DESCRIPTOR with plain column names`,
      span: (argument ?? node).span,
      notes: [{ message: 'write DESCRIPTOR(a, b)' }],
    });
  }
  return (argument satisfies DescriptorArgument).columns.map(({ name, span }) => {
    const index = input.fields.findIndex(field => field.name === name);
    if (index !== -1) return { index, span };
    const names = input.fields.map(field => field.name);
    const suggestion = nearest(name, names);
    throw new MillraceError({
      code: 'UNKNOWN_COLUMN',
      message: `the table has no column "${name}"`,
      span,
      notes: [{ message: suggestion ? `did you mean "${suggestion}"?` : `the columns are ${names.join(', ')}` }],
    });
  });
}

/** Whether a call in FROM is `ML_PREDICT('m', x)`: one row, for each row of what stands before it. */
export function isLateralPredict(call: FunctionCall): boolean {
  if (!isModelFunction(functionName(call))) return false;
  const kinds = call.arguments.map(({ value }) => value.kind);
  const isTable = kinds.some(kind => kind === 'table-argument' || kind === 'descriptor');
  return !isTable && (kinds[0] === 'string' || kinds.includes('model-argument'));
}

/** One row with a column `result` that holds the answer or the reason why there is none. */
export function bindLateralPredict(node: FunctionCall, query: QueryScope): LogicalNode {
  const { call, args } = bindModelCall(node, { binding: query.binding, scope: EMPTY_SCOPE, query });
  return predictOver(SINGLE_ROW, { call, args, form: 'result' });
}
