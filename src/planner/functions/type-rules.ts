import { MAX_DECIMAL_PRECISION } from '../../common/decimal.js';
import {
  DOUBLE,
  NULL,
  sameType,
  withNullable,
  type DataType,
  type DataTypeKind,
  type Field,
  isNumber,
  NUMBER_KINDS,
} from '../../spec/data-type.js';

// The rules of Flink's LogicalTypeMerging and LogicalTypeCasts.

type Kinds = ReadonlySet<DataTypeKind>;

/** TINYINT to BIGINT, from narrow to wide. */
const INTEGER_KINDS: readonly DataTypeKind[] = ['TINYINT', 'SMALLINT', 'INT', 'BIGINT'];

const INTEGERS: Kinds = new Set(INTEGER_KINDS);
const TEXTS: Kinds = new Set<DataTypeKind>(['CHAR', 'VARCHAR']);
const BYTE_STRINGS: Kinds = new Set<DataTypeKind>(['BINARY', 'VARBINARY']);
const TIMESTAMPS: Kinds = new Set<DataTypeKind>(['TIMESTAMP', 'TIMESTAMP_LTZ']);
const TIME_POINTS: Kinds = new Set<DataTypeKind>(['DATE', 'TIME', 'TIMESTAMP', 'TIMESTAMP_LTZ']);
const CONSTRUCTED: Kinds = new Set<DataTypeKind>(['ARRAY', 'MULTISET', 'MAP', 'ROW']);

export type DecimalType = Extract<DataType, { readonly kind: 'DECIMAL' }>;

export function isInteger({ kind }: DataType): boolean {
  return INTEGERS.has(kind);
}

/** CHAR or VARCHAR. */
export function isText({ kind }: DataType): boolean {
  return TEXTS.has(kind);
}

/** BINARY or VARBINARY. */
export function isBytes({ kind }: DataType): boolean {
  return BYTE_STRINGS.has(kind);
}

/** DATE, TIME, TIMESTAMP or TIMESTAMP_LTZ. */
export function isTimePoint({ kind }: DataType): boolean {
  return TIME_POINTS.has(kind);
}

export function isInterval({ kind }: DataType): boolean {
  return kind === 'INTERVAL_DAY_TIME' || kind === 'INTERVAL_YEAR_MONTH';
}

/** ARRAY, MULTISET, MAP or ROW. */
export function isConstructed({ kind }: DataType): boolean {
  return CONSTRUCTED.has(kind);
}

/** Whether rows can be sorted by values of this type: all but MAP and MULTISET, alone or inside. */
export function hasOrder(type: DataType): boolean {
  return type.kind !== 'MAP' && type.kind !== 'MULTISET' && childrenOf(type).every(hasOrder);
}

/** Whether values of the type are shown in a zone: a TIMESTAMP_LTZ, or a collection that holds one. */
export function hasInstant(type: DataType): boolean {
  switch (type.kind) {
    case 'TIMESTAMP_LTZ':
      return true;
    case 'ARRAY':
    case 'MULTISET':
      return hasInstant(type.element);
    case 'MAP':
      return hasInstant(type.key) || hasInstant(type.value);
    case 'ROW':
      return type.fields.some(field => hasInstant(field.type));
    default:
      return false;
  }
}

/** The DECIMAL that holds every value of an exact number type; `undefined` for the other types. */
export function asDecimal(type: DataType): DecimalType | undefined {
  switch (type.kind) {
    case 'DECIMAL':
      return type;
    case 'TINYINT':
      return wholeDecimal(3, type);
    case 'SMALLINT':
      return wholeDecimal(5, type);
    case 'INT':
      return wholeDecimal(10, type);
    case 'BIGINT':
      return wholeDecimal(19, type);
    default:
      return undefined;
  }
}

function wholeDecimal(precision: number, { nullable }: DataType): DecimalType {
  return { kind: 'DECIMAL', precision, scale: 0, nullable };
}

/**
 * The narrowest type that all types can be brought to without loss, as CASE, VALUES, UNION and IN need it.
 *
 * Nullable where one of them is. Only NULLs give the NULL type.
 *
 * @returns `undefined` when there is none.
 */
export function leastRestrictive(types: readonly DataType[]): DataType | undefined {
  const nullable = types.some(type => type.nullable);
  const typed = types.filter(type => type.kind !== 'NULL');
  let result = typed[0];
  if (result === undefined) return types.length === 0 ? undefined : NULL;
  for (const type of typed.slice(1)) {
    result = commonOfTwo(result, type);
    if (result === undefined) return undefined;
  }
  return withNullable(result, nullable);
}

