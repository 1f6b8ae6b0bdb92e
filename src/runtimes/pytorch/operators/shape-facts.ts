import { intOf, type IntValue } from '../execute/value.js';
import { elementsOf, rowAxisOf, type Shape } from '../graph/dimension.js';

/** The number of elements, which may be a multiple of the number of rows. */
export function sizeOfAll(shape: Shape): IntValue {
  const count = elementsOf(shape);
  return rowAxisOf(shape) < 0 ? intOf(count) : intOf(0, count);
}
