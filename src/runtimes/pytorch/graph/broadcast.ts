import { isRows, printShape, RowsMixed, sameDimension, type Dimension, type Shape } from './dimension.js';
import { SizesDiffer } from './sizes-differ.js';

/**
 * The shape that these broadcast to.
 *
 * @throws {RowsMixed} where rows meet something else than rows or a single one, or would stand on two axes.
 */
export function broadcastShapes(shapes: readonly Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map(shape => shape.length));
  const result: Dimension[] = [];
  for (let back = rank; back >= 1; back--) {
    let size: Dimension = 1;
    for (const shape of shapes) {
      const other: Dimension = back > shape.length ? 1 : shape.at(-back)!;
      if (other === 1 || sameDimension(size, other)) continue;
      if (size !== 1) {
        if (isRows(size) || isRows(other)) throw new RowsMixed();
        const message = `shapes ${shapes.map(printShape).join(' and ')} do not fit each other`;
        throw new SizesDiffer(message, { actual: Math.max(size, other), expected: Math.min(size, other), hasRows: false });
      }
      size = other;
    }
    result.push(size);
  }
  if (result.filter(isRows).length > 1) throw new RowsMixed();
  return result;
}
