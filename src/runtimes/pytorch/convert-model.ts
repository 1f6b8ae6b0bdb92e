import { MillraceError } from '../../common/error.js';
import type { OnnxGraph, OnnxNode, OnnxValue } from '../../kit/onnx/onnx-graph.js';
import type { TorchArchive } from './archive/torch-archive.js';
import { Program, WidthFound } from './execute/program.js';
import type { Value } from './execute/value.js';
import { isRows, printShape, ROWS, rowAxisOf, RowsMixed } from './graph/dimension.js';
import { Emitter } from './graph/emitter.js';
import { elementOf } from './graph/graph-builder.js';
import { prune } from './graph/prune.js';
import type { GraphTensor, TensorCell } from './graph/tensor-cell.js';
import { forwardOf, type InputPlan } from './model-inputs.js';
import { namedOutputs } from './named-outputs.js';
import { unsupported } from './refusal.js';

/** An input whose row has a known shape. */
export interface FixedInput extends InputPlan {
  readonly rowShape: readonly number[];
}

/** Widths that stand for unknown ones: primes, so that they show through products. */
const PROBES: readonly number[] = [10_007, 20_011, 30_011, 40_009, 50_021, 60_013, 70_001, 80_021];
const MAX_TRIES = 32;

/**
 * Finds how wide the rows of inputs are whose width is not told, by the weights that they meet. What stays unknown fits any width.
 *
 * @throws `MODEL_LOAD` with everything in the model that is unsupported.
 */
export function findWidths(archive: TorchArchive, plans: readonly InputPlan[]): readonly InputPlan[] {
  let known = plans;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const open = known.flatMap(({ rowShape }, input) => (rowShape.includes(undefined) ? [input] : []));
    if (open.length === 0) return known;
    if (open.length > PROBES.length) throw unsupported(`the widths of ${open.length} inputs`);
    const probes = open.map((_, i) => PROBES[i]!);
    const inputs = known.map(({ rowShape, ...rest }, input): FixedInput => ({
      ...rest,
      rowShape: rowShape.map(size => size ?? probes[open.indexOf(input)]!),
    }));
    try {
      convertModel(archive, inputs, probes);
      return known;
    } catch (thrown) {
      if (!(thrown instanceof WidthFound)) throw thrown;
      const found = open[thrown.input]!;
      known = known.map((plan, input) => (input === found ? { ...plan, rowShape: plan.rowShape.map(size => size ?? thrown.width) } : plan));
    }
  }
  return known;
}

/**
 * The model as an ONNX graph: over all rows at once where rows do not depend on each other, else row by row.
 *
 * @throws `MODEL_LOAD` with everything in the model that is unsupported, {@link WidthFound} where a probe shows its width.
 */
export function convertModel(archive: TorchArchive, inputs: readonly FixedInput[], probes: readonly number[] = []): OnnxGraph {
  if (inputs.every(({ isBatched }) => isBatched)) {
    try {
      return convertBatch(archive, inputs, probes);
    } catch (thrown) {
      if (!(thrown instanceof RowsMixed)) throw thrown;
    }
  }
  try {
    return convertRow(archive, inputs, probes);
  } catch (thrown) {
    if (thrown instanceof RowsMixed) throw unsupported('the model depends on the number of rows that it is given at once');
    throw thrown;
  }
}

/** Carries out `forward` on these tensors. */
function run(program: Program, archive: TorchArchive, tensors: ReadonlyMap<string, TensorCell>): ReadonlyMap<string, GraphTensor> {
  const forward = forwardOf(archive);
  const missing = forward.parameters.slice(1).filter(({ name, byDefault }) => !tensors.has(name) && byDefault === undefined);
  const named = new Map<string, Value>([...tensors, ...missing.map(({ name }) => [name, { kind: 'none' }] as const)]);
  let result: Value;
  try {
    result = program.call(forward, [program.values.module()], named);
  } catch (thrown) {
    // Of the stack, of a text or of a list.
    if (thrown instanceof RangeError) throw unsupported(`the model's program goes beyond the limits of its interpreter: ${thrown.message}`);
    // Of a program that cannot go on, what was found before is told too.
    if (!MillraceError.is(thrown) || program.problems.isEmpty) throw thrown;
    program.problems.add(thrown.message, { file: forward.file, line: forward.line });
    throw program.problems.error();
  }
  const outputs = namedOutputs(result);
  if (!program.problems.isEmpty) throw program.problems.error();
  if (outputs.size === 0) throw unsupported('the model gives no tensors');
  return outputs;
}

