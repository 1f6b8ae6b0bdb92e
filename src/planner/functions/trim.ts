import { BOOLEAN } from '../../spec/data-type.js';
import { compareBytes } from './compare-values.js';
import { defineFunction, inline, pure } from './define-function.js';
import type { BoundArgument, Evaluator, ScalarFunction } from './function.js';
import { bytes, text, type Parameter } from './parameters.js';
import { varying, varyingFirst } from './text-types.js';

type Side = 'LEADING' | 'TRAILING' | 'BOTH';

/** The text without the characters of `characters` at its start, its end, or both. */
function trim(value: string, characters: string, side: Side): string {
  const parts = Array.from(value);
  const removed = new Set(characters);
  let start = 0;
  let end = parts.length;
  if (side !== 'TRAILING') while (start < end && removed.has(parts[start]!)) start++;
  if (side !== 'LEADING') while (end > start && removed.has(parts[end - 1]!)) end--;
  return parts.slice(start, end).join('');
}

function trimSpaces(value: string, side: Side): string {
  let start = 0;
  let end = value.length;
  if (side !== 'TRAILING') while (start < end && value.charCodeAt(start) === 32) start++;
  if (side !== 'LEADING') while (end > start && value.charCodeAt(end - 1) === 32) end--;
  return start === 0 && end === value.length ? value : value.slice(start, end);
}

function sideOf({ literal }: BoundArgument): Side | undefined {
  return literal === 'LEADING' || literal === 'TRAILING' || literal === 'BOTH' ? literal : undefined;
}

const side: Parameter = argument => (sideOf(argument) === undefined ? undefined : argument.type);

function spacesEvaluator(where: Side): Evaluator {
  return pure((value: string) => trimSpaces(value, where));
}

interface TrimFunction {
  readonly name: string;
  readonly where: Side;
  readonly doc: string;
  readonly examples: ScalarFunction['examples'];
}

/** `LTRIM(string [, characters])` and its like. */
function trimFunction({ name, where, doc, examples }: TrimFunction): ScalarFunction {
  return defineFunction({
    name,
    family: 'string',
    signature: `${name}(string [, characters])`,
    doc,
    examples,
    overloads: [
      { parameters: [text], returns: varyingFirst, evaluator: spacesEvaluator(where) },
      {
        parameters: [text, text],
        returns: varyingFirst,
        evaluator: pure((value: string, characters: string) => trim(value, characters, where)),
      },
    ],
  });
}

function startsWithBytes(value: Uint8Array, start: Uint8Array): boolean {
  return start.length <= value.length && compareBytes(value.subarray(0, start.length), start) === 0;
}

function endsWithBytes(value: Uint8Array, end: Uint8Array): boolean {
  return end.length <= value.length && compareBytes(value.subarray(value.length - end.length), end) === 0;
}

/** Functions about the two ends of a text. */
export const trimFunctions: readonly ScalarFunction[] = [
  defineFunction({
    name: 'TRIM',
    family: 'string',
    signature: 'TRIM([BOTH | LEADING | TRAILING] [characters] FROM string)',
    doc: 'The text without some characters, by default spaces, at its ends.',
    examples: [
      { sql: "TRIM('  mill ')", result: 'mill' },
      { sql: "TRIM(LEADING 'e' FROM 'example')", result: 'xample' },
      { sql: "TRIM(BOTH 'abc' FROM 'abcddcba')", result: 'dd' },
    ],
    overloads: [
      { parameters: [text], returns: varyingFirst, evaluator: spacesEvaluator('BOTH') },
      {
        parameters: [side, text],
        returns: ({ parameters }) => varying(parameters[1]!),
        evaluator({ args }) {
          const where = sideOf(args[0]!)!;
          return pure((_side: string, value: string) => trimSpaces(value, where));
        },
      },
      {
        parameters: [side, text, text],
        returns: ({ parameters }) => varying(parameters[2]!),
        evaluator({ args }) {
          const where = sideOf(args[0]!)!;
          return pure((_side: string, characters: string, value: string) => trim(value, characters, where));
        },
      },
    ],
  }),
  trimFunction({
    name: 'BTRIM',
    where: 'BOTH',
    doc: 'The text without some characters, by default spaces, at both ends.',
    examples: [{ sql: "BTRIM('abcddcba', 'abd')", result: 'cddc' }],
  }),
  trimFunction({
    name: 'LTRIM',
    where: 'LEADING',
    doc: 'The text without some characters, by default spaces, at its start.',
    examples: [
      { sql: "LTRIM('  mill')", result: 'mill' },
      { sql: "LTRIM('abcddcba', 'abc')", result: 'ddcba' },
    ],
  }),
  trimFunction({
    name: 'RTRIM',
    where: 'TRAILING',
    doc: 'The text without some characters, by default spaces, at its end.',
    examples: [{ sql: "RTRIM('abcddcba', 'abc')", result: 'abcdd' }],
  }),
  defineFunction({
    name: 'STARTSWITH',
    family: 'string',
    signature: 'STARTSWITH(value, start)',
    doc: 'Whether a text, or bytes, start with others.',
    examples: [
      { sql: "STARTSWITH('millrace', 'mill')", result: 'TRUE' },
      { sql: "STARTSWITH(X'0102', X'02')", result: 'FALSE' },
    ],
    overloads: [
      { parameters: [bytes, bytes], returns: BOOLEAN, evaluator: pure(startsWithBytes) },
      { parameters: [text, text], returns: BOOLEAN, evaluator: inline((value, start) => `${value}.startsWith(${start})`) },
    ],
  }),
  defineFunction({
    name: 'ENDSWITH',
    family: 'string',
    signature: 'ENDSWITH(value, end)',
    doc: 'Whether a text, or bytes, end with others.',
    examples: [{ sql: "ENDSWITH('millrace', 'race')", result: 'TRUE' }],
    overloads: [
      { parameters: [bytes, bytes], returns: BOOLEAN, evaluator: pure(endsWithBytes) },
      { parameters: [text, text], returns: BOOLEAN, evaluator: inline((value, end) => `${value}.endsWith(${end})`) },
    ],
  }),
];
