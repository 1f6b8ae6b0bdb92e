import type {
  CaseExpression,
  CastExpression,
  CollectionQuery,
  Expression,
  MapConstructor,
  RowConstructor,
  TemporalLiteral,
} from '../ast/expression.js';
import type { Identifier } from '../ast/identifier.js';
import { isReservedFunction } from '../keywords.js';
import { parseCall } from './call.js';
import type { Cursor } from './cursor.js';
import { parseIntervalLiteral } from './interval.js';
import { isName, parseIdentifier, parseLabel } from './name.js';
import { SPECIAL_CALLS } from './special-call.js';
import { parseType } from './type.js';

type Production = (cursor: Cursor) => Expression;

/** Productions by the word that begins them, where nothing else can begin with it. */
const WORD_FORMS: ReadonlyMap<string, Production> = new Map<string, Production>([
  ['NULL', parseKeywordLiteral],
  ['TRUE', parseKeywordLiteral],
  ['FALSE', parseKeywordLiteral],
  ['INTERVAL', parseIntervalLiteral],
  ['CASE', parseCase],
  ['CAST', parseCast],
  ['TRY_CAST', parseCast],
  ['EXISTS', parseExists],
  ['ARRAY', parseArray],
  ['ROW', parseRow],
]);

const COLLECTIONS = ['ARRAY', 'MAP', 'MULTISET'] as const;
const TEMPORAL_TYPES = ['DATE', 'TIME', 'TIMESTAMP'] as const;

/*
  primary := literal | columnReference | call | case | cast | exists | array | map | row | '(' … ')'
*/
export function parsePrimary(cursor: Cursor): Expression {
  const { token } = cursor;
  switch (token.kind) {
    case 'string':
      return parseString(cursor);
    case 'number':
      return { kind: 'number', text: cursor.take().value, span: token.span };
    case 'binary':
      return { kind: 'binary-literal', hex: cursor.take().value, span: token.span };
    case 'word':
      return parseWord(cursor);
    case 'quoted-name':
      return parseNamed(cursor);
    default:
      if (cursor.is('(')) return parseBrackets(cursor);
      throw cursor.unexpected('an expression');
  }
}

/** Strings with a line break between them are one, as in Flink. */
function parseString(cursor: Cursor): Expression {
  const { start } = cursor;
  let { value } = cursor.take();
  while (cursor.token.kind === 'string' && cursor.isOnNewLine) value += cursor.take().value;
  return { kind: 'string', value, span: cursor.spanFrom(start) };
}

function parseWord(cursor: Cursor): Expression {
  const { key } = cursor.token;
  const next = cursor.peek(1);
  const form = WORD_FORMS.get(key);
  const collection = next.key === '(' ? COLLECTIONS.find(each => each === key) : undefined;
  if (collection !== undefined && cursor.isQueryInBrackets(1)) return parseCollectionQuery(cursor, collection);
  if ((key === 'ROW' && next.key !== '(') || (key === 'ARRAY' && next.key !== '['))
    throw cursor.unexpected('an expression', { isName: true });
  if (form) return form(cursor);
  const temporal = next.kind === 'string' ? TEMPORAL_TYPES.find(each => each === key) : undefined;
  if (temporal !== undefined) return parseTemporal(cursor, temporal);
  if (key === 'MAP' && next.key === '[') return parseMap(cursor);
  const special = SPECIAL_CALLS.get(key)?.(cursor);
  if (special) return special;
  return parseNamed(cursor);
}

/*
  columnReference := identifier {'.' label}
  call            := (identifier {'.' label} | RESERVED_FUNCTION) '(' arguments ')' …
*/
function parseNamed(cursor: Cursor): Expression {
  const { start, token } = cursor;
  if (isReservedFunction(token.key) && cursor.peek(1).key === '(') return parseCall(cursor);
  if (!isName(token)) throw cursor.unexpected('an expression', { isName: true });
  if (isCallAhead(cursor)) return parseCall(cursor);
  const parts: Identifier[] = [parseIdentifier(cursor)];
  while (cursor.accept('.')) {
    if (cursor.is('*')) throw cursor.unexpected('a column name', { note: 't.* stands in the list of SELECT' });
    parts.push(parseLabel(cursor, 'a column name'));
  }
  return { kind: 'column', parts, span: cursor.spanFrom(start) };
}

/** Whether a bracket follows the name, of whatever parts, that is next. */
function isCallAhead(cursor: Cursor): boolean {
  let ahead = 1;
  while (cursor.peek(ahead).key === '.' && ahead < 5) ahead += 2;
  return cursor.peek(ahead).key === '(';
}

function parseKeywordLiteral(cursor: Cursor): Expression {
  const { key, span } = cursor.take();
  return key === 'NULL' ? { kind: 'null', span } : { kind: 'boolean', value: key === 'TRUE', span };
}

