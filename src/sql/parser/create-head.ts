import type { Cursor } from './cursor.js';

/** What stands between CREATE and the kind of object. */
export interface CreateHead {
  readonly start: number;
  readonly orReplace: boolean;
  readonly temporary: boolean;
  readonly system: boolean;
}

const OBJECTS = ['TABLE', 'VIEW', 'MODEL', 'FUNCTION', 'DATABASE', 'CATALOG'];

/*
  createHead := CREATE [OR REPLACE] [TEMPORARY [SYSTEM]]
*/
export function parseCreateHead(cursor: Cursor): CreateHead {
  const { start } = cursor;
  cursor.expect('CREATE');
  const orReplace = parseOrReplace(cursor);
  const temporary = cursor.accept('TEMPORARY');
  const system = temporary && cursor.accept('SYSTEM');
  const head = { start, orReplace, temporary, system };
  checkObject(cursor, head);
  return head;
}

function parseOrReplace(cursor: Cursor): boolean {
  if (!cursor.is('OR')) return false;
  cursor.expect('OR', 'REPLACE');
  return true;
}

/** The kind of object that is next goes with what was read. */
function checkObject(cursor: Cursor, { orReplace, temporary, system }: CreateHead): void {
  const { key } = cursor.token;
  if (!OBJECTS.includes(key))
    throw cursor.unexpected('TABLE, VIEW, MODEL, FUNCTION, DATABASE or CATALOG', { keywords: [...OBJECTS, 'TEMPORARY'] });
  if (orReplace && key !== 'TABLE' && key !== 'MODEL')
    throw cursor.unexpected('TABLE or MODEL after OR REPLACE', { note: 'drop the object first, with DROP … IF EXISTS' });
  if (system && key !== 'FUNCTION') throw cursor.unexpected('FUNCTION after SYSTEM');
  if (temporary && (key === 'DATABASE' || key === 'CATALOG')) throw cursor.unexpected('TABLE, VIEW, MODEL or FUNCTION after TEMPORARY');
}
