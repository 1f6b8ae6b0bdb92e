import type { BinaryOperator, Expression, IsExpression } from '../ast/expression.js';
import type { Query } from '../ast/query.js';
import { BINARY_PRECEDENCE, PRECEDENCE } from '../precedence.js';
import { finishCall, keywordName } from './call.js';
import type { Cursor } from './cursor.js';
import { parseLabel } from './name.js';
import { parsePrimary } from './primary.js';

const BINARY_OPERATORS: ReadonlyMap<string, BinaryOperator> = new Map(
  (['OR', 'AND', '=', '<>', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '||'] as const).map(operator => [operator, operator]),
);
const FOREIGN_OPERATORS: ReadonlySet<string> = new Set(['!=', '==', '<=>', '::', '&&', '->']);

/*
  expression := operators, loosest first, each level from the left:
                OR; AND; NOT; IS …; = <> < <= > >= IS [NOT] DISTINCT FROM; [NOT] BETWEEN, IN, LIKE, SIMILAR TO; + -; * / % ||;
                signs; [index] .field; primary
*/
export function parseExpression(cursor: Cursor): Expression {
  return cursor.nested(() => parseOperators(cursor, PRECEDENCE.lowest));
}

/*
  additive := operators from + and - on
*/
export function parseAdditive(cursor: Cursor): Expression {
  return cursor.nested(() => parseOperators(cursor, PRECEDENCE.additive));
}

/** An expression of operators that bind at least as tightly as `loosest`, by precedence climbing. */
function parseOperators(cursor: Cursor, loosest: number): Expression {
  const { start } = cursor;
  return cursor.chain(
    () => parseSigned(cursor),
    left => parseBinary(cursor, { left, start, loosest }) ?? parsePredicate(cursor, { left, start, loosest }),
  );
}

interface LeftSide {
  readonly left: Expression;
  /** Where the left side starts, with its brackets. */
  readonly start: number;
  readonly loosest: number;
}

function parseBinary(cursor: Cursor, { left, start, loosest }: LeftSide): Expression | undefined {
  const operator = BINARY_OPERATORS.get(cursor.token.key) ?? distinctOperator(cursor);
  if (operator === undefined) {
    if (FOREIGN_OPERATORS.has(cursor.token.key)) throw cursor.unexpected('an operator of SQL');
    return undefined;
  }
  const precedence = BINARY_PRECEDENCE[operator];
  if (precedence < loosest) return undefined;
  if (operator === 'IS DISTINCT FROM') cursor.expect('IS', 'DISTINCT', 'FROM');
  else if (operator === 'IS NOT DISTINCT FROM') cursor.expect('IS', 'NOT', 'DISTINCT', 'FROM');
  else cursor.take();
  const quantifier = precedence === PRECEDENCE.comparison ? QUANTIFIERS.find(each => cursor.are(each, '(')) : undefined;
  if (quantifier !== undefined) return parseQuantified(cursor, { left, start, operator, quantifier });
  const right = parseOperators(cursor, precedence + 1);
  return { kind: 'binary', operator, left, right, span: cursor.spanFrom(start) };
}

const QUANTIFIERS = ['ANY', 'SOME', 'ALL'] as const;

interface QuantifiedStart extends Pick<LeftSide, 'left' | 'start'> {
  readonly operator: BinaryOperator;
  readonly quantifier: (typeof QUANTIFIERS)[number];
}

/*
  quantified := ('=' (ANY | SOME) | '<>' ALL) '(' (query | expression {',' expression}) ')'        other spellings of IN and NOT IN
*/
function parseQuantified(cursor: Cursor, { left, start, operator, quantifier }: QuantifiedStart): Expression {
  const not = operator === '<>' && quantifier === 'ALL';
  if (!not && (operator !== '=' || quantifier === 'ALL')) {
    const bound = quantifier === 'ALL' ? 'MAX or MIN' : 'MIN or MAX';
    throw cursor.unexpected('a value', {
      note: `compare with the ${bound} of the query; = ANY and <> ALL, which are IN and NOT IN, can be written`,
    });
  }
  cursor.take();
  const list = parseInList(cursor);
  return { kind: 'in', operand: left, not, list, span: cursor.spanFrom(start) };
}

function distinctOperator(cursor: Cursor): BinaryOperator | undefined {
  if (!cursor.is('IS')) return undefined;
  if (cursor.are('IS', 'DISTINCT')) return 'IS DISTINCT FROM';
  return cursor.are('IS', 'NOT', 'DISTINCT') ? 'IS NOT DISTINCT FROM' : undefined;
}

/*
  predicate := IS … | [NOT] (BETWEEN … | IN … | LIKE … | SIMILAR TO …)
*/
function parsePredicate(cursor: Cursor, side: LeftSide): Expression | undefined {
  if (cursor.is('IS')) return side.loosest <= PRECEDENCE.is ? parseIs(cursor, side) : undefined;
  if (side.loosest > PRECEDENCE.range) return undefined;
  const not = cursor.is('NOT');
  switch (cursor.peek(not ? 1 : 0).key) {
    case 'BETWEEN':
      return parseBetween(cursor, side);
    case 'IN':
      return parseIn(cursor, side);
    case 'LIKE':
    case 'SIMILAR':
      return parseLike(cursor, side);
    case 'OVERLAPS':
      return not ? undefined : parseOverlaps(cursor, side);
    default:
      if (!not) return undefined;
      cursor.take();
      throw cursor.unexpected(
        'BETWEEN, IN, LIKE or SIMILAR TO',
        cursor.is('NULL') ? { note: 'write IS NOT NULL' } : { keywords: ['BETWEEN', 'IN', 'LIKE', 'SIMILAR'] },
      );
  }
}

