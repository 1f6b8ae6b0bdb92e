import type { Value } from '../../spec/batch.js';
import { arrayOf, STRING, withNullable } from '../../spec/data-type.js';
import { defineFunction, perJob, pure } from './define-function.js';
import type { ScalarFunction } from './function.js';
import { javaRegex } from './java-regex.js';
import { integer, text } from './parameters.js';

/** Part `index` (from 0) of a text cut at a separator; an empty separator cuts at spaces. */
function splitIndex(value: string, separator: string, index: number | bigint): string | null {
  if (index < 0 || value === '') return null;
  return value.split(separator === '' ? ' ' : separator)[Number(index)] ?? null;
}

function splitAtCharacter(value: string, code: number | bigint, index: number | bigint): string | null {
  return code > 255 || code < 1 ? null : splitIndex(value, String.fromCharCode(Number(code)), index);
}

function split(value: string, delimiter: string): readonly string[] {
  return delimiter === '' ? Array.from(value) : value.split(delimiter);
}

/** Cuts texts into pairs and those into key and value, both at regular expressions; a pair without a value has NULL. */
function mapParser(): (value: string, pairDelimiter: string, keyDelimiter: string) => ReadonlyMap<Value, Value> | null {
  let delimiters: string | undefined;
  let pairs: RegExp | undefined;
  let keys: RegExp | undefined;
  return (value, pairDelimiter, keyDelimiter) => {
    const both = JSON.stringify([pairDelimiter, keyDelimiter]);
    if (both !== delimiters) {
      pairs = javaRegex(pairDelimiter, 'g');
      keys = javaRegex(keyDelimiter);
      delimiters = both;
    }
    return pairs === undefined || keys === undefined ? null : mapOf(splitAt(value, pairs), keys);
  };
}

function withDefaults(parse: ReturnType<typeof mapParser>): (value: string) => ReadonlyMap<Value, Value> | null {
  return value => parse(value, ',', '=');
}

function mapOf(parts: readonly string[], keys: RegExp): ReadonlyMap<Value, Value> {
  const map = new Map<Value, Value>();
  for (const part of parts) {
    const match = keys.exec(part);
    if (match === null) map.set(part, null);
    else map.set(part.slice(0, match.index), part.slice(match.index + match[0].length));
  }
  return map;
}

/** The parts between matches, without the empty ones at the end, as Java's `split`. */
function splitAt(value: string, regex: RegExp): string[] {
  const parts: string[] = [];
  let start = 0;
  for (const match of value.matchAll(regex)) {
    if (match[0] === '') continue;
    parts.push(value.slice(start, match.index));
    start = match.index + match[0].length;
  }
  parts.push(value.slice(start));
  while (parts.at(-1) === '') parts.pop();
  return parts;
}

interface UrlParts {
  readonly protocol: string;
  readonly authority: string;
  readonly path: string;
  readonly query: string | null;
  readonly ref: string | null;
}

/** The parts of a URL as Java's `URL` tells them, without decoding; `undefined` for protocols it does not know. */
function urlParts(url: string): UrlParts | undefined {
  const match = /^(https?|ftp|file|jar|mailto):(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/is.exec(url.trim());
  if (match === null) return undefined;
  const [, protocol = '', authority = '', path = '', query, ref] = match;
  return { protocol: protocol.toLowerCase(), authority, path, query: query ?? null, ref: ref ?? null };
}

function parseUrl(url: string, part: string, key?: string): string | null {
  const parts = urlParts(url);
  if (parts === undefined) return null;
  if (key !== undefined) return part === 'QUERY' ? queryValue(parts.query, key) : null;
  const at = parts.authority.lastIndexOf('@');
  switch (part) {
    case 'HOST':
      return parts.authority.slice(at + 1).replace(/:\d*$/, '');
    case 'PATH':
      return parts.path;
    case 'QUERY':
      return parts.query;
    case 'REF':
      return parts.ref;
    case 'PROTOCOL':
      return parts.protocol;
    case 'FILE':
      return parts.query === null ? parts.path : `${parts.path}?${parts.query}`;
    case 'AUTHORITY':
      return parts.authority;
    case 'USERINFO':
      return at < 0 ? null : parts.authority.slice(0, at);
    default:
      return null;
  }
}

function queryValue(query: string | null, key: string): string | null {
  const pair = query?.split('&').find(each => each.startsWith(`${key}=`));
  return pair?.slice(key.length + 1) ?? null;
}

function elementOf(index: number | bigint, ...values: (string | null)[]): string | null {
  return values[Number(index) - 1] ?? null;
}

function isDecimalText(value: string): boolean {
  return /^\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?|Infinity|NaN)\s*$/.test(value);
}

interface CharacterTest {
  readonly name: string;
  readonly doc: string;
  readonly examples: ScalarFunction['examples'];
  readonly ofText: (value: string) => boolean;
}

/** Whether a text consists of something; FALSE for NULL and for the empty text. */
function characterTest({ name, doc, examples, ofText }: CharacterTest): ScalarFunction {
  return defineFunction({
    name,
    family: 'conditional',
    signature: `${name}(string)`,
    doc,
    examples,
    overloads: [
      {
        parameters: [text],
        returns: { kind: 'BOOLEAN', nullable: false },
        nulls: 'custom',
        evaluator: pure((value: string | null) => value !== null && ofText(value)),
      },
    ],
  });
}

