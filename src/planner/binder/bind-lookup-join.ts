import { MillraceError } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import type { Join as JoinReference, NamedTable } from '../../sql/ast/query.js';
import { splitConjunction } from '../logical/conjunction.js';
import { hasModelCall, hasSubquery, type BoundExpression } from '../logical/expression.js';
import type { LookupHint } from '../logical/lookup-hint.js';
import type { LogicalNode, LookupJoin, PlanField } from '../logical/node.js';
import { lookupKeyOf } from '../physical/lookup-condition.js';

export interface LookupJoinInit {
  readonly left: LogicalNode;
  readonly right: LogicalNode;
  readonly reference: NamedTable;
  /** The time that FOR SYSTEM_TIME AS OF names, over the left side. */
  readonly asOf: BoundExpression;
  /** Over both sides, left first. */
  readonly condition: BoundExpression | undefined;
  readonly hint: LookupHint;
  readonly fields: readonly PlanField[];
}

/** `JOIN t FOR SYSTEM_TIME AS OF e.proc AS t ON t.key = e.key`: t is asked for each row of e, at the time when the row comes. */
export function lookupJoin(node: JoinReference, { left, right, reference, asOf, condition, hint, fields }: LookupJoinInit): LookupJoin {
  const isClock = asOf.kind === 'column' && left.fields[asOf.index]!.timeAttribute === 'proctime';
  const { span } = reference.asOf!;
  // A table without a watermark has no versions, so there is only its present state to be asked for.
  if (!isClock && right.fields.some(field => field.timeAttribute === 'rowtime')) throw noTimeAttribute(span);
  const join = joinTypeOf(node);
  requireTable(right, reference);
  if (!condition || !splitConjunction(condition).some(each => lookupKeyOf(each, left.fields.length, stored(right)))) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `a lookup join needs a condition that gives a column of "${reference.name.parts.at(-1)!.name}" its value`,
      span: node.on?.span ?? node.span,
      notes: [{ message: 'write ON t.key = e.key, with a CAST round e.key where their types differ' }],
    });
  }
  if (hasModelCall(condition) || hasSubquery(condition)) {
    throw new MillraceError({
      code: 'UNSUPPORTED',
      message: 'the condition of a lookup join holds neither subqueries nor model calls',
      span: node.on!.span,
      notes: [{ message: 'compute the value in a subquery in FROM, and join that' }],
    });
  }
  return { kind: 'LookupJoin', join, left, right, condition, hint, span: node.span, fields };
}

/** Which fields of a table it can be asked by: a computed one is known once a row has been found. */
function stored(right: LogicalNode): (field: number) => number | undefined {
  const scan = right.kind === 'Project' ? right.input : right;
  return field => {
    const expression = right.kind === 'Project' ? right.expressions[field]! : { kind: 'column' as const, index: field };
    if (expression.kind !== 'column' || scan.kind !== 'Scan') return undefined;
    return scan.table.columns[scan.columns[expression.index]!]!.kind === 'physical' ? expression.index : undefined;
  };
}

function noTimeAttribute(span: Span): MillraceError {
  return new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: 'FOR SYSTEM_TIME AS OF takes a time attribute of the left table',
    span,
    notes: [{ message: 'declare a WATERMARK for event time, or a column proc AS PROCTIME() for the time when a row comes' }],
  });
}

function joinTypeOf(node: JoinReference): LookupJoin['join'] {
  if (node.join === 'INNER') return 'inner';
  if (node.join === 'LEFT') return 'left';
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `a lookup join is an inner or a LEFT JOIN, not ${node.join} JOIN`,
    span: node.span,
  });
}

function requireTable(node: LogicalNode, { name, span }: NamedTable): void {
  const below = node.kind === 'Project' ? node.input : node;
  if (below.kind === 'Scan') return;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `a lookup join asks a table, and "${name.parts.at(-1)!.name}" is a query`,
    span,
    notes: [{ message: 'join it without FOR SYSTEM_TIME AS OF' }],
  });
}