/*
  is   := IS [NOT] (NULL | TRUE | FALSE | UNKNOWN | JSON [VALUE | SCALAR | ARRAY | OBJECT])
*/
function parseIs(cursor: Cursor, { left, start }: LeftSide): Expression {
  cursor.expect('IS');
  const not = cursor.accept('NOT');
  const test = parseTest(cursor);
  return { kind: 'is', operand: left, not, test, span: cursor.spanFrom(start) };
}

const TESTS = ['NULL', 'TRUE', 'FALSE', 'UNKNOWN', 'JSON'] as const;
const JSON_TESTS = ['VALUE', 'SCALAR', 'ARRAY', 'OBJECT'] as const;

function parseTest(cursor: Cursor): IsExpression['test'] {
  const test = TESTS.find(each => cursor.is(each));
  if (test === undefined)
    throw cursor.unexpected('NULL, TRUE, FALSE, UNKNOWN, JSON or DISTINCT FROM', { keywords: [...TESTS, 'DISTINCT', 'NOT'] });
  cursor.take();
  const of = test === 'JSON' ? JSON_TESTS.find(each => cursor.is(each)) : undefined;
  if (of === undefined) return test;
  cursor.take();
  return `JSON ${of}`;
}

/*
  between := [NOT] BETWEEN [SYMMETRIC | ASYMMETRIC] additive AND additive
*/
function parseBetween(cursor: Cursor, { left, start }: LeftSide): Expression {
  const not = cursor.accept('NOT');
  cursor.expect('BETWEEN');
  const symmetric = cursor.accept('SYMMETRIC');
  if (!symmetric) cursor.accept('ASYMMETRIC');
  const low = parseOperators(cursor, PRECEDENCE.additive);
  cursor.expect('AND');
  const high = parseOperators(cursor, PRECEDENCE.additive);
  return { kind: 'between', operand: left, not, symmetric, low, high, span: cursor.spanFrom(start) };
}

/*
  in := [NOT] IN '(' (query | expression {',' expression}) ')'
*/
function parseIn(cursor: Cursor, { left, start }: LeftSide): Expression {
  const not = cursor.accept('NOT');
  cursor.expect('IN');
  const list = parseInList(cursor);
  return { kind: 'in', operand: left, not, list, span: cursor.spanFrom(start) };
}

function parseInList(cursor: Cursor): Expression[] | Query {
  if (!cursor.isQueryInBrackets()) return cursor.listInBrackets(() => parseExpression(cursor));
  cursor.expect('(');
  const query = cursor.grammar.query(cursor);
  cursor.expect(')');
  return query;
}

/*
  like := [NOT] (LIKE | SIMILAR TO) additive [ESCAPE additive]
*/
function parseLike(cursor: Cursor, { left, start }: LeftSide): Expression {
  const not = cursor.accept('NOT');
  const operator = cursor.accept('LIKE') ? 'LIKE' : 'SIMILAR TO';
  if (operator === 'SIMILAR TO') cursor.expect('SIMILAR', 'TO');
  const pattern = parseOperators(cursor, PRECEDENCE.additive);
  const escape = cursor.accept('ESCAPE') ? parseOperators(cursor, PRECEDENCE.additive) : undefined;
  return { kind: 'like', operand: left, not, operator, pattern, escape, span: cursor.spanFrom(start) };
}

/*
  overlaps := '(' expression ',' expression ')' OVERLAPS '(' expression ',' expression ')'
*/
function parseOverlaps(cursor: Cursor, { left, start }: LeftSide): Expression {
  const { span } = cursor.take();
  const right = parseOperators(cursor, PRECEDENCE.additive);
  const points = [left, right].flatMap(side => {
    if (side.kind === 'row' && side.fields.length === 2) return side.fields;
    throw cursor.error({ message: 'OVERLAPS stands between two pairs', span, note: 'write (start1, end1) OVERLAPS (start2, end2)' });
  });
  return finishCall(cursor, start, {
    name: keywordName('OVERLAPS', span),
    arguments: points.map(value => ({ name: undefined, value })),
    syntax: 'keyword',
  });
}

/*
  signed := ('-' | '+') signed | NOT is | access
*/
function parseSigned(cursor: Cursor): Expression {
  const operator = cursor.token.key;
  if (operator !== '-' && operator !== '+' && operator !== 'NOT') return parseAccess(cursor);
  return cursor.nested(() => {
    const { start } = cursor.take().span;
    const operand = operator === 'NOT' ? parseOperators(cursor, PRECEDENCE.not) : parseSigned(cursor);
    return { kind: 'unary', operator, operand, span: cursor.spanFrom(start) };
  });
}

/*
  access := primary {'[' expression ']' | '.' label}
*/
function parseAccess(cursor: Cursor): Expression {
  const { start } = cursor;
  return cursor.chain(
    () => parsePrimary(cursor),
    operand => {
      if (cursor.accept('[')) {
        const index = parseExpression(cursor);
        cursor.expect(']');
        return { kind: 'element', operand, index, span: cursor.spanFrom(start) };
      }
      if (!cursor.accept('.')) return undefined;
      const field = parseLabel(cursor, 'a field name');
      return { kind: 'field', operand, field, span: cursor.spanFrom(start) };
    },
  );
}
