import { decimal, sameType, type DataType } from '../../spec/data-type.js';
import { castTo } from '../binder/coerce.js';
import { isText } from '../functions/type-rules.js';
import { conjunction, splitConjunction } from '../logical/conjunction.js';
import { replaceColumns, usedColumns, type BoundExpression } from '../logical/expression.js';

/** Two expressions that must be equal for two rows to be joined; both have one type, or are text of any length. */
export interface EquiKey {
  /** Over the fields of the left side. */
  readonly left: BoundExpression;
  /** Over the fields of the right side. */
  readonly right: BoundExpression;
  /** Whether NULL equals NULL here, as in IS NOT DISTINCT FROM. */
  readonly nullsAreEqual: boolean;
}

/** A join condition taken apart: rows are found by the keys, and then tested. */
export interface JoinCondition {
  readonly keys: readonly EquiKey[];
  /** Over the fields of both sides, left first. */
  readonly rest: BoundExpression | undefined;
}

/** The equalities of a condition that compare one side with the other, and what is left of it. */
export function splitJoinCondition(condition: BoundExpression | undefined, leftWidth: number): JoinCondition {
  const keys: EquiKey[] = [];
  const rest: BoundExpression[] = [];
  for (const each of condition ? splitConjunction(condition) : []) {
    const key = equiKeyOf(each, leftWidth);
    if (key) keys.push(key);
    else rest.push(each);
  }
  return { keys, rest: conjunction(rest) };
}

function equiKeyOf(condition: BoundExpression, leftWidth: number): EquiKey | undefined {
  if (condition.kind !== 'call' || (condition.name !== '=' && condition.name !== 'IS NOT DISTINCT FROM')) return undefined;
  const [a, b] = condition.arguments as readonly [BoundExpression, BoundExpression];
  const [sideA, sideB] = [sideOf(a, leftWidth), sideOf(b, leftWidth)];
  if (!sideA || !sideB || sideA === sideB) return undefined;
  const [left, right] = sideA === 'left' ? [a, b] : [b, a];
  const moved = replaceColumns(right, (index, column) => ({ ...column, index: index - leftWidth }));
  const nullsAreEqual = condition.name !== '=';
  // Text compares as it is: a cast to the type of the other side would cut or pad it.
  if (isText(left.type) && isText(right.type)) return { left, right: moved, nullsAreEqual };
  const common = comparedAs(left.type, right.type);
  return common && { left: castTo(left, common), right: castTo(moved, common), nullsAreEqual };
}

/** The side whose columns an expression reads; `undefined` for none or both. */
function sideOf(expression: BoundExpression, leftWidth: number): 'left' | 'right' | undefined {
  const used = [...usedColumns([expression])];
  if (used.length === 0) return undefined;
  if (used.every(index => index < leftWidth)) return 'left';
  return used.every(index => index >= leftWidth) ? 'right' : undefined;
}

/** A type in which equal values are the same value; `undefined` where there is none. */
function comparedAs(left: DataType, right: DataType): DataType | undefined {
  if (left.kind !== 'DECIMAL' || right.kind !== 'DECIMAL') return sameType(left, right) ? left : undefined;
  const scale = Math.max(left.scale, right.scale);
  const precision = Math.max(left.precision - left.scale, right.precision - right.scale) + scale;
  return precision <= 38 ? decimal(precision, scale) : undefined;
}
