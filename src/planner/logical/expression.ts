import type { ModelObject } from '../../catalog/objects.js';
import type { OptionSpans, Span } from '../../common/span.js';
import type { Value } from '../../spec/batch.js';
import type { DataType } from '../../spec/data-type.js';
import type { Resolution } from '../functions/function.js';
import type { LogicalNode } from './node.js';

/**
 * An expression whose names and types are resolved. Columns are indices into the input's fields.
 *
 * Every implicit cast is explicit here: the operands of a call have its parameter types, the branches of a CASE its type.
 */
export type BoundExpression =
  | BoundColumn
  | BoundOuterColumn
  | BoundLiteral
  | BoundCall
  | BoundCast
  | BoundLogical
  | BoundNot
  | BoundIs
  | BoundCase
  | BoundField
  | BoundModelCall
  | BoundSubquery;

export type BoundExpressionKind = BoundExpression['kind'];

export interface BoundColumn {
  readonly kind: 'column';
  readonly index: number;
  readonly name: string;
  readonly type: DataType;
}

/** A column of the query around a subquery. The rule `decorrelate` leaves none. */
export interface BoundOuterColumn {
  readonly kind: 'outer-column';
  /** That of the subquery, whose outer query's input has the column. */
  readonly correlation: number;
  readonly index: number;
  readonly name: string;
  readonly type: DataType;
}

export interface BoundLiteral {
  readonly kind: 'literal';
  readonly value: Value;
  readonly type: DataType;
}

/** A call of a scalar function. */
export interface BoundCall {
  readonly kind: 'call';
  readonly name: string;
  readonly deterministic: boolean;
  readonly resolution: Resolution;
  readonly arguments: readonly BoundExpression[];
  /** What stands behind the arguments of an SQL/JSON function; a number is the argument of that index, which stands there. */
  readonly clauses?: readonly (string | number)[] | undefined;
  readonly type: DataType;
}

/** A cast that is not the identity; `safe` for TRY_CAST, which gives NULL where CAST fails. */
export interface BoundCast {
  readonly kind: 'cast';
  readonly operand: BoundExpression;
  readonly resolution: Resolution;
  readonly safe: boolean;
  readonly type: DataType;
}

/** AND or OR over two operands, in three-valued logic; the right one is evaluated only where the left does not decide. */
export interface BoundLogical {
  readonly kind: 'logical';
  readonly operator: 'AND' | 'OR';
  readonly left: BoundExpression;
  readonly right: BoundExpression;
  readonly type: DataType;
}

export interface BoundNot {
  readonly kind: 'not';
  readonly operand: BoundExpression;
  readonly type: DataType;
}

/** Never NULL. */
export interface BoundIs {
  readonly kind: 'is';
  readonly test: 'NULL' | 'TRUE' | 'FALSE';
  readonly not: boolean;
  readonly operand: BoundExpression;
  readonly type: DataType;
}

/** Branches in order; conditions and results are evaluated only where they are reached. COALESCE, NULLIF and IF are this too. */
export interface BoundCase {
  readonly kind: 'case';
  readonly branches: readonly { readonly when: BoundExpression; readonly then: BoundExpression }[];
  readonly otherwise: BoundExpression;
  readonly type: DataType;
}

/** A field of a ROW, by its index. */
export interface BoundField {
  readonly kind: 'field';
  readonly operand: BoundExpression;
  readonly index: number;
  readonly name: string;
  readonly type: DataType;
}

/** A scalar ML_PREDICT. The rule `extract-model-calls` turns it into a column of a `Predict` node. */
export interface BoundModelCall {
  readonly kind: 'model-call';
  readonly call: ModelCallSite;
  readonly arguments: readonly BoundExpression[];
  /** The output column's type, or a ROW of all where the model has several. */
  readonly type: DataType;
}

/** A subquery in an expression. The rule `decorrelate` turns it into a column of a join. */
export interface BoundSubquery {
  readonly kind: 'subquery';
  /** `scalar`: the only value of the only row, NULL without a row; `exists`: whether there is a row; `in`: whether `operands` equal a row. */
  readonly form: 'scalar' | 'exists' | 'in';
  /** Of `in`: as many as the plan has fields, and of their types. */
  readonly operands: readonly BoundExpression[];
  readonly plan: LogicalNode;
  /** What marks the outer columns in the plan that mean the input of this expression. */
  readonly correlation: number;
  readonly span: Span;
  readonly type: DataType;
}

