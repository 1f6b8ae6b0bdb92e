import { operator, type Operator, type OperatorContext } from '../execute/operator.js';
import { tupleOf, type Value } from '../execute/value.js';
import type { Dimension } from '../graph/dimension.js';
import { fixedSize, refuseShapes } from '../graph/emitter.js';
import type { GraphTensor } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';
import { arithmetic } from './arithmetic.js';
import { linear, matmul } from './linear.js';
import { sigmoid } from './pointwise.js';
import { relu } from './activation.js';
import type { OperatorTable } from './table.js';

interface CellKind {
  readonly opType: 'LSTM' | 'GRU' | 'RNN';
  /** Where ONNX's gates stand among PyTorch's. */
  readonly gates: readonly number[];
  /** States that go from step to step. */
  readonly states: 1 | 2;
  readonly activation?: 'Tanh' | 'Relu';
}

/** PyTorch has input, forget, cell, output; ONNX input, output, forget, cell. */
const LSTM: CellKind = { opType: 'LSTM', gates: [0, 3, 1, 2], states: 2 };
/** PyTorch has reset, update, new; ONNX update, reset, hidden. */
const GRU: CellKind = { opType: 'GRU', gates: [1, 0, 2], states: 1 };
const RNN_TANH: CellKind = { opType: 'RNN', gates: [0], states: 1, activation: 'Tanh' };
const RNN_RELU: CellKind = { opType: 'RNN', gates: [0], states: 1, activation: 'Relu' };

interface Network {
  readonly kind: CellKind;
  readonly weights: readonly GraphTensor[];
  readonly hasBiases: boolean;
  readonly layers: number;
  readonly directions: 1 | 2;
}

/** Several layers, each in one or both directions. */
function recurrent(kind: CellKind): Operator {
  return operator(
    'input:T hx params:list has_biases:bool num_layers:int dropout:num train:bool bidirectional:bool batch_first:bool',
    (context, given) => {
      const { emitter } = context;
      if (given.bool('train') && given.number('dropout') > 0)
        throw unsupported(`${kind.opType} in training mode`, [{ message: 'call model.eval() first' }]);
      const input = given.tensor('input');
      if (input.shape.length !== 3) throw unsupported(`${kind.opType} of a row without its batch dimension`);
      const batchFirst = given.bool('batch_first');
      const states = kind.states === 2 ? given.tensors('hx') : [given.tensor('hx')];
      const network: Network = {
        kind,
        weights: given.tensors('params'),
        hasBiases: given.bool('has_biases'),
        layers: given.int('num_layers'),
        directions: given.bool('bidirectional') ? 2 : 1,
      };
      const { output, lastStates } = runLayers(context, batchFirst ? emitter.transpose(input, [1, 0, 2]) : input, states, network);
      const result = batchFirst ? emitter.transpose(output, [1, 0, 2]) : output;
      return tupleOf([result, ...lastStates].map((tensor): Value => context.tensor(tensor)));
    },
  );
}

function runLayers(
  context: OperatorContext,
  input: GraphTensor,
  states: readonly GraphTensor[],
  network: Network,
): { output: GraphTensor; lastStates: GraphTensor[] } {
  const { emitter } = context;
  const { kind, weights, hasBiases, layers, directions } = network;
  const perDirection = hasBiases ? 4 : 2;
  if (weights.length !== layers * directions * perDirection) throw unsupported(`${kind.opType} with projections (proj_size)`);
  let output = input;
  const last: GraphTensor[][] = states.map(() => []);
  for (let layer = 0; layer < layers; layer++) {
    const own = weights.slice(layer * directions * perDirection, (layer + 1) * directions * perDirection);
    const initial = states.map(state => emitter.slice(state, { axis: 0, start: layer * directions, end: (layer + 1) * directions }));
    const results = runLayer(context, output, initial, { ...network, weights: own });
    output = results.output;
    for (const [i, state] of results.states.entries()) last[i]!.push(state);
  }
  return { output, lastStates: last.map(each => emitter.concat(each, 0)) };
}

