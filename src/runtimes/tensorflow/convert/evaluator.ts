import { functionView, type GraphView, type NodeRef } from '../model/graph-view.js';
import { NodeAttributes } from '../model/node-attributes.js';
import type { FunctionDef, NodeDef } from '../proto/messages.js';
import { damaged } from './damaged.js';
import { DEAD, UNKNOWN, type Value } from './value.js';

/** Most nodes that one model may run through, calls and turns of loops counted each time. */
const MAX_NODES = 200_000;
/** Most calls within each other. */
const MAX_DEPTH = 64;

/** A graph, or one call of a function, with what is known of its tensors. */
export interface Frame {
  readonly graph: GraphView;
  /** By node, its outputs. */
  readonly values: Map<string, readonly Value[]>;
  /** Tensors that are given, by `node:output`; their nodes are not looked at. */
  readonly fed: ReadonlyMap<string, Value>;
  readonly attributes: NodeAttributes | undefined;
  /** The functions that this call is in. */
  readonly calls: readonly string[];
}

/** Turns a node with known inputs into its outputs. */
export type NodeRule = (node: NodeDef, attributes: NodeAttributes, inputs: readonly Value[], frame: Frame) => readonly Value[];

/**
 * Walks a graph from what is wanted to what that needs, calls and all, so that what only training, saving or checking needs is
 * never looked at. Each node of a frame is computed once.
 */
export class Evaluator {
  readonly #functions: ReadonlyMap<string, FunctionDef>;
  readonly #rule: NodeRule;
  readonly #views = new Map<string, GraphView>();
  #count = 0;

  constructor(functions: ReadonlyMap<string, FunctionDef>, rule: NodeRule) {
    this.#functions = functions;
    this.#rule = rule;
  }

  /** The value of `input`, as nodes of the frame name it. */
  value(frame: Frame, input: string): Value {
    const ref = frame.graph.parse(input);
    const fed = frame.fed.get(keyOf(ref));
    if (fed) return fed;
    this.#compute(frame, ref.node);
    const outputs = frame.values.get(ref.node)!;
    return outputs[ref.output] ?? UNKNOWN;
  }

  /** Makes a frame for a call. @throws {MillraceError} `MODEL_LOAD` for calls that never end. */
  enter(name: string, inputs: readonly Value[], outer: Frame, attributes: NodeAttributes): Frame {
    if (outer.calls.includes(name)) throw damaged(`function "${name}" calls itself`);
    if (outer.calls.length >= MAX_DEPTH) throw damaged(`its functions call each other more than ${MAX_DEPTH} deep`);
    const graph = this.#view(name);
    if (inputs.length < graph.parameters.length) throw damaged(`function "${name}" is called with too few inputs`);
    const fed = new Map(graph.parameters.map((parameter, i) => [keyOf({ node: parameter, output: 0 }), inputs[i]!]));
    return { graph, values: new Map(), fed, attributes, calls: [...outer.calls, name] };
  }

  /** What a function gives for these inputs. */
  call(name: string, inputs: readonly Value[], outer: Frame, attributes: NodeAttributes): readonly Value[] {
    const frame = this.enter(name, inputs, outer, attributes);
    return frame.graph.results.map(result => this.value(frame, result));
  }

  #view(name: string): GraphView {
    let view = this.#views.get(name);
    if (view === undefined) {
      const definition = this.#functions.get(name);
      if (definition === undefined) throw damaged(`there is no function "${name}"`);
      view = functionView(definition);
      this.#views.set(name, view);
    }
    return view;
  }

  /** Without recursion, since graphs are as long as networks are deep. */
  #compute(frame: Frame, wanted: string): void {
    const stack = [wanted];
    const open = new Set<string>();
    while (stack.length > 0) {
      const name = stack.at(-1)!;
      if (frame.values.has(name)) {
        stack.pop();
        continue;
      }
      const node = frame.graph.nodes.get(name);
      if (node === undefined) throw damaged(`there is no node "${name}"`);
      const refs = dataInputs(frame, node);
      const missing = refs.filter(ref => !frame.fed.has(keyOf(ref)) && !frame.values.has(ref.node) && !open.has(ref.node));
      if (missing.length > 0 && !open.has(name)) {
        open.add(name);
        for (const { node: next } of missing) stack.push(next);
        continue;
      }
      this.#count += 1;
      if (this.#count > MAX_NODES) throw damaged(`its functions and loops run through more than ${MAX_NODES.toLocaleString('en')} nodes`);
      // What is open is computed from this node: a loop of the old kind, whose operators nobody can convert.
      const inputs = refs.map(ref => frame.fed.get(keyOf(ref)) ?? frame.values.get(ref.node)?.[ref.output] ?? UNKNOWN);
      frame.values.set(name, this.#rule(node, new NodeAttributes(node.attr, frame.attributes), inputs, frame));
      open.delete(name);
      stack.pop();
    }
  }
}

function dataInputs(frame: Frame, node: NodeDef): NodeRef[] {
  return node.input.map(frame.graph.parse).filter(ref => ref.output >= 0);
}

export function keyOf({ node, output }: NodeRef): string {
  return `${node}:${output}`;
}

/** Whether a branch is not taken decides what follows, but for a merge. */
export function isDead(inputs: readonly Value[]): boolean {
  return inputs.some(input => input === DEAD || input.kind === 'dead');
}
