import type { Span } from '../../common/span.js';
import type { FlinkStatementName } from '../flink-statements.js';
import type { Alter, CreateFunction, CreateModel, CreateNamespace, CreateTable, CreateView, Drop, ObjectKind } from './ddl.js';
import type { Expression } from './expression.js';
import type { Identifier, ObjectName } from './identifier.js';
import type { Hint, Query } from './query.js';

interface Node {
  readonly span: Span;
}

export type Statement =
  | CreateTable
  | CreateView
  | CreateModel
  | CreateFunction
  | CreateNamespace
  | Drop
  | Alter
  | SetOption
  | ResetOption
  | Use
  | Show
  | ShowCreate
  | Describe
  | Insert
  | StatementSet
  | QueryStatement
  | Explain
  | JobStatement
  | FlinkStatement;

export type StatementKind = Statement['kind'];

/** `SET 'key' = 'value'`, or `SET` alone, which lists the options. */
export interface SetOption extends Node {
  readonly kind: 'set';
  readonly key: string | undefined;
  readonly value: string | undefined;
}

/** `RESET 'key'`, or `RESET` alone. */
export interface ResetOption extends Node {
  readonly kind: 'reset';
  readonly key: string | undefined;
}

export interface Use extends Node {
  readonly kind: 'use';
  readonly object: 'CATALOG' | 'DATABASE';
  readonly name: ObjectName;
}

export type ShowSubject =
  | 'CATALOGS'
  | 'CURRENT CATALOG'
  | 'DATABASES'
  | 'CURRENT DATABASE'
  | 'TABLES'
  | 'VIEWS'
  | 'COLUMNS'
  | 'FUNCTIONS'
  | 'USER FUNCTIONS'
  | 'MODELS'
  | 'PARTITIONS'
  | 'PROCEDURES'
  | 'MODULES'
  | 'FULL MODULES'
  | 'JARS';

/** `SHOW TABLES [FROM db] [[NOT] LIKE 'pattern']` and its family. */
export interface Show extends Node {
  readonly kind: 'show';
  readonly subject: ShowSubject;
  /** A catalog, a database or, of COLUMNS and PARTITIONS, a table. */
  readonly from: ObjectName | undefined;
  readonly like: { readonly operator: 'LIKE' | 'ILIKE'; readonly pattern: string; readonly not: boolean } | undefined;
}

export interface ShowCreate extends Node {
  readonly kind: 'show-create';
  readonly object: 'TABLE' | 'VIEW' | 'MODEL' | 'CATALOG';
  readonly name: ObjectName;
}

/** `DESCRIBE [TABLE] t`, `DESC MODEL m`, `DESCRIBE FUNCTION f`. */
export interface Describe extends Node {
  readonly kind: 'describe';
  readonly object: ObjectKind;
  readonly extended: boolean;
  readonly name: ObjectName;
}

/** `INSERT INTO | OVERWRITE t [PARTITION (…)] [(columns)] query [ON CONFLICT DO …]`. */
export interface Insert extends Node {
  readonly kind: 'insert';
  readonly overwrite: boolean;
  readonly target: ObjectName;
  /** Hints after the target. */
  readonly hints: readonly Hint[];
  readonly partition: readonly { readonly column: Identifier; readonly value: Expression }[];
  /** Empty where no list is written. */
  readonly columns: readonly Identifier[];
  /** A WITH clause written before INSERT is part of the query. */
  readonly query: Query;
  /** `ON CONFLICT DO …`; absent where it is not written. */
  readonly onConflict: { readonly action: 'NOTHING' | 'ERROR' | 'DEDUPLICATE'; readonly span: Span } | undefined;
  /** Whether WITH was written before INSERT. */
  readonly withFirst: boolean;
}

/** `EXECUTE STATEMENT SET BEGIN …; END` or `BEGIN STATEMENT SET; …; END`. */
export interface StatementSet extends Node {
  readonly kind: 'statement-set';
  readonly syntax: 'EXECUTE' | 'BEGIN';
  readonly statements: readonly Insert[];
}

export interface QueryStatement extends Node {
  readonly kind: 'query-statement';
  readonly query: Query;
}

export interface Explain extends Node {
  readonly kind: 'explain';
  /** `PLAN FOR` counts as none. */
  readonly details: readonly ('ESTIMATED_COST' | 'CHANGELOG_MODE' | 'JSON_EXECUTION_PLAN' | 'PLAN_ADVICE')[];
  readonly statement: QueryStatement | Insert | StatementSet;
}

/** `SHOW JOBS`, `DESCRIBE JOB 'id'`, `STOP JOB 'id' [WITH SAVEPOINT] [WITH DRAIN]`. */
export interface JobStatement extends Node {
  readonly kind: 'job';
  readonly action: 'show' | 'describe' | 'stop';
  readonly job: string | undefined;
  readonly savepoint: boolean;
  readonly drain: boolean;
}

/** A statement that only Flink has, known by its first words and kept as its text. */
export interface FlinkStatement extends Node {
  readonly kind: 'flink-statement';
  readonly name: FlinkStatementName;
  /** All of it, as written, without `;`. */
  readonly text: string;
}

/** The statements of one text, in order. */
export interface Script {
  readonly statements: readonly Statement[];
}