/*
  temporal := (DATE | TIME | TIMESTAMP) STRING
*/
function parseTemporal(cursor: Cursor, type: TemporalLiteral['type']): TemporalLiteral {
  const { start } = cursor.take().span;
  return { kind: 'temporal', type, value: cursor.take().value, span: cursor.spanFrom(start) };
}

/*
  case := CASE [expression] WHEN expression THEN expression {WHEN …} [ELSE expression] END
*/
function parseCase(cursor: Cursor): CaseExpression {
  const { start } = cursor;
  const { expression } = cursor.grammar;
  cursor.expect('CASE');
  const operand = cursor.is('WHEN') ? undefined : expression(cursor);
  const branches: { when: Expression; then: Expression }[] = [];
  if (!cursor.is('WHEN')) throw cursor.unexpected('WHEN', { keywords: ['WHEN'] });
  while (cursor.accept('WHEN')) {
    const when = expression(cursor);
    cursor.expect('THEN');
    branches.push({ when, then: expression(cursor) });
  }
  const otherwise = cursor.accept('ELSE') ? expression(cursor) : undefined;
  if (!cursor.is('END')) throw cursor.unexpected(otherwise ? 'END' : 'WHEN, ELSE or END', { keywords: ['WHEN', 'ELSE', 'END'] });
  cursor.take();
  return { kind: 'case', operand, branches, otherwise, span: cursor.spanFrom(start) };
}

/*
  cast := (CAST | TRY_CAST) '(' expression AS type ')'
*/
function parseCast(cursor: Cursor): CastExpression {
  const { start } = cursor;
  const safe = cursor.take().key === 'TRY_CAST';
  cursor.expect('(');
  const operand = cursor.grammar.expression(cursor);
  cursor.expect('AS');
  const type = parseType(cursor);
  cursor.expect(')');
  return { kind: 'cast', safe, operand, type, span: cursor.spanFrom(start) };
}

/*
  exists := EXISTS '(' query ')'
*/
function parseExists(cursor: Cursor): Expression {
  const { start } = cursor;
  cursor.expect('EXISTS', '(');
  const query = cursor.grammar.query(cursor);
  cursor.expect(')');
  return { kind: 'exists', query, span: cursor.spanFrom(start) };
}

/*
  collectionQuery := (ARRAY | MAP | MULTISET) '(' query ')'
*/
function parseCollectionQuery(cursor: Cursor, of: CollectionQuery['of']): CollectionQuery {
  const { start } = cursor.take().span;
  cursor.expect('(');
  const query = cursor.grammar.query(cursor);
  cursor.expect(')');
  return { kind: 'collection-query', of, query, span: cursor.spanFrom(start) };
}

/*
  array := ARRAY '[' [expression {',' expression}] ']'
*/
function parseArray(cursor: Cursor): Expression {
  const { start } = cursor;
  cursor.expect('ARRAY', '[');
  const elements = parseElements(cursor);
  return { kind: 'array', elements, span: cursor.spanFrom(start) };
}

/*
  map := MAP '[' [expression ',' expression {',' expression ',' expression}] ']'
*/
function parseMap(cursor: Cursor): MapConstructor {
  const { start } = cursor;
  cursor.expect('MAP', '[');
  const elements = parseElements(cursor);
  const span = cursor.spanFrom(start);
  if (elements.length % 2 !== 0)
    throw cursor.error({ message: 'the last key of the MAP has no value', span: elements.at(-1)!.span, note: "write MAP['key', 'value']" });
  const entries = elements.flatMap((key, i) => (i % 2 === 0 ? [{ key, value: elements[i + 1]! }] : []));
  return { kind: 'map', entries, span };
}

function parseElements(cursor: Cursor): Expression[] {
  if (cursor.accept(']')) return [];
  const elements = cursor.list(() => cursor.grammar.expression(cursor), ']');
  cursor.closeList(']');
  return elements;
}

/*
  row := ROW '(' expression {',' expression} ')'
*/
function parseRow(cursor: Cursor): RowConstructor {
  const { start } = cursor;
  cursor.expect('ROW');
  const fields = cursor.listInBrackets(() => cursor.grammar.expression(cursor));
  return { kind: 'row', explicit: true, fields, span: cursor.spanFrom(start) };
}

/*
  brackets := '(' (query | expression | expression ',' expression {',' expression}) ')'
*/
function parseBrackets(cursor: Cursor): Expression {
  const { start } = cursor;
  if (cursor.isQueryInBrackets()) {
    cursor.expect('(');
    const query = cursor.grammar.query(cursor);
    cursor.expect(')');
    return { kind: 'subquery', query, span: cursor.spanFrom(start) };
  }
  const fields = cursor.listInBrackets(() => cursor.grammar.expression(cursor));
  return fields.length === 1 ? fields[0]! : { kind: 'row', explicit: false, fields, span: cursor.spanFrom(start) };
}
