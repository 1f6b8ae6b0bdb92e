import { formatType, type Field } from '../../spec/data-type.js';
import type { ModelInput, TensorFeed } from '../../spec/model-runtime.js';
import { arrayDepth } from './nested-array.js';

export type FeedShape = Pick<TensorFeed, 'rowShape' | 'width' | 'openShape' | 'isScalar'>;

/** Most values of a row: a damaged file may ask for any number. */
const MOST_VALUES = 2 ** 27;

/** Sizes that stand in for open ones until rows tell theirs. */
const SOME_SIZE = 4;

/**
 * The shape of one row of an input that these columns feed: that of the model, with the number of columns where the model leaves
 * the only size open. An ARRAY column tells open sizes row by row: a nested one all, a flat one a single one.
 *
 * @returns what speaks against it, to stand alone.
 */
export function feedShape(input: ModelInput, columns: readonly Field[]): FeedShape | string {
  const shape = shapeOf(input, columns);
  if (typeof shape === 'string' || shape.width <= MOST_VALUES) return shape;
  return `input "${input.name}" of the model takes ${shape.width} values a row, more than ${MOST_VALUES}`;
}

function shapeOf(input: ModelInput, columns: readonly Field[]): FeedShape | string {
  if (input.shape?.length === 0) return { rowShape: [], width: 1, isScalar: true };
  const type = columns[0]?.type;
  const depth = type === undefined ? 0 : arrayDepth(type);
  if (input.shape === undefined) return depth === 0 ? fixed([columns.length]) : open(Array.from({ length: depth }, () => undefined));
  const sizes = input.shape.slice(1);
  if (depth > 1 && depth !== sizes.length) {
    return `column "${columns[0]!.name}" is ${formatType(type!, 'ignore')}, but a row of input "${input.name}" of the model has ${sizes.length} dimensions`;
  }
  const openSizes = sizes.filter(size => size === undefined).length;
  if (openSizes === 0) return fixed(sizes as number[]);
  if (depth === 0) {
    if (openSizes === 1) return fixed(sizes.map(size => size ?? columns.length));
    return `input "${input.name}" of the model takes rows of any shape: declare one column ${'ARRAY<'.repeat(sizes.length)}…${'>'.repeat(sizes.length)}`;
  }
  if (depth === 1 && openSizes > 1) {
    return `input "${input.name}" of the model has ${openSizes} open sizes in a row, which one flat ARRAY cannot tell: declare ARRAYs in ARRAYs, ${sizes.length} deep`;
  }
  return open(sizes);
}

function fixed(rowShape: readonly number[]): FeedShape {
  return { rowShape, width: widthOf(rowShape) };
}

function open(openShape: readonly (number | undefined)[]): FeedShape {
  const rowShape = openShape.map(size => size ?? SOME_SIZE);
  return { rowShape, width: widthOf(rowShape), openShape };
}

function widthOf(rowShape: readonly number[]): number {
  return rowShape.reduce((product, size) => product * size, 1);
}
