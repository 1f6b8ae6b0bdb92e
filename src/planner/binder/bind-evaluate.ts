import type { ModelObject } from '../../catalog/objects.js';
import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import type { Span } from '../../common/span.js';
import { answerColumns } from '../../spec/call-metadata.js';
import { DOUBLE, formatType, type DataType } from '../../spec/data-type.js';
import type { Expression, FunctionCall } from '../../sql/ast/expression.js';
import { evaluationAggregate, METRICS_TYPE, type EvaluationAggregate } from '../functions/evaluation/evaluation-aggregate.js';
import type { AggregateCall } from '../logical/aggregate-call.js';
import type { BoundExpression } from '../logical/expression.js';
import type { Aggregate, EvaluationTask, LogicalNode, PlanField, WindowBound } from '../logical/node.js';
import { columnOf, project } from '../logical/project.js';
import { bindCallConfig } from './bind-call-config.js';
import { bindModelName } from './bind-model-name.js';
import { inputColumns, predictOver } from './bind-predict-table.js';
import { bindDescriptor, bindTableArgument, refusePartitions, requireArguments } from './bind-table-argument.js';
import type { QueryScope } from './binding.js';
import { isNotNull } from './build-expression.js';
import { castTo } from './coerce.js';
import { matchParameters } from './match-parameters.js';

const PARAMETERS = ['INPUT', 'MODEL', 'LABEL', 'ARGS', 'TASK', 'CONFIG'] as const;

/** What each task compares, for the message that it cannot. */
const TASKS: Readonly<Record<EvaluationTask, string>> = {
  REGRESSION: 'numbers',
  CLUSTERING: 'names or numbers of clusters with those of the true groups',
  CLASSIFICATION:
    'classes of one type, or the probability of TRUE with a BOOLEAN or INT, or probabilities by class with the name or number of a class',
  EMBEDDING: 'arrays of numbers',
  TEXT_GENERATION: 'texts',
};

const WAY_OUT = "give it rows in windows: ML_EVALUATE(INPUT => (SELECT * FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR)), …)";

/**
 * `ML_EVALUATE(TABLE t, MODEL m, DESCRIPTOR(label), DESCRIPTOR(a, …), 'task'[, MAP[…]])`, by position or by name: the metrics of
 * the task, by name, as `result`.
 *
 * It is ML_PREDICT over the rows that have a label, and an aggregation above it: of rows that are in windows, which is to
 * say that they have `window_start` and `window_end`, a row a window with its bounds in front; else one row for all.
 */
export function bindEvaluate(node: FunctionCall, scope: QueryScope): LogicalNode {
  const given = matchParameters(node, PARAMETERS);
  requireArguments(given, ['INPUT', 'MODEL', 'LABEL', 'ARGS', 'TASK'], {
    node,
    example: "ML_EVALUATE(TABLE t, MODEL m, DESCRIPTOR(label), DESCRIPTOR(a, b), 'regression')",
  });
  refusePartitions(given.INPUT);
  const input = bindTableArgument(given.INPUT, node, scope);
  const model = bindModelName(given.MODEL, node, scope.binding);
  const [label, ...labels] = bindDescriptor(given.LABEL, node, input);
  if (labels.length > 0) {
    throw new MillraceError({
      code: 'COLUMN_COUNT',
      message: `ML_EVALUATE compares with one column, not ${labels.length + 1}`,
      span: labels[0]!.span,
    });
  }
  const answer = answerOf(model, label!.span);
  const described = bindDescriptor(given.ARGS, node, input);
  const args = inputColumns(described, { model, input, span: given.ARGS!.span });
  const task = bindTask(given.TASK!);
  const features = described.map(({ index }) => index);
  const comparison = compare({ task, input, label: label!.index, features, answer: model.outputs[answer]!, span: label!.span });
  const call = { model, ...bindCallConfig(given.CONFIG), span: node.span };
  const answered = predictOver(labelled(input, label!.index), { call, args, form: 'columns' });
  const columns = [label!.index, input.fields.length + answer, ...(comparison.hasFeatures ? features : [])];
  return aggregated(answered, { columns, comparison, task, span: node.span });
}

/** The rows that have a label: no other is sent to the model. */
function labelled(input: LogicalNode, label: number): LogicalNode {
  if (!input.fields[label]!.type.nullable) return input;
  return { kind: 'Filter', input, condition: isNotNull(columnOf(input, label)), fields: input.fields };
}