function commonOfTwo(a: DataType, b: DataType): DataType | undefined {
  if (isNumber(a) && isNumber(b)) return commonNumber(a, b);
  if ((isText(a) && isText(b)) || (isBytes(a) && isBytes(b))) return commonString(a as StringType, b as StringType);
  if (isTimePoint(a) && isTimePoint(b)) return commonTimePoint(a, b);
  if (isConstructed(a)) return commonConstructed(a, b);
  return sameType(a, b) ? a : undefined;
}

function commonNumber(a: DataType, b: DataType): DataType {
  const approximate = [a, b].filter(type => type.kind === 'FLOAT' || type.kind === 'DOUBLE');
  if (approximate.length > 0) {
    const float = approximate.every(type => type.kind === 'FLOAT') && a.kind !== 'DECIMAL' && b.kind !== 'DECIMAL';
    return float ? approximate[0]! : DOUBLE;
  }
  if (a.kind !== 'DECIMAL' && b.kind !== 'DECIMAL') return INTEGER_KINDS.indexOf(a.kind) >= INTEGER_KINDS.indexOf(b.kind) ? a : b;
  const left = asDecimal(a)!;
  const right = asDecimal(b)!;
  const whole = Math.max(left.precision - left.scale, right.precision - right.scale);
  const scale = Math.min(Math.max(left.scale, right.scale), MAX_DECIMAL_PRECISION - whole);
  return { kind: 'DECIMAL', precision: whole + scale, scale, nullable: true };
}

type StringType = Extract<DataType, { readonly length: number }>;

/** Fixed lengths that differ become a varying one, so that no value is padded. */
function commonString(a: StringType, b: StringType): DataType {
  if (a.kind === b.kind && a.length === b.length) return a;
  return { kind: isText(a) ? 'VARCHAR' : 'VARBINARY', length: Math.max(a.length, b.length), nullable: true };
}

function commonTimePoint(a: DataType, b: DataType): DataType | undefined {
  if (a.kind === 'DATE' && b.kind === 'DATE') return a;
  if (a.kind === 'TIME' || b.kind === 'TIME') {
    return a.kind === 'TIME' && b.kind === 'TIME' ? { ...a, precision: Math.max(a.precision, b.precision) } : undefined;
  }
  const precision = Math.max(precisionOf(a), precisionOf(b));
  const zoned = a.kind === 'TIMESTAMP_LTZ' || b.kind === 'TIMESTAMP_LTZ';
  return { kind: zoned ? 'TIMESTAMP_LTZ' : 'TIMESTAMP', precision, nullable: true };
}

function precisionOf(type: DataType): number {
  return type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ' ? type.precision : 0;
}

function commonConstructed(a: DataType, b: DataType): DataType | undefined {
  if (a.kind !== b.kind) return undefined;
  const left = childrenOf(a);
  const right = childrenOf(b);
  if (left.length !== right.length) return undefined;
  const children = left.map((child, i) => leastRestrictive([child, right[i]!]));
  return children.includes(undefined) ? undefined : withChildren(a, children as DataType[]);
}

/** The types inside a constructed type, in order. */
function childrenOf(type: DataType): readonly DataType[] {
  switch (type.kind) {
    case 'ARRAY':
    case 'MULTISET':
      return [type.element];
    case 'MAP':
      return [type.key, type.value];
    case 'ROW':
      return type.fields.map(field => field.type);
    default:
      return [];
  }
}

function withChildren(type: DataType, children: readonly DataType[]): DataType {
  switch (type.kind) {
    case 'ARRAY':
    case 'MULTISET':
      return { ...type, element: children[0]! };
    case 'MAP':
      return { ...type, key: children[0]!, value: children[1]! };
    case 'ROW':
      return { ...type, fields: type.fields.map((field, i): Field => ({ ...field, type: children[i]! })) };
    default:
      return type;
  }
}

/** Whether a value is converted without being asked for: into a wider type, never from nullable into NOT NULL. */
export function implicitCast(from: DataType, to: DataType): boolean {
  if (from.nullable && !to.nullable) return false;
  return castAllowed(from, to, (source, target) => IMPLICIT[target.kind]?.has(source.kind) ?? false, implicitCast);
}

