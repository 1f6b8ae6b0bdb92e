import { digestExpression } from '../logical/digest.js';
import type { BoundExpression } from '../logical/expression.js';
import type { LogicalNode, PlanField } from '../logical/node.js';
import { project } from '../logical/project.js';

/** The columns that the projection below an aggregate has: each expression once. */
export class ColumnCollector {
  readonly #input: LogicalNode;
  readonly #expressions: BoundExpression[] = [];
  readonly #index = new Map<string, number>();

  constructor(input: LogicalNode) {
    this.#input = input;
  }

  /** The columns so far. */
  get fields(): readonly PlanField[] {
    return this.projection().fields;
  }

  find(expression: BoundExpression): number | undefined {
    return this.#index.get(digestExpression(expression));
  }

  /** The index of the expression's column. */
  add(expression: BoundExpression): number {
    const found = this.find(expression);
    if (found !== undefined) return found;
    const index = this.#expressions.push(expression) - 1;
    this.#index.set(digestExpression(expression), index);
    return index;
  }

  /** Adds a column behind the others, whatever is there already. */
  append(expression: BoundExpression): void {
    const index = this.#expressions.push(expression) - 1;
    const digest = digestExpression(expression);
    if (!this.#index.has(digest)) this.#index.set(digest, index);
  }

  expressionAt(index: number): BoundExpression {
    return this.#expressions[index]!;
  }

  projection(): LogicalNode {
    const names = this.#expressions.map((each, i) => (each.kind === 'column' ? each.name : `$f${i}`));
    return project(this.#input, this.#expressions, names);
  }
}
