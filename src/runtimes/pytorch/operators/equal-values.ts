import { isZero, knownOf } from '../execute/number-of.js';
import type { Value } from '../execute/value.js';
import { unsupported } from '../refusal.js';
import { subtractNumbers } from './numbers.js';

const MAX_COMPARED = 200_000;

/** Whether Python's `==` holds between two values that are no tensors. */
export function equalValues(a: Value, b: Value): boolean {
  return equal(a, b, { left: MAX_COMPARED });
}

/** @param budget comparisons that are left, since a list may hold another many times over. */
function equal(a: Value, b: Value, budget: { left: number }): boolean {
  if (--budget.left < 0) throw unsupported('a comparison of lists that are too long');
  const [x, y] = [knownOf(a), knownOf(b)];
  if (x !== undefined && y !== undefined) return x.rows === 0 && y.rows === 0 ? x.value === y.value : isZero(subtractNumbers(x, y));
  if ((a.kind === 'list' || a.kind === 'tuple') && (b.kind === 'list' || b.kind === 'tuple')) {
    return a.items.length === b.items.length && a.items.every((item, i) => equal(item, b.items[i]!, budget));
  }
  if (a.kind === 'string' && b.kind === 'string') return a.value === b.value;
  if (a.kind === 'none' || b.kind === 'none') return a.kind === b.kind;
  if (a.kind === b.kind && a.kind !== 'object' && a.kind !== 'function')
    throw unsupported(`a comparison of values that depend on the data`);
  return a === b;
}
