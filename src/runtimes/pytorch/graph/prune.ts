import type { OnnxGraph, OnnxNode, OnnxTensor } from '../../../kit/onnx/onnx-graph.js';

/** The nodes and constants that the results need, in their order: onnxruntime would compute the others too. */
export function prune(
  nodes: readonly OnnxNode[],
  constants: readonly OnnxTensor[],
  results: readonly string[],
): { nodes: readonly OnnxNode[]; constants: readonly OnnxTensor[] } {
  const needed = new Set(results);
  const kept = pruneNodes(nodes, needed);
  return { nodes: kept, constants: constants.filter(({ name }) => needed.has(name)) };
}

/** Keeps the nodes that give something needed, and notes what they need. */
function pruneNodes(nodes: readonly OnnxNode[], needed: Set<string>): readonly OnnxNode[] {
  const kept: OnnxNode[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some(name => needed.has(name))) continue;
    for (const name of node.inputs) needed.add(name);
    const bodies = Object.entries(node.attributes ?? {}).flatMap(([name, value]) =>
      'g' in value ? [[name, { g: pruneBody(value.g, needed) }] as const] : [],
    );
    kept.push(bodies.length === 0 ? node : { ...node, attributes: { ...node.attributes, ...Object.fromEntries(bodies) } });
  }
  return kept.toReversed();
}

function pruneBody(body: OnnxGraph, needed: Set<string>): OnnxGraph {
  for (const { name } of body.outputs) needed.add(name);
  return { ...body, nodes: pruneNodes(body.nodes, needed) };
}
