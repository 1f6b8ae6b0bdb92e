import type { Identifier, ObjectName } from '../ast/identifier.js';
import { isUsableAsName } from '../keywords.js';
import type { Token } from '../token.js';
import type { Cursor } from './cursor.js';

/** Whether the token can be a name: quoted, or a word that is not reserved. */
export function isName(token: Token): boolean {
  return token.kind === 'quoted-name' || (token.kind === 'word' && isUsableAsName(token.key));
}

/*
  identifier := QUOTED_NAME | WORD that is not reserved
*/
export function parseIdentifier(cursor: Cursor, what = 'a name'): Identifier {
  if (!isName(cursor.token)) throw cursor.unexpected(what, { isName: true });
  const { value, span } = cursor.take();
  return { kind: 'identifier', name: value, span };
}

/*
  label := QUOTED_NAME | WORD                      after a point or before =>, where no keyword can stand
*/
export function parseLabel(cursor: Cursor, what: string): Identifier {
  const { kind } = cursor.token;
  if (kind !== 'quoted-name' && kind !== 'word') throw cursor.unexpected(what, { isName: true });
  const { value, span } = cursor.take();
  return { kind: 'identifier', name: value, span };
}

/*
  objectName := identifier ['.' label ['.' label]]
*/
export function parseObjectName(cursor: Cursor, what = 'a name'): ObjectName {
  const { start } = cursor;
  const parts = [parseIdentifier(cursor, what)];
  while (parts.length < 3 && cursor.accept('.')) parts.push(parseLabel(cursor, what));
  if (cursor.is('.')) throw cursor.unexpected('the end of the name', { note: 'a name has at most three parts: catalog, database, object' });
  return { kind: 'object-name', parts, span: cursor.spanFrom(start) };
}

/*
  columnList := '(' identifier {',' identifier} ')'
*/
export function parseColumnList(cursor: Cursor): Identifier[] {
  return cursor.listInBrackets(() => parseIdentifier(cursor, 'a column name'));
}