interface LayerResult {
  readonly output: GraphTensor;
  readonly states: readonly GraphTensor[];
}

function runLayer(context: OperatorContext, x: GraphTensor, initial: readonly GraphTensor[], network: Network): LayerResult {
  const { weights } = network;
  const expected = fixedSize(weights[0]!.shape[1]);
  if (fixedSize(x.shape[2]) !== expected) refuseShapes(x.shape, weights[0]!.shape, { actual: x.shape[2], expected });
  return network.kind.opType === 'RNN' || x.dtype !== 'float32'
    ? unrolledLayer(context, x, initial, network)
    : fusedLayer(context, x, initial, network);
}

/** One operation of ONNX for a layer. */
function fusedLayer(context: OperatorContext, x: GraphTensor, initial: readonly GraphTensor[], network: Network): LayerResult {
  const { emitter } = context;
  const { kind, weights, hasBiases, directions } = network;
  const perDirection = hasBiases ? 4 : 2;
  const each = (place: number): GraphTensor[] =>
    Array.from({ length: directions }, (_, direction) => reorder(context, weights[direction * perDirection + place]!, kind));
  const stack = (parts: readonly GraphTensor[]): GraphTensor =>
    emitter.concat(
      parts.map(part => emitter.unsqueeze(part, 0)),
      0,
    );
  const hidden = fixedSize(weights[1]!.shape[1]);
  const [length, rows] = x.shape as [number, Dimension];
  const bias = hasBiases
    ? stack(each(2).map((input, direction) => emitter.concat([input, reorder(context, weights[direction * perDirection + 3]!, kind)], 0)))
    : undefined;
  const inputs = [x, stack(each(0)), stack(each(1)), bias ?? '', '', ...initial];
  const attributes = {
    hidden_size: { i: hidden },
    direction: { s: directions === 2 ? 'bidirectional' : 'forward' },
    ...(kind.opType === 'GRU' && { linear_before_reset: { i: 1 } }),
  };
  const state = { dtype: x.dtype, shape: [directions, rows, hidden] };
  const types = [{ dtype: x.dtype, shape: [length, directions, rows, hidden] }, ...initial.map(() => state)];
  const results = emitter.ops(kind.opType, inputs, types, attributes);
  const [y, ...states] = withNaN(context, results, { x, initial, network });
  const sideBySide = emitter.transpose(y!, [0, 2, 1, 3]);
  return { output: emitter.reshape(sideBySide, [length, rows, directions * hidden]), states };
}

/**
 * Puts NaN where PyTorch has it: onnxruntime's operations lose it. It comes from an input that is not finite, stays to the end of the
 * sequence, and is looked for only where there is such an input.
 */
function withNaN(
  context: OperatorContext,
  results: readonly GraphTensor[],
  { x, initial, network }: { x: GraphTensor; initial: readonly GraphTensor[]; network: Network },
): readonly GraphTensor[] {
  const { emitter } = context;
  const zero = emitter.scalar(x.dtype, 0);
  const isNaN = (tensor: GraphTensor): GraphTensor => emitter.op('IsNaN', [tensor], { dtype: 'bool', shape: tensor.shape });
  // Over all rows at once: which way is taken makes no difference to a row without NaN.
  const anyIn = (tensor: GraphTensor): GraphTensor =>
    emitter.op(
      'ReduceMax',
      [emitter.cast(isNaN(arithmetic.mul(context, tensor, zero)), 'int32')],
      { dtype: 'int32', shape: [] },
      { keepdims: { i: 0 } },
    );
  const found = [x, ...initial].map(anyIn).reduce((a, b) => emitter.binary('Add', a, b));
  const mask = (): readonly GraphTensor[] => {
    const nan = emitter.scalar(x.dtype, NaN);
    const places = nanPlaces(context, { x, initial, network });
    return results.map((result, i) => emitter.where(i === 0 ? places.output : places.last, nan, result));
  };
  return emitter.choose(emitter.cast(found, 'bool'), mask, () => results);
}

