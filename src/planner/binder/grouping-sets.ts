import { MillraceError } from '../../common/error.js';
import type { Expression } from '../../sql/ast/expression.js';
import type { GroupItem } from '../../sql/ast/query.js';

/** What a GROUP BY comes to. */
export interface GroupingSets {
  /** Every key once, in the order of the text: its column. */
  readonly keys: number[];
  /** The keys of each set, as positions in `keys`; one set with all keys where there is a plain GROUP BY. */
  readonly sets: readonly number[][];
}

/** CUBE doubles the sets with every key. */
const MAX_SETS = 1_024;

type Keys = readonly Expression[];

/**
 * @param columnsOf gives the columns of an expression: one, or several for the call of a window. It is asked once for each.
 * @throws {MillraceError} with a span inside the GROUP BY; `INVALID_ARGUMENT` for too many sets.
 */
export function bindGroupingSets(items: readonly GroupItem[], columnsOf: (expression: Expression) => readonly number[]): GroupingSets {
  const bound = new Map<Expression, readonly number[]>();
  const keys: number[] = [];
  const positionsOf = (expression: Expression): number[] => {
    const columns = bound.get(expression) ?? columnsOf(expression);
    bound.set(expression, columns);
    return columns.map(column => {
      const known = keys.indexOf(column);
      return known === -1 ? keys.push(column) - 1 : known;
    });
  };
  const sets = items.reduce<readonly Keys[]>((left, item) => everyPair(left, setsOf(item), item), [[]]);
  return { keys, sets: sets.map(set => [...new Set(set.flatMap(positionsOf))]) };
}

/** The sets of several items are each set of one with each set of the other. */
function everyPair(left: readonly Keys[], right: readonly Keys[], item: GroupItem): readonly Keys[] {
  if (left.length * right.length > MAX_SETS) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `the GROUP BY comes to more than ${MAX_SETS} grouping sets`,
      span: item.kind === 'group-expression' ? item.expression.span : item.span,
      notes: [{ message: 'write the sets that are needed with GROUPING SETS' }],
    });
  }
  return left.flatMap(a => right.map(b => [...a, ...b]));
}

function setsOf(item: GroupItem): readonly Keys[] {
  if (item.kind === 'group-expression') return [[item.expression]];
  switch (item.of) {
    case 'GROUPING SETS':
      return item.sets.flatMap(set => (set.length === 1 ? nestedSets(set[0]!) : [set]));
    case 'ROLLUP':
      return rollup(item.sets);
    case 'CUBE':
      return cube(item.sets, item);
  }
}

/** ROLLUP and CUBE within GROUPING SETS, which read as calls. */
function nestedSets(expression: Expression): readonly Keys[] {
  const name = expression.kind === 'call' && expression.name.parts.length === 1 ? expression.name.parts[0]!.name.toUpperCase() : '';
  if (expression.kind !== 'call' || (name !== 'ROLLUP' && name !== 'CUBE')) return [[expression]];
  const sets = expression.arguments.map(({ value }) => (value.kind === 'row' && !value.explicit ? value.fields : [value]));
  return setsOf({ kind: 'grouping-sets', of: name, sets, span: expression.span });
}

/** All, all but the last, and so on to none. */
function rollup(elements: readonly Keys[]): readonly Keys[] {
  return Array.from({ length: elements.length + 1 }, (_, left) => elements.slice(0, elements.length - left).flat());
}

/** Every choice of elements, from all to none. */
function cube(elements: readonly Keys[], item: GroupItem): readonly Keys[] {
  return elements.reduce<readonly Keys[]>((sets, element) => everyPair(sets, [element, []], item), [[]]);
}
