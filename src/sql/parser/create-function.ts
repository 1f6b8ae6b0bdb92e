import type { CreateFunction, CreateNamespace, FunctionClass } from '../ast/ddl.js';
import { parseComment } from './column.js';
import type { CreateHead } from './create-head.js';
import type { Cursor } from './cursor.js';
import { parseIfNotExists } from './existence.js';
import { parseObjectName } from './name.js';
import { parseOptions } from './option.js';

/*
  createFunction := FUNCTION [IF NOT EXISTS] objectName functionClass [WITH options]
*/
export function parseCreateFunction(cursor: Cursor, { start, temporary, system }: CreateHead): CreateFunction {
  cursor.expect('FUNCTION');
  const ifNotExists = parseIfNotExists(cursor);
  const name = parseObjectName(cursor, 'a function name');
  const definition = parseFunctionClass(cursor);
  const options = cursor.accept('WITH') ? parseOptions(cursor) : [];
  return { kind: 'create-function', temporary, system, ifNotExists, name, definition, options, span: cursor.spanFrom(start) };
}

/*
  functionClass := AS STRING [LANGUAGE WORD] [USING JAR STRING {',' JAR STRING}]
*/
export function parseFunctionClass(cursor: Cursor): FunctionClass {
  cursor.expect('AS');
  const { value: className, span: classSpan } = cursor.expectString('the function as a string', "write AS 'module.mjs#export'");
  const language = cursor.accept('LANGUAGE') ? parseLanguage(cursor) : undefined;
  const jars = cursor.accept('USING') ? cursor.list(() => parseJar(cursor)) : [];
  return { className, classSpan, language, jars };
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
