import { MillraceError } from '../../common/error.js';
import type { Join as JoinReference, NamedTable } from '../../sql/ast/query.js';
import { conjunction, splitConjunction } from '../logical/conjunction.js';
import { someExpression, usedColumns, type BoundExpression } from '../logical/expression.js';
import type { LogicalNode, TemporalJoin } from '../logical/node.js';
import type { BoundTable } from './bound-table.js';

/** The sides of a join whose right side says FOR SYSTEM_TIME AS OF. */
export interface TemporalSides {
  readonly left: BoundTable;
  /** The version table, without its AS OF. */
  readonly right: BoundTable;
  readonly reference: NamedTable;
  /** The event time of the left side. */
  readonly time: number;
  /** Over both sides, left first. */
  readonly condition: BoundExpression | undefined;
  /** Where the right side has the columns of its primary key. */
  readonly primaryKey: readonly number[];
  readonly fields: TemporalJoin['fields'];
}

/**
 * `a JOIN v FOR SYSTEM_TIME AS OF a.time ON a.k = v.k` over event time: each row of the left with the version of its key
 * that was valid at its time.
 *
 * @throws {MillraceError} where the right table has no versions, or the condition does not name its whole key.
 */
export function temporalJoin(node: JoinReference, sides: TemporalSides): LogicalNode {
  const { left, right, reference, time, condition, primaryKey, fields } = sides;
  const table = reference.name.parts.at(-1)!.name;
  const join = joinTypeOf(node);
  const rightTime = right.node.fields.findIndex(field => field.timeAttribute === 'rowtime');
  if (primaryKey.length === 0 || rightTime === -1) {
    throw new MillraceError({
      code: 'INVALID_DEFINITION',
      message: `FOR SYSTEM_TIME AS OF needs versions, and table "${table}" has no ${primaryKey.length === 0 ? 'primary key' : 'event time'}`,
      span: reference.span,
      notes: [
        { message: 'declare PRIMARY KEY (…) NOT ENFORCED, which tells whose versions they are, and WATERMARK FOR the time they begin' },
      ],
    });
  }
  const width = left.node.fields.length;
  const { onKeys, rest } = divide(condition, primaryKey, width);
  const missing = primaryKey.find(key => !onKeys.some(each => usedColumns([each]).has(width + key)));
  if (missing !== undefined) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `ON must compare the whole primary key of "${table}", and leaves out "${right.node.fields[missing]!.name}"`,
      span: node.on?.span ?? node.span,
    });
  }
  return {
    kind: 'TemporalJoin',
    join,
    left: left.node,
    right: right.node,
    leftTime: time,
    rightTime,
    keys: conjunction(onKeys)!,
    condition: rest,
    span: node.span,
    fields,
  };
}

function joinTypeOf(node: JoinReference): TemporalJoin['join'] {
  if (node.join === 'INNER' || node.join === 'LEFT') return node.join === 'INNER' ? 'inner' : 'left';
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `FOR SYSTEM_TIME AS OF goes with an inner or a left join, not with ${node.join} JOIN`,
    span: node.span,
  });
}

/** The equalities with a column of the key, and the other conditions. */
function divide(
  condition: BoundExpression | undefined,
  keys: readonly number[],
  leftWidth: number,
): { readonly onKeys: readonly BoundExpression[]; readonly rest: BoundExpression | undefined } {
  const onKeys: BoundExpression[] = [];
  const rest: BoundExpression[] = [];
  for (const each of condition ? splitConjunction(condition) : []) (isOnKey(each, keys, leftWidth) ? onKeys : rest).push(each);
  return { onKeys, rest: conjunction(rest) };
}

function isOnKey(condition: BoundExpression, keys: readonly number[], leftWidth: number): boolean {
  if (condition.kind !== 'call' || condition.name !== '=') return false;
  const isKey = (each: BoundExpression): boolean => {
    const column = each.kind === 'cast' ? each.operand : each;
    return column.kind === 'column' && keys.includes(column.index - leftWidth);
  };
  const isLeft = (each: BoundExpression): boolean =>
    !someExpression(each, part => part.kind === 'column' && part.index >= leftWidth) && usedColumns([each]).size > 0;
  const [a, b] = condition.arguments as readonly [BoundExpression, BoundExpression];
  return (isKey(a) && isLeft(b)) || (isKey(b) && isLeft(a));
}
