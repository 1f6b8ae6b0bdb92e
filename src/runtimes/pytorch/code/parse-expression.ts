import type { Expression, Literal, NamedArgument } from './syntax-tree.js';
import type { TokenCursor } from './token-cursor.js';

/** Each level takes a handful of stack frames. */
const MAX_DEPTH = 400;

/** By binding strength, the weakest first; `not` stands between `and` and the comparisons. */
const BINARY: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['is', 'in', '==', '!=', '<', '<=', '>', '>='],
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '//', '%', '@'],
];

/** Reads an expression: `a if b else c` and everything that binds stronger. A comma ends it. */
export function parseExpression(cursor: TokenCursor, depth = 0): Expression {
  if (depth > MAX_DEPTH) throw cursor.error('expressions are nested too deep');
  const { line } = cursor;
  const then = parseBinary(cursor, 0, depth + 1);
  if (!cursor.isWord('if')) return then;
  cursor.advance();
  const test = parseBinary(cursor, 0, depth + 1);
  cursor.expect('name', 'else');
  return { kind: 'condition', line, test, then, otherwise: parseExpression(cursor, depth + 1) };
}

/** Reads expressions divided by commas, as one tuple if there is a comma. */
export function parseExpressions(cursor: TokenCursor): Expression {
  const { line } = cursor;
  const first = parseExpression(cursor);
  if (!cursor.isSymbol(',')) return first;
  const items = [first];
  while (cursor.takes(',')) {
    if (cursor.is('newline') || cursor.isSymbol('=')) break;
    items.push(parseExpression(cursor));
  }
  return { kind: 'tuple', line, items };
}

function parseBinary(cursor: TokenCursor, level: number, depth: number): Expression {
  const operators = BINARY[level];
  if (operators === undefined) return parseUnary(cursor, depth);
  const { line } = cursor;
  let left = parseBinary(cursor, level + 1, depth);
  for (;;) {
    const operator = cursor.is('symbol') || cursor.is('name') ? cursor.token.text : '';
    if (cursor.is('string') || !operators.includes(operator)) return left;
    cursor.advance();
    const isNot = operator === 'is' && cursor.isWord('not');
    if (isNot) cursor.advance();
    const right = parseBinary(cursor, level + 1, depth + 1);
    left = { kind: 'binary', line, operator: isNot ? 'is not' : operator, left, right };
  }
}

function parseUnary(cursor: TokenCursor, depth: number): Expression {
  if (depth > MAX_DEPTH) throw cursor.error('expressions are nested too deep');
  const { line } = cursor;
  const operator = cursor.token.text;
  if (cursor.isSymbol('-') || cursor.isSymbol('+') || cursor.isSymbol('~') || cursor.isWord('not')) {
    cursor.advance();
    const operand = parseUnary(cursor, depth + 1);
    if (operator === '-' && operand.kind === 'literal' && (operand.value.kind === 'int' || operand.value.kind === 'float')) {
      return { kind: 'literal', line, value: { kind: operand.value.kind, value: -operand.value.value } };
    }
    return { kind: 'unary', line, operator, operand };
  }
  const base = parsePostfix(cursor, depth);
  if (!cursor.takes('**')) return base;
  return { kind: 'binary', line, operator: '**', left: base, right: parseUnary(cursor, depth + 1) };
}

function parsePostfix(cursor: TokenCursor, depth: number): Expression {
  let base = parseAtom(cursor, depth);
  for (;;) {
    const { line } = cursor;
    if (cursor.takes('.')) {
      base = { kind: 'attribute', line, of: base, name: cursor.expect('name').text };
    } else if (cursor.takes('[')) {
      const items = parseItems(cursor, ']', depth);
      base = { kind: 'subscript', line, of: base, index: items.length === 1 ? items[0]! : { kind: 'tuple', line, items } };
    } else if (cursor.takes('(')) {
      base = { kind: 'call', line, callee: base, ...parseArguments(cursor, depth) };
    } else {
      return base;
    }
  }
}

function parseArguments(cursor: TokenCursor, depth: number): { positional: Expression[]; named: NamedArgument[] } {
  const positional: Expression[] = [];
  const named: NamedArgument[] = [];
  while (!cursor.takes(')')) {
    const value = parseExpression(cursor, depth + 1);
    if (value.kind === 'name' && cursor.takes('=')) named.push({ name: value.name, value: parseExpression(cursor, depth + 1) });
    else positional.push(value);
    if (!cursor.takes(',') && !cursor.isSymbol(')')) throw cursor.error('expected , or )');
  }
  return { positional, named };
}

function parseItems(cursor: TokenCursor, end: string, depth: number): Expression[] {
  const items: Expression[] = [];
  while (!cursor.takes(end)) {
    items.push(parseExpression(cursor, depth + 1));
    if (!cursor.takes(',') && !cursor.isSymbol(end)) throw cursor.error(`expected , or ${end}`);
  }
  return items;
}

function parseAtom(cursor: TokenCursor, depth: number): Expression {
  const { line } = cursor;
  const token = cursor.advance();
  switch (token.kind) {
    case 'string':
      return { kind: 'literal', line, value: { kind: 'string', value: token.text } };
    case 'number':
      return { kind: 'literal', line, value: numberOf(token.text) };
    case 'name': {
      const value = WORDS.get(token.text);
      return value === undefined ? { kind: 'name', line, name: token.text } : { kind: 'literal', line, value };
    }
    case 'symbol':
      if (token.text === '[') return { kind: 'list', line, items: parseItems(cursor, ']', depth) };
      if (token.text === '{') return parseDict(cursor, line, depth);
      if (token.text === '(') return parseGroup(cursor, line, depth);
  }
  throw cursor.error('expected an expression');
}

const WORDS: ReadonlyMap<string, Literal> = new Map([
  ['None', { kind: 'none' }],
  ['True', { kind: 'bool', value: true }],
  ['False', { kind: 'bool', value: false }],
  ['inf', { kind: 'float', value: Infinity }],
  ['nan', { kind: 'float', value: NaN }],
]);

function numberOf(text: string): Literal {
  const isInt = /^(?:\d+|0[xX][0-9a-fA-F]+)$/.test(text);
  return { kind: isInt ? 'int' : 'float', value: Number(text) };
}

/** `(a)` is `a`; `(a, b)`, `(a,)` and `()` are tuples. */
function parseGroup(cursor: TokenCursor, line: number, depth: number): Expression {
  const items: Expression[] = [];
  let isTuple = cursor.isSymbol(')');
  while (!cursor.takes(')')) {
    items.push(parseExpression(cursor, depth + 1));
    if (cursor.takes(',')) isTuple = true;
    else if (!cursor.isSymbol(')')) throw cursor.error('expected , or )');
  }
  return isTuple ? { kind: 'tuple', line, items } : items[0]!;
}

function parseDict(cursor: TokenCursor, line: number, depth: number): Expression {
  const entries: (readonly [Expression, Expression])[] = [];
  while (!cursor.takes('}')) {
    const key = parseExpression(cursor, depth + 1);
    cursor.expect('symbol', ':');
    entries.push([key, parseExpression(cursor, depth + 1)]);
    if (!cursor.takes(',') && !cursor.isSymbol('}')) throw cursor.error('expected , or }');
  }
  return { kind: 'dict', line, entries };
}
