import type { Argument, FunctionCall, JsonClause } from '../ast/expression.js';
import { finishCall, keywordName } from './call.js';
import type { Cursor } from './cursor.js';
import { parseUnmarkedType } from './type.js';

const ON_NULL = ['NULL ON NULL', 'ABSENT ON NULL'];
const WRAPPERS = ['WITHOUT', 'WITH', 'WITH CONDITIONAL', 'WITH UNCONDITIONAL'].flatMap(wrapper => [
  `${wrapper} WRAPPER`,
  `${wrapper} ARRAY WRAPPER`,
]);

function on(event: 'EMPTY' | 'ERROR', ...behaviors: readonly string[]): string[] {
  return behaviors.map(behavior => `${behavior} ON ${event}`);
}

/** The clauses of each SQL/JSON function that are nothing but words, split into their words. */
const WORD_CLAUSES: Readonly<Record<string, readonly (readonly string[])[]>> = split({
  JSON_EXISTS: on('ERROR', 'TRUE', 'FALSE', 'UNKNOWN', 'ERROR'),
  JSON_VALUE: [...on('EMPTY', 'NULL', 'ERROR'), ...on('ERROR', 'NULL', 'ERROR')],
  JSON_QUERY: [
    ...WRAPPERS,
    ...on('EMPTY', 'NULL', 'EMPTY ARRAY', 'EMPTY OBJECT', 'ERROR'),
    ...on('ERROR', 'NULL', 'EMPTY ARRAY', 'EMPTY OBJECT', 'ERROR'),
  ],
  JSON_OBJECT: ON_NULL,
  JSON_OBJECTAGG: ON_NULL,
  JSON_ARRAY: ON_NULL,
  JSON_ARRAYAGG: ON_NULL,
});

function split(clauses: Readonly<Record<string, readonly string[]>>): Record<string, string[][]> {
  return Object.fromEntries(Object.entries(clauses).map(([name, texts]) => [name, texts.map(text => text.split(' '))]));
}

/** The SQL/JSON functions, by name; `undefined`, with nothing read, where no bracket follows. */
export const JSON_CALLS: readonly (readonly [string, (cursor: Cursor) => FunctionCall | undefined])[] = [
  ...['JSON_EXISTS', 'JSON_VALUE', 'JSON_QUERY', 'JSON_ARRAY', 'JSON_ARRAYAGG'].map(name => [name, parseJsonCall] as const),
  ...['JSON_OBJECT', 'JSON_OBJECTAGG'].map(name => [name, parseJsonObject] as const),
];

/*
  jsonCall := (JSON_EXISTS | JSON_VALUE | JSON_QUERY | JSON_ARRAY | JSON_ARRAYAGG) '(' [expression {',' expression}] {clause} ')'
*/
function parseJsonCall(cursor: Cursor): FunctionCall | undefined {
  if (cursor.peek(1).key !== '(') return undefined;
  const { key, span } = cursor.take();
  cursor.expect('(');
  const args = cursor.is(')') ? [] : cursor.list(() => parsePlain(cursor), ')');
  const clauses = parseClauses(cursor, key);
  cursor.closeList(')');
  return finishCall(cursor, span.start, { name: keywordName(key, span), arguments: args, clauses });
}

/*
  jsonObject := (JSON_OBJECT | JSON_OBJECTAGG) '(' [entry {',' entry}] {clause} ')'
*/
function parseJsonObject(cursor: Cursor): FunctionCall | undefined {
  if (cursor.peek(1).key !== '(') return undefined;
  const { key, span } = cursor.take();
  cursor.expect('(');
  const entries = cursor.is(')') ? [] : cursor.list(() => parseEntry(cursor), ')');
  const clauses = parseClauses(cursor, key);
  cursor.closeList(')');
  return finishCall(cursor, span.start, { name: keywordName(key, span), arguments: entries.flat(), clauses, syntax: 'keyword' });
}

/*
  entry := [KEY] expression (VALUE | ':') expression
*/
function parseEntry(cursor: Cursor): Argument[] {
  const { kind, key } = cursor.peek(1);
  if (cursor.is('KEY') && kind !== 'end' && !['VALUE', ':', '.', '[', '('].includes(key)) cursor.take();
  const name = parsePlain(cursor);
  if (!cursor.accept(':') && !cursor.accept('VALUE'))
    throw cursor.unexpected('VALUE', { keywords: ['VALUE'], note: "write KEY 'name' VALUE expression" });
  return [name, parsePlain(cursor)];
}

function parsePlain(cursor: Cursor): Argument {
  return { name: undefined, value: cursor.grammar.expression(cursor) };
}

/*
  clause := RETURNING type without nullability | DEFAULT expression ON (EMPTY | ERROR) | words of the function
*/
function parseClauses(cursor: Cursor, name: string): JsonClause[] {
  const clauses: JsonClause[] = [];
  while (!cursor.is(')')) {
    const clause = parseClause(cursor, name);
    if (!clause) return clauses;
    clauses.push(clause);
  }
  return clauses;
}

function parseClause(cursor: Cursor, name: string): JsonClause | undefined {
  const returns = name === 'JSON_VALUE' || name === 'JSON_QUERY';
  if (returns && cursor.accept('RETURNING')) return { kind: 'returning', type: parseUnmarkedType(cursor) };
  if (name === 'JSON_VALUE' && cursor.accept('DEFAULT')) {
    const value = cursor.grammar.expression(cursor);
    cursor.expect('ON');
    const event = (['EMPTY', 'ERROR'] as const).find(each => cursor.accept(each));
    if (event === undefined) throw cursor.unexpected('EMPTY or ERROR', { keywords: ['EMPTY', 'ERROR'] });
    return { kind: 'default', value, on: event };
  }
  const words = WORD_CLAUSES[name]!.find(each => cursor.accept(...each));
  return words && { kind: 'words', words: words.join(' ') };
}
