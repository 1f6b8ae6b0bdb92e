import { NodeAttributes } from '../model/node-attributes.js';
import type { NodeDef } from '../proto/messages.js';
import type { Evaluator, Frame } from './evaluator.js';
import type { Value } from './value.js';

/** A lookup table as it is filled. */
export type TableContent =
  | { readonly kind: 'pairs'; readonly keys: Value; readonly values: Value }
  | { readonly kind: 'file'; readonly file: Value; readonly attributes: NodeAttributes };

/** What restoring and initializing a model leaves behind. */
export interface LoadedState {
  /** By the name of the variable. */
  readonly variables: Map<string, Value>;
  readonly tables: Map<string, TableContent>;
}

const CALLS = new Set(['PartitionedCall', 'StatefulPartitionedCall']);
const EFFECTS = new Set([
  'Assign',
  'AssignVariableOp',
  'InitializeTable',
  'InitializeTableV2',
  'InitializeTableFromTextFile',
  'InitializeTableFromTextFileV2',
  'LookupTableImport',
  'LookupTableImportV2',
]);

/**
 * Does what TensorFlow Serving does when it loads a model: runs the saver's restore operator and the initializer, of which only
 * the assignments to variables and the filling of tables matter. Which variable of the graph is which tensor of the checkpoint,
 * and which part of it, follows from that for every version of TensorFlow.
 */
export function runForEffect(evaluator: Evaluator, frame: Frame, target: string, state: LoadedState): void {
  const pending = [target];
  const seen = new Set<string>();
  while (pending.length > 0) {
    const name = pending.pop()!;
    if (seen.has(name)) continue;
    seen.add(name);
    const node = frame.graph.nodes.get(name);
    if (node === undefined) continue;
    effect(evaluator, frame, node, state);
    for (const input of node.input) pending.push(frame.graph.parse(input).node);
  }
}

function effect(evaluator: Evaluator, frame: Frame, node: NodeDef, state: LoadedState): void {
  if (CALLS.has(node.op)) {
    const name = node.attr['f']?.func?.name;
    if (name === undefined) return;
    const inputs = dataInputs(node).map(input => evaluator.value(frame, input));
    const inner = evaluator.enter(name, inputs, frame, attributesOf(node, frame));
    for (const each of inner.graph.nodes.values()) if (EFFECTS.has(each.op) || CALLS.has(each.op)) effect(evaluator, inner, each, state);
    return;
  }
  if (!EFFECTS.has(node.op)) return;
  const [target, ...rest] = dataInputs(node).map(input => evaluator.value(frame, input));
  if (target?.kind !== 'resource' || rest.length === 0) return;
  if (node.op.startsWith('Assign')) state.variables.set(target.name, rest[0]!);
  else if (node.op.startsWith('InitializeTableFromTextFile'))
    state.tables.set(target.name, { kind: 'file', file: rest[0]!, attributes: attributesOf(node, frame) });
  else if (rest.length >= 2) state.tables.set(target.name, { kind: 'pairs', keys: rest[0]!, values: rest[1]! });
}

function dataInputs(node: NodeDef): string[] {
  return node.input.filter(input => !input.startsWith('^'));
}

function attributesOf(node: NodeDef, frame: Frame): NodeAttributes {
  return new NodeAttributes(node.attr, frame.attributes);
}
