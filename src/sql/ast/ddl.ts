import type { Span } from '../../common/span.js';
import type { Expression } from './expression.js';
import type { Identifier, ObjectName, OptionPair } from './identifier.js';
import type { Query } from './query.js';
import type { TypeNode } from './type.js';

interface Node {
  readonly span: Span;
}

export type ColumnDefinition = PhysicalColumn | MetadataColumn | ComputedColumn;

export interface PhysicalColumn extends Node {
  readonly kind: 'physical-column';
  readonly name: Identifier;
  readonly type: TypeNode;
  /** Span of PRIMARY KEY written on the column. */
  readonly primaryKey: Span | undefined;
  readonly comment: string | undefined;
}

/** `name type METADATA [FROM 'key'] [VIRTUAL]`. */
export interface MetadataColumn extends Node {
  readonly kind: 'metadata-column';
  readonly name: Identifier;
  readonly type: TypeNode;
  readonly from: { readonly key: string; readonly span: Span } | undefined;
  readonly virtual: boolean;
  readonly comment: string | undefined;
}

export interface ComputedColumn extends Node {
  readonly kind: 'computed-column';
  readonly name: Identifier;
  readonly expression: Expression;
  readonly comment: string | undefined;
}

/** `WATERMARK FOR column AS expression`; the column may be a field of a ROW. */
export interface WatermarkDefinition extends Node {
  readonly column: readonly Identifier[];
  readonly expression: Expression;
}

/** A table constraint `[CONSTRAINT name] PRIMARY KEY (a, b) [NOT ENFORCED]`. */
export interface PrimaryKeyDefinition extends Node {
  readonly name: Identifier | undefined;
  readonly columns: readonly Identifier[];
}

/** `LIKE source (INCLUDING ALL …)`. */
export interface LikeClause extends Node {
  readonly source: ObjectName;
  readonly options: readonly {
    readonly span: Span;
    readonly merge: 'INCLUDING' | 'EXCLUDING' | 'OVERWRITING';
    readonly feature: 'ALL' | 'CONSTRAINTS' | 'DISTRIBUTION' | 'GENERATED' | 'METADATA' | 'OPTIONS' | 'PARTITIONS' | 'WATERMARKS';
  }[];
}

/** `DISTRIBUTED BY [HASH | RANGE] (columns) [INTO n BUCKETS]` or `DISTRIBUTED INTO n BUCKETS`. */
export interface Distribution extends Node {
  readonly algorithm: 'HASH' | 'RANGE' | undefined;
  /** Empty where only the buckets are written. */
  readonly columns: readonly Identifier[];
  /** As written. */
  readonly buckets: string | undefined;
}

export interface CreateTable extends Node {
  readonly kind: 'create-table';
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly orReplace: boolean;
  readonly name: ObjectName;
  readonly columns: readonly ColumnDefinition[];
  /** `(a, b)` before AS: the query's columns in another order. */
  readonly columnNames: readonly Identifier[];
  readonly watermark: WatermarkDefinition | undefined;
  readonly primaryKey: PrimaryKeyDefinition | undefined;
  readonly comment: string | undefined;
  readonly distribution: Distribution | undefined;
  readonly partitionedBy: readonly Identifier[];
  readonly options: readonly OptionPair[];
  readonly like: LikeClause | undefined;
  readonly query: Query | undefined;
}

export interface CreateView extends Node {
  readonly kind: 'create-view';
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly name: ObjectName;
  readonly columns: readonly Identifier[];
  readonly comment: string | undefined;
  readonly query: Query;
}

/** A column of INPUT or OUTPUT; `metadata` where an OUTPUT column is `METADATA FROM 'key'`. */
export interface ModelColumn extends Node {
  readonly name: Identifier;
  readonly type: TypeNode;
  readonly metadata: { readonly key: string; readonly span: Span } | undefined;
  readonly comment: string | undefined;
}

