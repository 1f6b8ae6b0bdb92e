import type { Value } from '../../spec/batch.js';
import type { DataType } from '../../spec/data-type.js';
import { isBytes, isConstructed, isText } from './type-rules.js';

/** Negative, 0 or positive as `a` stands before, at or after `b` in the order of their UTF-8 bytes. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    // In UTF-8 the halves of surrogate pairs, which stand for U+10000 and up, come after all other units.
    if (x !== y) return surrogatesLast(x) - surrogatesLast(y);
  }
  return a.length - b.length;
}

function surrogatesLast(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x1_0000 : unit;
}

/** Negative, 0 or positive as `a` stands before, at or after `b`, byte by byte. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

/** The order of values of one type without NULLs; booleans with FALSE first, collections only as equal or not. */
export function comparatorOf(type: DataType): (a: never, b: never) => number {
  if (isText(type)) return compareText;
  if (isBytes(type)) return compareBytes;
  if (isConstructed(type)) return (a: Value, b: Value) => (equalValues(a, b) ? 0 : 1);
  return (a: number | bigint | boolean, b: number | bigint | boolean) => (a < b ? -1 : a > b ? 1 : 0);
}

/**
 * The order in which rows are sorted by values of one type without NULLs. It is total: NaN is the greatest number, the two
 * zeros are equal, ARRAY and ROW go by their elements, of which NULL is the smallest. Only for types that `hasOrder` names.
 */
export function orderOf(type: DataType): (a: never, b: never) => number {
  switch (type.kind) {
    case 'FLOAT':
    case 'DOUBLE':
      return orderNumbers;
    case 'ARRAY': {
      const element = nullsFirst(orderOf(type.element));
      return (a: readonly Value[], b: readonly Value[]) => orderLists(a, b, () => element);
    }
    case 'ROW': {
      const fields = type.fields.map(field => nullsFirst(orderOf(field.type)));
      return (a: readonly Value[], b: readonly Value[]) => orderLists(a, b, i => fields[i]!);
    }
    default:
      return comparatorOf(type);
  }
}

function orderNumbers(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

type ValueOrder = (a: Value, b: Value) => number;

function nullsFirst(order: (a: never, b: never) => number): ValueOrder {
  return (a, b) => (a === null || b === null ? Number(b === null) - Number(a === null) : order(a as never, b as never));
}

function orderLists(a: readonly Value[], b: readonly Value[], orderAt: (index: number) => ValueOrder): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = orderAt(i)(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Whether two values of one type are the same; NULLs inside collections are equal to each other. */
export function equalValues(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof Uint8Array) return equalBytes(a, b as Uint8Array);
  if (Array.isArray(a)) {
    const [left, right] = [a as readonly Value[], b as readonly Value[]];
    return left.length === right.length && left.every((value, i) => equalValues(value, right[i]!));
  }
  return equalMaps(a as ReadonlyMap<Value, Value>, b as ReadonlyMap<Value, Value>);
}

function equalMaps(a: ReadonlyMap<Value, Value>, b: ReadonlyMap<Value, Value>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = lookUp(b, key);
    if (other === undefined || !equalValues(value, other)) return false;
  }
  return true;
}

/** The value of a key, which may be of any type; `undefined` where the map does not have it. */
export function lookUp(map: ReadonlyMap<Value, Value>, key: Value): Value | undefined {
  const direct = map.get(key);
  if (direct !== undefined || typeof key !== 'object' || key === null) return direct;
  for (const [each, value] of map) if (equalValues(each, key)) return value;
  return undefined;
}