interface Compared {
  /** Label, answer and, where the task looks at them, features. */
  readonly columns: readonly number[];
  readonly comparison: EvaluationAggregate;
  readonly task: EvaluationTask;
  /** Of the call in the text. */
  readonly span: Span;
}

function aggregated(answered: LogicalNode, { columns, comparison, task, span }: Compared): Aggregate {
  const keys = windowFields(answered.fields);
  const steps = [comparison.label, comparison.answer, ...columns.slice(2).map(() => [DOUBLE])];
  const compared = columns.map((column, i) => castThrough(columnOf(answered, column), steps[i]!));
  const input = project(
    answered,
    [...keys.map(key => columnOf(answered, key)), ...compared],
    [...keys, ...columns].map(column => answered.fields[column]!.name),
  );
  const call: AggregateCall = {
    name: task,
    arguments: compared.map((_, i) => keys.length + i),
    distinct: false,
    filter: undefined,
    order: [],
    orderTypes: [],
    clause: undefined,
    resolution: { ...comparison.resolution, parameters: compared.map(each => each.type) },
    type: METRICS_TYPE,
  };
  const common = {
    kind: 'Aggregate',
    input,
    keys: keys.map((_, i) => i),
    aggregates: [call],
    fields: [...input.fields.slice(0, keys.length), { name: 'result', type: METRICS_TYPE }],
  } as const;
  if (keys.length === 0) return { ...common, window: undefined, wholeInput: { what: 'ML_EVALUATE', span, hint: WAY_OUT } };
  const { timeAttribute, isLocal, isAligned } = input.fields[1]!.windowBound!;
  return { ...common, window: { start: 0, end: 1, timeAttribute, isLocal, isAligned } };
}

/** Start and end of the window that a row is in, and its time where that is there too; none for rows without windows. */
function windowFields(fields: readonly PlanField[]): number[] {
  const bound = (side: WindowBound['side']): number => fields.findIndex(field => field.windowBound?.side === side);
  const [start, end] = [bound('start'), bound('end')];
  if (start === -1 || end === -1) return [];
  const time = fields.findIndex(field => field.timeAttribute !== undefined);
  return time === -1 ? [start, end] : [start, end, time];
}

function castThrough(expression: BoundExpression, steps: readonly DataType[]): BoundExpression {
  return steps.reduce((value, type) => castTo(value, type), expression);
}

/** The place of the model's one answer among its OUTPUT columns. */
function answerOf({ name, outputs }: ModelObject, span: Span): number {
  const answers = answerColumns(outputs);
  if (answers.length === 1) return outputs.indexOf(answers[0]!);
  throw new MillraceError({
    code: 'COLUMN_COUNT',
    message: `ML_EVALUATE compares one answer, and model "${name.object}" gives ${answers.length} (${answers.map(each => each.name).join(', ')})`,
    span,
  });
}

function compare(init: {
  readonly task: EvaluationTask;
  readonly input: LogicalNode;
  readonly label: number;
  readonly features: readonly number[];
  readonly answer: ModelObject['outputs'][number];
  readonly span: Span;
}): EvaluationAggregate {
  const { task, input, answer, span } = init;
  const label = input.fields[init.label]!;
  const features = init.features.map(index => input.fields[index]!.type);
  const comparison = evaluationAggregate(task, { label: label.type, answer: answer.type, features });
  if (comparison) return comparison;
  throw new MillraceError({
    code: 'TYPE_MISMATCH',
    message: `ML_EVALUATE cannot compare the label "${label.name}", ${formatType(label.type, 'ignore')}, with the answer "${answer.name}", ${formatType(answer.type, 'ignore')}`,
    span,
    notes: [{ message: `the task ${task.toLowerCase()} compares ${TASKS[task]}` }],
  });
}

function bindTask(argument: Expression): EvaluationTask {
  const tasks = Object.keys(TASKS) as EvaluationTask[];
  const written = argument.kind === 'string' ? argument.value : undefined;
  const task = tasks.find(each => each === written?.toUpperCase());
  if (task) return task;
  const suggestion = written === undefined ? undefined : nearest(written.toUpperCase(), tasks);
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: written === undefined ? 'the task of ML_EVALUATE is a string literal' : `there is no task "${written}"`,
    span: argument.span,
    notes: [{ message: suggestion ? `did you mean "${suggestion.toLowerCase()}"?` : `the tasks are ${tasks.join(', ').toLowerCase()}` }],
  });
}
