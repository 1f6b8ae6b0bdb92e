import { equals } from '../binder/build-expression.js';
import { digestExpression, digestNode } from '../logical/digest.js';
import { mapExpression, replaceColumns, type BoundExpression, type BoundSubquery } from '../logical/expression.js';
import type { Filter, LogicalNode, MarkJoin, Project } from '../logical/node.js';
import { columnOf, keepColumns, project } from '../logical/project.js';
import { isCorrelated } from './correlation.js';
import { applyToOuterRows, asJoinSide, joinOf, shifted, type JoinSide } from './join-side.js';
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
  readonly #input: LogicalNode;
  readonly #decorrelate: (plan: LogicalNode) => LogicalNode;
  /** Where the plan has the values of subqueries, by what they are computed from. */
  readonly #columns = new Map<string, number>();

  constructor(input: LogicalNode, decorrelate: (plan: LogicalNode) => LogicalNode) {
    this.plan = input;
    this.#input = input;
    this.#decorrelate = decorrelate;
  }

  replace(expression: BoundExpression): BoundExpression {
    return mapExpression(expression, each => {
      if (each.kind !== 'subquery') return each;
      const subquery = { ...each, plan: this.#decorrelate(each.plan) };
      const right = rightSide(this.#input, subquery);
      const digest = digestOf(subquery, right);
      const index = this.#columns.get(digest) ?? this.#attach(subquery, right);
      this.#columns.set(digest, index);
      return { ...columnOf(this.plan, index), type: each.type };
    });
  }

  /** Where the plan has the value of the subquery from now on. */
  #attach(subquery: BoundSubquery, right: JoinSide): number {
    const left = this.plan;
    const { side, outputs } = right;
    const condition = right.condition && this.#overPlan(right.condition);
    const width = left.fields.length;
    if (subquery.form === 'scalar') {
      this.plan = joinOf({ join: 'left', left, right: side, condition, span: subquery.span, atMostOne: true });
      return width + outputs[0]!;
    }
    const tests = subquery.operands.map((operand, i) => equals(operand, shifted(columnOf(side, outputs[i]!), width)));
    const mark = { name: '$mark', type: subquery.type };
    const fields = [...left.fields, mark];
    this.plan = { kind: 'MarkJoin', left, right: side, condition, tests, span: subquery.span, fields } satisfies MarkJoin;
    return width;
  }

  /** A condition over the input and a right side, over the plan and that side: columns were put between them. */
  #overPlan(condition: BoundExpression): BoundExpression {
    const width = this.#input.fields.length;
    const added = this.plan.fields.length - width;
    return replaceColumns(condition, (index, column) => ({ ...column, index: index < width ? index : index + added }));
  }
}

/** What is joined to the input: all columns of a subquery's plan that are named outside of it are the input's. */
function rightSide(input: LogicalNode, { plan, correlation, span }: BoundSubquery): JoinSide {
  if (!isCorrelated(plan, correlation)) return { side: plan, condition: undefined, outputs: [...plan.fields.keys()] };
  const pulled = pullUp(plan, correlation);
  if (pulled) return asJoinSide(pulled, { width: input.fields.length, correlation });
  const { side, condition, width } = applyToOuterRows(input, plan, { correlation, span });
  return { side, condition, outputs: plan.fields.map((_, i) => width + i) };
}

/** Equal for subqueries that give the same. Made of the joined form, in which no number of a correlation is left. */
function digestOf({ form, operands }: BoundSubquery, { side, condition, outputs }: JoinSide): string {
  return JSON.stringify([form, operands.map(digestExpression), digestNode(side), condition && digestExpression(condition), outputs]);
}
