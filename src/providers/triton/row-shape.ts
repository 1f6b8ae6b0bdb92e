import type { Value } from '../../spec/batch.js';
import type { InputFeed } from './map-inputs.js';

/**
 * The dimensions of one row of a tensor from an ARRAY value without NULL inside, all of them sizes.
 *
 * A flat ARRAY fills any dimensions, of which one may be open; a nested one has its own.
 *
 * @returns what is wrong, to stand after `column "x"`, where it does not fit.
 */
export function shapeOfValue(value: Value, { depth, rowShape }: InputFeed): readonly number[] | string {
  const own = nestedShape(value as readonly Value[], depth);
  if (own === undefined) return 'holds ARRAYs of different lengths';
  if (depth === 1 && rowShape.length !== 1) {
    const known = rowShape.reduce((product, size) => (size < 0 ? product : product * size), 1);
    const filled = rowShape.map(size => (size < 0 ? own[0]! / known : size));
    const isFull = filled.every(Number.isInteger) && filled.reduce((product, size) => product * size, 1) === own[0];
    return isFull ? filled : `has ${own[0]} values, and the model takes ${describe(rowShape)} there`;
  }
  const fits = own.every((size, i) => rowShape[i]! < 0 || rowShape[i] === size);
  if (fits) return own;
  return depth === 1
    ? `has ${own[0]} values, and the model takes ${rowShape[0]} there`
    : `has ${describe(own)} values, and the model takes ${describe(rowShape)} there`;
}

/** `undefined` where ARRAYs side by side differ in length. */
function nestedShape(items: readonly Value[], depth: number): number[] | undefined {
  if (depth === 1) return [items.length];
  if (items.length === 0) return Array.from({ length: depth }, () => 0);
  const shapes = items.map(item => nestedShape(item as readonly Value[], depth - 1));
  const [first] = shapes;
  if (first === undefined || shapes.some(shape => shape?.join() !== first.join())) return undefined;
  return [items.length, ...first];
}

function describe(shape: readonly number[]): string {
  return `[${shape.map(size => (size < 0 ? '?' : size)).join(', ')}]`;
}
