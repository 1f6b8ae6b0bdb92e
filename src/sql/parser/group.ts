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
  groupItem := groupingSets | '(' ')' | expression
*/
function parseGroupItem(cursor: Cursor): GroupItem[] {
  const { start } = cursor;
  if (cursor.accept('(', ')')) return [{ kind: 'grouping-sets', of: 'GROUPING SETS', sets: [[]], span: cursor.spanFrom(start) }];
  const grouping = parseGroupingSets(cursor);
  if (grouping === undefined) return groupExpressions(cursor.grammar.expression(cursor));
  return [{ kind: 'grouping-sets', ...grouping, span: cursor.spanFrom(start) }];
}

type GroupingSets = Pick<Extract<GroupItem, { kind: 'grouping-sets' }>, 'of' | 'sets'>;

/*
  groupingSets := GROUPING SETS '(' (groupingSets | set) {',' (groupingSets | set)} ')' | (ROLLUP | CUBE) '(' set {',' set} ')'
*/
function parseGroupingSets(cursor: Cursor): GroupingSets | undefined {
  if (cursor.accept('GROUPING', 'SETS')) return { of: 'GROUPING SETS', sets: cursor.listInBrackets(() => parseSets(cursor)).flat() };
  const of = (['ROLLUP', 'CUBE'] as const).find(each => cursor.accept(each));
  return of && { of, sets: cursor.listInBrackets(() => parseSet(cursor)) };
}

/** An element of GROUPING SETS; where that is a list of sets itself, its sets. */
function parseSets(cursor: Cursor): GroupingSets['sets'] {
  return cursor.nested(() => {
    const { start } = cursor;
    const inner = parseGroupingSets(cursor);
    if (inner === undefined) return [parseSet(cursor)];
    if (inner.of === 'ROLLUP') return inner.sets.map((_, i) => inner.sets.slice(0, inner.sets.length - i).flat()).concat([[]]);
    if (inner.of === 'GROUPING SETS') return inner.sets;
    if (inner.sets.length > MAX_CUBE)
      throw cursor.error({
        code: 'TOO_COMPLEX',
        message: `a CUBE within GROUPING SETS has at most ${MAX_CUBE} parts`,
        span: cursor.spanFrom(start),
      });
    return subsets(inner.sets);
  });
}

/** A CUBE of n parts is 2^n sets. */
const MAX_CUBE = 10;

/** All of the parts first, nothing last. */
function subsets(parts: GroupingSets['sets']): Expression[][] {
  const [first, ...rest] = parts;
  if (first === undefined) return [[]];
  const without = subsets(rest);
  return [...without.map(set => [...first, ...set]), ...without];
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
