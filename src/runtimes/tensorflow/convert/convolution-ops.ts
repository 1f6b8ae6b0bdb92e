import { isFloating } from '../model/tensor.js';
import { where, write } from './elementwise-ops.js';
import type { Converter, Op } from './op.js';
import { Unsupported } from './unsupported.js';
import type { Dim, TensorValue } from './value.js';

/** The lowest float32. */
const LOWEST = -3.4028234663852886e38;

/** Which axes are rows, channels and space, as the data format tells. */
interface Layout {
  readonly isLast: boolean;
  readonly spatial: number;
}

function layoutOf(op: Op, x: TensorValue): Layout {
  return { isLast: !op.attributes.text('data_format', 'NHWC').startsWith('NC'), spatial: op.rank(x) - 2 };
}

function toFirst(op: Op, x: TensorValue, { isLast, spatial }: Layout): TensorValue {
  return isLast ? op.transpose(x, [0, spatial + 1, ...range(1, spatial)]) : x;
}

function fromFirst(op: Op, x: TensorValue, { isLast, spatial }: Layout): TensorValue {
  return isLast ? op.transpose(x, [0, ...range(2, spatial), 1]) : x;
}

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

/** Of a list with an entry for each axis, those of space. */
function inSpace(op: Op, name: string, { isLast, spatial }: Layout): number[] {
  const list = op.attributes.ints(name);
  if (list.length !== spatial + 2) return range(0, spatial).map(() => 1);
  return list.slice(isLast ? 1 : 2, (isLast ? 1 : 2) + spatial);
}

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

/** `pads` of ONNX for the padding that the node names, and the sizes that come out. */
function padding(
  op: Op,
  sizes: readonly Dim[],
  { kernel, strides, dilations }: Window,
  layout: Layout,
): { pads?: number[]; auto?: string; out: Dim[] } {
  const kind = op.attributes.text('padding', 'VALID');
  const reach = kernel.map((size, i) => (size - 1) * dilations[i]! + 1);
  if (kind === 'EXPLICIT') {
    const listed = op.attributes.ints('explicit_paddings').slice(layout.isLast ? 2 : 4);
    const before = range(0, layout.spatial).map(i => listed[2 * i] ?? 0);
    const after = range(0, layout.spatial).map(i => listed[2 * i + 1] ?? 0);
    return { pads: [...before, ...after], out: sizes.map((size, i) => stepped(op, size, before[i]! + after[i]! - reach[i]!, strides[i]!)) };
  }
  if (kind === 'VALID')
    return { pads: range(0, 2 * layout.spatial).map(() => 0), out: sizes.map((size, i) => stepped(op, size, -reach[i]!, strides[i]!)) };
  if (kind !== 'SAME') throw new Unsupported(`with padding ${kind}`);
  const out = sizes.map((size, i) => (typeof size === 'number' ? Math.ceil(size / strides[i]!) : strides[i] === 1 ? size : op.fresh()));
  if (sizes.some(size => typeof size !== 'number')) return { auto: 'SAME_UPPER', out };
  const total = sizes.map((size, i) => Math.max(0, ((out[i] as number) - 1) * strides[i]! + reach[i]! - (size as number)));
  return { pads: [...total.map(pad => Math.floor(pad / 2)), ...total.map(pad => Math.ceil(pad / 2))], out };
}

function stepped(op: Op, size: Dim, change: number, stride: number): Dim {
  if (typeof size !== 'number') return change === -1 && stride === 1 ? size : op.fresh();
  const out = Math.floor((size + change) / stride) + 1;
  if (out < 0) throw new Unsupported('over an input that is smaller than its window');
  return out;
}

function spaceOf(op: Op, first: TensorValue): readonly Dim[] {
  return op.shape(first).slice(2);
}

const convolution: Converter = op => {
  const [x, filter] = op.tensors() as [TensorValue, TensorValue];
  const layout = layoutOf(op, x);
  const first = toFirst(op, x, layout);
  const shape = op.shape(filter);
  const isDepthwise = op.type === 'DepthwiseConv2dNative';
  const channels = op.shape(first)[1]!;
  const inner = shape[layout.spatial]!;
  if (typeof inner !== 'number' || typeof channels !== 'number' || shape.some(size => typeof size !== 'number'))
    throw new Unsupported('with a filter whose shape is not known');
  const sizes = shape as readonly number[];
  // TensorFlow: space, in, out. ONNX: out, in of a group, space.
  const depthwise = (): TensorValue => {
    const order = op.transpose(filter, [2, 3, 0, 1]);
    return op.reshape(order, [sizes[2]! * sizes[3]!, 1, sizes[0]!, sizes[1]!]);
  };
  const weights = isDepthwise ? depthwise() : op.transpose(filter, [layout.spatial + 1, layout.spatial, ...range(0, layout.spatial)]);
  const window = {
    kernel: sizes.slice(0, layout.spatial),
    strides: inSpace(op, 'strides', layout),
    dilations: inSpace(op, 'dilations', layout),
  };
  const { pads, auto, out } = padding(op, spaceOf(op, first), window, layout);
  const y = op.emit('Conv', [first, weights], {
    element: x.element,
    shape: [op.shape(first)[0]!, isDepthwise ? sizes[2]! * sizes[3]! : sizes.at(-1)!, ...out],
    attributes: {
      group: isDepthwise ? channels : channels / inner,
      kernel_shape: window.kernel,
      strides: window.strides,
      dilations: window.dilations,
      ...(pads ? { pads } : { auto_pad: auto! }),
    },
  });
  return fromFirst(op, y, layout);
};