/** A model with the options of one call site. */
export interface ModelCallSite {
  readonly model: ModelObject;
  /** Overrides from the call's MAP, keys as written. */
  readonly config: ReadonlyMap<string, string>;
  /** Where the overrides stand. */
  readonly configSpans: OptionSpans;
  readonly span: Span;
}

/** The direct operands of an expression, in evaluation order. */
export function operandsOf(expression: BoundExpression): readonly BoundExpression[] {
  switch (expression.kind) {
    case 'column':
    case 'outer-column':
    case 'literal':
      return [];
    case 'subquery':
      return expression.operands;
    case 'call':
    case 'model-call':
      return expression.arguments;
    case 'cast':
    case 'not':
    case 'is':
    case 'field':
      return [expression.operand];
    case 'logical':
      return [expression.left, expression.right];
    case 'case':
      return [...expression.branches.flatMap(branch => [branch.when, branch.then]), expression.otherwise];
  }
}

/** The same expression over other operands, which stand in the order of `operandsOf` and have the same types. */
export function withOperands(expression: BoundExpression, operands: readonly BoundExpression[]): BoundExpression {
  switch (expression.kind) {
    case 'column':
    case 'outer-column':
    case 'literal':
      return expression;
    case 'subquery':
      return { ...expression, operands };
    case 'call':
    case 'model-call':
      return { ...expression, arguments: operands };
    case 'cast':
    case 'not':
    case 'is':
    case 'field':
      return { ...expression, operand: operands[0]! };
    case 'logical':
      return { ...expression, left: operands[0]!, right: operands[1]! };
    case 'case':
      return {
        ...expression,
        branches: expression.branches.map((_, i) => ({ when: operands[2 * i]!, then: operands[2 * i + 1]! })),
        otherwise: operands.at(-1)!,
      };
  }
}

/** Rewrites bottom-up: `change` sees each expression after its operands were rewritten. */
export function mapExpression(expression: BoundExpression, change: (expression: BoundExpression) => BoundExpression): BoundExpression {
  const operands = operandsOf(expression);
  const mapped = operands.map(operand => mapExpression(operand, change));
  return change(mapped.every((operand, i) => operand === operands[i]) ? expression : withOperands(expression, mapped));
}

/** Whether `test` holds for the expression or anything in it. */
export function someExpression(expression: BoundExpression, test: (expression: BoundExpression) => boolean): boolean {
  return test(expression) || operandsOf(expression).some(operand => someExpression(operand, test));
}

/** Whether a model is called anywhere in the expression. */
export function hasModelCall(expression: BoundExpression): boolean {
  return someExpression(expression, each => each.kind === 'model-call');
}

/** Whether a subquery stands anywhere in the expression. */
export function hasSubquery(expression: BoundExpression): boolean {
  return someExpression(expression, each => each.kind === 'subquery');
}

/** Adds the indices of all columns in the expression to `into`. */
export function collectColumns(expression: BoundExpression, into: Set<number>): void {
  if (expression.kind === 'column') into.add(expression.index);
  for (const operand of operandsOf(expression)) collectColumns(operand, into);
}

/** The columns of the input that an expression list reads. */
export function usedColumns(expressions: readonly BoundExpression[]): Set<number> {
  const used = new Set<number>();
  for (const expression of expressions) collectColumns(expression, used);
  return used;
}

/** The expression over an input whose columns moved: column i becomes `columns[i]`. */
export function replaceColumns(
  expression: BoundExpression,
  columns: (index: number, column: BoundColumn) => BoundExpression,
): BoundExpression {
  return mapExpression(expression, each => (each.kind === 'column' ? columns(each.index, each) : each));
}

/** Whether an expression has more than `limit` parts, itself included. */
export function isLargerThan(limit: number, expression: BoundExpression): boolean {
  let left = limit;
  return someExpression(expression, () => --left < 0);
}

/** Whether equal inputs always give equal results and nothing outside the process is asked. */
export function isDeterministic(expression: BoundExpression): boolean {
  return !someExpression(expression, each => (each.kind === 'call' && !each.deterministic) || each.kind === 'model-call');
}
