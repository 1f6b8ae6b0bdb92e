import type { Cursor } from './cursor.js';

/*
  ifNotExists := [IF NOT EXISTS]
*/
export function parseIfNotExists(cursor: Cursor): boolean {
  if (!cursor.are('IF', 'NOT')) return false;
  cursor.expect('IF', 'NOT', 'EXISTS');
  return true;
}

/*
  ifExists := [IF EXISTS]
*/
export function parseIfExists(cursor: Cursor): boolean {
  return cursor.accept('IF', 'EXISTS');
}
