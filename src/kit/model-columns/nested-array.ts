import type { Value } from '../../spec/batch.js';
import type { DataType } from '../../spec/data-type.js';

/** How many ARRAYs a type is, one in the other: 2 of `ARRAY<ARRAY<FLOAT>>`, 0 of a type that is none. */
export function arrayDepth(type: DataType): number {
  let depth = 0;
  for (let inner = type; inner.kind === 'ARRAY'; inner = inner.element) depth++;
  return depth;
}

/** What stands in the innermost ARRAY of a type; the type itself where it is none. */
export function innermost(type: DataType): DataType {
  let inner = type;
  while (inner.kind === 'ARRAY') inner = inner.element;
  return inner;
}

/** A row of values and its sizes, the outermost first. */
export interface FlatRow {
  readonly items: readonly Value[];
  readonly sizes: readonly number[];
}

/**
 * The values of an ARRAY of `depth` levels, row-major.
 *
 * @returns what is wrong, to stand after `column "x"`, where an inner ARRAY is missing or as long as no other.
 */
export function flatten(array: readonly Value[], depth: number): FlatRow | string {
  const sizes = [array.length];
  let items = array;
  for (let level = 1; level < depth; level++) {
    const inner = items as readonly (readonly Value[] | null)[];
    const length = inner[0]?.length ?? 0;
    if (inner.includes(null)) return 'holds a NULL where the model takes a list of values';
    if (inner.some(each => each!.length !== length)) return 'holds lists of different lengths, which are no tensor';
    sizes.push(length);
    items = inner.flat();
  }
  return { items, sizes };
}

/** The values from `from` on as nested arrays of these sizes, the outermost first; takes the values as they are for one size. */
export function nest(items: readonly Value[], from: number, sizes: readonly number[]): Value[] {
  const [size = 0, ...inner] = sizes;
  if (inner.length === 0) return items.slice(from, from + size);
  const step = inner.reduce((product, each) => product * each, 1);
  return Array.from({ length: size }, (_, i) => nest(items, from + i * step, inner) as Value);
}
