import type { Span } from '../../common/span.js';
import type { Identifier, ObjectName } from './identifier.js';
import type { OrderItem, Query } from './query.js';
import type { IntervalUnit, TypeNode } from './type.js';

interface Node {
  readonly span: Span;
}

export type Expression =
  | ColumnReference
  | Star
  | StringLiteral
  | NumberLiteral
  | BooleanLiteral
  | NullLiteral
  | TemporalLiteral
  | IntervalLiteral
  | BinaryLiteral
  | UnaryExpression
  | BinaryExpression
  | IsExpression
  | BetweenExpression
  | InExpression
  | LikeExpression
  | CaseExpression
  | CastExpression
  | FunctionCall
  | ElementAccess
  | FieldAccess
  | ArrayConstructor
  | MapConstructor
  | RowConstructor
  | CollectionQuery
  | SubqueryExpression
  | ExistsExpression
  | TableArgument
  | ModelArgument
  | DescriptorArgument
  | DefaultArgument;

export type ExpressionKind = Expression['kind'];

/** `a`, `t.a`, `t.row.field`: which part is the table is the binder's matter. */
export interface ColumnReference extends Node {
  readonly kind: 'column';
  readonly parts: readonly Identifier[];
}

/** `*` or `t.*`. */
export interface Star extends Node {
  readonly kind: 'star';
  readonly qualifier: readonly Identifier[];
}

export interface StringLiteral extends Node {
  readonly kind: 'string';
  readonly value: string;
}

/** `1`, `1.50`, `1e3`, as written: the text decides between integer, DECIMAL and DOUBLE. */
export interface NumberLiteral extends Node {
  readonly kind: 'number';
  readonly text: string;
}

export interface BooleanLiteral extends Node {
  readonly kind: 'boolean';
  readonly value: boolean;
}

export interface NullLiteral extends Node {
  readonly kind: 'null';
}

/** `DATE '2026-01-01'`, `TIME '10:00:00'`, `TIMESTAMP '2026-01-01 10:00:00'`. */
export interface TemporalLiteral extends Node {
  readonly kind: 'temporal';
  readonly type: 'DATE' | 'TIME' | 'TIMESTAMP';
  readonly value: string;
}

/** `INTERVAL '1' HOUR`, `INTERVAL '1:30' MINUTE TO SECOND`; plural units are read as singular. */
export interface IntervalLiteral extends Node {
  readonly kind: 'interval';
  readonly value: string;
  /** The digits in `DAY(3)`; absent where none are written. */
  readonly precision: number | undefined;
  /** The digits of the fraction in `SECOND(2, 3)` or `TO SECOND(3)`; absent where none are written. */
  readonly fraction: number | undefined;
  readonly from: IntervalUnit;
  readonly to: IntervalUnit | undefined;
  readonly negative: boolean;
}

/** `X'0AFF'`: hexadecimal digits as written. */
export interface BinaryLiteral extends Node {
  readonly kind: 'binary-literal';
  readonly hex: string;
}

export interface UnaryExpression extends Node {
  readonly kind: 'unary';
  readonly operator: '-' | '+' | 'NOT';
  readonly operand: Expression;
}

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '||'
  | '='
  | '<>'
  | '<'
  | '<='
  | '>'
  | '>='
  | 'AND'
  | 'OR'
  | 'IS DISTINCT FROM'
  | 'IS NOT DISTINCT FROM';

