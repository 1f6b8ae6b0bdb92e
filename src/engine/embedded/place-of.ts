import { MillraceErrors, toMillraceError, type MillraceError } from '../../common/error.js';
import type { ExecNode } from '../../planner/physical/exec-node.js';

/** The error with its place in the plan, unless an operator further down has given it one. */
export function placed(thrown: unknown, exec: ExecNode): MillraceError | MillraceErrors {
  if (thrown instanceof MillraceErrors) return new MillraceErrors(thrown.errors.map(error => error.within(placeOf(exec))));
  const error = toMillraceError(thrown);
  return error.context.operator === undefined ? error.within(placeOf(exec)) : error;
}

/** What an error of a node tells about its place. */
export function placeOf(exec: ExecNode): { operator: string; table?: string; model?: string } {
  const operator = `${exec.kind.replace('Exec', '')} (${exec.id})`;
  if ((exec.kind === 'SourceExec' || exec.kind === 'SinkExec' || exec.kind === 'LookupJoinExec') && exec.table)
    return { operator, table: exec.table.name.object };
  return exec.kind === 'PredictExec' ? { operator, model: exec.call.model.name.object } : { operator };
}