/** Functions that take texts apart. */
export const splitFunctions: readonly ScalarFunction[] = [
  defineFunction({
    name: 'SPLIT_INDEX',
    family: 'string',
    signature: 'SPLIT_INDEX(string, separator, index)',
    doc: 'One part, counted from 0, of a text cut at a separator, which is a text or the number of a character.',
    examples: [
      { sql: "SPLIT_INDEX('a,b,c', ',', 1)", result: 'b' },
      { sql: "SPLIT_INDEX('AQIDBA', 73, 0)", result: 'AQ' },
      { sql: "SPLIT_INDEX('a', ',', 5)", result: 'NULL' },
    ],
    overloads: [
      { parameters: [text, integer, integer], returns: STRING, returnsNull: true, evaluator: pure(splitAtCharacter) },
      { parameters: [text, text, integer], returns: STRING, returnsNull: true, evaluator: pure(splitIndex) },
    ],
  }),
  defineFunction({
    name: 'SPLIT',
    family: 'string',
    signature: 'SPLIT(string, delimiter)',
    doc: 'The parts of a text cut at a delimiter; an empty one cuts between all characters.',
    examples: [{ sql: "SPLIT('a,b,c', ',')", result: '[a, b, c]' }],
    overloads: [{ parameters: [text, text], returns: arrayOf(withNullable(STRING, false)), evaluator: pure(split) }],
  }),
  defineFunction({
    name: 'STR_TO_MAP',
    family: 'string',
    signature: 'STR_TO_MAP(string [, pairDelimiter, keyDelimiter])',
    doc: 'A map from a text of pairs; the delimiters are regular expressions, by default a comma and an equals sign.',
    examples: [
      { sql: "STR_TO_MAP('k1=v1,k2=v2')", result: '{k1=v1, k2=v2}' },
      { sql: "STR_TO_MAP('k1:v1;k2: v2', ';', ':')", result: '{k1=v1, k2= v2}' },
    ],
    overloads: [
      {
        parameters: [text],
        returns: { kind: 'MAP', key: STRING, value: STRING, nullable: true },
        evaluator: perJob(() => withDefaults(mapParser())),
      },
      {
        parameters: [text, text, text],
        returns: { kind: 'MAP', key: STRING, value: STRING, nullable: true },
        returnsNull: true,
        evaluator: perJob(mapParser),
      },
    ],
  }),
  defineFunction({
    name: 'PARSE_URL',
    family: 'string',
    signature: 'PARSE_URL(url, part [, key])',
    doc: 'Part of a URL: HOST, PATH, QUERY, REF, PROTOCOL, AUTHORITY, FILE or USERINFO; with a key, its value in the query.',
    examples: [
      { sql: "PARSE_URL('http://example.com/p.php?k1=v1&k2=v2#Ref1', 'HOST')", result: 'example.com' },
      { sql: "PARSE_URL('http://example.com/p.php?k1=v1&k2=v2#Ref1', 'QUERY', 'k2')", result: 'v2' },
      { sql: "PARSE_URL('http://example.com/p.php', 'REF')", result: 'NULL' },
    ],
    overloads: [{ parameters: [text, text, text], optional: 1, returns: STRING, returnsNull: true, evaluator: pure(parseUrl) }],
  }),
  defineFunction({
    name: 'ELT',
    family: 'string',
    signature: 'ELT(index, string, …)',
    doc: 'The text at a place, counted from 1, of a list; NULL beyond it.',
    examples: [{ sql: "ELT(2, 'a', 'b')", result: 'b' }],
    overloads: [
      {
        parameters: [integer, text],
        repeat: 'last',
        returns: STRING,
        returnsNull: true,
        nulls: 'custom',
        evaluator: pure((index: number | null, ...values: (string | null)[]) => (index === null ? null : elementOf(index, ...values))),
      },
    ],
  }),
  characterTest({
    name: 'IS_DECIMAL',
    doc: 'Whether a text is a number.',
    examples: [
      { sql: "IS_DECIMAL('11.4445')", result: 'TRUE' },
      { sql: "IS_DECIMAL('abc')", result: 'FALSE' },
    ],
    ofText: isDecimalText,
  }),
  characterTest({
    name: 'IS_DIGIT',
    doc: 'Whether a text has only digits.',
    examples: [
      { sql: "IS_DIGIT('123')", result: 'TRUE' },
      { sql: "IS_DIGIT('1.5')", result: 'FALSE' },
    ],
    ofText: value => /^\p{Nd}+$/u.test(value),
  }),
  characterTest({
    name: 'IS_ALPHA',
    doc: 'Whether a text has only letters.',
    examples: [
      { sql: "IS_ALPHA('abc')", result: 'TRUE' },
      { sql: 'IS_ALPHA(CAST(NULL AS STRING))', result: 'FALSE' },
    ],
    ofText: value => /^\p{L}+$/u.test(value),
  }),
];