export interface BinaryExpression extends Node {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

/** `x IS [NOT] NULL | TRUE | FALSE | UNKNOWN | JSON [VALUE | SCALAR | ARRAY | OBJECT]`. */
export interface IsExpression extends Node {
  readonly kind: 'is';
  readonly operand: Expression;
  readonly not: boolean;
  readonly test: 'NULL' | 'TRUE' | 'FALSE' | 'UNKNOWN' | 'JSON' | 'JSON VALUE' | 'JSON SCALAR' | 'JSON ARRAY' | 'JSON OBJECT';
}

export interface BetweenExpression extends Node {
  readonly kind: 'between';
  readonly operand: Expression;
  readonly not: boolean;
  readonly symmetric: boolean;
  readonly low: Expression;
  readonly high: Expression;
}

/** `x [NOT] IN (a, b)` or `x [NOT] IN (SELECT …)`. */
export interface InExpression extends Node {
  readonly kind: 'in';
  readonly operand: Expression;
  readonly not: boolean;
  readonly list: readonly Expression[] | Query;
}

export interface LikeExpression extends Node {
  readonly kind: 'like';
  readonly operand: Expression;
  readonly not: boolean;
  readonly operator: 'LIKE' | 'SIMILAR TO';
  readonly pattern: Expression;
  readonly escape: Expression | undefined;
}

/** With `operand`: `CASE x WHEN 1 THEN …`; without: `CASE WHEN a > 1 THEN …`. */
export interface CaseExpression extends Node {
  readonly kind: 'case';
  readonly operand: Expression | undefined;
  readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
  readonly otherwise: Expression | undefined;
}

export interface CastExpression extends Node {
  readonly kind: 'cast';
  readonly safe: boolean;
  readonly operand: Expression;
  readonly type: TypeNode;
}

/** One argument of a call; `name` where it is written `name => value`. */
export interface Argument {
  readonly name: Identifier | undefined;
  readonly value: Expression;
}

/**
 * A call of a scalar, aggregate or table function.
 *
 * Functions with a syntax of their own are calls too: `SUBSTRING(s FROM 2 FOR 3)` has the arguments in that order;
 * `EXTRACT(HOUR FROM t)`, `FLOOR(t TO DAY)`, `TIMESTAMPADD(DAY, 1, t)` hold the unit as a string literal in its written
 * place; `TRIM(BOTH 'x' FROM s)` is `TRIM('BOTH', 'x', s)`; `POSITION(a IN b)` has two arguments, `OVERLAY(a PLACING b
 * FROM 1 FOR 2)` up to four; `(a, b) OVERLAPS (c, d)` has four; `CURRENT_TIMESTAMP` and the like without parentheses have none. `syntax` tells the printer.
 */
export interface FunctionCall extends Node {
  readonly kind: 'call';
  /** In upper case where the grammar knows the function, as written otherwise; which function is meant does not depend on case. */
  readonly name: ObjectName;
  readonly arguments: readonly Argument[];
  readonly distinct: boolean;
  readonly syntax: 'call' | 'keyword' | 'bare';
  readonly filter: Expression | undefined;
  readonly over: WindowSpec | Identifier | undefined;
  /** `LISTAGG(x) WITHIN GROUP (ORDER BY y)`. */
  readonly withinGroup: readonly OrderItem[];
  /** Clauses of the SQL/JSON functions, as written keywords, such as `NULL ON ERROR`; `IGNORE NULLS` of ARRAY_AGG. */
  readonly clauses: readonly JsonClause[];
}

/** `RETURNING t`, `DEFAULT x ON EMPTY`, `NULL ON ERROR`, `WITH WRAPPER`, `ABSENT ON NULL` … of a SQL/JSON function. */
export type JsonClause =
  | { readonly kind: 'returning'; readonly type: TypeNode }
  | { readonly kind: 'default'; readonly value: Expression; readonly on: 'EMPTY' | 'ERROR' }
  | { readonly kind: 'words'; readonly words: string };

export interface WindowSpec {
  readonly kind: 'window-spec';
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly OrderItem[];
  readonly frame: WindowFrame | undefined;
  readonly span: Span;
}

export interface WindowFrame {
  readonly unit: 'ROWS' | 'RANGE';
  readonly start: FrameBound;
  readonly end: FrameBound | undefined;
}

export type FrameBound =
  | { readonly kind: 'unbounded-preceding' | 'current-row' | 'unbounded-following' }
  | { readonly kind: 'preceding' | 'following'; readonly offset: Expression };

/** `a[1]`, `m['key']`. */
export interface ElementAccess extends Node {
  readonly kind: 'element';
  readonly operand: Expression;
  readonly index: Expression;
}

/** `f(x).field`, `(r).field`: a field of something that is not a plain name. */
export interface FieldAccess extends Node {
  readonly kind: 'field';
  readonly operand: Expression;
  readonly field: Identifier;
}

/** `ARRAY[a, b]`. */
export interface ArrayConstructor extends Node {
  readonly kind: 'array';
  readonly elements: readonly Expression[];
}

/** `MAP[k1, v1, k2, v2]`. */
export interface MapConstructor extends Node {
  readonly kind: 'map';
  readonly entries: readonly { readonly key: Expression; readonly value: Expression }[];
}

/** `ROW(a, b)`, or `(a, b)` where `explicit` is false. */
export interface RowConstructor extends Node {
  readonly kind: 'row';
  readonly explicit: boolean;
  readonly fields: readonly Expression[];
}

/** `ARRAY(SELECT …)`, `MAP(SELECT key, value …)`, `MULTISET(SELECT …)`: the rows of a query as one value. */
export interface CollectionQuery extends Node {
  readonly kind: 'collection-query';
  readonly of: 'ARRAY' | 'MAP' | 'MULTISET';
  readonly query: Query;
}

/** `(SELECT …)` as a value. */
export interface SubqueryExpression extends Node {
  readonly kind: 'subquery';
  readonly query: Query;
}

export interface ExistsExpression extends Node {
  readonly kind: 'exists';
  readonly query: Query;
}

/** `TABLE t [PARTITION BY …] [ORDER BY …]`, `(SELECT …)` or `VALUES (…)` as an argument of a table function. */
export interface TableArgument extends Node {
  readonly kind: 'table-argument';
  readonly table: ObjectName | Query;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly OrderItem[];
}

/** `MODEL m`. */
export interface ModelArgument extends Node {
  readonly kind: 'model-argument';
  readonly model: ObjectName;
}

/** `DESCRIPTOR(a, b)`. */
export interface DescriptorArgument extends Node {
  readonly kind: 'descriptor';
  readonly columns: readonly Identifier[];
}

/** `DEFAULT` in the place of an argument. */
export interface DefaultArgument extends Node {
  readonly kind: 'default-argument';
}
