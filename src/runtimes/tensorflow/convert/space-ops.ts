import { FAR } from './array-ops.js';
import type { Converter } from './op.js';
import { Unsupported } from './unsupported.js';
import { divideDims, multiplyDims, type Dim } from './value.js';

/** Rows moved into the batch, as dilated convolutions are written: pad, cut each axis in two, move the inner ones to the front. */
const spaceToBatch: Converter = op => {
  const x = op.tensor(0);
  const blocks = op.numbers(1, 'block_shape');
  const paddings = op.numbers(2, 'paddings');
  const rank = op.rank(x);
  const space = blocks.length;
  const rest = Array.from({ length: rank - 1 - space }, (_, i) => 1 + space + i);
  const pads = [
    0,
    ...blocks.map((_, i) => paddings[2 * i]!),
    ...rest.map(() => 0),
    0,
    ...blocks.map((_, i) => paddings[2 * i + 1]!),
    ...rest.map(() => 0),
  ];
  const sizes = op
    .shape(x)
    .map((size, i): Dim =>
      i === 0 || i > space ? size : typeof size === 'number' ? size + paddings[2 * i - 2]! + paddings[2 * i - 1]! : size,
    );
  const inner = sizes.slice(1, 1 + space);
  if (inner.some(size => typeof size !== 'number')) throw new Unsupported('over sizes that are not known');
  const padded = op.emit('Pad', [x, op.ints(pads)], { element: x.element, shape: sizes });
  const cut = op.reshape(padded, [
    sizes[0]!,
    ...blocks.flatMap((block, i) => [(inner[i] as number) / block, block]),
    ...rest.map(axis => sizes[axis]!),
  ]);
  const order = [...blocks.map((_, i) => 2 + 2 * i), 0, ...blocks.map((_, i) => 1 + 2 * i), ...rest.map((_, i) => 1 + 2 * space + i)];
  return op.reshape(op.transpose(cut, order), [
    multiplyDims([sizes[0]!, ...blocks]),
    ...blocks.map((block, i) => (inner[i] as number) / block),
    ...rest.map(axis => sizes[axis]!),
  ]);
};

const batchToSpace: Converter = op => {
  const x = op.tensor(0);
  const blocks = op.numbers(1, 'block_shape');
  const crops = op.numbers(2, 'crops');
  const shape = op.shape(x);
  const space = blocks.length;
  const rest = Array.from({ length: shape.length - 1 - space }, (_, i) => 1 + space + i);
  const inner = shape.slice(1, 1 + space);
  const rows = divideDims(shape[0]!, multiplyDims(blocks));
  if (rows === undefined || inner.some(size => typeof size !== 'number')) throw new Unsupported('over sizes that are not known');
  const cut = op.reshape(x, [...blocks, rows, ...shape.slice(1)]);
  const order = [space, ...blocks.flatMap((_, i) => [space + 1 + i, i]), ...rest.map((_, i) => 2 * space + 1 + i)];
  const joined = [rows, ...blocks.map((block, i) => (inner[i] as number) * block), ...rest.map(axis => shape[axis]!)];
  const wide = op.reshape(op.transpose(cut, order), joined);
  const begin = [0, ...blocks.map((_, i) => crops[2 * i]!), ...rest.map(() => 0)];
  const end = [FAR, ...blocks.map((_, i) => (joined[i + 1] as number) - crops[2 * i + 1]!), ...rest.map(() => FAR)];
  const left = joined.map((size, i) => (i > 0 && i <= space ? end[i]! - begin[i]! : size));
  return op.emit('Slice', [wide, op.ints(begin), op.ints(end)], { element: x.element, shape: left });
};

/** Blocks of space moved into channels, or back: cut, exchange, join. */
const spaceToDepth: Converter = op => {
  const x = op.tensor(0);
  const block = op.attributes.int('block_size', 2);
  const [rows, height, width, channels] = op.shape(x);
  if (op.attributes.text('data_format', 'NHWC') !== 'NHWC') throw new Unsupported('with channels first');
  if (typeof height !== 'number' || typeof width !== 'number' || typeof channels !== 'number')
    throw new Unsupported('over sizes that are not known');
  if (op.type === 'SpaceToDepth') {
    const cut = op.reshape(x, [rows!, height / block, block, width / block, block, channels]);
    return op.reshape(op.transpose(cut, [0, 1, 3, 2, 4, 5]), [rows!, height / block, width / block, block * block * channels]);
  }
  const cut = op.reshape(x, [rows!, height, width, block, block, channels / (block * block)]);
  return op.reshape(op.transpose(cut, [0, 1, 3, 2, 4, 5]), [rows!, height * block, width * block, channels / (block * block)]);
};

/** Operators that move rows and columns of images into the batch or the channels, and back. */
export const SPACE_OPS: Readonly<Record<string, Converter>> = {
  SpaceToBatchND: spaceToBatch,
  BatchToSpaceND: batchToSpace,
  SpaceToDepth: spaceToDepth,
  DepthToSpace: spaceToDepth,
};
