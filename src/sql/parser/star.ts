import type { Star } from '../ast/expression.js';
import type { Identifier } from '../ast/identifier.js';
import type { Cursor } from './cursor.js';
import { isName, parseIdentifier, parseLabel } from './name.js';

/*
  star := [identifier '.' {label '.'}] '*'
*/
export function parseStar(cursor: Cursor): Star | undefined {
  const { start } = cursor;
  if (!isStarAhead(cursor)) return undefined;
  const qualifier: Identifier[] = [];
  while (!cursor.accept('*')) {
    qualifier.push(qualifier.length === 0 ? parseIdentifier(cursor) : parseLabel(cursor, 'a name'));
    cursor.expect('.');
  }
  return { kind: 'star', qualifier, span: cursor.spanFrom(start) };
}

function isStarAhead(cursor: Cursor): boolean {
  if (cursor.is('*')) return true;
  if (!isName(cursor.token)) return false;
  let ahead = 1;
  while (cursor.peek(ahead).key === '.') {
    const { kind, key } = cursor.peek(ahead + 1);
    if (key === '*') return true;
    if (kind !== 'word' && kind !== 'quoted-name') return false;
    ahead += 2;
  }
  return false;
}
