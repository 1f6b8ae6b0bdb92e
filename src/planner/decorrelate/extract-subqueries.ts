import { equals } from '../binder/build-expression.js';
import { digestExpression } from '../logical/digest.js';
import { mapExpression, type BoundExpression, type BoundSubquery } from '../logical/expression.js';
import type { Filter, LogicalNode, MarkJoin, Project } from '../logical/node.js';
import { columnOf, keepColumns, project } from '../logical/project.js';
import { isCorrelated } from './correlation.js';
import { applyToOuterRows, asJoinSide, joinOf, shifted } from './join-side.js';
import { pullUp } from './pull-up.js';

/**
 * A filter or projection whose subqueries have become columns of joins below it.
 *
 *     Filter(a > (SELECT MAX(b) FROM u)) → Filter(a > max) over Join(t, Aggregate(MAX(b)) over u)
 *
 * @param decorrelate for the plans of the subqueries.
 */
export function extractSubqueries(node: Project | Filter, decorrelate: (plan: LogicalNode) => LogicalNode): LogicalNode {
  const extraction = new Extraction(node.input, decorrelate);
  if (node.kind === 'Project') {
    const expressions = node.expressions.map(each => extraction.replace(each));
    const names = node.fields.map(field => field.name);
    return project(extraction.plan, expressions, names);
  }
  const condition = extraction.replace(node.condition);
  const filter: LogicalNode = { kind: 'Filter', input: extraction.plan, condition, fields: extraction.plan.fields };
  return keepColumns(filter, [...node.fields.keys()]);
}

/** The subqueries of one node's expressions; equal ones are computed once. */
class Extraction {
  /** The input, with a column for each subquery so far. */
  plan: LogicalNode;
  readonly #decorrelate: (plan: LogicalNode) => LogicalNode;
  readonly #columns = new Map<string, number>();

  constructor(input: LogicalNode, decorrelate: (plan: LogicalNode) => LogicalNode) {
    this.plan = input;
    this.#decorrelate = decorrelate;
  }

  replace(expression: BoundExpression): BoundExpression {
    return mapExpression(expression, each => {
      if (each.kind !== 'subquery') return each;
      const digest = digestExpression(each);
      const index = this.#columns.get(digest) ?? this.#attach({ ...each, plan: this.#decorrelate(each.plan) });
      this.#columns.set(digest, index);
      return { ...columnOf(this.plan, index), type: each.type };
    });
  }

  /** Where the plan has the value of the subquery from now on. */
  #attach(subquery: BoundSubquery): number {
    return subquery.form === 'scalar' ? this.#attachScalar(subquery) : this.#attachMark(subquery);
  }

  #attachScalar(subquery: BoundSubquery): number {
    const left = this.plan;
    const { side, condition, outputs } = rightSide(left, subquery);
    this.plan = joinOf({ join: 'left', left, right: side, condition, span: subquery.span, atMostOne: true });
    return left.fields.length + outputs[0]!;
  }

  #attachMark(subquery: BoundSubquery): number {
    const left = this.plan;
    const width = left.fields.length;
    const { side, condition, outputs } = rightSide(left, subquery);
    const tests = subquery.operands.map((operand, i) => equals(operand, shifted(columnOf(side, outputs[i]!), width)));
    const mark = { name: '$mark', type: subquery.type };
    const fields = [...left.fields, mark];
    this.plan = { kind: 'MarkJoin', left, right: side, condition, tests, span: subquery.span, fields } satisfies MarkJoin;
    return width;
  }
}

function rightSide(
  left: LogicalNode,
  { plan, correlation, span }: BoundSubquery,
): { readonly side: LogicalNode; readonly condition: BoundExpression | undefined; readonly outputs: readonly number[] } {
  if (!isCorrelated(plan, correlation)) return { side: plan, condition: undefined, outputs: [...plan.fields.keys()] };
  const pulled = pullUp(plan, correlation);
  if (pulled) return asJoinSide(pulled, { width: left.fields.length, correlation });
  const { side, condition, width } = applyToOuterRows(left, plan, { correlation, span });
  return { side, condition, outputs: plan.fields.map((_, i) => width + i) };
}
