import type { ArrayType, FlinkType, IntervalUnit, RowType, SimpleTypeName, TypeNode } from '../ast/type.js';
import { parseBracketText } from './clause-text.js';
import type { Cursor } from './cursor.js';
import { parseInterval } from './interval.js';
import { parseIdentifier } from './name.js';

/** First word of a type -> its name in the tree, and how many numbers may follow in brackets. */
const SIMPLE: Readonly<Record<string, { readonly name: SimpleTypeName; readonly parameters: 0 | 1 | 2 }>> = {
  BOOLEAN: { name: 'BOOLEAN', parameters: 0 },
  TINYINT: { name: 'TINYINT', parameters: 0 },
  SMALLINT: { name: 'SMALLINT', parameters: 0 },
  INT: { name: 'INT', parameters: 0 },
  INTEGER: { name: 'INT', parameters: 0 },
  BIGINT: { name: 'BIGINT', parameters: 0 },
  FLOAT: { name: 'FLOAT', parameters: 0 },
  DOUBLE: { name: 'DOUBLE', parameters: 0 },
  DECIMAL: { name: 'DECIMAL', parameters: 2 },
  DEC: { name: 'DECIMAL', parameters: 2 },
  NUMERIC: { name: 'DECIMAL', parameters: 2 },
  CHAR: { name: 'CHAR', parameters: 1 },
  CHARACTER: { name: 'CHAR', parameters: 1 },
  VARCHAR: { name: 'VARCHAR', parameters: 1 },
  STRING: { name: 'STRING', parameters: 0 },
  BINARY: { name: 'BINARY', parameters: 1 },
  VARBINARY: { name: 'VARBINARY', parameters: 1 },
  BYTES: { name: 'BYTES', parameters: 0 },
  DATE: { name: 'DATE', parameters: 0 },
  TIME: { name: 'TIME', parameters: 1 },
  TIMESTAMP: { name: 'TIMESTAMP', parameters: 1 },
  TIMESTAMP_LTZ: { name: 'TIMESTAMP_LTZ', parameters: 1 },
  NULL: { name: 'NULL', parameters: 0 },
};

/** Types of other systems, and ours for them. */
const FOREIGN: Readonly<Record<string, string>> = {
  TEXT: 'STRING',
  CLOB: 'STRING',
  NVARCHAR: 'STRING',
  VARCHAR2: 'STRING',
  JSON: 'STRING',
  JSONB: 'STRING',
  UUID: 'STRING',
  BOOL: 'BOOLEAN',
  BIT: 'BOOLEAN',
  BYTE: 'TINYINT',
  SHORT: 'SMALLINT',
  INT2: 'SMALLINT',
  INT4: 'INT',
  INT32: 'INT',
  LONG: 'BIGINT',
  INT8: 'BIGINT',
  INT64: 'BIGINT',
  SERIAL: 'BIGINT',
  REAL: 'FLOAT',
  FLOAT4: 'FLOAT',
  FLOAT32: 'FLOAT',
  FLOAT8: 'DOUBLE',
  FLOAT64: 'DOUBLE',
  NUMBER: 'DECIMAL',
  MONEY: 'DECIMAL(38, 2)',
  DATETIME: 'TIMESTAMP',
  TIMESTAMPTZ: 'TIMESTAMP_LTZ',
  BLOB: 'BYTES',
  BYTEA: 'BYTES',
  STRUCT: 'ROW',
  OBJECT: 'ROW',
  LIST: 'ARRAY',
};

const CONSTRUCTED = ['ARRAY', 'MULTISET', 'MAP', 'ROW', 'INTERVAL'];

/*
  type := (simpleType | arrayType | mapType | rowType | intervalType | flinkType) {[NOT] NULL | ARRAY | MULTISET}
*/
export function parseType(cursor: Cursor): TypeNode {
  return cursor.nested(() => {
    const { start } = cursor;
    let type = parseUnmarkedType(cursor);
    for (;;) {
      if (type.nullable === undefined && cursor.accept('NOT', 'NULL')) type = { ...type, nullable: false, span: cursor.spanFrom(start) };
      else if (type.nullable === undefined && cursor.accept('NULL')) type = { ...type, nullable: true, span: cursor.spanFrom(start) };
      else {
        const of = parseCollection(cursor);
        if (of === undefined) return type;
        type = { kind: 'array-type', of, element: type, nullable: undefined, span: cursor.spanFrom(start) };
      }
    }
  });
}

/** A type without nullability: where NULL begins the next clause. */
export function parseUnmarkedType(cursor: Cursor): TypeNode {
  switch (cursor.token.key) {
    case 'ARRAY':
    case 'MULTISET':
      return parseArrayType(cursor);
    case 'MAP':
      return parseMapType(cursor);
    case 'ROW':
      return parseRowType(cursor);
    case 'INTERVAL':
      return parseIntervalType(cursor);
    case 'VARIANT':
    case 'RAW':
    case 'STRUCTURED':
      return parseFlinkType(cursor, cursor.token.key);
    default:
      return parseSimpleType(cursor);
  }
}

/*
  flinkType := VARIANT | RAW '(' … ')' | STRUCTURED '<' … '>'
*/
function parseFlinkType(cursor: Cursor, name: FlinkType['name']): FlinkType {
  const { start } = cursor.take().span;
  if (name === 'RAW') parseBracketText(cursor);
  else if (name === 'STRUCTURED') parseBracketText(cursor, '<', '>');
  const span = cursor.spanFrom(start);
  return { kind: 'flink-type', name, text: cursor.source.slice(span.start, span.end), nullable: undefined, span };
}

