import type { Span } from '../../common/span.js';
import type { Expression, FunctionCall, WindowSpec } from './expression.js';
import type { Identifier, ObjectName, OptionPair } from './identifier.js';

interface Node {
  readonly span: Span;
}

/** A query with its WITH, ORDER BY and LIMIT clauses. */
export interface Query extends Node {
  readonly kind: 'query';
  readonly with: readonly CommonTable[];
  readonly body: QueryBody;
  readonly orderBy: readonly OrderItem[];
  readonly limit: Expression | 'ALL' | undefined;
  readonly offset: Expression | undefined;
}

/** `name [(columns)] AS (query)`. */
export interface CommonTable extends Node {
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
  readonly query: Query;
}

/** A nested `query` is one in parentheses with clauses of its own. */
export type QueryBody = Select | Values | SetOperation | Query;

export interface Select extends Node {
  readonly kind: 'select';
  /** Hints after SELECT. */
  readonly hints: readonly Hint[];
  readonly distinct: boolean;
  readonly items: readonly SelectItem[];
  /** `undefined` for a SELECT without FROM. */
  readonly from: TableReference | undefined;
  readonly where: Expression | undefined;
  readonly groupBy: readonly GroupItem[];
  readonly having: Expression | undefined;
  /** `WINDOW w AS (…)`. */
  readonly windows: readonly { readonly name: Identifier; readonly spec: WindowSpec }[];
}

export interface SelectItem extends Node {
  readonly expression: Expression;
  readonly alias: Identifier | undefined;
}

/** A list of sets within GROUPING SETS is held as the sets that it stands for. */
export type GroupItem =
  | { readonly kind: 'group-expression'; readonly expression: Expression }
  | {
      readonly kind: 'grouping-sets';
      readonly of: 'GROUPING SETS' | 'ROLLUP' | 'CUBE';
      readonly sets: readonly (readonly Expression[])[];
      readonly span: Span;
    };

export interface Values extends Node {
  readonly kind: 'values';
  readonly rows: readonly (readonly Expression[])[];
}

export interface SetOperation extends Node {
  readonly kind: 'set-operation';
  readonly operator: 'UNION' | 'INTERSECT' | 'EXCEPT';
  readonly all: boolean;
  readonly left: QueryBody;
  readonly right: QueryBody;
}

export interface OrderItem extends Node {
  readonly expression: Expression;
  readonly descending: boolean;
  /** `undefined` where NULLS FIRST or LAST is not written: NULL is then the smallest value. */
  readonly nulls: 'FIRST' | 'LAST' | undefined;
}

export type TableReference = NamedTable | SubqueryTable | FunctionTable | UnnestTable | Join | MatchRecognize;

/** `AS t` or `AS t (a, b)`. */
export interface TableAlias {
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
}

export interface NamedTable extends Node {
  readonly kind: 'named-table';
  readonly name: ObjectName;
  /** `FOR SYSTEM_TIME AS OF e`. */
  readonly asOf: Expression | undefined;
  readonly hints: readonly Hint[];
  readonly alias: TableAlias | undefined;
}

/** `(SELECT …)`; `lateral` where the keyword is written or APPLY implies it. */
export interface SubqueryTable extends Node {
  readonly kind: 'subquery-table';
  readonly lateral: boolean;
  readonly query: Query;
  readonly alias: TableAlias | undefined;
}

/** `f(…)`, `TABLE(f(…))` or `LATERAL TABLE(f(…))`. */
export interface FunctionTable extends Node {
  readonly kind: 'function-table';
  readonly lateral: boolean;
  /** Whether TABLE( ) stands round the call. */
  readonly wrapped: boolean;
  readonly call: FunctionCall;
  readonly alias: TableAlias | undefined;
}

export interface UnnestTable extends Node {
  readonly kind: 'unnest-table';
  readonly operand: Expression;
  readonly ordinality: boolean;
  readonly alias: TableAlias | undefined;
}

export interface Join extends Node {
  readonly kind: 'join';
  /** `COMMA` is `a, b`. */
  readonly join: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS' | 'COMMA' | 'CROSS APPLY' | 'OUTER APPLY';
  readonly natural: boolean;
  readonly left: TableReference;
  readonly right: TableReference;
  readonly on: Expression | undefined;
  readonly using: readonly Identifier[];
}

/** MATCH_RECOGNIZE: the clause is kept as its text, for the Flink engine. */
export interface MatchRecognize extends Node {
  readonly kind: 'match-recognize';
  readonly input: TableReference;
  /** Everything between the parentheses, as written. */
  readonly clause: string;
  readonly alias: TableAlias | undefined;
}

/** One hint of a hint comment: `OPTIONS('k'='v')`, `LOOKUP('table'='d')`, `BROADCAST(a, b)`. */
export interface Hint extends Node {
  readonly name: string;
  readonly options: readonly OptionPair[];
  readonly arguments: readonly string[];
}
