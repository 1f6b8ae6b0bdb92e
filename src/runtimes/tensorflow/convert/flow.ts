import { NodeAttributes } from '../model/node-attributes.js';
import type { FunctionDef, NodeDef } from '../proto/messages.js';
import { Unsupported } from './unsupported.js';
import { DEAD, UNKNOWN, type Value } from './value.js';

/** Most turns of a loop. */
const MAX_TURNS = 2_000;

/** What rules about calls, branches and loops need of the converter. */
export interface FlowContext {
  /** What a function gives for these inputs. */
  call(name: string, inputs: readonly Value[], attributes: NodeAttributes): readonly Value[];
  isKnown(type: string): boolean;
  problem(type: string, node: object, reason?: string): void;
  readonly functions: ReadonlyMap<string, FunctionDef>;
}

/**
 * Calls are put in place; loops whose condition is known in each turn are unrolled; branches whose condition is known become the
 * one that is taken. Undefined for other operators.
 */
export function flowRule(
  type: string,
  node: NodeDef,
  attributes: NodeAttributes,
  inputs: readonly Value[],
  context: FlowContext,
): readonly Value[] | undefined {
  switch (type) {
    case 'PartitionedCall':
    case 'StatefulPartitionedCall':
      return inputs.includes(DEAD) ? [DEAD] : calledBy(node, attributes, inputs, context, type === node.op ? 'f' : undefined);
    case 'While':
    case 'StatelessWhile':
      return loop(attributes, inputs, context);
    case 'If':
    case 'StatelessIf':
      return branch(attributes, inputs, context);
    case 'Switch': {
      const [value, predicate] = inputs;
      if (value?.kind === 'dead' || predicate?.kind === 'dead') return [DEAD, DEAD];
      const taken = constantOf(predicate);
      if (taken === undefined) throw new Unsupported('on a condition that is computed');
      return taken === 1 ? [DEAD, value!] : [value!, DEAD];
    }
    case 'Merge': {
      const alive = inputs.filter(input => input.kind !== 'dead');
      if (alive.length > 1) throw new Unsupported('of several branches');
      return [alive[0] ?? DEAD, UNKNOWN];
    }
    default:
      return undefined;
  }
}

function constantOf(value: Value | undefined): number | undefined {
  if (value?.kind !== 'tensor' || value.constant === undefined || value.constant.data.length !== 1) return undefined;
  const single = value.constant.data[0];
  return typeof single === 'string' ? Number(single !== '') : Number(Number(single) !== 0);
}

function calledBy(
  node: NodeDef,
  outer: NodeAttributes,
  inputs: readonly Value[],
  context: FlowContext,
  attribute: string | undefined,
): readonly Value[] {
  // An operator may also be a function by its own name.
  if (attribute === undefined) return context.call(node.op, inputs, outer);
  const target = outer.function(attribute);
  if (target === undefined) throw new Unsupported('of no function');
  return context.call(target.name, inputs, new NodeAttributes(target.attr, outer));
}

function loop(attributes: NodeAttributes, inputs: readonly Value[], context: FlowContext): readonly Value[] {
  const condition = attributes.function('cond');
  const body = attributes.function('body');
  if (condition === undefined || body === undefined) throw new Unsupported('without a body');
  let values = inputs;
  for (let turn = 0; turn <= MAX_TURNS; turn += 1) {
    const goesOn = constantOf(context.call(condition.name, values, new NodeAttributes(condition.attr, attributes))[0]);
    if (goesOn === undefined) {
      reportUnknown(body.name, context);
      throw new Unsupported('whose number of turns is not known before rows are there');
    }
    if (goesOn === 0) return values;
    values = context.call(body.name, values, new NodeAttributes(body.attr, attributes));
  }
  throw new Unsupported(`with more than ${MAX_TURNS} turns`);
}

function branch(attributes: NodeAttributes, inputs: readonly Value[], context: FlowContext): readonly Value[] {
  const taken = constantOf(inputs[0]);
  const side = attributes.function(taken === 0 ? 'else_branch' : 'then_branch');
  if (taken === undefined || side === undefined) {
    for (const name of ['then_branch', 'else_branch']) reportUnknown(attributes.function(name)?.name ?? '', context);
    throw new Unsupported('on a condition that is computed');
  }
  return context.call(side.name, inputs.slice(1), new NodeAttributes(side.attr, attributes));
}

/** Reports operators of a function that cannot be run through, so that a refusal tells all of them. */
function reportUnknown(name: string, context: FlowContext): void {
  for (const node of context.functions.get(name)?.node_def ?? []) {
    if (!context.isKnown(node.op) && !context.functions.has(node.op)) context.problem(node.op, node);
  }
}
