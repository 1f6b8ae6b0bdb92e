import { MillraceError } from '../common/error.js';
import type { Span } from '../common/span.js';
import type { Expression } from './ast/expression.js';
import type { Query } from './ast/query.js';
import type { Script, Statement } from './ast/statement.js';
import type { TypeNode } from './ast/type.js';
import { Cursor, type Grammar } from './parser/cursor.js';
import { parseAdditive, parseExpression as readExpression } from './parser/expression.js';
import { AFTER_QUERY, parseQuery as readQuery } from './parser/query.js';
import { parseType as readType } from './parser/type.js';
import { expectedEnd, isStatementOnNewLine, parseOneStatement } from './parser/statement.js';

const GRAMMAR: Grammar = { expression: readExpression, additive: parseAdditive, query: readQuery };

/** Where a statement stands that has an error. */
export interface FailedStatement {
  readonly kind: 'failed';
  readonly span: Span;
}

export interface ParsedScript {
  readonly script: Script;
  readonly errors: readonly MillraceError[];
  readonly failed: readonly FailedStatement[];
}

/**
 * The statements of a text, separated by `;`, every error in it, and the places of the statements with errors, each in the
 * order of the text.
 *
 * After an error, reading goes on behind the next `;`, so a statement is either whole or left out. Never throws on account of the text.
 */
export function parseScript(source: string): ParsedScript {
  const cursor = new Cursor(source, GRAMMAR);
  const statements: Statement[] = [];
  const failed: FailedStatement[] = [];
  for (;;) {
    while (cursor.accept(';'));
    if (cursor.token.kind === 'end') return { script: { statements }, errors: cursor.errors, failed };
    const { start } = cursor;
    const statement = attempt(cursor);
    if (statement) statements.push(statement);
    else failed.push({ kind: 'failed', span: cursor.spanFrom(start) });
  }
}

/** A statement up to and with its `;`; `undefined` where it has an error, which is kept. */
function attempt(cursor: Cursor): Statement | undefined {
  const before = cursor.errors.length;
  try {
    const statement = parseOneStatement(cursor);
    // A statement set gets over the errors of its parts, and is not whole then.
    const isWhole = cursor.errors.length === before;
    if (cursor.token.kind !== 'end' && !cursor.accept(';')) {
      if (!isStatementOnNewLine(cursor)) throw expectedEnd(cursor, statement);
      cursor.errors.push(
        cursor.error({
          message: `";" is missing before "${cursor.token.value}"`,
          span: cursor.token.span,
          note: 'end the statement before with ;',
        }),
      );
    }
    return isWhole ? statement : undefined;
  } catch (thrown) {
    if (!MillraceError.is(thrown)) throw thrown;
    cursor.errors.push(thrown);
    cursor.recover();
    return undefined;
  }
}

/**
 * The one statement of a text; a `;` may follow it.
 *
 * @throws {MillraceError} the first error of the text, `SYNTAX`, `UNTERMINATED` or `INVALID_LITERAL`, with its span.
 */
export function parseStatement(text: string): Statement {
  const cursor = new Cursor(text, GRAMMAR);
  const statement = parseOneStatement(cursor);
  while (cursor.accept(';'));
  if (cursor.errors[0]) throw cursor.errors[0];
  if (cursor.token.kind !== 'end') throw expectedEnd(cursor, statement);
  return statement;
}

/**
 * The expression that is all of a text.
 *
 * @throws {MillraceError} as `parseStatement`.
 */
export function parseExpression(text: string): Expression {
  const cursor = new Cursor(text, GRAMMAR);
  const expression = readExpression(cursor);
  if (cursor.token.kind !== 'end') throw cursor.unexpected('an operator or the end of the text');
  return expression;
}

/**
 * The query that is all of a text.
 *
 * @throws {MillraceError} as `parseStatement`.
 */
export function parseQuery(text: string): Query {
  const cursor = new Cursor(text, GRAMMAR);
  const query = readQuery(cursor);
  if (cursor.token.kind !== 'end') throw cursor.unexpected('the end of the text', { keywords: AFTER_QUERY });
  return query;
}

/**
 * The type that is all of a text, as in CREATE TABLE.
 *
 * @throws {MillraceError} as `parseStatement`.
 */
export function parseType(text: string): TypeNode {
  const cursor = new Cursor(text, GRAMMAR);
  const type = readType(cursor);
  if (cursor.token.kind !== 'end') throw cursor.unexpected('the end of the type');
  return type;
}
