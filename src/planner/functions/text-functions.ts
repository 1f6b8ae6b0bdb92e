import { INT, STRING } from '../../spec/data-type.js';
import { codePointLength, indexOfCodePoints, reverseCodePoints, sliceCodePoints } from './code-points.js';
import { defineFunction, inline, inlineCall, pure, type Overload } from './define-function.js';
import type { ScalarFunction } from './function.js';
import { integer, text } from './parameters.js';
import { firstType, joinedType, varyingFirst } from './text-types.js';
import { trimFunctions } from './trim.js';

type Count = number | bigint;

/** Position 1 is the first character, -1 the last, 0 counts as 1; NULL for a negative length. */
function substring(value: string, position: Count, length: Count = Infinity): string | null {
  const from = Number(position);
  const count = Number(length);
  if (count < 0) return null;
  const start = from > 0 ? from - 1 : from < 0 ? codePointLength(value) + from : 0;
  return start < 0 ? '' : sliceCodePoints(value, start, start + count);
}

const substringOverload: Overload = {
  parameters: [text, integer, integer],
  optional: 1,
  returns: varyingFirst,
  returnsNull: ({ args }) => args[2] !== undefined && !(typeof args[2].literal === 'number' && args[2].literal >= 0),
  evaluator: inlineCall('substring', substring),
};

/** Upper-case letter at the start of each word of `A-Za-z0-9`, lower case in it; other letters stay. */
function capitalize(value: string): string {
  return value.replace(/[A-Za-z0-9]+/g, word => word[0]!.toUpperCase() + word.slice(1).toLowerCase());
}

function overlay(value: string, replacement: string, position: Count, length: Count = codePointLength(replacement)): string {
  const start = Number(position);
  const total = codePointLength(value);
  if (start <= 0 || start > total) return value;
  const end = start + Number(length);
  const rest = end <= total && length > 0 ? sliceCodePoints(value, end - 1, total) : '';
  return sliceCodePoints(value, 0, start - 1) + replacement + rest;
}

function padding(value: string, length: Count, pad: string): { readonly kept: string; readonly pad: string } | null {
  const wanted = Number(length);
  if (wanted < 0 || pad === '') return null;
  const missing = wanted - codePointLength(value);
  if (missing <= 0) return { kept: sliceCodePoints(value, 0, wanted), pad: '' };
  return { kept: value, pad: sliceCodePoints(pad.repeat(Math.ceil(missing / codePointLength(pad))), 0, missing) };
}

function padLeft(value: string, length: Count, pad: string): string | null {
  const parts = padding(value, length, pad);
  return parts && parts.pad + parts.kept;
}

function padRight(value: string, length: Count, pad: string): string | null {
  const parts = padding(value, length, pad);
  return parts && parts.kept + parts.pad;
}

function left(value: string, length: Count): string {
  return length <= 0 ? '' : sliceCodePoints(value, 0, Number(length));
}

function right(value: string, length: Count): string {
  if (length <= 0) return '';
  const total = codePointLength(value);
  return sliceCodePoints(value, Math.max(0, total - Number(length)), total);
}

function translate(value: string, from: string, to: string): string {
  const sources = Array.from(from);
  const targets = Array.from(to);
  const map = new Map<string, string>();
  for (const [i, source] of sources.entries()) if (!map.has(source)) map.set(source, targets[i] ?? '');
  return Array.from(value, character => map.get(character) ?? character).join('');
}

/** Where a text stands in another, from 1; 0 for nowhere. */
function position(part: string, value: string, from: Count = 1): number {
  return indexOfCodePoints(value, part, Math.max(0, Number(from) - 1)) + 1;
}

/** The position of the n-th occurrence, searched backwards where `from` is negative. */
function instr(value: string, part: string, from: Count = 1, nth: Count = 1): number {
  const start = Number(from);
  if (start === 0) return 0;
  if (start < 0) {
    const found = instr(reverseCodePoints(value), reverseCodePoints(part), -start, nth);
    return found === 0 ? 0 : codePointLength(value) + 2 - found - codePointLength(part);
  }
  let found = 0;
  for (let n = 0, next = start; n < Number(nth); n++, next = found + 1) {
    found = position(part, value, next);
    if (found === 0) return 0;
  }
  return found;
}

/** NULLs are left out; only a NULL separator makes NULL. */
function concatWs(separator: string | null, ...parts: (string | null)[]): string | null {
  return separator === null ? null : parts.filter(part => part !== null).join(separator);
}

const caseOverload = (code: (value: string) => string): Overload => ({ parameters: [text], returns: firstType, evaluator: inline(code) });

