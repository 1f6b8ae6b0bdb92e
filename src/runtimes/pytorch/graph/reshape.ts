import { elementsOf, isRows, printShape, rowAxisOf, RowsMixed, type Dimension, type Shape } from './dimension.js';
import { SizesDiffer } from './sizes-differ.js';

/** Elements in front of a row's own in the order of the tensor: what comes before the row axis, and the part of the axis before rows. */
function outerOf(shape: Shape): number {
  const axis = rowAxisOf(shape);
  const { outer } = shape[axis] as { outer: number };
  return elementsOf(shape.slice(0, axis)) * outer;
}

/**
 * The target shape with its row axis split so that rows stay where they are in the order of elements.
 *
 * @param to whose row axis, if any, has the right size, but says nothing about places.
 * @throws {RowsMixed} where the rows of the tensor would be torn apart, `MODEL_LOAD` where the sizes differ.
 */
export function placeRows(from: Shape, to: Shape): Shape {
  const axis = rowAxisOf(to);
  if (rowAxisOf(from) < 0) {
    if (axis >= 0) throw new RowsMixed();
    if (elementsOf(from) !== elementsOf(to)) refuse(from, to);
    return to;
  }
  if (elementsOf(from) !== elementsOf(to)) refuse(from, to);
  // The number of rows is open, and the target has no place for it: true of a model that was traced with a fixed batch.
  if (axis < 0) throw new RowsMixed();
  const { outer, inner } = to[axis] as { outer: number; inner: number };
  const before = elementsOf(to.slice(0, axis));
  const inside = outerOf(from) / before;
  if (!Number.isInteger(inside) || (outer * inner) % inside !== 0) throw new RowsMixed();
  return to.with(axis, { outer: inside, inner: (outer * inner) / inside });
}

/**
 * A shape as `view` and `reshape` write it, where one size may be -1 for what is left.
 *
 * @param sizes numbers, and multiples of the row count.
 */
export function inferSizes(from: Shape, sizes: readonly Dimension[]): Shape {
  const open = sizes.indexOf(-1);
  if (open < 0) return sizes;
  const known = elementsOf(sizes.toSpliced(open, 1));
  const rest = elementsOf(from) / known;
  if (!Number.isInteger(rest)) refuse(from, sizes.with(open, 1));
  const isForRows = from.some(isRows) && !sizes.some(isRows);
  return sizes.with(open, isForRows ? { outer: 1, inner: rest } : rest);
}

function refuse(from: Shape, to: Shape): never {
  throw new SizesDiffer(`a tensor of shape ${printShape(from)} cannot take the shape ${printShape(to)}`, {
    actual: elementsOf(from),
    expected: elementsOf(to),
    hasRows: [...from, ...to].some(isRows),
  });
}
