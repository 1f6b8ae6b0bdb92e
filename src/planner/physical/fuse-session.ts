import { fieldsOfCall, moveCall, type AggregateCall } from '../logical/aggregate-call.js';
import { usedColumns, type BoundExpression } from '../logical/expression.js';
import type { Aggregate, LogicalNode, TimeAttribute, WindowTable } from '../logical/node.js';
import type { SessionWindow } from '../logical/window-spec.js';
import { columnOf, project } from '../logical/project.js';

/** A key of an aggregation of sessions: a column of the input, by which they are partitioned, or a bound of the session. */
export type SessionKey = { readonly kind: 'partition'; readonly column: number } | { readonly kind: 'start' | 'end' | 'time' };

/** An aggregation whose groups are sessions, over the rows that the sessions are made of. */
export interface FusedSession {
  readonly input: LogicalNode;
  /** The fields of `input` that are the time, and the partition's. */
  readonly time: number;
  readonly timeAttribute: TimeAttribute;
  readonly partition: readonly number[];
  readonly gapMicros: number;
  readonly keys: readonly SessionKey[];
  readonly aggregates: readonly AggregateCall[];
}

/**
 * Takes a SESSION table and the aggregation over it as one, so that a session keeps its results so far and not its rows:
 * where each session is one group, and no aggregate looks at its bounds.
 *
 * @returns `undefined` for any other aggregation.
 */
export function fuseSession(node: Aggregate): FusedSession | undefined {
  const below = node.input.kind === 'Project' ? node.input : undefined;
  const table = below ? below.input : node.input;
  if (!node.window || !isSessionTable(table)) return undefined;
  const expressions = below ? below.expressions : table.fields.map((_, index) => columnOf(table, index));
  const width = table.input.fields.length;
  const read = [...new Set(node.aggregates.flatMap(fieldsOfCall))];
  const computed = read.map(index => expressions[index]!);
  if ([...usedColumns(computed)].some(column => column >= width)) return undefined;

  const { partition } = table.window;
  const keys = node.keys.map(key => sessionKey(expressions[key]!, { width, partition, offset: read.length }));
  if (!keys.every(key => key !== undefined)) return undefined;
  const kept = new Set(keys.flatMap(key => (key.kind === 'partition' ? [key.column] : [])));
  if (kept.size !== new Set(partition).size) return undefined;

  const columns = [...computed, ...[...partition, table.time].map(index => columnOf(table.input, index))];
  const names = [...read.map(index => node.input.fields[index]!.name), ...columns.slice(read.length).map(nameOf)];
  return {
    input: project(table.input, columns, names),
    time: columns.length - 1,
    timeAttribute: table.timeAttribute,
    partition: partition.map((_, p) => read.length + p),
    gapMicros: table.window.gapMicros,
    keys,
    aggregates: node.aggregates.map(call => moveCall(call, index => read.indexOf(index))),
  };
}

function isSessionTable(node: LogicalNode): node is WindowTable & { window: SessionWindow } {
  return node.kind === 'WindowTable' && node.window.kind === 'session';
}

function nameOf(expression: BoundExpression): string {
  return expression.kind === 'column' ? expression.name : '';
}

/** @param place the table's columns before the bounds, its partition, and where that begins in the fused input. */
function sessionKey(
  expression: BoundExpression,
  place: { readonly width: number; readonly partition: readonly number[]; readonly offset: number },
): SessionKey | undefined {
  if (expression.kind !== 'column') return undefined;
  const bound = (['start', 'end', 'time'] as const)[expression.index - place.width];
  if (bound !== undefined) return { kind: bound };
  const index = place.partition.indexOf(expression.index);
  return index === -1 ? undefined : { kind: 'partition', column: place.offset + index };
}
