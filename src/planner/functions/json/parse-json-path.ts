import { MillraceError } from '../../../common/error.js';
import { PATH_FUNCTIONS, type JsonPath, type PathFunctionName, type PathStep } from './json-path.js';
import { PathCursor } from './path-cursor.js';
import { parsePathFilter } from './parse-path-filter.js';

/*
  path    := ['$'] {step}
  step    := '.' name ['(' ')'] | '.' '*' | '..' (name | '*' | bracket) | ['.'] bracket
  bracket := '[' ('*' | quoted {',' quoted} | integer {',' integer} | [integer] ':' [integer] | '?' '(' condition ')') ']'
*/

/**
 * Reads a path. One that starts with neither `$` nor `@` starts at the root: `a.b` is `$.a.b`.
 *
 * @throws {MillraceError} `INVALID_ARGUMENT`, without a span.
 */
export function parseJsonPath(text: string): JsonPath {
  const trimmed = text.trim();
  const cursor = new PathCursor(/^[$@]/.test(trimmed) ? trimmed : `$.${trimmed}`, text);
  cursor.at = 1;
  const path = parseSteps(cursor, () => cursor.isEnd());
  if (path.steps.at(-1)?.kind === 'descend') throw cursor.fail('it must not end with ..');
  return path;
}

/** The steps up to a place where `isDone` says so, or where no step can follow. */
function parseSteps(cursor: PathCursor, isDone: () => boolean): JsonPath {
  const start = cursor.at - 1;
  const steps: PathStep[] = [];
  while (!isDone()) {
    if (cursor.accept('..')) {
      steps.push({ kind: 'descend' }, parseAfterDot(cursor));
    } else if (cursor.accept('.')) {
      steps.push(parseAfterDot(cursor));
    } else if (cursor.peek() === '[') {
      steps.push(parseBracket(cursor));
    } else {
      throw cursor.fail(`"${cursor.peek()}" does not start a step`);
    }
  }
  const misplaced = steps.findIndex((step, i) => step.kind === 'function' && i < steps.length - 1);
  if (misplaced >= 0) throw cursor.fail('a function must be its last step');
  return { text: cursor.text.slice(start, cursor.at), steps, definite: isDefinite(steps) };
}

function isDefinite(steps: readonly PathStep[]): boolean {
  // A function makes one value of whatever stands before it.
  if (steps.at(-1)?.kind === 'function') return true;
  return steps.every(
    (step, i) =>
      (step.kind === 'members' && (step.names.length === 1 || i === steps.length - 1)) ||
      (step.kind === 'elements' && step.indices.length === 1),
  );
}

function parseAfterDot(cursor: PathCursor): PathStep {
  if (cursor.peek() === '[') return parseBracket(cursor);
  if (cursor.accept('*')) return { kind: 'wildcard' };
  const name = cursor.name();
  if (name === '') throw cursor.fail(cursor.isEnd() ? 'it must not end with a point' : 'a name is missing after a point');
  if (!cursor.accept('(')) return { kind: 'members', names: [name] };
  cursor.skipSpace();
  if (!cursor.accept(')')) throw cursor.fail(`${name}() takes no arguments`);
  if (!isPathFunction(name)) throw cursor.fail(`there is no function ${name}(); there are ${PATH_FUNCTIONS.join(', ')}`);
  return { kind: 'function', name };
}

function isPathFunction(name: string): name is PathFunctionName {
  return (PATH_FUNCTIONS as readonly string[]).includes(name);
}

function parseBracket(cursor: PathCursor): PathStep {
  cursor.expect('[');
  cursor.skipSpace();
  const step = parseBracketed(cursor);
  cursor.skipSpace();
  cursor.expect(']');
  return step;
}

function parseBracketed(cursor: PathCursor): PathStep {
  const next = cursor.peek();
  if (cursor.accept('*')) return { kind: 'wildcard' };
  if (next === "'" || next === '"') return { kind: 'members', names: parseList(cursor, () => cursor.quoted()) };
  if (cursor.accept('?')) {
    cursor.skipSpace();
    cursor.expect('(');
    const condition = parsePathFilter(cursor, parseSteps);
    cursor.expect(')');
    return { kind: 'filter', condition };
  }
  return parseIndices(cursor);
}

function parseIndices(cursor: PathCursor): PathStep {
  const first = cursor.integer();
  cursor.skipSpace();
  if (cursor.accept(':')) {
    cursor.skipSpace();
    const to = cursor.integer();
    if (first === undefined && to === undefined) throw cursor.fail('a slice needs a start or an end');
    return { kind: 'slice', from: first, to };
  }
  if (first === undefined) throw cursor.fail('names in brackets stand in quotes');
  const indices = [first];
  while (cursor.accept(',')) {
    cursor.skipSpace();
    const index = cursor.integer();
    if (index === undefined) throw cursor.fail('an index is missing after a comma');
    indices.push(index);
    cursor.skipSpace();
  }
  return { kind: 'elements', indices };
}

function parseList<T>(cursor: PathCursor, parse: () => T): T[] {
  const items = [parse()];
  cursor.skipSpace();
  while (cursor.accept(',')) {
    cursor.skipSpace();
    items.push(parse());
    cursor.skipSpace();
  }
  return items;
}

/** `lax $.a` or `strict $.a`; strict without a word, as in Flink. */
export interface ModePath {
  readonly mode: 'lax' | 'strict';
  readonly path: JsonPath;
}

/**
 * Reads a path with its mode.
 *
 * @throws {MillraceError} `INVALID_ARGUMENT`, without a span.
 */
export function parseModePath(text: string): ModePath {
  const [, mode = 'strict', rest = text] = /^\s*(strict|lax)\s+(.+)$/is.exec(text) ?? [];
  if (rest.trim() === '') throw new MillraceError({ code: 'INVALID_ARGUMENT', message: 'a JSON path must not be empty' });
  return { mode: mode.toLowerCase() as 'lax' | 'strict', path: parseJsonPath(rest) };
}
