import type { Expression } from '../ast/expression.js';
import type { GroupItem } from '../ast/query.js';
import type { Cursor } from './cursor.js';

/*
  groupItems := groupItem {',' groupItem}
*/
export function parseGroupItems(cursor: Cursor): GroupItem[] {
  return cursor.list(() => parseGroupItem(cursor), 'HAVING', 'WINDOW', 'ORDER', 'LIMIT', ')').flat();
}

/*
  groupItem := GROUPING SETS '(' set {',' set} ')' | (ROLLUP | CUBE) '(' set {',' set} ')' | '(' ')' | expression
*/
function parseGroupItem(cursor: Cursor): GroupItem[] {
  const { start } = cursor;
  if (cursor.accept('(', ')')) return [{ kind: 'grouping-sets', of: 'GROUPING SETS', sets: [[]], span: cursor.spanFrom(start) }];
  const of = cursor.accept('GROUPING', 'SETS') ? 'GROUPING SETS' : (['ROLLUP', 'CUBE'] as const).find(each => cursor.accept(each));
  if (of === undefined) return groupExpressions(cursor.grammar.expression(cursor));
  const sets = cursor.listInBrackets(() => parseSet(cursor));
  return [{ kind: 'grouping-sets', of, sets, span: cursor.spanFrom(start) }];
}

/** `GROUP BY (a, b)` groups by a and by b. */
function groupExpressions(expression: Expression): GroupItem[] {
  const expressions = expression.kind === 'row' && !expression.explicit ? expression.fields : [expression];
  return expressions.map(each => ({ kind: 'group-expression', expression: each }));
}

/*
  set := '(' [expression {',' expression}] ')' | expression
*/
function parseSet(cursor: Cursor): readonly Expression[] {
  if (cursor.accept('(', ')')) return [];
  const expression = cursor.grammar.expression(cursor);
  return expression.kind === 'row' && !expression.explicit ? expression.fields : [expression];
}
