import { equalValues } from '../../../planner/functions/compare-values.js';
import type { Column, Value } from '../../../spec/batch.js';

/** 1 for each row in which the columns of two lists differ. NULL equals NULL, NaN equals NaN, the two zeros differ. */
export function differingRows(left: readonly Column[], right: readonly Column[], rowCount: number): Uint8Array {
  const differs = new Uint8Array(rowCount);
  left.forEach((column, c) => {
    const other = right[c]!;
    for (let row = 0; row < rowCount; row++) if (differs[row] === 0 && !sameAt(column, other, row)) differs[row] = 1;
  });
  return differs;
}

function sameAt(a: Column, b: Column, row: number): boolean {
  const isNull = a.nulls?.[row] === 1;
  if (isNull !== (b.nulls?.[row] === 1)) return false;
  const [left, right] = [a.values[row] as Value, b.values[row] as Value];
  return isNull || Object.is(left, right) || (typeof left === 'object' && equalValues(left, right));
}