export interface CreateModel extends Node {
  readonly kind: 'create-model';
  readonly orReplace: boolean;
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly name: ObjectName;
  /** `undefined` where INPUT is not written. */
  readonly input: readonly ModelColumn[] | undefined;
  readonly output: readonly ModelColumn[] | undefined;
  readonly comment: string | undefined;
  readonly options: readonly OptionPair[];
  readonly query: Query | undefined;
}

export interface CreateFunction extends Node {
  readonly kind: 'create-function';
  readonly temporary: boolean;
  readonly system: boolean;
  readonly ifNotExists: boolean;
  readonly name: ObjectName;
  readonly definition: FunctionClass;
  readonly options: readonly OptionPair[];
}

/** `AS 'module#export' [LANGUAGE JAVASCRIPT] [USING JAR …]`. */
export interface FunctionClass {
  readonly className: string;
  readonly classSpan: Span;
  /** In upper case. */
  readonly language: string | undefined;
  /** Paths after USING JAR. */
  readonly jars: readonly string[];
}

/** `CREATE DATABASE name [WITH …]` or `CREATE CATALOG name WITH …`. */
export interface CreateNamespace extends Node {
  readonly kind: 'create-namespace';
  readonly object: 'CATALOG' | 'DATABASE';
  readonly ifNotExists: boolean;
  readonly name: ObjectName;
  readonly comment: string | undefined;
  readonly options: readonly OptionPair[];
}

export type ObjectKind = 'TABLE' | 'VIEW' | 'MODEL' | 'FUNCTION' | 'DATABASE' | 'CATALOG';

export interface Drop extends Node {
  readonly kind: 'drop';
  readonly object: ObjectKind;
  readonly temporary: boolean;
  /** `TEMPORARY SYSTEM`, of a function. */
  readonly system: boolean;
  readonly ifExists: boolean;
  readonly name: ObjectName;
  readonly behavior: 'RESTRICT' | 'CASCADE' | undefined;
}

export interface Alter extends Node {
  readonly kind: 'alter';
  readonly object: 'TABLE' | 'VIEW' | 'MODEL' | 'FUNCTION' | 'DATABASE' | 'CATALOG';
  readonly ifExists: boolean;
  readonly name: ObjectName;
  readonly action: AlterAction;
}

/** `FIRST` or `AFTER column`. */
export type ColumnPlace = { readonly kind: 'first' } | { readonly kind: 'after'; readonly column: Identifier };

/** `PARTITION (k = 'v', …) [WITH (…)]`. */
export interface Partition {
  readonly values: readonly { readonly column: Identifier; readonly value: Expression }[];
  readonly options: readonly OptionPair[];
}

/** ADD or MODIFY of columns, the watermark or the primary key. */
export interface ColumnsAction {
  readonly kind: 'add-columns' | 'modify-columns';
  readonly columns: readonly ColumnDefinition[];
  /** Where each of the columns goes, in the same order; `undefined` for nowhere else. */
  readonly places: readonly (ColumnPlace | undefined)[];
  readonly watermark: WatermarkDefinition | undefined;
  readonly primaryKey: PrimaryKeyDefinition | undefined;
}

export type AlterAction =
  | { readonly kind: 'set'; readonly options: readonly OptionPair[]; readonly span: Span }
  | { readonly kind: 'reset'; readonly keys: readonly { readonly key: string; readonly span: Span }[]; readonly span: Span }
  | { readonly kind: 'comment'; readonly comment: string }
  | { readonly kind: 'rename'; readonly to: ObjectName }
  | { readonly kind: 'rename-column'; readonly from: Identifier; readonly to: Identifier }
  | ColumnsAction
  | { readonly kind: 'drop-columns'; readonly columns: readonly Identifier[] }
  | { readonly kind: 'drop-primary-key' | 'drop-watermark' }
  | { readonly kind: 'drop-constraint'; readonly name: Identifier }
  | {
      readonly kind: 'add-partitions' | 'drop-partitions';
      readonly ifExists: boolean;
      readonly partitions: readonly Partition[];
      readonly span: Span;
    }
  | { readonly kind: 'as'; readonly query: Query }
  | { readonly kind: 'function'; readonly definition: FunctionClass };
