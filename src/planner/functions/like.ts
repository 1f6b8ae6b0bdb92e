import { MillraceError } from '../../common/error.js';
import { BOOLEAN } from '../../spec/data-type.js';
import { defineFunction, pure, type Overload, type ResolvedCall } from './define-function.js';
import type { Evaluator, ScalarFunction } from './function.js';
import { text } from './parameters.js';

type Matcher = (value: string) => boolean;
type Compile = (pattern: string, escape: string | undefined) => Matcher;

/** A pattern that is a literal is compiled once; another one whenever it changes. */
function patternEvaluator(compile: Compile): (call: ResolvedCall) => Evaluator {
  return ({ args }) => {
    const pattern = args[1]!.literal;
    const escape = args[2] && (args[2].literal ?? undefined);
    if (typeof pattern === 'string' && (args[2] === undefined || typeof escape === 'string')) {
      const matches = compile(pattern, escape as string | undefined);
      return pure((value: string) => matches(value));
    }
    return { kind: 'invoke', create: () => changing(compile) };
  };
}

function changing(compile: Compile): (value: string, pattern: string, escape?: string) => boolean {
  let lastPattern: string | undefined;
  let lastEscape: string | undefined;
  let matches: Matcher = () => false;
  return (value, pattern, escape) => {
    if (pattern !== lastPattern || escape !== lastEscape) {
      matches = compile(pattern, escape);
      lastPattern = pattern;
      lastEscape = escape;
    }
    return matches(value);
  };
}

/** `%` is any text, `_` any character; a pattern without them in the middle becomes a plain search. */
function compileLike(pattern: string, escape: string | undefined): Matcher {
  const plain = escape === undefined ? /^(%*)([^%_]*)(%*)$/.exec(pattern) : null;
  if (plain !== null) {
    const [, before, word, after] = plain as unknown as [string, string, string, string];
    if (before === '' && after === '') return value => value === word;
    if (before === '') return value => value.startsWith(word);
    return after === '' && word !== '' ? value => value.endsWith(word) : value => value.includes(word);
  }
  const regex = new RegExp(`^${likeSource(pattern, escape, { '%': '.*', _: '.' })}$`, 'su');
  return value => regex.test(value);
}

/** The source of a regular expression in which only the wildcards mean something. */
function likeSource(pattern: string, escape: string | undefined, wildcards: Readonly<Record<string, string>>): string {
  let source = '';
  const characters = Array.from(pattern);
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    if (character === escape) source += quote(escaped(pattern, characters[++i], escape));
    else source += wildcards[character] ?? quote(character);
  }
  return source;
}

/** What follows an escape character must be a character that means something. */
function escaped(pattern: string, next: string | undefined, escape: string): string {
  if (next !== undefined && (next === '%' || next === '_' || next === escape || SIMILAR_SPECIAL.includes(next))) return next;
  throw new MillraceError({
    code: 'INVALID_VALUE',
    message: `the pattern "${pattern}" has an escape character "${escape}" before nothing to escape`,
  });
}

function quote(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

// The pattern's own classes forbid the u flag, so a character is one unit or a surrogate pair.
const ANY_CHARACTER = '(?:[\\ud800-\\udbff][\\udc00-\\udfff]|.)';

const SIMILAR_SPECIAL = '[]()|^-+*_%?{}';

/** SQL's regular expressions: as `LIKE`, with `| * + ? { } ( ) [ ]`; the whole value must match. */
function compileSimilar(pattern: string, escape: string | undefined): Matcher {
  let source = '';
  let inClass = false;
  const characters = Array.from(pattern);
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    if (character === escape) {
      const next = escaped(pattern, characters[++i], escape);
      source += inClass ? `\\${next}` : quote(next);
    } else if (character === '[' || character === ']') {
      inClass = character === '[';
      source += character;
    } else if (inClass) source += character === '\\' ? '\\\\' : character;
    else if (character === '%') source += '.*';
    else if (character === '_') source += ANY_CHARACTER;
    else source += '|*+?{}()'.includes(character) ? character : quote(character);
  }
  const regex = similarRegex(pattern, source);
  return value => regex.test(value);
}

function similarRegex(pattern: string, source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`, 's');
  } catch (cause) {
    throw new MillraceError({ code: 'INVALID_VALUE', message: `"${pattern}" is not a pattern of SIMILAR TO`, cause });
  }
}

function patternOverload(compile: Compile): Overload {
  return { parameters: [text, text, text], optional: 1, returns: BOOLEAN, evaluator: patternEvaluator(compile) };
}

export const likeFunctions: readonly ScalarFunction[] = [
  defineFunction({
    name: 'LIKE',
    family: 'comparison',
    signature: 'string LIKE pattern [ESCAPE character]',
    doc: 'Whether the whole text matches a pattern in which % is any text and _ any character.',
    examples: [
      { sql: "'abcxxxdef' LIKE 'abc%def'", result: 'TRUE' },
      { sql: "'abc' LIKE 'a_'", result: 'FALSE' },
      { sql: "'100%' LIKE '100#%' ESCAPE '#'", result: 'TRUE' },
    ],
    overloads: [patternOverload(compileLike)],
  }),
  defineFunction({
    name: 'SIMILAR TO',
    family: 'comparison',
    signature: 'string SIMILAR TO pattern [ESCAPE character]',
    doc: 'Whether the whole text matches a regular expression of the SQL standard.',
    examples: [
      { sql: "'abab' SIMILAR TO '(ab)+'", result: 'TRUE' },
      { sql: "'abc' SIMILAR TO 'a(b|x)_'", result: 'TRUE' },
      { sql: "'abc' SIMILAR TO 'b%'", result: 'FALSE' },
    ],
    overloads: [patternOverload(compileSimilar)],
  }),
];