/** Whether CAST is defined. Nullability does not matter: a NULL in a NOT NULL type is the author's risk. */
export function explicitCast(from: DataType, to: DataType): boolean {
  const allowed = (source: DataType, target: DataType): boolean =>
    IMPLICIT[target.kind]?.has(source.kind) === true || EXPLICIT[target.kind]?.has(source.kind) === true;
  return castAllowed(from, to, allowed, explicitCast);
}

type CastTest = (from: DataType, to: DataType) => boolean;

function castAllowed(from: DataType, to: DataType, simple: CastTest, nested: CastTest): boolean {
  if (sameType(withNullable(from, true), withNullable(to, true), 'strict') || from.kind === 'NULL') return true;
  if (!isConstructed(to)) return simple(from, to);
  if (from.kind !== to.kind) return false;
  const source = childrenOf(from);
  const target = childrenOf(to);
  return source.length === target.length && source.every((child, i) => nested(child, target[i]!));
}

type CastTable = Readonly<Partial<Record<DataTypeKind, Kinds>>>;

/** Target to the sources that become it by themselves. */
const IMPLICIT: CastTable = {
  BOOLEAN: new Set(['BOOLEAN']),
  CHAR: new Set(['CHAR']),
  VARCHAR: TEXTS,
  BINARY: new Set(['BINARY']),
  VARBINARY: BYTE_STRINGS,
  TINYINT: new Set(['TINYINT']),
  SMALLINT: new Set(['TINYINT', 'SMALLINT']),
  INT: new Set(['TINYINT', 'SMALLINT', 'INT']),
  BIGINT: INTEGERS,
  DECIMAL: NUMBER_KINDS,
  FLOAT: new Set([...INTEGERS, 'DECIMAL', 'FLOAT']),
  DOUBLE: NUMBER_KINDS,
  DATE: new Set(['DATE', 'TIMESTAMP']),
  TIME: new Set(['TIME', 'TIMESTAMP']),
  TIMESTAMP: TIMESTAMPS,
  TIMESTAMP_LTZ: TIMESTAMPS,
  INTERVAL_DAY_TIME: new Set(['INTERVAL_DAY_TIME']),
  INTERVAL_YEAR_MONTH: new Set(['INTERVAL_YEAR_MONTH']),
};

const NUMBER_SOURCES: Kinds = new Set<DataTypeKind>([...NUMBER_KINDS, ...TEXTS, 'BOOLEAN']);
const ANY_SOURCE: Kinds = new Set<DataTypeKind>([
  ...NUMBER_KINDS,
  ...TEXTS,
  ...BYTE_STRINGS,
  ...TIME_POINTS,
  ...CONSTRUCTED,
  'BOOLEAN',
  'INTERVAL_DAY_TIME',
  'INTERVAL_YEAR_MONTH',
]);

/** Target to the sources that CAST converts besides the implicit ones. */
const EXPLICIT: CastTable = {
  BOOLEAN: new Set([...TEXTS, ...INTEGERS]),
  CHAR: ANY_SOURCE,
  VARCHAR: ANY_SOURCE,
  BINARY: new Set([...TEXTS, ...BYTE_STRINGS]),
  VARBINARY: TEXTS,
  TINYINT: NUMBER_SOURCES,
  SMALLINT: NUMBER_SOURCES,
  INT: NUMBER_SOURCES,
  BIGINT: NUMBER_SOURCES,
  DECIMAL: NUMBER_SOURCES,
  FLOAT: NUMBER_SOURCES,
  DOUBLE: NUMBER_SOURCES,
  DATE: new Set([...TIMESTAMPS, ...TEXTS]),
  TIME: new Set([...TIMESTAMPS, ...TEXTS]),
  TIMESTAMP: new Set([...TIME_POINTS, ...TEXTS]),
  TIMESTAMP_LTZ: new Set([...TIME_POINTS, ...TEXTS]),
};

/** Whether `=` and, unless they are collections, `<` are defined between two types. */
export function comparable(a: DataType, b: DataType): boolean {
  return comparisonType(a, b) !== undefined;
}

/**
 * The type in which two values are compared: numbers as the wider one, a time with a text as the time.
 *
 * @returns `undefined` when they cannot be compared.
 */
export function comparisonType(a: DataType, b: DataType): DataType | undefined {
  const common = leastRestrictive([a, b]);
  if (common !== undefined) return common;
  const nullable = a.nullable || b.nullable;
  if (isTimePoint(a) && isText(b)) return withNullable(a, nullable);
  return isText(a) && isTimePoint(b) ? withNullable(b, nullable) : undefined;
}
