import type { BoundExpression } from './expression.js';

/** The conditions that an AND of any depth combines, from left to right. */
export function splitConjunction(condition: BoundExpression): BoundExpression[] {
  if (condition.kind !== 'logical' || condition.operator !== 'AND') return [condition];
  return [...splitConjunction(condition.left), ...splitConjunction(condition.right)];
}

/** The AND of all; `undefined` for none. */
export function conjunction(conditions: readonly BoundExpression[]): BoundExpression | undefined {
  const [first, ...rest] = conditions;
  return rest.reduce<BoundExpression | undefined>(
    (left, right) => ({
      kind: 'logical',
      operator: 'AND',
      left: left!,
      right,
      type: { kind: 'BOOLEAN', nullable: left!.type.nullable || right.type.nullable },
    }),
    first,
  );
}