/*
  simpleType := WORD [PRECISION | VARYING] ['(' NUMBER [',' NUMBER] ')'] [WITHOUT TIME ZONE | WITH LOCAL TIME ZONE]
*/
function parseSimpleType(cursor: Cursor): TypeNode {
  const { start, token } = cursor;
  const known = Object.hasOwn(SIMPLE, token.key) ? SIMPLE[token.key]! : undefined;
  if (!known) throw unknownType(cursor);
  cursor.take();
  let { name } = known;
  if (name === 'DOUBLE') cursor.accept('PRECISION');
  if (name === 'CHAR' && cursor.accept('VARYING')) name = 'VARCHAR';
  if (name === 'BINARY' && cursor.accept('VARYING')) name = 'VARBINARY';
  const parameters = cursor.is('(') ? parseParameters(cursor, name, known.parameters) : [];
  if (name === 'TIME') cursor.accept('WITHOUT', 'TIME', 'ZONE');
  if (name === 'TIMESTAMP') name = parseZone(cursor);
  return { kind: 'simple-type', name, parameters, nullable: undefined, span: cursor.spanFrom(start) };
}

function parseParameters(cursor: Cursor, name: string, most: number): number[] {
  if (most === 0) throw cursor.unexpected(`nothing after ${name}`, { note: `${name} has no length or precision` });
  const parameters = cursor.listInBrackets(() => {
    if (cursor.token.kind !== 'number' || !/^\d{1,10}$/.test(cursor.token.value)) throw cursor.unexpected('a whole number');
    return Number(cursor.take().value);
  });
  if (parameters.length > most)
    throw cursor.error({
      message: `${name} has at most ${most === 1 ? 'one number' : 'two numbers'} in brackets`,
      span: cursor.previous.span,
    });
  return parameters;
}

function parseZone(cursor: Cursor): 'TIMESTAMP' | 'TIMESTAMP_LTZ' {
  if (cursor.accept('WITHOUT', 'TIME', 'ZONE')) return 'TIMESTAMP';
  if (cursor.accept('WITH', 'LOCAL', 'TIME', 'ZONE')) return 'TIMESTAMP_LTZ';
  if (!cursor.are('WITH', 'TIME', 'ZONE')) return 'TIMESTAMP';
  throw cursor.error({
    message: 'a timestamp does not carry its zone',
    span: { start: cursor.start, end: cursor.peek(2).span.end },
    note: 'write TIMESTAMP_LTZ for an instant',
  });
}

function unknownType(cursor: Cursor): Error {
  const { token } = cursor;
  const own = Object.hasOwn(FOREIGN, token.key) ? FOREIGN[token.key]! : undefined;
  if (own !== undefined) return cursor.unexpected('a type', { note: `write ${own}` });
  return cursor.unexpected('a type', { keywords: [...Object.keys(SIMPLE), ...CONSTRUCTED] });
}

function parseCollection(cursor: Cursor): ArrayType['of'] | undefined {
  return (['ARRAY', 'MULTISET'] as const).find(each => cursor.accept(each));
}

/*
  arrayType := (ARRAY | MULTISET) '<' type '>'
*/
function parseArrayType(cursor: Cursor): TypeNode {
  const { start } = cursor;
  const of = parseCollection(cursor) ?? 'ARRAY';
  cursor.expect('<');
  const element = parseType(cursor);
  cursor.expect('>');
  return { kind: 'array-type', of, element, nullable: undefined, span: cursor.spanFrom(start) };
}

/*
  mapType := MAP '<' type ',' type '>'
*/
function parseMapType(cursor: Cursor): TypeNode {
  const { start } = cursor;
  cursor.expect('MAP', '<');
  const key = parseType(cursor);
  cursor.expect(',');
  const value = parseType(cursor);
  cursor.expect('>');
  return { kind: 'map-type', key, value, nullable: undefined, span: cursor.spanFrom(start) };
}

/*
  rowType := ROW ('<' [field {',' field}] '>' | '(' [field {',' field}] ')')
  field   := identifier type [STRING]
*/
function parseRowType(cursor: Cursor): TypeNode {
  const { start } = cursor;
  cursor.expect('ROW');
  const fields = parseRowFields(cursor);
  return { kind: 'row-type', fields, nullable: undefined, span: cursor.spanFrom(start) };
}

function parseRowFields(cursor: Cursor): RowType['fields'] {
  if (cursor.accept('<>') || cursor.accept('(', ')')) return [];
  if (!cursor.is('<') && !cursor.is('(')) throw cursor.unexpected('the fields of the row', { note: 'write ROW<a INT, b STRING>' });
  const close = cursor.take().key === '<' ? '>' : ')';
  const fields = cursor.list(() => {
    const name = parseIdentifier(cursor, 'a field name');
    const type = parseType(cursor);
    const comment = cursor.token.kind === 'string' ? cursor.take().value : undefined;
    return { name, type, comment };
  }, close);
  cursor.closeList(close);
  return fields;
}

/*
  intervalType := INTERVAL unit [TO unit]
*/
function parseIntervalType(cursor: Cursor): TypeNode {
  const { start } = cursor;
  cursor.expect('INTERVAL');
  const { from, to }: { from: IntervalUnit; to: IntervalUnit | undefined } = parseInterval(cursor);
  return { kind: 'interval-type', from, to, nullable: undefined, span: cursor.spanFrom(start) };
}
