import type { ModelObject } from '../../catalog/objects.js';
import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import type { Span } from '../../common/span.js';
import { answerColumns } from '../../spec/call-metadata.js';
import { DOUBLE, STRING, formatType, withNullable } from '../../spec/data-type.js';
import type { Expression, FunctionCall } from '../../sql/ast/expression.js';
import { implicitCast } from '../functions/type-rules.js';
import type { Evaluate, EvaluationTask, LogicalNode, PlanField } from '../logical/node.js';
import { bindCallConfig } from './bind-call-config.js';
import { bindModelName } from './bind-model-name.js';
import { asColumns, inputColumns } from './bind-predict-table.js';
import { bindDescriptor, bindTableArgument, refusePartitions, requireArguments } from './bind-table-argument.js';
import type { QueryScope } from './binding.js';
import { matchParameters } from './match-parameters.js';

const PARAMETERS = ['INPUT', 'MODEL', 'LABEL', 'ARGS', 'TASK', 'CONFIG'] as const;
const TASKS: readonly EvaluationTask[] = ['REGRESSION', 'CLUSTERING', 'CLASSIFICATION', 'EMBEDDING', 'TEXT_GENERATION'];

const RESULT: PlanField = {
  name: 'result',
  type: { kind: 'MAP', key: withNullable(STRING, false), value: DOUBLE, nullable: false },
};

/**
 * `ML_EVALUATE(TABLE t, MODEL m, DESCRIPTOR(label), DESCRIPTOR(a, …), 'task'[, MAP[…]])`, by position or by name: one row
 * with the metrics of the task, by name.
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
  checkLabel(input.fields[label!.index]!, model, label!.span);
  const args = inputColumns(bindDescriptor(given.ARGS, node, input), { model, input, span: given.ARGS!.span });
  const { widened, indices } = asColumns(input, args);
  const evaluate: Evaluate = {
    kind: 'Evaluate',
    input: widened,
    call: { model, ...bindCallConfig(given.CONFIG), span: node.span },
    arguments: indices,
    label: label!.index,
    task: bindTask(given.TASK!),
    fields: [RESULT],
  };
  return evaluate;
}

/** The label is what the model should have answered, so it has the type of the answer. */
function checkLabel(label: PlanField, { name, outputs }: ModelObject, span: Span): void {
  const answers = answerColumns(outputs);
  const [answer] = answers;
  if (answers.length > 1) {
    throw new MillraceError({
      code: 'COLUMN_COUNT',
      message: `ML_EVALUATE compares one answer, and model "${name.object}" gives ${answers.length} (${answers.map(each => each.name).join(', ')})`,
      span,
    });
  }
  if (implicitCast(withNullable(label.type, true), withNullable(answer!.type, true))) return;
  throw new MillraceError({
    code: 'TYPE_MISMATCH',
    message: `the label of ML_EVALUATE is compared with "${answer!.name}", a ${formatType(answer!.type, 'ignore')}, and "${label.name}" is ${formatType(label.type, 'ignore')}`,
    span,
  });
}

function bindTask(argument: Expression): EvaluationTask {
  const written = argument.kind === 'string' ? argument.value : undefined;
  const task = TASKS.find(each => each === written?.toUpperCase());
  if (task) return task;
  const suggestion = written === undefined ? undefined : nearest(written.toUpperCase(), TASKS);
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: written === undefined ? 'the task of ML_EVALUATE is a string literal' : `there is no task "${written}"`,
    span: argument.span,
    notes: [{ message: suggestion ? `did you mean "${suggestion.toLowerCase()}"?` : `the tasks are ${TASKS.join(', ').toLowerCase()}` }],
  });
}