/** The transposed convolution, whose output sizes are its first input. */
const deconvolution: Converter = op => {
  const [sizes, filter, x] = op.tensors() as [TensorValue, TensorValue, TensorValue];
  const layout = layoutOf(op, x);
  const first = toFirst(op, x, layout);
  const wanted = sizes.sizes ?? op.numbers(0, 'size');
  const space = wanted.slice(layout.isLast ? 1 : 2, (layout.isLast ? 1 : 2) + layout.spatial);
  const own = spaceOf(op, first);
  const shape = op.shape(filter);
  if ([...space, ...own, ...shape].some(size => typeof size !== 'number')) throw new Unsupported('to sizes that are not known');
  const strides = inSpace(op, 'strides', layout);
  if (inSpace(op, 'dilations', layout).some(dilation => dilation !== 1)) throw new Unsupported('with dilations');
  const kernel = shape.slice(0, layout.spatial) as number[];
  const total = kernel.map((size, i) => Math.max(0, ((own[i] as number) - 1) * strides[i]! + size - (space[i] as number)));
  const extra = kernel.map((size, i) => Math.max(0, (space[i] as number) - (((own[i] as number) - 1) * strides[i]! + size)));
  const y = op.emit('ConvTranspose', [first, op.transpose(filter, [layout.spatial + 1, layout.spatial, ...range(0, layout.spatial)])], {
    element: x.element,
    shape: [op.shape(first)[0]!, shape[layout.spatial]!, ...space],
    attributes: {
      kernel_shape: kernel,
      strides,
      pads: [...total.map(pad => Math.floor(pad / 2)), ...total.map(pad => Math.ceil(pad / 2))],
      output_padding: extra,
    },
  });
  return fromFirst(op, y, layout);
};

const pool =
  (opType: 'MaxPool' | 'AveragePool'): Converter =>
  op => {
    const x = op.tensor(0);
    const layout = layoutOf(op, x);
    const first = toFirst(op, x, layout);
    const [rows, channels] = op.shape(first);
    const window = {
      kernel: inSpace(op, 'ksize', layout),
      strides: inSpace(op, 'strides', layout),
      dilations: range(0, layout.spatial).map(() => 1),
    };
    const { pads, auto, out } = padding(op, spaceOf(op, first), window, layout);
    // TensorFlow passes over NaN in a window, and gives the lowest number for a window of nothing else.
    const input =
      opType === 'MaxPool' && isFloating(x.element)
        ? where(op, write(op, 'IsNaN', [first], 'bool'), op.scalar(x.element, LOWEST), first)
        : first;
    const y = op.emit(opType, [input], {
      element: x.element,
      shape: [rows!, channels!, ...out],
      attributes: { kernel_shape: window.kernel, strides: window.strides, ...(pads ? { pads } : { auto_pad: auto! }) },
    });
    return fromFirst(op, y, layout);
  };

const resize =
  (mode: 'nearest' | 'linear'): Converter =>
  op => {
    const x = op.tensor(0);
    const size = op.numbers(1, 'size');
    const isHalf = op.attributes.bool('half_pixel_centers', false);
    const isAligned = op.attributes.bool('align_corners', false);
    const first = op.transpose(x, [0, 3, 1, 2]);
    const [rows, channels, height, width] = op.shape(first);
    if (typeof height !== 'number' || typeof width !== 'number' || typeof channels !== 'number')
      throw new Unsupported('of sizes that are not known');
    const scales = op.constant('float', [4], [1, 1, size[0]! / height, size[1]! / width]);
    const rounding = isHalf || isAligned ? 'round_prefer_ceil' : 'floor';
    const y = op.emit('Resize', [first, undefined, scales], {
      element: x.element,
      shape: [rows!, channels, size[0]!, size[1]!],
      attributes: {
        mode,
        coordinate_transformation_mode: isAligned ? 'align_corners' : isHalf ? 'half_pixel' : 'asymmetric',
        ...(mode === 'nearest' && { nearest_mode: rounding }),
      },
    });
    return op.transpose(y, [0, 2, 3, 1]);
  };

export const CONVOLUTION_OPS: Readonly<Record<string, Converter>> = {
  Conv2D: convolution,
  Conv3D: convolution,
  DepthwiseConv2dNative: convolution,
  Conv2DBackpropInput: deconvolution,
  MaxPool: pool('MaxPool'),
  MaxPool3D: pool('MaxPool'),
  AvgPool: pool('AveragePool'),
  AvgPool3D: pool('AveragePool'),
  ResizeBilinear: resize('linear'),
  ResizeNearestNeighbor: resize('nearest'),
};
