import { MillraceError } from '../../../common/error.js';
import type { TensorBundle } from '../bundle/tensor-bundle.js';
import type { VariableKeys } from '../bundle/variable-keys.js';
import type { Kernel } from '../kernels/kernel.js';
import { KERNELS } from '../kernels/kernels.js';
import { graphView } from '../model/graph-view.js';
import { NodeAttributes } from '../model/node-attributes.js';
import { stringsOf, type Tensor } from '../model/tensor.js';
import type { FunctionDef, NodeDef } from '../proto/messages.js';
import { damaged } from './damaged.js';
import { Evaluator, isDead, keyOf, type Frame } from './evaluator.js';
import { flowRule } from './flow.js';
import { HOST_SHAPES } from './host-shapes.js';
import { runForEffect, type LoadedState } from './loading.js';
import { OnnxBuilder } from './onnx-builder.js';
import { parsedExample, type ExampleFeature } from './parse-example.js';
import { constantValue, hostOf, isByRow, kernelStep, Op, type Conversion } from './op.js';
import { OP_CONVERTERS } from './op-converters.js';
import { Problems } from './problems.js';
import { ruledSizes } from './size-rules.js';
import { lookupIn, lookupWithOnnx, tableOf, type LookupTable } from './tables.js';
import { Unsupported } from './unsupported.js';
import { ROWS, UNKNOWN, type Dim, type HostStep, type HostValue, type ResourceValue, type TensorValue, type Value } from './value.js';

/** Most elements over which a node is computed at load. */
const MAX_FOLDED = 65_536;
/** Most elements that are read or made at load, variables aside. */
const MAX_COMPUTED = 33_554_432;

const VARIABLES = new Set(['VarHandleOp', 'VariableV2', 'Variable', 'AutoReloadVariable']);
const TABLES = new Set(['HashTable', 'HashTableV2', 'MutableHashTable', 'MutableHashTableV2']);
const ASSIGNMENTS = /^(Assign|AssignAdd|AssignSub|ScatterAdd|ScatterUpdate|ResourceScatter)/;

export interface GraphConverterInit {
  readonly nodes: readonly NodeDef[];
  readonly functions: ReadonlyMap<string, FunctionDef>;
  readonly bundle: TensorBundle | undefined;
  readonly keys: VariableKeys;
  readonly outputNames: readonly string[];
  /** The text of an asset, by the name in the folder. */
  readonly readAsset: (name: string) => string;
}

/** An input of the ONNX graph that is computed before it. */
export interface HostInput {
  readonly name: string;
  readonly value: HostValue;
  readonly element: Tensor['element'];
  readonly shape: readonly Dim[] | undefined;
}

/**
 * Converts one signature of a MetaGraphDef: tensors that are known at load are computed, what ONNX has an operator for goes into
 * its graph, and what only needs the columns (text above all) becomes steps that run before it.
 */
export class GraphConverter {
  readonly problems = new Problems();
  readonly builder: OnnxBuilder;
  readonly hostInputs: HostInput[] = [];
  /** Features of tf.Example that columns feed in place of these inputs of the signature. */
  readonly exampleFeatures: ExampleFeature[] = [];
  readonly parsedInputs = new Set<string>();
  readonly #init: GraphConverterInit;
  readonly #evaluator: Evaluator;
  readonly #state: LoadedState = { variables: new Map(), tables: new Map() };
  readonly #tables = new Map<string, LookupTable>();
  readonly #constants = new Map<string, TensorValue>();
  readonly #hostNames = new Map<HostValue, Map<number, string>>();
  readonly #read = new Set<string>();
  readonly #changed = new Map<string, NodeDef>();
  readonly #conversion: Conversion;
  #dims = 0;
  #computed = 0;
  #isLoading = false;