function convertBatch(archive: TorchArchive, inputs: readonly FixedInput[], probes: readonly number[]): OnnxGraph {
  const emitter = new Emitter(() => inputs[0]!.name);
  const program = new Program(archive, emitter, probes);
  const tensors = new Map(inputs.map(({ name, dtype, rowShape }) => [name, program.tensor({ name, dtype, shape: [ROWS, ...rowShape] })]));
  const outputs: OnnxValue[] = [];
  for (const [name, tensor] of run(program, archive, tensors)) {
    const axis = rowAxisOf(tensor.shape);
    if (axis < 0) continue;
    const first = emitter.transpose(
      tensor,
      [axis, ...tensor.shape.keys()].filter((each, i, all) => all.indexOf(each) === i),
    );
    outputs.push(output(emitter, name, first));
  }
  if (outputs.length === 0) throw unsupported('no output of the model has a value for each row');
  const values = inputs.map((input): OnnxValue => ({
    name: input.name,
    element: elementOf(input.dtype),
    shape: ['rows', ...input.rowShape],
  }));
  return graphOf(emitter, values, renamed(outputs), emitter.builder.closeBlock());
}

interface Output extends OnnxValue {
  /** The value's name in the graph. */
  readonly source?: string;
}

function output(emitter: Emitter, name: string, tensor: GraphTensor): Output {
  const [rows, ...rest] = tensor.shape;
  if (isRows(rows) && (rows.outer !== 1 || rows.inner !== 1)) {
    throw unsupported(`output "${name}" has the shape ${printShape(tensor.shape)}, which is not one row for each row`);
  }
  return { name, element: elementOf(tensor.dtype), shape: ['rows', ...(rest as number[])], source: emitter.same('Identity', tensor).name };
}

/** Outputs get their names by a last node each, since a value may be two outputs, or an input too. */
function renamed(outputs: readonly Output[]): { values: OnnxValue[]; nodes: OnnxNode[] } {
  return {
    values: outputs.map(({ name, element, shape }) => ({ name, element, shape })),
    nodes: outputs.map(({ name, source }): OnnxNode => ({ opType: 'Identity', inputs: [source ?? ''], outputs: [name] })),
  };
}

function graphOf(
  emitter: Emitter,
  inputs: readonly OnnxValue[],
  outputs: { values: readonly OnnxValue[]; nodes: readonly OnnxNode[] },
  nodes: readonly OnnxNode[],
): OnnxGraph {
  const { constants, nodes: kept } = prune(
    [...nodes, ...outputs.nodes],
    emitter.builder.constants,
    outputs.values.map(({ name }) => name),
  );
  return { name: 'torchscript', inputs, outputs: outputs.values, constants, nodes: kept };
}

/** A graph that scans the rows: its body is the model with a batch of one. */
function convertRow(archive: TorchArchive, inputs: readonly FixedInput[], probes: readonly number[]): OnnxGraph {
  const emitter = new Emitter(() => undefined);
  const { builder } = emitter;
  const program = new Program(archive, emitter, probes);
  builder.openBlock();
  const ports = inputs.map(({ dtype, rowShape }): GraphTensor => ({ name: builder.newName(), dtype, shape: rowShape }));
  const tensors = new Map(
    inputs.map(({ name, isBatched }, i) => [name, program.tensor(isBatched ? emitter.unsqueeze(ports[i]!, 0) : ports[i]!)]),
  );
  const isBatched = inputs.some(input => input.isBatched);
  const outputs = [...run(program, archive, tensors)].map(([name, tensor]) => {
    const row = isBatched && tensor.shape.length > 0 ? firstOf(emitter, name, tensor) : tensor;
    return { name, tensor: emitter.same('Identity', row) };
  });
  const body: OnnxGraph = {
    name: 'row',
    inputs: ports.map(port),
    outputs: outputs.map(({ tensor }) => port(tensor)),
    constants: [],
    nodes: builder.closeBlock(),
  };
  const names = inputs.map(({ name }) => name);
  const scanned = builder.add('Scan', names, { body: { g: body }, num_scan_inputs: { i: inputs.length } }, outputs.length);
  const declared = outputs.map(({ name, tensor }, i): Output => ({
    name,
    element: elementOf(tensor.dtype),
    shape: ['rows', ...(tensor.shape as number[])],
    source: scanned[i]!,
  }));
  const values = inputs.map((input): OnnxValue => ({
    name: input.name,
    element: elementOf(input.dtype),
    shape: ['rows', ...input.rowShape],
  }));
  return graphOf(emitter, values, renamed(declared), builder.closeBlock());
}

function port({ name, dtype, shape }: GraphTensor): OnnxValue {
  return { name, element: elementOf(dtype), shape: shape as readonly number[] };
}

/** A batch of one as its row. */
function firstOf(emitter: Emitter, name: string, tensor: GraphTensor): GraphTensor {
  if (tensor.shape[0] === 1) return emitter.squeeze(tensor, 0);
  throw unsupported(`output "${name}" has the shape ${printShape(tensor.shape)} for a batch of one row`, [
    { message: 'where the size of the example batch is built into a trace, use sizes of the input (x.shape[0], or -1) instead of numbers' },
  ]);
}
