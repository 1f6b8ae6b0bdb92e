import type { ElementType } from '../../../spec/element-type.js';
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor, OnnxValue } from '../../../kit/onnx/onnx-graph.js';
import type { Element, Tensor } from '../model/tensor.js';
import { damaged } from './damaged.js';
import type { Dim } from './value.js';

const ELEMENT_TYPES: Readonly<Record<Element, ElementType>> = {
  float: 'float32',
  double: 'float64',
  half: 'float16',
  int8: 'int8',
  int16: 'int16',
  int32: 'int32',
  int64: 'int64',
  uint8: 'uint8',
  uint16: 'uint16',
  uint32: 'uint32',
  uint64: 'uint64',
  bool: 'bool',
  string: 'string',
};

/** The type by onnxruntime's name. */
export function elementTypeOf(element: Element): ElementType {
  return ELEMENT_TYPES[element];
}

/** Most operators of a graph. */
const MAX_OPERATORS = 100_000;

/** Gathers nodes and constants; hands out the graph with what its outputs need. */
export class OnnxBuilder {
  readonly #prefix: string;
  readonly #nodes: OnnxNode[] = [];
  readonly #constants = new Map<string, OnnxTensor>();
  readonly #names = new Map<Tensor, string>();
  readonly #inputs: OnnxValue[] = [];
  #next = 0;

  /** @param outputs names that the graph gives out, which no name in it may begin with. */
  constructor(outputs: readonly string[]) {
    let prefix = ':';
    while (outputs.some(name => name.startsWith(prefix))) prefix += ':';
    this.#prefix = prefix;
  }

  input(element: Element, shape: readonly Dim[] | undefined): string {
    const name = this.#name('input');
    this.#inputs.push({ name, element: elementTypeOf(element), shape });
    return name;
  }

  constant(tensor: Tensor): string {
    const known = this.#names.get(tensor);
    if (known !== undefined) return known;
    const name = this.#name('constant');
    const { element, shape, data } = tensor;
    const bytes = Array.isArray(data) ? (data as readonly string[]) : bytesOf(data as Float32Array);
    this.#constants.set(name, { name, element: elementTypeOf(element), dims: shape, data: bytes });
    this.#names.set(tensor, name);
    return name;
  }

  node(
    opType: string,
    inputs: readonly string[],
    {
      attributes,
      domain,
      count = 1,
    }: { attributes?: OnnxNode['attributes'] | undefined; domain?: string | undefined; count?: number | undefined },
  ): readonly string[] {
    if (this.#nodes.length >= MAX_OPERATORS) throw damaged(`it becomes more than ${MAX_OPERATORS.toLocaleString('en')} operators`);
    const outputs = Array.from({ length: count }, () => this.#name(opType));
    this.#nodes.push({ opType, inputs, outputs, ...(attributes && { attributes }), ...(domain && { domain }) });
    return outputs;
  }

  /** The graph that gives these; nodes and constants that nobody needs are left out, and inputs. */
  graph(
    outputs: readonly {
      readonly name: string;
      readonly from: string;
      readonly element: Element;
      readonly shape: readonly Dim[] | undefined;
    }[],
  ): OnnxGraph {
    const named = outputs.map(({ name, from }): OnnxNode => ({ opType: 'Identity', inputs: [from], outputs: [name] }));
    const needed = new Set(named.flatMap(node => node.inputs));
    const nodes: OnnxNode[] = [];
    for (const node of this.#nodes.toReversed()) {
      if (!node.outputs.some(name => needed.has(name))) continue;
      node.inputs.forEach(name => needed.add(name));
      nodes.push(node);
    }
    return {
      name: 'saved_model',
      inputs: this.#inputs.filter(({ name }) => needed.has(name)),
      outputs: outputs.map(({ name, element, shape }) => ({
        name,
        element: elementTypeOf(element),
        shape: shape?.map(dim => (typeof dim === 'number' ? dim : undefined)),
      })),
      constants: [...this.#constants.values()].filter(({ name }) => needed.has(name)),
      nodes: [...nodes.toReversed(), ...named],
    };
  }

  #name(what: string): string {
    this.#next += 1;
    return `${this.#prefix}${what}_${this.#next}`;
  }
}

/** Little-endian, as all machines are that this runs on. */
function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

export type Attributes = Readonly<Record<string, OnnxAttribute>>;

/** Attributes in short: numbers are integers, texts texts. */
export function attributesOf(values: Readonly<Record<string, number | string | readonly number[]>>): Attributes {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'number' ? { i: value } : typeof value === 'string' ? { s: value } : { ints: value },
    ]),
  );
}
