import type { Alter, AlterAction, Drop, ObjectKind, Partition } from '../ast/ddl.js';
import { noElements, parseTableElement, parseTableElements } from './column.js';
import { parseFunctionClass } from './create-function.js';
import type { Cursor } from './cursor.js';
import { parseIfExists, parseIfNotExists } from './existence.js';
import { parseColumnList, parseIdentifier, parseObjectName } from './name.js';
import { parseOptionKeys, parseOptions } from './option.js';
import { oneOf } from './unexpected.js';

/** What can be done to each kind of object, by the word that says it. */
const ACTIONS: Readonly<Record<Alter['object'], readonly string[]>> = {
  TABLE: ['SET', 'RESET', 'RENAME', 'ADD', 'MODIFY', 'DROP'],
  VIEW: ['RENAME', 'AS'],
  MODEL: ['SET', 'RESET', 'RENAME'],
  FUNCTION: ['AS'],
  DATABASE: ['SET'],
  CATALOG: ['SET', 'RESET', 'COMMENT'],
};

const OBJECTS = Object.keys(ACTIONS) as Alter['object'][];

/*
  alter := ALTER (TABLE | VIEW | MODEL | FUNCTION | DATABASE | CATALOG) [IF EXISTS] objectName action
*/
export function parseAlter(cursor: Cursor): Alter {
  const { start } = cursor;
  cursor.expect('ALTER');
  const object = OBJECTS.find(each => cursor.is(each));
  if (object === undefined) throw cursor.unexpected(oneOf(OBJECTS), { keywords: OBJECTS });
  cursor.take();
  // Flink has IF EXISTS for what is in a database only.
  const ifExists = object !== 'DATABASE' && object !== 'CATALOG' && parseIfExists(cursor);
  const name = parseObjectName(cursor, `a ${object.toLowerCase()} name`);
  const words = ACTIONS[object];
  if (!words.includes(cursor.token.key)) throw cursor.unexpected(oneOf(words), { keywords: words });
  const action: AlterAction = object === 'FUNCTION' ? { kind: 'function', definition: parseFunctionClass(cursor) } : parseAction(cursor);
  return { kind: 'alter', object, ifExists, name, action, span: cursor.spanFrom(start) };
}

/*
  action := SET options | RESET optionKeys | COMMENT STRING | RENAME … | (ADD | MODIFY) elements | DROP … | AS query | functionClass
*/
function parseAction(cursor: Cursor): AlterAction {
  const { start } = cursor;
  switch (cursor.take().key) {
    case 'SET':
      return { kind: 'set', options: parseOptions(cursor), span: cursor.spanFrom(start) };
    case 'RESET':
      return { kind: 'reset', keys: parseOptionKeys(cursor), span: cursor.spanFrom(start) };
    case 'COMMENT':
      return { kind: 'comment', comment: cursor.expectString('the comment as a string').value };
    case 'RENAME':
      return parseRename(cursor);
    case 'ADD':
      return parseAdd(cursor, start);
    case 'MODIFY':
      return parseChangedElements(cursor, 'modify-columns');
    case 'DROP':
      return parseDropAction(cursor, start);
    default:
      return { kind: 'as', query: cursor.grammar.query(cursor) };
  }
}

/*
  rename := RENAME (TO objectName | identifier TO identifier)
*/
function parseRename(cursor: Cursor): AlterAction {
  if (cursor.accept('TO')) return { kind: 'rename', to: parseObjectName(cursor, 'the new name') };
  const from = parseIdentifier(cursor, 'TO or a column name');
  cursor.expect('TO');
  return { kind: 'rename-column', from, to: parseIdentifier(cursor, 'the new name') };
}

