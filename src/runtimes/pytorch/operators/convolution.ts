import { operator, type Arguments, type OperatorContext } from '../execute/operator.js';
import type { Value } from '../execute/value.js';
import { isRows, type Dimension } from '../graph/dimension.js';
import { isFloat } from '../graph/dtype.js';
import { fixedSize, refuseShapes } from '../graph/emitter.js';
import type { GraphTensor } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';
import type { OperatorTable } from './table.js';

interface Geometry {
  readonly stride: readonly number[];
  /** In front of and behind each axis. */
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

interface Layer {
  readonly x: GraphTensor;
  readonly weight: GraphTensor;
  readonly bias: GraphTensor | undefined;
}

/** One number for all axes, or one each. */
export function perAxis(values: readonly number[], axes: number): number[] {
  if (values.length === axes) return [...values];
  if (values.length === 1) return Array.from({ length: axes }, () => values[0]!);
  throw unsupported(`${values.length} sizes for ${axes} axes`);
}

function checkLayer({ x, weight, bias }: Layer, channels: number): number {
  const axes = weight.shape.length - 2;
  if (!isFloat(x.dtype) || x.dtype !== weight.dtype) throw unsupported(`a convolution of ${x.dtype} with weights of ${weight.dtype}`);
  if (x.dtype === 'float64')
    throw unsupported('a convolution of float64, which onnxruntime does not have', [{ message: 'save the model as model.float()' }]);
  if (x.shape.length !== weight.shape.length) throw unsupported('a convolution of a row without its batch dimension');
  const actual = fixedSize(x.shape[1]);
  if (actual !== channels) refuseShapes(x.shape, weight.shape, { actual, expected: channels });
  if (bias !== undefined && bias.shape.length !== 1) refuseShapes(weight.shape, bias.shape);
  return axes;
}

const positive = (size: number): number => {
  if (size < 1) throw unsupported('a convolution or pooling of fewer values than its kernel has');
  return size;
};

function convolve({ emitter }: OperatorContext, layer: Layer, { stride, padding, dilation, groups }: Geometry): GraphTensor {
  const { x, weight, bias } = layer;
  const kernel = weight.shape.slice(2).map(fixedSize);
  const spatial = kernel.map((size, i): Dimension => {
    const length = fixedSize(x.shape[i + 2]) + padding[i]![0] + padding[i]![1];
    return positive(Math.floor((length - dilation[i]! * (size - 1) - 1) / stride[i]!) + 1);
  });
  const attributes = {
    kernel_shape: { ints: kernel },
    strides: { ints: stride },
    dilations: { ints: dilation },
    pads: { ints: [...padding.map(([front]) => front), ...padding.map(([, back]) => back)] },
    group: { i: groups },
  };
  const inputs = bias === undefined ? [x, weight] : [x, weight, bias];
  return emitter.op('Conv', inputs, { dtype: x.dtype, shape: [x.shape[0]!, weight.shape[0]!, ...spatial] }, attributes);
}

function convolveTransposed(
  { emitter }: OperatorContext,
  { x, weight, bias }: Layer,
  { stride, padding, dilation, groups }: Geometry,
  outputPadding: readonly number[],
): GraphTensor {
  const kernel = weight.shape.slice(2).map(fixedSize);
  const spatial = kernel.map((size, i): Dimension => {
    const length = (fixedSize(x.shape[i + 2]) - 1) * stride[i]! + dilation[i]! * (size - 1) + 1;
    return positive(length - padding[i]![0] - padding[i]![1] + outputPadding[i]!);
  });
  const attributes = {
    kernel_shape: { ints: kernel },
    strides: { ints: stride },
    dilations: { ints: dilation },
    pads: { ints: [...padding.map(([front]) => front), ...padding.map(([, back]) => back)] },
    output_padding: { ints: outputPadding },
    group: { i: groups },
  };
  const channels = fixedSize(weight.shape[1]) * groups;
  const inputs = bias === undefined ? [x, weight] : [x, weight, bias];
  return emitter.op('ConvTranspose', inputs, { dtype: x.dtype, shape: [x.shape[0]!, channels, ...spatial] }, attributes);
}

function layerOf(given: Arguments): Layer {
  return { x: given.tensor('input'), weight: given.tensor('weight'), bias: given.optionalTensor('bias') };
}

/** Zeros on both sides: as many as are said, or so many that the size stays, the odd one behind. */
function paddingOf(
  padding: Value,
  given: Arguments,
  { kernel, dilation }: { kernel: readonly number[]; dilation: readonly number[] },
): (readonly [number, number])[] {
  if (padding.kind !== 'string') return perAxis(given.ints('padding'), kernel.length).map(size => [size, size] as const);
  if (padding.value === 'valid') return kernel.map(() => [0, 0] as const);
  return kernel.map((size, i) => {
    const total = dilation[i]! * (size - 1);
    return [Math.floor(total / 2), total - Math.floor(total / 2)] as const;
  });
}

function runConvolution(context: OperatorContext, given: Arguments): Value {
  const layer = layerOf(given);
  const groups = given.int('groups');
  const axes = checkLayer(layer, fixedSize(layer.weight.shape[1]) * groups);
  const kernel = layer.weight.shape.slice(2).map(fixedSize);
  const dilation = perAxis(given.ints('dilation'), axes);
  const padding = paddingOf(given.value('padding'), given, { kernel, dilation });
  return context.tensor(convolve(context, layer, { stride: perAxis(given.ints('stride'), axes), padding, dilation, groups }));
}

function runTransposed(context: OperatorContext, given: Arguments): Value {
  const layer = layerOf(given);
  const axes = checkLayer(layer, fixedSize(layer.weight.shape[0]));
  const padding = perAxis(given.ints('padding'), axes).map(size => [size, size] as const);
  const geometry = {
    stride: perAxis(given.ints('stride'), axes),
    padding,
    dilation: perAxis(given.ints('dilation'), axes),
    groups: given.int('groups'),
  };
  return context.tensor(convolveTransposed(context, layer, geometry, perAxis(given.ints('output_padding'), axes)));
}

const convolution = operator('input:T weight:T bias:T?=None stride:ints=1 padding=0 dilation:ints=1 groups:int=1', runConvolution);

const transposed = operator(
  'input:T weight:T bias:T?=None stride:ints=1 padding:ints=0 output_padding:ints=0 groups:int=1 dilation:ints=1',
  runTransposed,
);

const FULL = 'input:T weight:T bias:T? stride:ints padding:ints dilation:ints transposed:bool output_padding:ints groups:int';

const either = (signature: string) =>
  operator(signature, (context, given) => (given.bool('transposed') ? runTransposed(context, given) : runConvolution(context, given)));

/** Adds values around the last axes; sizes are given from the last axis on, in front and behind. */
const pad = operator('self:T pad:ints mode:str=constant value:num?=None', (context, given) =>
  context.tensor(
    padTensor(context, given.tensor('self'), given.ints('pad'), { mode: given.string('mode'), value: given.optionalNumber('value') ?? 0 }),
  ),
);

const MODES: ReadonlyMap<string, string> = new Map([
  ['constant', 'constant'],
  ['reflect', 'reflect'],
  ['replicate', 'edge'],
]);

function padTensor(
  context: OperatorContext,
  x: GraphTensor,
  sizes: readonly number[],
  { mode, value }: { mode: string; value: number },
): GraphTensor {
  const { emitter } = context;
  const known = MODES.get(mode);
  if (known === undefined) throw unsupported(`padding of the mode "${mode}"`);
  const rank = x.shape.length;
  const front = Array.from({ length: rank }, () => 0);
  const back = [...front];
  for (let i = 0; i + 1 < sizes.length; i += 2) {
    front[rank - 1 - i / 2] = sizes[i]!;
    back[rank - 1 - i / 2] = sizes[i + 1]!;
  }
  const shape = x.shape.map((size, axis): Dimension => {
    if (front[axis] === 0 && back[axis] === 0) return size;
    return isRows(size) ? fixedSize(size) : positive(size + front[axis]! + back[axis]!);
  });
  const pads = emitter.longs([...front, ...back]);
  return emitter.widened(x, wide => {
    const inputs = known === 'constant' ? [wide, pads, emitter.scalar(wide.dtype, value)] : [wide, pads];
    return emitter.op('Pad', inputs, { dtype: wide.dtype, shape }, { mode: { s: known } });
  });
}

const fixedMode = (mode: string) =>
  operator('self:T padding:ints', (context, given) =>
    context.tensor(padTensor(context, given.tensor('self'), given.ints('padding'), { mode, value: 0 })),
  );

/** Convolutions, and what is put around their inputs. */
export const CONVOLUTION: OperatorTable = {
  'aten::conv1d': convolution,
  'aten::conv2d': convolution,
  'aten::conv3d': convolution,
  'aten::conv_transpose1d': transposed,
  'aten::conv_transpose2d': transposed,
  'aten::conv_transpose3d': transposed,
  'aten::_convolution_mode': convolution,
  'aten::convolution': either(FULL),
  'aten::_convolution': either(`${FULL} benchmark:bool=False deterministic:bool=False cudnn_enabled:bool=True allow_tf32:bool=True`),
  'aten::pad': pad,
  'aten::constant_pad_nd': operator('self:T pad:ints value:num=0', (context, given) =>
    context.tensor(padTensor(context, given.tensor('self'), given.ints('pad'), { mode: 'constant', value: given.number('value') })),
  ),
  'aten::reflection_pad1d': fixedMode('reflect'),
  'aten::reflection_pad2d': fixedMode('reflect'),
  'aten::replication_pad1d': fixedMode('replicate'),
  'aten::replication_pad2d': fixedMode('replicate'),
};
