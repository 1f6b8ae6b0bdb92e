import { MillraceError } from '../../common/error.js';
import { arrayOf, BOOLEAN, INT, STRING, withNullable, type DataType } from '../../spec/data-type.js';
import type { Value } from '../../spec/batch.js';
import { codePointLength } from './code-points.js';
import { defineFunction, type Overload, type ResolvedCall } from './define-function.js';
import type { Evaluator, ScalarFunction } from './function.js';
import { javaRegex } from './java-regex.js';
import { integer, text, type Parameter } from './parameters.js';

/** What a function does with its compiled pattern; the other arguments follow the text. */
type Use = (regex: RegExp, value: string, ...rest: never[]) => Value;

interface RegexFunction {
  readonly flags?: string;
  /** What an invalid pattern gives, as in Flink. */
  readonly invalid: Value;
  readonly use: Use;
}

/** The pattern is the second argument; a literal is compiled once, another one whenever it changes. */
function regexEvaluator({ flags = '', invalid, use }: RegexFunction): (call: ResolvedCall) => Evaluator {
  return ({ args }) => {
    const { literal } = args[1]!;
    if (typeof literal === 'string' && javaRegex(literal, flags) === undefined) {
      throw new MillraceError({
        code: 'INVALID_ARGUMENT',
        message: `"${literal}" is not a regular expression, or uses what JavaScript's do not have`,
      });
    }
    return {
      kind: 'invoke',
      create() {
        let lastPattern: string | undefined;
        let regex: RegExp | undefined;
        return (value: string, pattern: string, ...rest: never[]) => {
          if (pattern !== lastPattern) {
            regex = javaRegex(pattern, flags);
            lastPattern = pattern;
          }
          return regex === undefined
            ? invalid
            : (use as (regex: RegExp, value: string, ...rest: unknown[]) => Value)(regex, value, ...rest);
        };
      },
    };
  };
}

interface Shape {
  readonly parameters: readonly Parameter[];
  readonly optional?: number;
  readonly returns: DataType;
}

function regexOverload({ parameters, optional = 0, returns }: Shape, definition: RegexFunction): Overload {
  return { parameters, optional, returns, returnsNull: definition.invalid === null, evaluator: regexEvaluator(definition) };
}

/** A group of a match; NULL where the pattern has no such group or it took no part in the match. */
function group(match: RegExpMatchArray | null, index: number | bigint): string | null {
  return match?.[Number(index)] ?? null;
}

/** Functions with regular expressions in Java's syntax. */
export const regexFunctions: readonly ScalarFunction[] = [
  defineFunction({
    name: 'REGEXP',
    family: 'string',
    signature: 'REGEXP(string, regex)',
    doc: 'Whether some part of a text matches a regular expression.',
    examples: [
      { sql: String.raw`REGEXP('100-200', '(\d+)')`, result: 'TRUE' },
      { sql: String.raw`REGEXP('abc-def', '(\d+)')`, result: 'FALSE' },
    ],
    overloads: [
      regexOverload(
        { parameters: [text, text], returns: BOOLEAN },
        { invalid: false, use: (regex, value) => regex.source !== '(?:)' && regex.test(value) },
      ),
    ],
  }),
  defineFunction({
    name: 'REGEXP_REPLACE',
    family: 'string',
    signature: 'REGEXP_REPLACE(string, regex, replacement)',
    doc: 'The text with every match replaced; the replacement is taken as it is.',
    examples: [
      { sql: "REGEXP_REPLACE('foobar', 'oo|ar', 'abc')", result: 'fabcbabc' },
      { sql: "REGEXP_REPLACE('fooobar', 'oo', '$')", result: 'f$obar' },
    ],
    overloads: [
      regexOverload(
        { parameters: [text, text, text], returns: STRING },
        { flags: 'g', invalid: null, use: (regex, value, replacement: string) => value.replace(regex, () => replacement) },
      ),
    ],
  }),
  defineFunction({
    name: 'REGEXP_EXTRACT',
    family: 'string',
    signature: 'REGEXP_EXTRACT(string, regex [, group])',
    doc: 'The first match, or a group of it; NULL where nothing matches.',
    examples: [
      { sql: "REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2)", result: 'bar' },
      { sql: "REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)')", result: 'foothebar' },
      { sql: String.raw`REGEXP_EXTRACT('foothebar', 'foo(\d+)', 1)`, result: 'NULL' },
    ],
    overloads: [
      regexOverload(
        { parameters: [text, text, integer], optional: 1, returns: STRING },
        { invalid: null, use: (regex, value, index: number | bigint = 0) => group(regex.exec(value), index) },
      ),
    ],
  }),
  defineFunction({
    name: 'REGEXP_EXTRACT_ALL',
    family: 'string',
    signature: 'REGEXP_EXTRACT_ALL(string, regex [, group])',
    doc: 'A group, by default the first one, of every match.',
    examples: [{ sql: String.raw`REGEXP_EXTRACT_ALL('a1-b2', '([a-z])\d')`, result: '[a, b]' }],
    overloads: [
      regexOverload(
        { parameters: [text, text, integer], optional: 1, returns: arrayOf(STRING) },
        {
          flags: 'g',
          invalid: null,
          use: (regex, value, index: number | bigint = 1) => Array.from(value.matchAll(regex), match => group(match, index)),
        },
      ),
    ],
  }),
  defineFunction({
    name: 'REGEXP_SUBSTR',
    family: 'string',
    signature: 'REGEXP_SUBSTR(string, regex)',
    doc: 'The first match; NULL where nothing matches.',
    examples: [{ sql: String.raw`REGEXP_SUBSTR('order 42', '\d+')`, result: '42' }],
    overloads: [
      regexOverload({ parameters: [text, text], returns: STRING }, { invalid: null, use: (regex, value) => group(regex.exec(value), 0) }),
    ],
  }),
  defineFunction({
    name: 'REGEXP_COUNT',
    family: 'string',
    signature: 'REGEXP_COUNT(string, regex)',
    doc: 'How many times a regular expression matches.',
    examples: [{ sql: "REGEXP_COUNT('abcabc', 'b')", result: '2' }],
    overloads: [
      regexOverload(
        { parameters: [text, text], returns: withNullable(INT, true) },
        { flags: 'g', invalid: null, use: (regex, value) => value.match(regex)?.length ?? 0 },
      ),
    ],
  }),
  defineFunction({
    name: 'REGEXP_INSTR',
    family: 'string',
    signature: 'REGEXP_INSTR(string, regex)',
    doc: 'Where a regular expression first matches, from 1; 0 for nowhere.',
    examples: [{ sql: String.raw`REGEXP_INSTR('order 42', '\d')`, result: '7' }],
    overloads: [
      regexOverload({ parameters: [text, text], returns: INT }, { invalid: null, use: (regex, value) => matchPosition(regex, value) }),
    ],
  }),
];

function matchPosition(regex: RegExp, value: string): number {
  const match = regex.exec(value);
  return match === null ? 0 : codePointLength(value.slice(0, match.index)) + 1;
}