/** Where the results of a layer are NaN: `[length, directions, rows, hidden]` and, in the last states, `[directions, rows, hidden]`. */
function nanPlaces(
  context: OperatorContext,
  { x, initial, network }: { x: GraphTensor; initial: readonly GraphTensor[]; network: Network },
): { output: GraphTensor; last: GraphTensor } {
  const { emitter } = context;
  const { kind, weights, hasBiases, directions } = network;
  const length = fixedSize(x.shape[0]);
  const hidden = fixedSize(weights[1]!.shape[1]);
  const rows = x.shape[1]!;
  const flag = (tensor: GraphTensor): GraphTensor =>
    emitter.cast(emitter.op('IsNaN', [tensor], { dtype: 'bool', shape: tensor.shape }), 'int32');
  const highest = (tensor: GraphTensor, axis: number): GraphTensor =>
    emitter.op('ReduceMax', [tensor, emitter.longs([axis])], { dtype: 'int32', shape: tensor.shape.with(axis, 1) }, { keepdims: { i: 1 } });
  const outputs: GraphTensor[] = [];
  const lasts: GraphTensor[] = [];
  for (let direction = 0; direction < directions; direction++) {
    const weight = weights[direction * (hasBiases ? 4 : 2)]!;
    const gates = flag(matmul(context, x, emitter.transpose(weight, [1, 0])));
    const units = emitter.reshape(highest(emitter.reshape(gates, [length, rows, kind.gates.length, hidden]), 2), [length, rows, hidden]);
    const started = initial.map(state => highest(flag(emitter.slice(state, { axis: 0, start: direction, end: direction + 1 })), 2));
    const atStep = highest(units, 2);
    const sums = emitter.op('CumSum', [atStep, emitter.scalar('int64', 0)], atStep, { exclusive: { i: 1 }, reverse: { i: direction } });
    const before = started.reduce((a, b) => emitter.binary('Add', a, b), sums);
    const places = emitter.cast(emitter.binary('Add', units, before), 'bool');
    outputs.push(emitter.unsqueeze(places, 1));
    const end = direction === 0 ? length - 1 : 0;
    lasts.push(emitter.slice(places, { axis: 0, start: end, end: end + 1 }));
  }
  return { output: emitter.concat(outputs, 1), last: emitter.concat(lasts, 0) };
}

/** Step by step, for what onnxruntime has no operation for: plain recurrent networks with their NaN, and doubles. */
function unrolledLayer(
  context: OperatorContext,
  x: GraphTensor,
  initial: readonly GraphTensor[],
  { kind, weights, hasBiases, directions }: Network,
): LayerResult {
  const { emitter } = context;
  const perDirection = hasBiases ? 4 : 2;
  const length = fixedSize(x.shape[0]);
  const at = (tensor: GraphTensor, index: number): GraphTensor =>
    emitter.squeeze(emitter.slice(tensor, { axis: 0, start: index, end: index + 1 }), 0);
  const sequences: GraphTensor[] = [];
  const last: GraphTensor[][] = initial.map(() => []);
  for (let direction = 0; direction < directions; direction++) {
    const [wIh, wHh, bIh, bHh] = weights.slice(direction * perDirection, (direction + 1) * perDirection) as [
      GraphTensor,
      GraphTensor,
      GraphTensor?,
      GraphTensor?,
    ];
    let states = initial.map(state => at(state, direction));
    const steps: GraphTensor[] = [];
    for (let step = 0; step < length; step++) {
      const time = direction === 0 ? step : length - 1 - step;
      states = stepOf(context, kind, { x: at(x, time), states, wIh, wHh, bIh, bHh });
      steps[time] = emitter.unsqueeze(states[0]!, 0);
    }
    sequences.push(emitter.concat(steps, 0));
    for (const [i, state] of states.entries()) last[i]!.push(emitter.unsqueeze(state, 0));
  }
  return { output: emitter.concat(sequences, 2), states: last.map(each => emitter.concat(each, 0)) };
}

