/** The name and type of a column or of a field of a ROW. */
export interface Field {
  readonly name: string;
  readonly type: DataType;
}

interface Nullable {
  /** False for NOT NULL. */
  readonly nullable: boolean;
}

export type DataTypeKind = DataType['kind'];

/**
 * A SQL type, as in Flink's type system.
 *
 * Lengths are in characters (CHAR, VARCHAR) or bytes (BINARY, VARBINARY); `MAX_LENGTH` stands for STRING and BYTES.
 * Time precisions are fractional digits, 0 to 6.
 */
export type DataType =
  | ({ readonly kind: 'BOOLEAN' | 'TINYINT' | 'SMALLINT' | 'INT' | 'BIGINT' | 'FLOAT' | 'DOUBLE' | 'DATE' | 'NULL' } & Nullable)
  | ({ readonly kind: 'DECIMAL'; readonly precision: number; readonly scale: number } & Nullable)
  | ({ readonly kind: 'CHAR' | 'VARCHAR' | 'BINARY' | 'VARBINARY'; readonly length: number } & Nullable)
  | ({ readonly kind: 'TIME' | 'TIMESTAMP' | 'TIMESTAMP_LTZ'; readonly precision: number } & Nullable)
  | ({ readonly kind: 'INTERVAL_YEAR_MONTH' | 'INTERVAL_DAY_TIME' } & Nullable)
  | ({ readonly kind: 'ARRAY' | 'MULTISET'; readonly element: DataType } & Nullable)
  | ({ readonly kind: 'MAP'; readonly key: DataType; readonly value: DataType } & Nullable)
  | ({ readonly kind: 'ROW'; readonly fields: readonly Field[] } & Nullable);

export const MAX_LENGTH = 2_147_483_647;

export const STRING: DataType = { kind: 'VARCHAR', length: MAX_LENGTH, nullable: true };
export const BYTES: DataType = { kind: 'VARBINARY', length: MAX_LENGTH, nullable: true };
export const BOOLEAN: DataType = { kind: 'BOOLEAN', nullable: true };
export const INT: DataType = { kind: 'INT', nullable: true };
export const BIGINT: DataType = { kind: 'BIGINT', nullable: true };
export const FLOAT: DataType = { kind: 'FLOAT', nullable: true };
export const DOUBLE: DataType = { kind: 'DOUBLE', nullable: true };
export const DATE: DataType = { kind: 'DATE', nullable: true };
export const NULL: DataType = { kind: 'NULL', nullable: true };

export function decimal(precision: number, scale: number): DataType {
  return { kind: 'DECIMAL', precision, scale, nullable: true };
}

export function timestamp(precision: number): DataType {
  return { kind: 'TIMESTAMP', precision, nullable: true };
}

export function timestampLtz(precision: number): DataType {
  return { kind: 'TIMESTAMP_LTZ', precision, nullable: true };
}

export function arrayOf(element: DataType): DataType {
  return { kind: 'ARRAY', element, nullable: true };
}

/** The same type with or without NULL. */
export function withNullable<T extends DataType>(type: T, nullable: boolean): T {
  return type.nullable === nullable ? type : { ...type, nullable };
}

/** Whether two types are the same; nullability counts only where `nullability` says so. */
export function sameType(a: DataType, b: DataType, nullability: 'strict' | 'ignore' = 'ignore'): boolean {
  if (nullability === 'strict' && a.nullable !== b.nullable) return false;
  return formatType(withNullable(a, true), nullability) === formatType(withNullable(b, true), nullability);
}

/** The type in Flink's notation: `DECIMAL(10, 2)`, `ROW<a INT, b STRING NOT NULL>`. */
export function formatType(type: DataType, nullability: 'strict' | 'ignore' = 'strict'): string {
  const suffix = type.nullable || nullability === 'ignore' || type.kind === 'NULL' ? '' : ' NOT NULL';
  return formatBare(type, nullability) + suffix;
}

function formatBare(type: DataType, nullability: 'strict' | 'ignore'): string {
  switch (type.kind) {
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'VARCHAR':
      return type.length === MAX_LENGTH ? 'STRING' : `VARCHAR(${type.length})`;
    case 'VARBINARY':
      return type.length === MAX_LENGTH ? 'BYTES' : `VARBINARY(${type.length})`;
    case 'CHAR':
    case 'BINARY':
      return `${type.kind}(${type.length})`;
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return `${type.kind}(${type.precision})`;
    case 'INTERVAL_YEAR_MONTH':
      return 'INTERVAL YEAR TO MONTH';
    case 'INTERVAL_DAY_TIME':
      return 'INTERVAL DAY TO SECOND(3)';
    case 'ARRAY':
    case 'MULTISET':
      return `${type.kind}<${formatType(type.element, nullability)}>`;
    case 'MAP':
      return `MAP<${formatType(type.key, nullability)}, ${formatType(type.value, nullability)}>`;
    case 'ROW':
      return `ROW<${type.fields.map(field => `\`${field.name}\` ${formatType(field.type, nullability)}`).join(', ')}>`;
    default:
      return type.kind;
  }
}

/** Kinds of the numeric types. */
export const NUMBER_KINDS: ReadonlySet<DataTypeKind> = new Set(['TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'DECIMAL', 'FLOAT', 'DOUBLE']);

/** TINYINT to BIGINT, DECIMAL, FLOAT or DOUBLE. */
export function isNumber({ kind }: DataType): boolean {
  return NUMBER_KINDS.has(kind);
}

/** Whether a column of this type can hold an embedding: ARRAY<FLOAT> or ARRAY<DOUBLE>. */
export function isEmbeddingType(type: DataType): boolean {
  return type.kind === 'ARRAY' && (type.element.kind === 'FLOAT' || type.element.kind === 'DOUBLE');
}
