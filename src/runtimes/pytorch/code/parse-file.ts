import { tokenize } from './lexer.js';
import { parseExpression } from './parse-expression.js';
import { parseBlock } from './parse-statements.js';
import { parseType } from './parse-type.js';
import type { ClassDefinition, Expression, FunctionDefinition, Parameter, Statement } from './syntax-tree.js';
import { TokenCursor } from './token-cursor.js';

/** The definitions of one file of an archive's code, by name. */
export interface ParsedFile {
  readonly classes: ReadonlyMap<string, ClassDefinition>;
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
}

/**
 * Reads the definitions of a file; the bodies of functions are read when first asked for.
 *
 * @throws `MODEL_LOAD` for text that is not in TorchScript's subset of Python, with file and line.
 */
export function parseFile(text: string, file: string): ParsedFile {
  const cursor = new TokenCursor(tokenize(text, file), file);
  const classes = new Map<string, ClassDefinition>();
  const functions = new Map<string, FunctionDefinition>();
  while (!cursor.is('end')) {
    if (cursor.isWord('class')) {
      const definition = parseClass(cursor);
      classes.set(definition.name, definition);
    } else if (cursor.isWord('def')) {
      const definition = parseFunction(cursor);
      functions.set(definition.name, definition);
    } else {
      skipLine(cursor);
    }
  }
  return { classes, functions };
}

/** Files of the first format have imports and `op_version_set = 1` outside of definitions. */
function skipLine(cursor: TokenCursor): void {
  while (!cursor.is('newline')) {
    if (cursor.is('indent') || cursor.is('dedent') || cursor.is('end')) throw cursor.error('expected a definition');
    cursor.advance();
  }
  cursor.advance();
}

function parseClass(cursor: TokenCursor): ClassDefinition {
  cursor.expect('name', 'class');
  const name = cursor.expect('name').text;
  let base = '';
  if (cursor.takes('(')) {
    while (!cursor.takes(')')) base += cursor.expect(cursor.is('name') ? 'name' : 'symbol').text;
  }
  cursor.expect('symbol', ':');
  cursor.expect('newline');
  cursor.expect('indent');
  const attributes: string[] = [];
  const constants = new Map<string, Expression>();
  const methods = new Map<string, FunctionDefinition>();
  while (!cursor.is('dedent')) {
    if (cursor.isWord('def')) {
      const method = parseFunction(cursor);
      methods.set(method.name, method);
    } else {
      parseAttribute(cursor, attributes, constants);
    }
  }
  cursor.advance();
  return { name, base, file: cursor.file, attributes, constants, methods };
}

/** `weight : Tensor`, `mode : Final[str] = "GRU"`, `__annotations__["0"] = …`, `__parameters__ = […]` or `pass`. */
function parseAttribute(cursor: TokenCursor, attributes: string[], constants: Map<string, Expression>): void {
  const name = cursor.expect('name').text;
  if (cursor.takes('[')) {
    const key = cursor.expect('string').text;
    cursor.expect('symbol', ']');
    attributes.push(key);
    skipLine(cursor);
    return;
  }
  if (cursor.takes(':')) {
    parseType(cursor);
    attributes.push(name);
    if (cursor.takes('=')) constants.set(name, parseExpression(cursor));
    cursor.expect('newline');
    return;
  }
  skipLine(cursor);
}

function parseFunction(cursor: TokenCursor): FunctionDefinition {
  const { line } = cursor.expect('name', 'def');
  const name = cursor.expect('name').text;
  cursor.expect('symbol', '(');
  const parameters: Parameter[] = [];
  while (!cursor.takes(')')) {
    const parameter = cursor.expect('name').text;
    const type = cursor.takes(':') ? parseType(cursor) : '';
    parameters.push({ name: parameter, type, byDefault: cursor.takes('=') ? parseExpression(cursor) : undefined });
    if (!cursor.takes(',') && !cursor.isSymbol(')')) throw cursor.error('expected , or )');
  }
  if (cursor.takes('->')) parseType(cursor);
  cursor.expect('symbol', ':');
  const start = cursor.fork();
  cursor.skipBlock();
  let body: readonly Statement[] | undefined;
  return {
    name,
    file: cursor.file,
    line,
    parameters,
    body: () => (body ??= parseBlock(start)),
  };
}
