import { MillraceError } from '../../common/error.js';
import type { SinkExec } from '../../planner/physical/exec-node.js';
import type { OpenedNode, OpenOptions } from './graph-node.js';
import { sinkOperator } from './operators/sink.js';

/** The operator that writes into a table, or to whoever ran the statement. @throws {MillraceError} `CHANGELOG_MODE` where it takes no updates. */
export async function openSink(exec: SinkExec, { context, environment, hooks }: OpenOptions): Promise<OpenedNode> {
  const sink = await environment.openSink(exec);
  const { changelogMode } = exec;
  if (sink.changelogMode !== 'all' && changelogMode !== 'insert-only' && !(sink.changelogMode === 'upsert' && changelogMode === 'upsert')) {
    throw new MillraceError({
      code: 'CHANGELOG_MODE',
      message: `the query updates rows, and table "${exec.table?.name.object ?? 'result'}" takes ${sink.changelogMode === 'upsert' ? 'no retractions' : 'only inserts'}`,
      notes: [{ message: 'aggregate in windows, whose rows are final, or write into a table that takes updates' }],
    });
  }
  const fields = exec.table ? storedFields(exec) : exec.fields;
  const operator = sinkOperator({
    openWriter: () => sink.openWriter(`${environment.attempt}-${exec.id}`),
    fields,
    onEnd: () => hooks.sinkEnded(exec),
  })(context);
  return { kind: 'sink', operator, sink };
}

function storedFields({ fields, table }: SinkExec): SinkExec['fields'] {
  return fields.map(field => ({ ...field, type: table!.columns.find(column => column.name === field.name)?.type ?? field.type }));
}
