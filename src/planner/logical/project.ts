import type { BoundExpression } from './expression.js';
import type { LogicalNode, PlanField, Project } from './node.js';

/** A projection; what its columns take over unchanged keeps being a time attribute or window bound. */
export function project(input: LogicalNode, expressions: readonly BoundExpression[], names: readonly string[]): Project {
  return { kind: 'Project', input, expressions, fields: expressions.map((expression, i) => fieldOf(input, expression, names[i]!)) };
}

/** A reference to field `index` of a node. */
export function columnOf(input: LogicalNode, index: number): BoundExpression {
  const field = input.fields[index]!;
  return { kind: 'column', index, name: field.name, type: field.type };
}

/** References to all fields of a node, in order. */
export function columnsOf(input: LogicalNode): BoundExpression[] {
  return input.fields.map((_, index) => columnOf(input, index));
}

/** The input with more columns behind its own. */
export function appendColumns(input: LogicalNode, expressions: readonly BoundExpression[], names: readonly string[]): Project {
  return project(input, [...columnsOf(input), ...expressions], [...input.fields.map(field => field.name), ...names]);
}

/** The input with these of its columns only, in this order. */
export function keepColumns(input: LogicalNode, indices: readonly number[]): LogicalNode {
  if (indices.length === input.fields.length && indices.every((index, i) => index === i)) return input;
  return project(
    input,
    indices.map(index => columnOf(input, index)),
    indices.map(index => input.fields[index]!.name),
  );
}

/** Each different row once. */
export function distinctRows(input: LogicalNode): LogicalNode {
  return { kind: 'Aggregate', input, keys: [...input.fields.keys()], aggregates: [], window: undefined, fields: input.fields };
}

function fieldOf(input: LogicalNode, expression: BoundExpression, name: string): PlanField {
  if (expression.kind === 'column') return { ...input.fields[expression.index]!, name, type: expression.type };
  const isProctime = expression.kind === 'call' && expression.name === 'PROCTIME';
  return { name, type: expression.type, ...(isProctime && { timeAttribute: 'proctime' as const }) };
}

/** The name, or the name with the lowest number behind it that is not taken yet; `taken` learns it. */
export function uniqueName(name: string, taken: Set<string>): string {
  let unique = name;
  for (let suffix = 0; taken.has(unique); suffix++) unique = `${name}${suffix}`;
  taken.add(unique);
  return unique;
}
