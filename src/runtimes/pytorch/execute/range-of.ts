import { RowsMixed } from '../graph/dimension.js';
import { intOf, type Value } from './value.js';

/** The numbers of a `range`, which a loop goes through. */
export function rangeOf(bounds: readonly Value[], limit: number): readonly Value[] | undefined {
  const numbers = bounds.map(bound => (bound.kind === 'int' ? bound : undefined));
  if (numbers.some(number => number === undefined)) return undefined;
  if (numbers.some(number => number!.rows !== 0)) throw new RowsMixed();
  const [first, second, third] = numbers.map(number => number!.value);
  const [start, end, step] = second === undefined ? [0, first ?? 0, 1] : [first!, second, third ?? 1];
  if (step === 0 || Math.abs((end - start) / step) > limit) return undefined;
  const items: Value[] = [];
  for (let value = start; step > 0 ? value < end : value > end; value += step) items.push(intOf(value));
  return items;
}
