import type { Span } from '../../common/span.js';
import type { Identifier } from './identifier.js';

export type SimpleTypeName =
  | 'BOOLEAN'
  | 'TINYINT'
  | 'SMALLINT'
  | 'INT'
  | 'BIGINT'
  | 'FLOAT'
  | 'DOUBLE'
  | 'DECIMAL'
  | 'CHAR'
  | 'VARCHAR'
  | 'STRING'
  | 'BINARY'
  | 'VARBINARY'
  | 'BYTES'
  | 'DATE'
  | 'TIME'
  | 'TIMESTAMP'
  | 'TIMESTAMP_LTZ'
  | 'NULL';

interface TypeBase {
  /** `false` for NOT NULL, `true` for NULL, `undefined` where neither is written. */
  readonly nullable: boolean | undefined;
  readonly span: Span;
}

/**
 * A type as written. Spellings of one type have one name: INTEGER is INT, NUMERIC and DEC are DECIMAL, DOUBLE PRECISION
 * is DOUBLE, CHARACTER [VARYING] is CHAR or VARCHAR, TIMESTAMP WITH LOCAL TIME ZONE is TIMESTAMP_LTZ.
 */
export type TypeNode = SimpleType | ArrayType | MapType | RowType | IntervalType | FlinkType;

export interface SimpleType extends TypeBase {
  readonly kind: 'simple-type';
  readonly name: SimpleTypeName;
  /** `(10)`, `(10, 2)`; empty where none are written. */
  readonly parameters: readonly number[];
}

/** `ARRAY<t>`, `t ARRAY`, `MULTISET<t>`, `t MULTISET`. */
export interface ArrayType extends TypeBase {
  readonly kind: 'array-type';
  readonly of: 'ARRAY' | 'MULTISET';
  readonly element: TypeNode;
}

export interface MapType extends TypeBase {
  readonly kind: 'map-type';
  readonly key: TypeNode;
  readonly value: TypeNode;
}

/** `ROW<a INT, b STRING>` or `ROW(…)`. */
export interface RowType extends TypeBase {
  readonly kind: 'row-type';
  readonly fields: readonly { readonly name: Identifier; readonly type: TypeNode; readonly comment: string | undefined }[];
}

export type IntervalUnit = 'YEAR' | 'QUARTER' | 'MONTH' | 'WEEK' | 'DAY' | 'HOUR' | 'MINUTE' | 'SECOND';

/** A type that only Flink has, kept as its text: `VARIANT`, `RAW('class', 'snapshot')`, `STRUCTURED<'class', a INT>`. */
export interface FlinkType extends TypeBase {
  readonly kind: 'flink-type';
  readonly name: 'RAW' | 'STRUCTURED' | 'VARIANT';
  /** All of it, as written. */
  readonly text: string;
}

/** `INTERVAL DAY TO SECOND`. */
export interface IntervalType extends TypeBase {
  readonly kind: 'interval-type';
  readonly from: IntervalUnit;
  readonly to: IntervalUnit | undefined;
}