/** Functions that cut, join and search texts. Characters are code points, positions start at 1. */
export const textFunctions: readonly ScalarFunction[] = [
  defineFunction({
    name: '||',
    family: 'string',
    signature: 'a || b',
    doc: 'Two texts put together.',
    examples: [
      { sql: "'Mill' || 'race'", result: 'Millrace' },
      { sql: "'n=' || 1", result: 'n=1' },
    ],
    overloads: [{ parameters: [text, text], returns: joinedType, evaluator: inline((a, b) => `(${a} + ${b})`) }],
  }),
  defineFunction({
    name: 'CONCAT',
    family: 'string',
    signature: 'CONCAT(string, …)',
    doc: 'All texts put together; NULL where one of them is.',
    examples: [{ sql: "CONCAT('AA', 'BB', 'CC')", result: 'AABBCC' }],
    overloads: [
      {
        parameters: [text],
        repeat: 'last',
        returns: STRING,
        evaluator: { kind: 'inline', code: args => `(${['""', ...args].join(' + ')})` },
      },
    ],
  }),
  defineFunction({
    name: 'CONCAT_WS',
    family: 'string',
    signature: 'CONCAT_WS(separator, string, …)',
    doc: 'The texts that are not NULL with a separator between them.',
    examples: [{ sql: "CONCAT_WS('~', 'AA', CAST(NULL AS STRING), 'BB', '', 'CC')", result: 'AA~BB~~CC' }],
    overloads: [
      {
        parameters: [text, text],
        optional: 1,
        repeat: 'last',
        returns: STRING,
        nulls: 'custom',
        returnsNull: ({ args }) => args[0]!.type.nullable,
        evaluator: pure(concatWs),
      },
    ],
  }),
  defineFunction({
    name: 'CHAR_LENGTH',
    aliases: ['CHARACTER_LENGTH', 'LENGTH'],
    family: 'string',
    signature: 'CHAR_LENGTH(string)',
    doc: 'The number of characters.',
    examples: [{ sql: "CHAR_LENGTH('Fluß')", result: '4' }],
    overloads: [{ parameters: [text], returns: INT, evaluator: inlineCall('codePointLength', codePointLength) }],
  }),
  defineFunction({
    name: 'UPPER',
    family: 'string',
    signature: 'UPPER(string)',
    doc: 'The text in upper case.',
    examples: [{ sql: "UPPER('Mill')", result: 'MILL' }],
    overloads: [caseOverload(value => `${value}.toUpperCase()`)],
  }),
  defineFunction({
    name: 'LOWER',
    family: 'string',
    signature: 'LOWER(string)',
    doc: 'The text in lower case.',
    examples: [{ sql: "LOWER('Mill')", result: 'mill' }],
    overloads: [caseOverload(value => `${value}.toLowerCase()`)],
  }),
  defineFunction({
    name: 'INITCAP',
    family: 'string',
    signature: 'INITCAP(string)',
    doc: 'The text with a capital at the start of each word.',
    examples: [{ sql: "INITCAP('hello wORLD')", result: 'Hello World' }],
    overloads: [{ parameters: [text], returns: firstType, evaluator: pure(capitalize) }],
  }),
  defineFunction({
    name: 'SUBSTRING',
    aliases: ['SUBSTR'],
    family: 'string',
    signature: 'SUBSTRING(string FROM position [FOR length])',
    doc: 'Part of a text; a negative position counts from the end.',
    examples: [
      { sql: "SUBSTRING('millrace' FROM 5)", result: 'race' },
      { sql: "SUBSTRING('millrace', 1, 4)", result: 'mill' },
      { sql: "SUBSTR('millrace', -4, 2)", result: 'ra' },
      { sql: "SUBSTR('millrace', 2, -1)", result: 'NULL' },
    ],
    overloads: [substringOverload],
  }),
  defineFunction({
    name: 'LEFT',
    family: 'string',
    signature: 'LEFT(string, length)',
    doc: 'The first characters.',
    examples: [{ sql: "LEFT('Hello', 3)", result: 'Hel' }],
    overloads: [{ parameters: [text, integer], returns: varyingFirst, evaluator: pure(left) }],
  }),
  defineFunction({
    name: 'RIGHT',
    family: 'string',
    signature: 'RIGHT(string, length)',
    doc: 'The last characters.',
    examples: [{ sql: "RIGHT('Hello', 3)", result: 'llo' }],
    overloads: [{ parameters: [text, integer], returns: varyingFirst, evaluator: pure(right) }],
  }),
  defineFunction({
    name: 'OVERLAY',
    family: 'string',
    signature: 'OVERLAY(string PLACING replacement FROM position [FOR length])',
    doc: 'The text with the characters from a position on replaced, as many as the replacement has or as told.',
    examples: [
      { sql: "OVERLAY('xxxxxtest' PLACING 'xxxx' FROM 6)", result: 'xxxxxxxxx' },
      { sql: "OVERLAY('xxxxxtest' PLACING 'xxxx' FROM 6 FOR 2)", result: 'xxxxxxxxxst' },
    ],
    overloads: [{ parameters: [text, text, integer, integer], optional: 1, returns: STRING, evaluator: pure(overlay) }],
  }),
  defineFunction({
    name: 'LPAD',
    family: 'string',
    signature: 'LPAD(string, length, pad)',
    doc: 'The text brought to a length: padded on the left, or cut.',
    examples: [
      { sql: "LPAD('hi', 5, '??')", result: '???hi' },
      { sql: "LPAD('hi', 1, '??')", result: 'h' },
    ],
    overloads: [{ parameters: [text, integer, text], returns: STRING, returnsNull: true, evaluator: pure(padLeft) }],
  }),
  defineFunction({
    name: 'RPAD',
    family: 'string',
    signature: 'RPAD(string, length, pad)',
    doc: 'The text brought to a length: padded on the right, or cut.',
    examples: [{ sql: "RPAD('hi', 5, '??')", result: 'hi???' }],
    overloads: [{ parameters: [text, integer, text], returns: STRING, returnsNull: true, evaluator: pure(padRight) }],
  }),
  defineFunction({
    name: 'REPEAT',
    family: 'string',
    signature: 'REPEAT(string, count)',
    doc: 'The text a number of times.',
    examples: [
      { sql: "REPEAT('ab', 3)", result: 'ababab' },
      { sql: "REPEAT('ab', -1)", result: '' },
    ],
    overloads: [
      {
        parameters: [text, integer],
        returns: STRING,
        evaluator: pure((value: string, count: Count) => (count <= 0 ? '' : value.repeat(Number(count)))),
      },
    ],
  }),
  defineFunction({
    name: 'REVERSE',
    family: 'string',
    signature: 'REVERSE(string)',
    doc: 'The text backwards.',
    examples: [{ sql: "REVERSE('race')", result: 'ecar' }],
    overloads: [{ parameters: [text], returns: STRING, evaluator: pure(reverseCodePoints) }],
  }),
  defineFunction({
    name: 'REPLACE',
    family: 'string',
    signature: 'REPLACE(string, search, replacement)',
    doc: 'The text with every occurrence of another one replaced.',
    examples: [{ sql: "REPLACE('ababab', 'abab', 'z')", result: 'zab' }],
    overloads: [
      {
        parameters: [text, text, text],
        returns: STRING,
        evaluator: pure((value: string, search: string, replacement: string) => value.replaceAll(search, () => replacement)),
      },
    ],
  }),
  defineFunction({
    name: 'TRANSLATE',
    family: 'string',
    signature: 'TRANSLATE(string, from, to)',
    doc: 'The text with each character of one list replaced by the one at the same place of another, or removed.',
    examples: [{ sql: "TRANSLATE('www.example', '.w', '-')", result: '-example' }],
    overloads: [{ parameters: [text, text, text], returns: STRING, evaluator: pure(translate) }],
  }),
  defineFunction({
    name: 'POSITION',
    family: 'string',
    signature: 'POSITION(part IN string)',
    doc: 'Where a text first stands in another, from 1; 0 for nowhere.',
    examples: [{ sql: "POSITION('test' IN 'xxxtest')", result: '4' }],
    overloads: [{ parameters: [text, text], returns: INT, evaluator: pure(position) }],
  }),
  defineFunction({
    name: 'LOCATE',
    family: 'string',
    signature: 'LOCATE(part, string [, from])',
    doc: 'Where a text first stands in another at or after a position; 0 for nowhere.',
    examples: [
      { sql: "LOCATE('aa', 'aaads', 2)", result: '2' },
      { sql: "LOCATE('x', 'abc')", result: '0' },
    ],
    overloads: [{ parameters: [text, text, integer], optional: 1, returns: INT, evaluator: pure(position) }],
  }),
  defineFunction({
    name: 'INSTR',
    family: 'string',
    signature: 'INSTR(string, part [, from [, occurrence]])',
    doc: 'Where the n-th occurrence of a text stands in another; a negative position searches backwards from the end.',
    examples: [
      { sql: "INSTR('Tech on the net', 'e')", result: '2' },
      { sql: "INSTR('Corporate Floor', 'or', 3, 2)", result: '14' },
      { sql: "INSTR('Corporate Floor', 'or', -3, 2)", result: '2' },
    ],
    overloads: [{ parameters: [text, text, integer, integer], optional: 2, returns: INT, evaluator: pure(instr) }],
  }),
  ...trimFunctions,
];
