import { someExpression } from '../logical/expression.js';
import { digestNode } from '../logical/digest.js';
import { inputsOf, withInputs, type LogicalNode, type PlanRoot } from '../logical/node.js';

/**
 * Makes parts that several places of one job read run once: a view with a model call that two sinks read calls the model
 * once a row.
 *
 * Works on all sinks of a job together, before the other rules; those treat a shared part as a plan of its own.
 */
export function shareCommonParts(roots: readonly PlanRoot[]): PlanRoot[] {
  const counts = new Map<string, number>();
  const count = (node: LogicalNode): void => {
    const text = digestNode(node);
    const seen = counts.get(text) ?? 0;
    counts.set(text, seen + 1);
    // What is inside a part that was seen before is shared with it already.
    if (seen === 0) inputsOf(node).forEach(count);
  };
  for (const root of roots) count(root.input);
  const shared = new Map<string, LogicalNode>();
  const replace = (node: LogicalNode): LogicalNode => {
    const text = digestNode(node);
    const found = shared.get(text);
    if (found) return found;
    const replaced = withInputs(node, inputsOf(node).map(replace));
    if ((counts.get(text) ?? 0) < 2 || !isWorthSharing(node)) return replaced;
    const part: LogicalNode = { kind: 'Shared', id: shared.size + 1, input: replaced, fields: node.fields };
    shared.set(text, part);
    return part;
  };
  return roots.map(root => ({ ...root, input: replace(root.input) }));
}

function isWorthSharing(node: LogicalNode): boolean {
  return node.kind !== 'Values' && reads(node) && isRepeatable(node);
}

function reads(node: LogicalNode): boolean {
  return node.kind === 'Scan' || inputsOf(node).some(reads);
}

/** Two readers of a view with RAND() see different numbers, as if each had its own copy. */
function isRepeatable(node: LogicalNode): boolean {
  const own = node.kind === 'Project' ? node.expressions : node.kind === 'Filter' ? [node.condition] : [];
  const isRandom = own.some(expression => someExpression(expression, each => each.kind === 'call' && !each.deterministic));
  return !isRandom && inputsOf(node).every(isRepeatable);
}
