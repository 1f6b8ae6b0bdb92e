import { MillraceError } from '../../../common/error.js';
import type { FunctionDef, GraphDef, NodeDef } from '../proto/messages.js';
import { outputOffset } from './output-names.js';

/** One output of a node; -1 where it only has to run before. */
export interface NodeRef {
  readonly node: string;
  readonly output: number;
}

/** The nodes of a graph or of a function, by name. */
export interface GraphView {
  readonly nodes: ReadonlyMap<string, NodeDef>;
  /** Arguments of a function, in order; none of a graph. */
  readonly parameters: readonly string[];
  /** What a function gives back, in order; none of a graph. */
  readonly results: readonly string[];
  parse(input: string): NodeRef;
}

/** The graph of a MetaGraphDef: inputs are `node`, `node:1` and `^node`. */
export function graphView(graph: GraphDef): GraphView {
  return { nodes: byName(graph.node), parameters: [], results: [], parse: parseGraphRef };
}

/** `node:1` of a graph, or of a signature. */
export function parseGraphRef(input: string): NodeRef {
  if (input.startsWith('^')) return { node: input.slice(1), output: -1 };
  const colon = input.lastIndexOf(':');
  return colon > 0 && /^\d{1,6}$/.test(input.slice(colon + 1))
    ? { node: input.slice(0, colon), output: Number(input.slice(colon + 1)) }
    : { node: input, output: 0 };
}

/** A function: inputs are arguments by name, and `node:argument:1`, where outputs are counted within their argument. */
export function functionView(definition: FunctionDef): GraphView {
  const nodes = byName(definition.node_def);
  return {
    nodes,
    parameters: (definition.signature?.input_arg ?? []).map(({ name }) => name),
    results: (definition.signature?.output_arg ?? []).map(({ name }) => (Object.hasOwn(definition.ret, name) ? definition.ret[name]! : '')),
    parse(input) {
      if (input.startsWith('^')) return { node: input.slice(1), output: -1 };
      const [node = '', argument, index] = input.split(':');
      if (argument === undefined) return { node, output: 0 };
      const definition = nodes.get(node);
      return { node, output: (definition === undefined ? 0 : outputOffset(definition, argument)) + Number(index ?? 0) };
    },
  };
}

function byName(list: readonly NodeDef[]): ReadonlyMap<string, NodeDef> {
  const nodes = new Map(list.map(node => [node.name, node]));
  if (nodes.size !== list.length)
    throw new MillraceError({ code: 'MODEL_LOAD', message: 'the SavedModel is damaged: two nodes of a graph have one name' });
  return nodes;
}
