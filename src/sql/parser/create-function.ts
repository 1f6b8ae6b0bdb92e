import type { CreateFunction, CreateNamespace } from '../ast/ddl.js';
import { parseComment } from './column.js';
import type { CreateHead } from './create-head.js';
import type { Cursor } from './cursor.js';
import { parseIfNotExists } from './existence.js';
import { parseObjectName } from './name.js';
import { parseOptions } from './option.js';

/*
  createFunction := FUNCTION [IF NOT EXISTS] objectName AS STRING [LANGUAGE WORD] [USING JAR STRING {',' JAR STRING}] [WITH options]
*/
export function parseCreateFunction(cursor: Cursor, { start, temporary, system }: CreateHead): CreateFunction {
  cursor.expect('FUNCTION');
  const ifNotExists = parseIfNotExists(cursor);
  const name = parseObjectName(cursor, 'a function name');
  cursor.expect('AS');
  const className = cursor.expectString('the function as a string', "write AS 'module.mjs#export'").value;
  const language = cursor.accept('LANGUAGE') ? parseLanguage(cursor) : undefined;
  const jars = cursor.accept('USING') ? cursor.list(() => parseJar(cursor)) : [];
  const options = cursor.accept('WITH') ? parseOptions(cursor) : [];
  return {
    kind: 'create-function',
    temporary,
    system,
    ifNotExists,
    name,
    className,
    language,
    jars,
    options,
    span: cursor.spanFrom(start),
  };
}

function parseJar(cursor: Cursor): string {
  cursor.expect('JAR');
  return cursor.expectString('the path of the file as a string').value;
}

function parseLanguage(cursor: Cursor): string {
  if (cursor.token.kind !== 'word') throw cursor.unexpected('a language', { note: 'such as JAVASCRIPT' });
  return cursor.take().key;
}

/*
  createNamespace := (DATABASE | CATALOG) [IF NOT EXISTS] objectName [COMMENT STRING] [WITH options]
*/
export function parseCreateNamespace(cursor: Cursor, { start }: CreateHead): CreateNamespace {
  const object = cursor.take().key === 'CATALOG' ? 'CATALOG' : 'DATABASE';
  const ifNotExists = parseIfNotExists(cursor);
  const name = parseObjectName(cursor, object === 'CATALOG' ? 'a catalog name' : 'a database name');
  const comment = parseComment(cursor);
  const options = cursor.accept('WITH') ? parseOptions(cursor) : [];
  return { kind: 'create-namespace', object, ifNotExists, name, comment, options, span: cursor.spanFrom(start) };
}
