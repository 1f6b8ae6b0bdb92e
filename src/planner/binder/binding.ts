import type { Catalog } from '../../catalog/catalog.js';
import type { Expression } from '../../sql/ast/expression.js';
import type { CommonTable, Query } from '../../sql/ast/query.js';
import type { ScalarFunction } from '../functions/function.js';
import type { BoundExpression } from '../logical/expression.js';
import type { LogicalNode } from '../logical/node.js';
import type { LookupHints } from './bind-lookup-hint.js';
import type { Diagnostics } from './diagnostics.js';
import type { Scope } from './scope.js';

/**
 * What every binder function needs to know. Expressions hold calls that hold expressions, and queries hold tables that
 * hold queries: the two functions close these circles. `createBinding` makes one.
 */
export interface Binding {
  readonly catalog: Catalog;
  /** By upper-case name. */
  readonly functions: ReadonlyMap<string, ScalarFunction>;
  readonly diagnostics: Diagnostics;
  /** Resolves names and types of an expression. @throws {MillraceError} with a span inside the expression. */
  readonly bindExpression: (expression: Expression, context: ExpressionContext) => BoundExpression;
  /** The logical plan of a query. @throws {MillraceError} at the first problem that hides all others. */
  readonly bindQuery: (query: Query, scope: QueryScope) => LogicalNode;
  /** A number that no other subquery of the statement has. */
  readonly newCorrelation: () => number;
}

/** Where an expression stands. */
export interface ExpressionContext {
  readonly binding: Binding;
  readonly scope: Scope;
  /** Sees each expression first; what it returns stands for it. Used where aggregates and keys are columns already. */
  readonly intercept?: ((expression: Expression) => BoundExpression | undefined) | undefined;
  /** The query that the expression belongs to; absent in definitions, where no subquery may stand. */
  readonly query?: QueryScope | undefined;
}

/** What the names of a query's WITH clauses mean, innermost first, and the query around it. */
export interface QueryScope {
  readonly binding: Binding;
  readonly commonTables: ReadonlyMap<string, { readonly table: CommonTable; readonly scope: QueryScope }>;
  /** Set where the columns of another query can be named: in a subquery, and to the right of a lateral join. */
  readonly outer?: OuterQuery | undefined;
  /** What the hints of the SELECT whose FROM is bound say about its lookup joins. */
  readonly lookupHints?: LookupHints | undefined;
}

export interface OuterQuery {
  readonly context: ExpressionContext;
  /** What marks its columns in the inner query. */
  readonly correlation: number;
}
