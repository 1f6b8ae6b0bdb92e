import type { Span } from '../../common/span.js';
import type { ColumnDefinition, ColumnPlace, PrimaryKeyDefinition, WatermarkDefinition } from '../ast/ddl.js';
import type { Identifier } from '../ast/identifier.js';
import type { TypeNode } from '../ast/type.js';
import type { Cursor } from './cursor.js';
import { parseColumnList, parseIdentifier, parseLabel } from './name.js';
import { parseType } from './type.js';

/** What a list of columns may hold, collected. */
export interface TableElements {
  readonly columns: ColumnDefinition[];
  /** For each column; only ALTER TABLE has places. */
  readonly places?: (ColumnPlace | undefined)[];
  watermark: WatermarkDefinition | undefined;
  primaryKey: PrimaryKeyDefinition | undefined;
}

/** Nothing yet. */
export function noElements(): TableElements {
  return { columns: [], watermark: undefined, primaryKey: undefined };
}

/*
  tableElements := '(' [tableElement {',' tableElement}] ')'
*/
export function parseTableElements(cursor: Cursor, elements = noElements()): TableElements {
  if (!cursor.accept('(', ')')) cursor.listInBrackets(() => parseTableElement(cursor, elements));
  return elements;
}

/*
  tableElement := watermark | [CONSTRAINT identifier] primaryKey | column [place]        place in ALTER TABLE only
*/
export function parseTableElement(cursor: Cursor, elements: TableElements): void {
  const { start } = cursor;
  if (cursor.is('WATERMARK')) {
    const watermark = parseWatermark(cursor);
    if (elements.watermark) throw duplicate(cursor, 'a table has one watermark', watermark.span);
    elements.watermark = watermark;
  } else if (cursor.is('CONSTRAINT') || cursor.is('PRIMARY') || cursor.is('UNIQUE')) {
    const primaryKey = parsePrimaryKey(cursor, start);
    if (elements.primaryKey) throw duplicate(cursor, 'a table has one primary key', primaryKey.span);
    elements.primaryKey = primaryKey;
  } else {
    elements.columns.push(parseColumn(cursor));
    if (elements.places) elements.places.push(parsePlace(cursor));
    else if (cursor.is('FIRST') || cursor.is('AFTER'))
      throw cursor.unexpected('the end of the column', {
        note: 'columns stand in the order in which they are written; ALTER TABLE can move them',
      });
  }
}

/*
  place := FIRST | AFTER identifier
*/
function parsePlace(cursor: Cursor): ColumnPlace | undefined {
  if (cursor.accept('FIRST')) return { kind: 'first' };
  return cursor.accept('AFTER') ? { kind: 'after', column: parseIdentifier(cursor, 'a column name') } : undefined;
}

function duplicate(cursor: Cursor, message: string, span: Span): Error {
  return cursor.error({ code: 'INVALID_DEFINITION', message, span, note: 'remove one of them' });
}

/*
  watermark := WATERMARK FOR identifier {'.' label} AS expression
*/
function parseWatermark(cursor: Cursor): WatermarkDefinition {
  const { start } = cursor;
  cursor.expect('WATERMARK', 'FOR');
  const column: Identifier[] = [parseIdentifier(cursor, 'a column name')];
  while (cursor.accept('.')) column.push(parseLabel(cursor, 'a field name'));
  cursor.expect('AS');
  const expression = cursor.grammar.expression(cursor);
  return { column, expression, span: cursor.spanFrom(start) };
}

/*
  primaryKey := PRIMARY KEY columnList [NOT ENFORCED]
*/
function parsePrimaryKey(cursor: Cursor, start: number): PrimaryKeyDefinition {
  const name = cursor.accept('CONSTRAINT') ? parseIdentifier(cursor, 'a name for the constraint') : undefined;
  if (cursor.is('UNIQUE')) throw cursor.unexpected('PRIMARY KEY', { note: 'PRIMARY KEY … NOT ENFORCED is the one constraint' });
  cursor.expect('PRIMARY', 'KEY');
  const columns = parseColumnList(cursor);
  parseEnforcement(cursor);
  return { name, columns, span: cursor.spanFrom(start) };
}

/** `NOT ENFORCED` may be left out; it is what holds in any case. */
function parseEnforcement(cursor: Cursor): void {
  if (cursor.is('ENFORCED'))
    throw cursor.unexpected('NOT ENFORCED', { note: 'the rows of a table belong to another system, so its key is not checked' });
  cursor.accept('NOT', 'ENFORCED');
}

/*
  column := identifier (AS expression | type [METADATA [FROM STRING] [VIRTUAL]] {[CONSTRAINT identifier] PRIMARY KEY [NOT ENFORCED]}) [COMMENT STRING]
*/
function parseColumn(cursor: Cursor): ColumnDefinition {
  const { start } = cursor;
  const name = parseIdentifier(cursor, 'a column name');
  if (cursor.accept('AS')) {
    const expression = cursor.grammar.expression(cursor);
    const comment = parseComment(cursor);
    return { kind: 'computed-column', name, expression, comment, span: cursor.spanFrom(start) };
  }
  const type = parseType(cursor);
  if (cursor.is('AS')) throw cursor.unexpected('"," or ")"', { note: `a computed column has no type: ${name.name} AS expression` });
  return cursor.is('METADATA') ? parseMetadata(cursor, { name, type, start }) : parsePhysical(cursor, { name, type, start });
}

interface ColumnHead {
  readonly name: Identifier;
  readonly type: TypeNode;
  readonly start: number;
}

function parseMetadata(cursor: Cursor, { name, type, start }: ColumnHead): ColumnDefinition {
  cursor.expect('METADATA');
  const from = cursor.accept('FROM') ? parseMetadataKey(cursor) : undefined;
  const virtual = cursor.accept('VIRTUAL');
  const comment = parseComment(cursor);
  return { kind: 'metadata-column', name, type, from, virtual, comment, span: cursor.spanFrom(start) };
}

/** The key of METADATA FROM. */
export function parseMetadataKey(cursor: Cursor): { readonly key: string; readonly span: Span } {
  const { value, span } = cursor.expectString('the key of the metadata as a string', "write METADATA FROM 'key'");
  return { key: value, span };
}

function parsePhysical(cursor: Cursor, { name, type, start }: ColumnHead): ColumnDefinition {
  const primaryKey = parseColumnKey(cursor);
  const comment = parseComment(cursor);
  return { kind: 'physical-column', name, type, primaryKey, comment, span: cursor.spanFrom(start) };
}

function parseColumnKey(cursor: Cursor): Span | undefined {
  if (cursor.accept('CONSTRAINT')) parseIdentifier(cursor, 'a name for the constraint');
  else if (!cursor.is('PRIMARY')) return undefined;
  const { start } = cursor;
  cursor.expect('PRIMARY', 'KEY');
  const span = cursor.spanFrom(start);
  parseEnforcement(cursor);
  return span;
}

/*
  comment := [COMMENT STRING]
*/
export function parseComment(cursor: Cursor): string | undefined {
  return cursor.accept('COMMENT') ? cursor.expectString('the comment as a string').value : undefined;
}