  constructor(init: GraphConverterInit) {
    this.#init = init;
    this.builder = new OnnxBuilder(init.outputNames);
    this.#evaluator = new Evaluator(init.functions, (node, attributes, inputs, frame) => this.#rule(node, attributes, inputs, frame));
    this.#conversion = {
      builder: this.builder,
      freshDim: () => {
        this.#dims += 1;
        return `d${this.#dims}`;
      },
      hostInput: value => this.#hostInput(value),
    };
  }

  /** A frame of the whole graph, in which these tensors are given. */
  frame(fed: ReadonlyMap<string, Value>): Frame {
    return { graph: graphView({ node: this.#init.nodes }), values: new Map(), fed, attributes: undefined, calls: [] };
  }

  freshDim(): string {
    return this.#conversion.freshDim();
  }

  /** Restores variables and fills tables, of which nothing is read yet. */
  load(frame: Frame, targets: readonly string[]): void {
    this.#isLoading = true;
    // Files that variables name come first, since tables are filled from them.
    for (const { name, op, input } of this.#init.nodes) {
      if (op === 'AssignVariableOp' && frame.fed.has(keyOf(frame.graph.parse(input[1] ?? ''))))
        runForEffect(this.#evaluator, frame, name, this.#state);
    }
    for (const target of targets) runForEffect(this.#evaluator, frame, target, this.#state);
    this.#isLoading = false;
  }

  /** The value of a tensor of the graph. */
  value(frame: Frame, tensor: string): Value {
    return this.#evaluator.value(frame, tensor);
  }

  /** The name under which ONNX has the value. */
  nameOf(value: TensorValue): string {
    return new Op('', new NodeAttributes({}), [], this.#conversion).nameOf(value);
  }

  /** Finds what only shows when all outputs are converted. */
  finish(root: Frame): void {
    // In a graph without functions, what runs before is what order edges lead to.
    const seen = new Set<string>();
    const pending = [...root.values.keys()];
    while (pending.length > 0) {
      const name = pending.pop()!;
      if (seen.has(name)) continue;
      seen.add(name);
      const node = root.graph.nodes.get(name);
      if (node === undefined) continue;
      if (ASSIGNMENTS.test(node.op)) this.#noteChange(root, node);
      pending.push(...node.input.filter(input => input.startsWith('^')).map(input => input.slice(1)));
      if (!root.values.has(name))
        pending.push(...node.input.filter(input => !input.startsWith('^')).map(input => root.graph.parse(input).node));
    }
    for (const [name, node] of this.#changed)
      if (this.#read.has(name)) this.problems.add(node.op, node, `to variable "${name}", which changes from call to call`);
  }

  #rule(node: NodeDef, attributes: NodeAttributes, inputs: readonly Value[], frame: Frame): readonly Value[] {
    try {
      const op = this.#init.functions.has(node.op) ? 'PartitionedCall' : node.op;
      const flow = flowRule(op, node, attributes, inputs, {
        call: (name, values, own) => this.#call(name, values, frame, own),
        isKnown: type => this.#isKnown(type),
        problem: (type, at, reason) => this.problems.add(type, at, reason),
        functions: this.#init.functions,
      });
      if (flow !== undefined) return flow;
      if (isDead(inputs)) return [{ kind: 'dead' }];
      return this.#plain(node, attributes, inputs);
    } catch (error) {
      return this.#failed(node, error);
    }
  }

  #failed(node: NodeDef, error: unknown): readonly Value[] {
    if (error instanceof Unsupported) {
      if (!this.#isLoading) this.problems.add(node.op, node, error.message);
    } else if (MillraceError.is(error)) {
      throw error;
    } else if (!this.#isLoading) {
      this.problems.add(node.op, node, `that is not valid: ${(error as Error).message.slice(0, 200)}`);
    }
    return [UNKNOWN];
  }

  #isKnown(type: string): boolean {
    return (
      Object.hasOwn(OP_CONVERTERS, type) || Object.hasOwn(HOST_SHAPES, type) || SPECIAL.has(type) || VARIABLES.has(type) || TABLES.has(type)
    );
  }

  #call(name: string, inputs: readonly Value[], frame: Frame, attributes: NodeAttributes): readonly Value[] {
    const inner = this.#evaluator.enter(name, inputs, frame, attributes);
    for (const node of inner.graph.nodes.values()) if (ASSIGNMENTS.test(node.op) && !this.#isLoading) this.#noteChange(inner, node);
    return inner.graph.results.map(result => this.#evaluator.value(inner, result));
  }

  #noteChange(frame: Frame, node: NodeDef): void {
    const target = node.input[0];
    if (target === undefined) return;
    const value = this.#evaluator.value(frame, target);
    if (value.kind === 'resource') this.#changed.set(value.name, node);
  }

  #plain(node: NodeDef, attributes: NodeAttributes, inputs: readonly Value[]): readonly Value[] {
    const { op: type } = node;
    if (type === 'Const') return [this.#constant(attributes)];
    if (type === 'NoOp' || type === 'Assert') return [];
    if (VARIABLES.has(type)) return [{ kind: 'resource', type: 'variable', name: attributes.text('shared_name', '') || node.name }];
    if (TABLES.has(type)) return [{ kind: 'resource', type: 'table', name: attributes.text('shared_name', '') || node.name }];
    if (type === 'RestoreV2') return this.#restored(inputs);
    if (type === 'Placeholder') {
      if (!this.#isLoading) this.problems.add(type, node, `"${node.name.slice(0, 100)}", which is no input of the signature`);
      return [UNKNOWN];
    }
    // Handles pass through these as they are.
    if (
      inputs[0]?.kind === 'saved' ||
      (inputs[0]?.kind === 'resource' && inputs[0].type === 'table' && (type === 'Identity' || type === 'DisableCopyOnRead'))
    )
      return inputs;
    if (type === 'DisableCopyOnRead' || (type === 'Identity' && this.#isLoading && inputs[0]?.kind === 'resource')) return inputs;
    const values = type.startsWith('Assign')
      ? inputs
      : inputs.map(input => (input.kind === 'resource' && input.type === 'variable' ? this.#variable(input) : input));
    if (type === 'ReadVariableOp') return [values[0] ?? UNKNOWN];
    if (!this.#isKnown(type)) {
      if (!this.#isLoading) this.problems.add(type, node);
      return [UNKNOWN];
    }
    if (values.some(value => value.kind === 'unknown')) return [UNKNOWN];
    if (type === 'ParseExample' || type === 'ParseExampleV2') return this.#example(type, attributes, values);
    const op = new Op(type, attributes, values, this.#conversion);
    if (type.startsWith('LookupTable')) return [this.#lookup(op)];
    return this.#converted(op);
  }

  #converted(op: Op): readonly Value[] {
    const kernel: Kernel | undefined = Object.hasOwn(KERNELS, op.type) ? KERNELS[op.type] : undefined;
    const tensors = op.inputs.every(input => input.kind === 'tensor') ? op.inputs : undefined;
    const folded = kernel && tensors && fold(op, kernel, tensors);
    if (folded) {
      this.#spend([...tensors.map(({ constant }) => constant!), ...folded]);
      return folded.map(constantValue);
    }
    const sizes = ruledSizes(op);
    const rank = op.inputs[0]?.kind === 'tensor' ? sizeRank(op) : undefined;
    if (sizes?.every(size => typeof size === 'number') && rank !== undefined) {
      const element = resultElement(op);
      return [op.constant(element, rank === 0 ? [] : [sizes.length], sizes)];
    }
    const limit = op.type === 'Minimum' ? limitOf(op) : undefined;
    if (limit) return [limit];
    const step = kernel && tensors && this.#step(op, kernel, tensors);
    const results = this.#onnx(op, step);
    return results.map((result, i): Value => {
      if (result.kind !== 'tensor') return result;
      const host: HostValue | undefined = step && { kind: 'result', step: step.step, output: i };
      const bounded = boundOf(op);
      return {
        ...result,
        ...(i === 0 && sizes && { sizes }),
        ...(i === 0 && bounded !== undefined && { atLeast: bounded }),
        ...(host && { host }),
        ...(step?.isForced && { name: undefined }),
      };
    });
  }

  /** What comes out by ONNX, or as far as shapes go, where it is computed before. */
  #onnx(op: Op, step: { readonly isForced: boolean } | undefined): readonly Value[] {
    const isHostOnly = Object.hasOwn(HOST_SHAPES, op.type);
    if (isHostOnly && step === undefined) throw new Unsupported('over what only ONNX has');
    const converter = isHostOnly ? HOST_SHAPES[op.type]! : OP_CONVERTERS[op.type]!;
    try {
      const result = converter(op);
      return Array.isArray(result) ? (result as readonly Value[]) : [result as Value];
    } catch (error) {
      if (!step?.isForced) throw error;
      const element = op.type === 'Where' ? 'int64' : op.tensor(op.type.startsWith('Select') ? 1 : 0).element;
      return [{ kind: 'tensor', element, shape: undefined }];
    }
  }

  /** The step before ONNX for a node, if its inputs are had there, and whether ONNX cannot do it. */
  #step(op: Op, kernel: Kernel, tensors: readonly TensorValue[]): { readonly step: HostStep; readonly isForced: boolean } | undefined {
    const hosts = tensors.map(hostOf);
    if (hosts.some(host => host === undefined)) return undefined;
    const step = kernelStep(op.type, kernel, op.attributes, hosts as HostValue[]);
    const isForced =
      !Object.hasOwn(OP_CONVERTERS, op.type) ||
      tensors.some(
        tensor => tensor.element === 'string' || (tensor.name === undefined && tensor.constant === undefined && !isByRow(tensor)),
      );
    return { step, isForced };
  }

  #hostInput(value: TensorValue & { readonly host: HostValue }): string {
    const { host } = value;
    const key = host.kind === 'result' ? (host.step as unknown as HostValue) : host;
    const output = host.kind === 'result' ? host.output : 0;
    const names = this.#hostNames.get(key) ?? new Map<number, string>();
    this.#hostNames.set(key, names);
    let name = names.get(output);
    if (name === undefined) {
      // What is had before ONNX goes in by row; whether it has a row each, the first run tells.
      const shape = value.shape && [ROWS, ...value.shape.slice(1)];
      name = this.builder.input(value.element, shape);
      names.set(output, name);
      this.hostInputs.push({ name, value: host, element: value.element, shape });
    }
    return name;
  }

  #example(type: string, attributes: NodeAttributes, inputs: readonly Value[]): readonly Value[] {
    const [serialized] = inputs;
    if (serialized?.kind !== 'tensor' || serialized.host?.kind !== 'input') throw new Unsupported('of what is computed');
    const { features, outputs } = parsedExample(type, attributes, inputs);
    this.parsedInputs.add(serialized.host.name);
    for (const feature of features) {
      const known = this.exampleFeatures.find(each => each.name === feature.name);
      if (known && (known.element !== feature.element || known.shape.join() !== feature.shape.join()))
        throw new Unsupported(`of feature "${feature.name}" in two ways`);
      if (!known) this.exampleFeatures.push(feature);
    }
    return outputs;
  }

  #constant(attributes: NodeAttributes): Value {
    const tensor = attributes.tensor('value');
    if (tensor === undefined) throw new Unsupported('without a value');
    this.#spend([tensor]);
    return constantValue(tensor);
  }

  #spend(tensors: readonly Tensor[]): void {
    for (const { data } of tensors) this.#computed += data.length;
    if (this.#computed > MAX_COMPUTED) throw damaged(`it computes more than ${MAX_COMPUTED.toLocaleString('en')} constants`);
  }

  #restored([, names, slices]: readonly Value[]): readonly Value[] {
    if (names?.kind !== 'tensor' || names.constant === undefined || slices?.kind !== 'tensor' || slices.constant === undefined)
      return [UNKNOWN];
    const parts = stringsOf(slices.constant);
    return stringsOf(names.constant).map((key, i) => ({ kind: 'saved', key, slice: parts[i] ?? '' }));
  }

  #variable({ name }: ResourceValue): Value {
    if (this.#isLoading) {
      const assigned = this.#state.variables.get(name);
      return assigned?.kind === 'tensor' ? assigned : UNKNOWN;
    }
    this.#read.add(name);
    const known = this.#constants.get(name);
    if (known) return known;
    const assigned = this.#state.variables.get(name);
    const value =
      assigned?.kind === 'tensor'
        ? assigned
        : constantValue(this.#saved(assigned?.kind === 'saved' ? assigned : this.#init.keys.find(name)));
    this.#constants.set(name, value);
    return value;
  }

  #saved({ key, slice }: { readonly key: string; readonly slice: string }): Tensor {
    if (this.#init.bundle === undefined) throw damaged('it has variables, but no folder "variables"');
    return this.#init.bundle.read(key, slice);
  }

  #lookup(op: Op): Value {
    const [resource, ...rest] = op.inputs;
    if (resource?.kind !== 'resource') throw new Unsupported('of a table that is computed');
    const table = this.#table(resource.name);
    if (op.type.startsWith('LookupTableSize')) return op.constant('int64', [], [BigInt(table.size)]);
    if (!op.type.startsWith('LookupTableFind')) throw new Unsupported('');
    const [keys, otherwise] = rest as [TensorValue, TensorValue];
    if (keys.kind !== 'tensor' || otherwise?.kind !== 'tensor' || otherwise.constant === undefined)
      throw new Unsupported('with a default that is computed');
    const run = lookupIn(table, otherwise.constant);
    if (keys.constant) return constantValue(run([keys.constant])[0]!);
    const host = hostOf(keys);
    const shape = { kind: 'tensor' as const, element: table.value, shape: keys.shape };
    const lookedUp: HostValue | undefined = host && { kind: 'result', output: 0, step: { op: op.type, inputs: [host], run } };
    const isHostOnly = lookedUp !== undefined && (keys.element === 'string' || !isByRow(keys));
    return isHostOnly
      ? { ...shape, host: lookedUp }
      : { ...lookupWithOnnx(op, table, keys, otherwise.constant), ...(lookedUp && { host: lookedUp }) };
  }

  #table(name: string): LookupTable {
    let table = this.#tables.get(name);
    if (table === undefined) {
      const content = this.#state.tables.get(name);
      if (content === undefined) throw new Unsupported(`of table "${name.slice(0, 100)}", which nothing fills`);
      const tensor = (value: Value): Tensor => {
        if (value.kind === 'tensor' && value.constant) return value.constant;
        if (value.kind === 'saved') return this.#saved(value);
        throw new Unsupported(`of table "${name.slice(0, 100)}", which is filled with what is computed`);
      };
      table = tableOf(content, tensor, this.#init.readAsset);
      this.#tables.set(name, table);
    }
    return table;
  }
}

const SPECIAL = new Set([
  'Const',
  'NoOp',
  'Assert',
  'Placeholder',
  'RestoreV2',
  'ReadVariableOp',
  'LookupTableFind',
  'LookupTableFindV2',
  'LookupTableSize',
  'LookupTableSizeV2',
  'While',
  'StatelessWhile',
  'If',
  'StatelessIf',
  'PartitionedCall',
  'StatefulPartitionedCall',
  'Switch',
  'Merge',
  'ParseExample',
  'ParseExampleV2',
]);

function fold(op: Op, kernel: Kernel, tensors: readonly TensorValue[]): readonly Tensor[] | undefined {
  const constants = tensors.map(tensor => tensor.constant);
  if (constants.some(constant => constant === undefined) || constants.length === 0) return undefined;
  if (constants.reduce((sum, constant) => sum + constant!.data.length, 0) > MAX_FOLDED) return undefined;
  if (constants.some(constant => constant!.element === 'half')) return undefined;
  return kernel(constants as Tensor[], op.attributes);
}

/** Rank of what a node gives, where that is a number or a vector. */
function sizeRank(op: Op): number | undefined {
  const ranks = op.inputs.map(input => (input.kind === 'tensor' ? input.shape?.length : undefined));
  switch (op.type) {
    case 'Shape':
    case 'Pack':
    case 'ConcatV2':
      return 1;
    case 'Size':
    case 'Prod':
    case 'Max':
      return ranks[0] === 1 && op.attributes.bool('keep_dims', false) ? 1 : 0;
    case 'ExpandDims':
      return 1;
    case 'Squeeze':
      return 0;
    case 'Reshape': {
      const { shape } = op.tensor(1);
      return typeof shape?.[0] === 'number' ? shape[0] : undefined;
    }
    case 'StridedSlice':
      return op.attributes.int('shrink_axis_mask', 0) > 0 ? 0 : 1;
    case 'GatherV2':
    case 'Gather':
      return ranks[1];
    case 'SelectV2':
    case 'Select':
      return ranks[1];
    default:
      return ranks.some(rank => rank === undefined) ? undefined : Math.max(...(ranks as number[]));
  }
}

function resultElement(op: Op): 'int32' | 'int64' {
  const first = op.tensor(0).element;
  const element =
    op.type === 'Shape' || op.type === 'Size'
      ? op.attributes.element('out_type', 'int32')
      : op.type === 'Cast'
        ? op.attributes.element('DstT')
        : op.type.startsWith('Select')
          ? op.tensor(1).element
          : first;
  return element === 'int64' ? 'int64' : 'int32';
}

/** A value that is at least 5, and then at most 5, is 5: how layers write a size that is given. */
function limitOf(op: Op): TensorValue | undefined {
  const [a, b] = op.tensors() as [TensorValue, TensorValue];
  const [limit, value] = a.constant ? [a, b] : [b, a];
  const isReached = limit.constant?.data.length === 1 && value.atLeast !== undefined && value.atLeast >= Number(limit.constant.data[0]);
  return isReached ? limit : undefined;
}

/** What the result is not below, where that shows. */
function boundOf(op: Op): number | undefined {
  if (op.type !== 'Maximum') return undefined;
  const bounds = op
    .tensors()
    .flatMap(tensor => (tensor.constant?.shape.length === 0 && tensor.element.includes('int') ? [Number(tensor.constant.data[0])] : []));
  return bounds[0];
}
