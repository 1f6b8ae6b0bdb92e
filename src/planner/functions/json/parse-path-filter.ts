import { javaRegex } from '../java-regex.js';
import { PATH_OPERATORS, type FilterPath, type JsonPath, type PathCondition, type PathOperand, type PathOperator } from './json-path.js';
import { parseJson } from './parse-json.js';
import type { PathCursor } from './path-cursor.js';

/*
  condition  := conjunct {'||' conjunct}
  conjunct   := test {'&&' test}
  test       := '!' test | '(' condition ')' | operand [operator operand]
  operand    := ('@' | '$') {step} | quoted | number | TRUE | FALSE | NULL | '/' regex '/' flags | '[' json ']' | '{' json '}'
*/
export function parsePathFilter(cursor: PathCursor, parseSteps: StepsParser): PathCondition {
  let left = parseConjunct(cursor, parseSteps);
  while (cursor.accept('||')) left = { kind: 'or', left, right: parseConjunct(cursor, parseSteps) };
  return left;
}

/** Reads the steps of a path that stands in a filter, up to where `isDone` says so. */
export type StepsParser = (cursor: PathCursor, isDone: () => boolean) => JsonPath;

function parseConjunct(cursor: PathCursor, parseSteps: StepsParser): PathCondition {
  let left = parseTest(cursor, parseSteps);
  while (cursor.accept('&&')) left = { kind: 'and', left, right: parseTest(cursor, parseSteps) };
  return left;
}

function parseTest(cursor: PathCursor, parseSteps: StepsParser): PathCondition {
  cursor.skipSpace();
  const test = parseBareTest(cursor, parseSteps);
  cursor.skipSpace();
  return test;
}

function parseBareTest(cursor: PathCursor, parseSteps: StepsParser): PathCondition {
  if (cursor.accept('!')) return { kind: 'not', condition: parseTest(cursor, parseSteps) };
  if (cursor.accept('(')) {
    const inner = parsePathFilter(cursor, parseSteps);
    cursor.expect(')');
    return inner;
  }
  const left = parseOperand(cursor, parseSteps);
  cursor.skipSpace();
  const operator = parseOperator(cursor);
  if (operator !== undefined) {
    cursor.skipSpace();
    return { kind: 'compare', operator, left, right: parseOperand(cursor, parseSteps) };
  }
  if (left.kind !== 'path') throw cursor.fail('a filter compares values, or tests whether a path exists');
  return { kind: 'exists', path: left };
}

function parseOperator(cursor: PathCursor): PathOperator | undefined {
  const word = /^[a-z]+/i.exec(cursor.text.slice(cursor.at))?.[0].toLowerCase();
  const operator = PATH_OPERATORS.find(each => (/^[a-z]/.test(each) ? each === word : cursor.text.startsWith(each, cursor.at)));
  if (operator !== undefined) cursor.at += operator.length;
  return operator;
}

function parseOperand(cursor: PathCursor, parseSteps: StepsParser): PathOperand {
  const first = cursor.peek();
  if (first === '@' || first === '$') return parseFilterPath(cursor, first, parseSteps);
  if (first === "'" || first === '"') return { kind: 'value', value: cursor.quoted() };
  if (first === '/') return parseRegex(cursor);
  if (first === '[' || first === '{') return parseJsonOperand(cursor);
  const literal = cursor.match(/[-+\w.]+/y);
  const value = literal === undefined ? undefined : parseJson(literal);
  if (value === undefined || typeof value === 'string') throw cursor.fail(`"${literal ?? first}" is not a value`);
  return { kind: 'value', value };
}

function parseFilterPath(cursor: PathCursor, from: '@' | '$', parseSteps: StepsParser): FilterPath {
  cursor.at++;
  return { kind: 'path', from, path: parseSteps(cursor, () => !['.', '['].includes(cursor.peek())) };
}

function parseRegex(cursor: PathCursor): PathOperand {
  const [, pattern = '', flags = ''] = /^\/((?:[^/\\]|\\.)*)\/([a-zA-Z]*)/.exec(cursor.text.slice(cursor.at)) ?? [];
  const known = flags.replace(/[^ims]/g, '');
  const regex = javaRegex(`^(?:${pattern})$`, known);
  if (pattern === '' || regex === undefined)
    throw cursor.fail(`"${cursor.text.slice(cursor.at)}" does not start with a regular expression`);
  cursor.at += pattern.length + flags.length + 2;
  return { kind: 'regex', regex };
}

/** An array or object up to its closing bracket; what stands in it is JSON, where texts may have single quotes. */
function parseJsonOperand(cursor: PathCursor): PathOperand {
  let depth = 0;
  let json = '';
  do {
    const next = cursor.peek();
    if (next === '') throw cursor.fail('a bracket is not closed');
    if (next === "'" || next === '"') {
      json += JSON.stringify(cursor.quoted());
      continue;
    }
    if (next === '[' || next === '{') depth++;
    if (next === ']' || next === '}') depth--;
    json += next;
    cursor.at++;
  } while (depth > 0);
  const value = parseJson(json);
  if (value === undefined) throw cursor.fail(`"${json}" is not JSON`);
  return { kind: 'value', value };
}
