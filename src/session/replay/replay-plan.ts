import type { TableObject } from '../../catalog/objects.js';
import { MillraceError } from '../../common/error.js';
import type { BoundExpression } from '../../planner/logical/expression.js';
import type { PlanField } from '../../planner/logical/node.js';
import { cutPlan } from '../../planner/physical/cut-plan.js';
import {
  execNodes,
  type CalcExec,
  type ExecNode,
  type PredictExec,
  type SinkExec,
  type SourceExec,
} from '../../planner/physical/exec-node.js';
import { STRING, withNullable, type Field } from '../../spec/data-type.js';
import { fileTable } from '../file-table.js';

/** The column of the source that names the dead letter of a row, and the column of the ledger. */
export const LETTER_ID: Field = { name: 'id', type: withNullable(STRING, false) };

/** The node that reads the dead letters. */
export const REPLAY_SOURCE = 'source-dead-letters';

/** What a replay runs. */
export interface ReplayPlan {
  readonly physical: readonly SinkExec[];
  /** The rows in front of the call. */
  readonly fields: readonly Field[];
}

/**
 * The plan of a replay: dead letters go into the call that gave them up and on to its sinks, and their ids to the ledger, so
 * that the same checkpoint covers both.
 *
 *     source of letters ─┬─▶ calc (the row) ─▶ the call ─▶ … ─▶ the sinks of the statement
 *                        └─▶ calc (the id)  ─▶ the ledger
 *
 * @throws {MillraceError} `STATE_MISMATCH` where the plan has no such call; see `cutPlan`.
 */
export function replayPlan(plan: readonly SinkExec[], callSite: string, ledgerPath: string): ReplayPlan {
  const call = execNodes(plan).find((node): node is PredictExec => node.kind === 'PredictExec' && node.id === callSite);
  if (!call) throw new MillraceError({ code: 'STATE_MISMATCH', message: `the statement has no model call "${callSite}"` });
  const { fields } = call.input;
  const read = [...fields, LETTER_ID];
  const source: SourceExec = {
    kind: 'SourceExec',
    id: REPLAY_SOURCE,
    table: fileTable({ name: 'dead letters', path: '', fields: read }),
    columns: read.map((_, i) => i),
    hints: new Map(),
    calc: undefined,
    readFields: read,
    watermark: undefined,
    output: undefined,
    fields: read,
    changelogMode: 'insert-only',
  };
  const ledger: TableObject = fileTable({ name: 'replayed', path: ledgerPath, fields: [LETTER_ID] });
  const written: SinkExec = {
    kind: 'SinkExec',
    id: 'ledger',
    input: columnsOf(source, 'calc-letter-ids', [fields.length]),
    table: ledger,
    hints: new Map(),
    overwrite: false,
    fields: [LETTER_ID],
    changelogMode: 'insert-only',
  };
  const rows = columnsOf(
    source,
    'calc-letter-rows',
    fields.map((_, i) => i),
  );
  return { physical: [...cutPlan(plan, call, rows), written], fields };
}

/** Some columns of a node. */
function columnsOf(input: ExecNode, id: string, columns: readonly number[]): CalcExec {
  const fields: PlanField[] = columns.map(index => input.fields[index]!);
  const expressions = columns.map((index): BoundExpression => {
    const { name, type } = input.fields[index]!;
    return { kind: 'column', index, name, type };
  });
  return { kind: 'CalcExec', id, input, calc: { condition: undefined, expressions }, fields, changelogMode: 'insert-only' };
}
