import { MillraceErrors, toMillraceError, type MillraceError } from '../../common/error.js';
import type { LookupJoinExec } from '../../planner/physical/exec-node.js';
import type { LookupSource } from '../../spec/connector.js';
import type { JobEnvironment } from './environment.js';
import type { OpenedNode, OpenOptions } from './graph-node.js';
import { ASKS_NOTHING, LookupAsks } from './lookup-asks.js';
import { lookupJoinOperator } from './operators/lookup-join.js';

/** Opens the table of a lookup join, and the operator that asks it. */
export async function openLookupJoin(exec: LookupJoinExec, { context, environment }: OpenOptions): Promise<OpenedNode> {
  const { table, columns, condition, hint, input, join, calc, fields } = exec;
  const source = condition.keys.length === 0 ? ASKS_NOTHING : await openTable(exec, environment);
  const tableFields = columns.map(index => table.columns[index]!);
  const { functions, clock, settings } = environment;
  const asks = new LookupAsks({
    source,
    name: table.name.object,
    fields: tableFields,
    settings: {
      async: hint.async ?? source.async,
      ordered: hint.ordered ?? settings.lookup.ordered,
      capacity: hint.capacity ?? settings.lookup.capacity,
      timeoutMs: hint.timeoutMs ?? settings.lookup.timeoutMs,
      retryMisses: hint.retryMisses,
    },
    clock,
    random: functions.random,
    count: (metric, by) => context.count(metric, by),
  });
  const { maxRows } = settings;
  const operator = lookupJoinOperator({ asks, join, condition, leftFields: input.fields, tableFields, calc, fields, maxRows }, functions);
  return { kind: 'operator', operator: operator(context) };
}

/** @throws what the environment throws, at the join where it is about what somebody wrote. */
async function openTable(exec: LookupJoinExec, environment: JobEnvironment): Promise<LookupSource> {
  const atJoin = (error: MillraceError): MillraceError => (error.domain === 'user' && !error.span ? error.at(exec.span) : error);
  try {
    return await environment.openLookup(exec);
  } catch (thrown) {
    throw thrown instanceof MillraceErrors ? new MillraceErrors(thrown.errors.map(atJoin)) : atJoin(toMillraceError(thrown));
  }
}
