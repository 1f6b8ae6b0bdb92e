import { parseExpression, parseExpressions } from './parse-expression.js';
import { parseType } from './parse-type.js';
import type { Expression, Statement } from './syntax-tree.js';
import type { TokenCursor } from './token-cursor.js';

const MAX_BLOCK_DEPTH = 200;

/** Reads the indented block that follows a colon. */
export function parseBlock(cursor: TokenCursor, depth = 0): Statement[] {
  if (depth > MAX_BLOCK_DEPTH) throw cursor.error('blocks are nested too deep');
  cursor.expect('newline');
  cursor.expect('indent');
  const statements: Statement[] = [];
  while (!cursor.is('dedent')) {
    if (cursor.is('end')) throw cursor.error('unexpected end');
    statements.push(parseStatement(cursor, depth));
  }
  cursor.advance();
  return statements;
}

function parseStatement(cursor: TokenCursor, depth: number): Statement {
  const { line, token } = cursor;
  if (token.kind === 'name') {
    switch (token.text) {
      case 'if':
        cursor.advance();
        return parseIf(cursor, line, depth);
      case 'for':
        return parseFor(cursor, depth);
      case 'while': {
        cursor.advance();
        const test = parseExpression(cursor);
        cursor.expect('symbol', ':');
        return { kind: 'while', line, test, body: parseBlock(cursor, depth + 1) };
      }
      case 'return': {
        cursor.advance();
        const value = cursor.is('newline') ? undefined : parseExpressions(cursor);
        cursor.expect('newline');
        return { kind: 'return', line, value };
      }
      case 'pass':
      case 'break':
      case 'continue':
        cursor.advance();
        cursor.expect('newline');
        return { kind: token.text, line };
      case 'with':
      case 'def':
      case 'class':
      case 'try':
      case 'raise':
      case 'del':
      case 'assert':
      case 'import':
      case 'lambda':
        throw cursor.error('expected a statement of TorchScript');
    }
  }
  return parseAssignment(cursor, line);
}

function parseIf(cursor: TokenCursor, line: number, depth: number): Statement {
  const test = parseExpression(cursor);
  cursor.expect('symbol', ':');
  const then = parseBlock(cursor, depth + 1);
  let otherwise: Statement[] = [];
  if (cursor.isWord('else')) {
    cursor.advance();
    cursor.expect('symbol', ':');
    otherwise = parseBlock(cursor, depth + 1);
  } else if (cursor.isWord('elif')) {
    if (depth > MAX_BLOCK_DEPTH) throw cursor.error('blocks are nested too deep');
    const next = cursor.line;
    cursor.advance();
    otherwise = [parseIf(cursor, next, depth + 1)];
  }
  return { kind: 'if', line, test, then, otherwise };
}

function parseFor(cursor: TokenCursor, depth: number): Statement {
  const { line } = cursor.advance();
  const variable = cursor.expect('name').text;
  cursor.expect('name', 'in');
  const over = parseExpression(cursor);
  cursor.expect('symbol', ':');
  return { kind: 'for', line, variable, over, body: parseBlock(cursor, depth + 1) };
}

const COMPOUND: readonly string[] = ['+=', '-=', '*=', '/='];

function parseAssignment(cursor: TokenCursor, line: number): Statement {
  const left = parseExpressions(cursor);
  if (cursor.takes(':')) parseType(cursor);
  if (COMPOUND.includes(cursor.token.text)) {
    const operator = cursor.advance().text.slice(0, -1);
    const value: Expression = { kind: 'binary', line, operator, left, right: parseExpressions(cursor) };
    cursor.expect('newline');
    return { kind: 'assign', line, targets: [left], unpacks: false, value };
  }
  if (!cursor.takes('=')) {
    cursor.expect('newline');
    return { kind: 'expression', line, value: left };
  }
  const value = parseExpressions(cursor);
  cursor.expect('newline');
  const unpacks = left.kind === 'tuple';
  return { kind: 'assign', line, targets: unpacks ? left.items : [left], unpacks, value };
}