/** PyTorch's gates, one below the other, in ONNX's order. */
function reorder({ emitter }: OperatorContext, weight: GraphTensor, { gates }: CellKind): GraphTensor {
  const size = fixedSize(weight.shape[0]) / gates.length;
  if (gates.every((gate, i) => gate === i)) return weight;
  return emitter.concat(
    gates.map(gate => emitter.slice(weight, { axis: 0, start: gate * size, end: (gate + 1) * size })),
    0,
  );
}

interface Step {
  readonly x: GraphTensor;
  readonly states: readonly GraphTensor[];
  readonly wIh: GraphTensor;
  readonly wHh: GraphTensor;
  readonly bIh: GraphTensor | undefined;
  readonly bHh: GraphTensor | undefined;
}

const { add, sub, mul } = arithmetic;

/** The states after one step. */
function stepOf(context: OperatorContext, kind: CellKind, { x, states, wIh, wHh, bIh, bHh }: Step): GraphTensor[] {
  const { emitter } = context;
  const h = states[0]!;
  const split = (gates: GraphTensor): GraphTensor[] => {
    const axis = gates.shape.length - 1;
    const size = fixedSize(gates.shape[axis]) / kind.gates.length;
    return kind.gates.map((_, i) => emitter.slice(gates, { axis, start: i * size, end: (i + 1) * size }));
  };
  const [input, hidden] = [split(linear(context, x, wIh, bIh)), split(linear(context, h, wHh, bHh))];
  const sum = (gate: number): GraphTensor => add(context, input[gate]!, hidden[gate]!);
  if (kind.opType === 'LSTM') {
    const kept = mul(context, sigmoid(context, sum(1)), states[1]!);
    const cell = add(context, kept, mul(context, sigmoid(context, sum(0)), emitter.same('Tanh', sum(2))));
    return [mul(context, sigmoid(context, sum(3)), emitter.same('Tanh', cell)), cell];
  }
  if (kind.opType === 'GRU') {
    const fresh = emitter.same('Tanh', add(context, input[2]!, mul(context, sigmoid(context, sum(0)), hidden[2]!)));
    return [add(context, mul(context, sub(context, h, fresh), sigmoid(context, sum(1))), fresh)];
  }
  return [kind.activation === 'Relu' ? relu(context, sum(0)) : emitter.same('Tanh', sum(0))];
}

/** One step alone, as `nn.LSTMCell` and the like. */
const cell = (kind: CellKind): Operator =>
  operator('input:T hx w_ih:T w_hh:T b_ih:T?=None b_hh:T?=None', (context, given) => {
    const states = kind.states === 2 ? given.tensors('hx') : [given.tensor('hx')];
    const [wIh, wHh] = [given.tensor('w_ih'), given.tensor('w_hh')];
    const step = { x: given.tensor('input'), states, wIh, wHh, bIh: given.optionalTensor('b_ih'), bHh: given.optionalTensor('b_hh') };
    const results = stepOf(context, kind, step).map(state => context.tensor(state));
    return kind.states === 2 ? tupleOf(results) : results[0]!;
  });

/** Networks that go along sequences, and single steps of them. */
export const RECURRENT: OperatorTable = {
  'aten::lstm': recurrent(LSTM),
  'aten::gru': recurrent(GRU),
  'aten::rnn_tanh': recurrent(RNN_TANH),
  'aten::rnn_relu': recurrent(RNN_RELU),
  'aten::lstm_cell': cell(LSTM),
  'aten::gru_cell': cell(GRU),
  'aten::rnn_tanh_cell': cell(RNN_TANH),
  'aten::rnn_relu_cell': cell(RNN_RELU),
};
