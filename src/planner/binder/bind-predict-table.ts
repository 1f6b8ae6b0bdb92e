import type { ModelObject } from '../../catalog/objects.js';
import { MillraceError } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import { answerColumns, toldColumns } from '../../spec/call-metadata.js';
import { STRING, formatType } from '../../spec/data-type.js';
import type { Expression, FunctionCall } from '../../sql/ast/expression.js';
import type { BoundExpression, ModelCallSite } from '../logical/expression.js';
import { SINGLE_ROW, type LogicalNode, type PlanField, type Predict } from '../logical/node.js';
import { appendColumns, columnOf, keepColumns, uniqueName } from '../logical/project.js';
import { bindCallConfig } from './bind-call-config.js';
import { bindModelCall, coerceInput, outputFields, rowOrValue } from './bind-model-call.js';
import { bindModelName, functionName, isModelFunction } from './bind-model-name.js';
import { bindDescriptor, bindTableArgument, refusePartitions, requireArguments, type DescribedColumn } from './bind-table-argument.js';
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
  const name = functionName(node);
  requireArguments(given, ['INPUT', 'MODEL', 'ARGS'], { node, example: `${name}(TABLE t, MODEL m, DESCRIPTOR(a, b))` });
  refusePartitions(given.INPUT);
  const input = namedValues(bindTableArgument(given.INPUT, node, scope), given);
  const model = bindModelName(given.MODEL, node, scope.binding);
  const columns = bindDescriptor(given.ARGS, node, input);
  const args = inputColumns(columns, { model, input, span: given.ARGS!.span });
  const call: ModelCallSite = { model, ...bindCallConfig(given.CONFIG), span: node.span };
  return predictOver(input, { call, args, form: 'columns' });
}

/** The columns of a DESCRIPTOR as the model's inputs. @throws {MillraceError} `COLUMN_COUNT` or `TYPE_MISMATCH` at the column. */
export function inputColumns(
  columns: readonly DescribedColumn[],
  { model, input, span }: { readonly model: ModelObject; readonly input: LogicalNode; readonly span: Span },
): BoundExpression[] {
  if (columns.length !== model.inputs.length) {
    throw new MillraceError({
      code: 'COLUMN_COUNT',
      message: `DESCRIPTOR names ${counted(columns.length, 'column')}, model "${model.name.object}" takes ${counted(model.inputs.length, 'input')}`,
      span,
      notes: [{ message: `the inputs are ${model.inputs.map(each => `${each.name} ${formatType(each.type, 'ignore')}`).join(', ')}` }],
    });
  }
  return columns.map((column, i) => {
    try {
      return coerceInput(columnOf(input, column.index), model, i);
    } catch (thrown) {
      throw MillraceError.is(thrown) ? thrown.at(column.span) : thrown;
    }
  });
}

/**
 * A Predict node over `input`, with its arguments as columns of their own where they are computed, and without them after it.
 */
export function predictOver(
  input: LogicalNode,
  { call, args, form }: { readonly call: ModelCallSite; readonly args: readonly BoundExpression[]; readonly form: Predict['form'] },
): LogicalNode {
  const { widened, indices } = asColumns(input, args);
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

/** The input with the computed expressions as columns of their own, and where all of them are. */
export function asColumns(
  input: LogicalNode,
  args: readonly BoundExpression[],
): { readonly widened: LogicalNode; readonly indices: readonly number[] } {
  const computed = args.filter(each => each.kind !== 'column');
  let next = input.fields.length;
  const indices = args.map(each => (each.kind === 'column' ? each.index : next++));
  if (computed.length === 0) return { widened: input, indices };
  return {
    widened: appendColumns(
      input,
      computed,
      computed.map((_, i) => `$arg${i}`),
    ),
    indices,
  };
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
