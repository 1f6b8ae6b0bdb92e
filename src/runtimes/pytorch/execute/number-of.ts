import { RowsMixed } from '../graph/dimension.js';
import type { KnownNumber } from '../graph/tensor-cell.js';
import { boolOf, floatOf, intOf, type Value } from './value.js';

/** A number of the program as a tensor without dimensions may hold it; `undefined` for other values. */
export function knownOf(value: Value): KnownNumber | undefined {
  if (value.kind === 'int') return { type: 'int', value: value.value, rows: value.rows };
  if (value.kind === 'float') return { type: 'float', value: value.value, rows: 0 };
  return value.kind === 'bool' ? { type: 'bool', value: value.value ? 1 : 0, rows: 0 } : undefined;
}

/** The number of the program that a tensor holds. */
export function valueOfKnown(known: KnownNumber): Value {
  if (known.type === 'bool') return boolOf(known.value !== 0);
  return known.type === 'int' ? intOf(known.value, known.rows) : floatOf(fixed(known));
}

/** The number itself, where it does not depend on the number of rows. */
export function fixed(known: KnownNumber): number {
  if (known.rows !== 0) throw new RowsMixed();
  return known.value;
}

/**
 * The sign of `value + rows · N` where it is the same for every N from 1.
 *
 * @throws {RowsMixed} where it is not.
 */
export function signOf(known: KnownNumber): number {
  if (known.rows === 0) return Math.sign(known.value);
  const atOne = known.value + known.rows;
  if (atOne !== 0 && Math.sign(atOne) === Math.sign(known.rows)) return Math.sign(atOne);
  throw new RowsMixed();
}

/** Whether `value + rows · N` is 0: never for an N that is no natural number. */
export function isZero(known: KnownNumber): boolean {
  if (known.rows === 0) return known.value === 0;
  const root = -known.value / known.rows;
  if (!Number.isInteger(root) || root < 1) return false;
  throw new RowsMixed();
}