/*
  elements := tableElements | tableElement
*/
function parseChangedElements(cursor: Cursor, kind: 'add-columns' | 'modify-columns'): AlterAction {
  if (cursor.is('DISTRIBUTION')) throw cursor.unexpected('a column, PRIMARY KEY or WATERMARK');
  if (cursor.are('(', ')')) cursor.take();
  const elements = { ...noElements(), places: [] };
  if (cursor.is('(')) parseTableElements(cursor, elements);
  else parseTableElement(cursor, elements);
  return { kind, ...elements };
}

/*
  add := ADD ([IF NOT EXISTS] PARTITION … | elements)
*/
function parseAdd(cursor: Cursor, start: number): AlterAction {
  const ifNotExists = parseIfNotExists(cursor);
  if (!ifNotExists && !cursor.is('PARTITION')) return parseChangedElements(cursor, 'add-columns');
  const partitions = [parsePartition(cursor)];
  while (cursor.is('PARTITION')) partitions.push(parsePartition(cursor));
  return { kind: 'add-partitions', ifExists: ifNotExists, partitions, span: cursor.spanFrom(start) };
}

/*
  partition := PARTITION '(' identifier '=' expression {',' identifier '=' expression} ')' [WITH options]
*/
function parsePartition(cursor: Cursor): Partition {
  cursor.expect('PARTITION');
  const values = cursor.listInBrackets(() => {
    const column = parseIdentifier(cursor, 'a column name');
    cursor.expect('=');
    return { column, value: cursor.grammar.expression(cursor) };
  });
  return { values, options: cursor.accept('WITH') ? parseOptions(cursor) : [] };
}

/*
  drop := DROP (PRIMARY KEY | CONSTRAINT identifier | WATERMARK | [IF EXISTS] PARTITION … {',' PARTITION …} | columnList | identifier)
*/
function parseDropAction(cursor: Cursor, start: number): AlterAction {
  if (cursor.accept('PRIMARY', 'KEY')) return { kind: 'drop-primary-key' };
  if (cursor.accept('WATERMARK')) return { kind: 'drop-watermark' };
  if (cursor.accept('CONSTRAINT')) return { kind: 'drop-constraint', name: parseIdentifier(cursor, 'the name of the constraint') };
  const ifExists = parseIfExists(cursor);
  if (ifExists || cursor.is('PARTITION'))
    return { kind: 'drop-partitions', ifExists, partitions: cursor.list(() => parsePartition(cursor)), span: cursor.spanFrom(start) };
  return { kind: 'drop-columns', columns: cursor.is('(') ? parseColumnList(cursor) : [parseIdentifier(cursor, 'a column name')] };
}

const DROPPABLE: readonly ObjectKind[] = ['TABLE', 'VIEW', 'MODEL', 'FUNCTION', 'DATABASE', 'CATALOG'];

/*
  dropObject := DROP [TEMPORARY [SYSTEM]] (TABLE | VIEW | MODEL | FUNCTION | DATABASE | CATALOG) [IF EXISTS] objectName [RESTRICT | CASCADE]
*/
export function parseDrop(cursor: Cursor): Drop {
  const { start } = cursor;
  cursor.expect('DROP');
  const temporary = cursor.accept('TEMPORARY');
  const system = temporary && cursor.accept('SYSTEM');
  const object = DROPPABLE.find(each => cursor.is(each));
  if (object === undefined)
    throw cursor.unexpected('TABLE, VIEW, MODEL, FUNCTION, DATABASE or CATALOG', { keywords: [...DROPPABLE, 'TEMPORARY'] });
  if (system && object !== 'FUNCTION') throw cursor.unexpected('FUNCTION after SYSTEM');
  cursor.take();
  const ifExists = parseIfExists(cursor);
  const name = parseObjectName(cursor, `a ${object.toLowerCase()} name`);
  const behavior = object === 'DATABASE' ? (['RESTRICT', 'CASCADE'] as const).find(each => cursor.accept(each)) : undefined;
  return { kind: 'drop', object, temporary, system, ifExists, name, behavior, span: cursor.spanFrom(start) };
}
