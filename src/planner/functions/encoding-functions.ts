import { createHash } from 'node:crypto';
import { MillraceError } from '../../common/error.js';
import { BYTES, INT, MAX_LENGTH, STRING, type DataType } from '../../spec/data-type.js';
import { defineFunction, pure, type Overload } from './define-function.js';
import type { ScalarFunction } from './function.js';
import { bytes, integer, text } from './parameters.js';

type Data = string | Uint8Array;

function invalid(message: string): MillraceError {
  return new MillraceError({ code: 'INVALID_VALUE', message });
}

function hash(algorithm: string, value: Data): string {
  return createHash(algorithm).update(value).digest('hex');
}

interface HashFunction {
  readonly name: string;
  readonly algorithm: string;
  /** Hexadecimal digits of the result. */
  readonly digits: number;
  readonly example: string;
}

function hashFunction({ name, algorithm, digits, example }: HashFunction): ScalarFunction {
  const returns: DataType = { kind: 'CHAR', length: digits, nullable: true };
  const evaluator = pure((value: Data) => hash(algorithm, value));
  return defineFunction({
    name,
    family: 'hash',
    signature: `${name}(value)`,
    doc: `The ${name} hash of a text's UTF-8 bytes, or of bytes, in hexadecimal digits.`,
    examples: [{ sql: `${name}('test')`, result: example }],
    overloads: [
      { parameters: [bytes], returns, evaluator },
      { parameters: [text], returns, evaluator },
    ],
  });
}

const SHA2_LENGTHS: ReadonlySet<number> = new Set([224, 256, 384, 512]);

function sha2(value: Data, length: number | bigint): string {
  if (!SHA2_LENGTHS.has(Number(length))) throw invalid(`SHA2 has no hash of ${length} bits; it has 224, 256, 384 and 512`);
  return hash(`sha${length}`, value);
}

const sha2Type: DataType = { kind: 'VARCHAR', length: 128, nullable: true };

export const hashFunctions: readonly ScalarFunction[] = [
  hashFunction({ name: 'MD5', algorithm: 'md5', digits: 32, example: '098f6bcd4621d373cade4e832627b4f6' }),
  hashFunction({ name: 'SHA1', algorithm: 'sha1', digits: 40, example: 'a94a8fe5ccb19ba61c4c0873d391e987982fbbd3' }),
  hashFunction({ name: 'SHA224', algorithm: 'sha224', digits: 56, example: '90a3ed9e32b2aaf4c61c410eb925426119e1a9dc53d4286ade99a809' }),
  hashFunction({
    name: 'SHA256',
    algorithm: 'sha256',
    digits: 64,
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  }),
  hashFunction({
    name: 'SHA384',
    algorithm: 'sha384',
    digits: 96,
    example: '768412320f7b0aa5812fce428dc4706b3cae50e02a64caa16a782249bfe8efc4b7ef1ccb126255d196047dfedf17a0a9',
  }),
  hashFunction({
    name: 'SHA512',
    algorithm: 'sha512',
    digits: 128,
    example:
      'ee26b0dd4af7e749aa1a8ee3c10ae9923f618980772e473f8819a5d4940e0db27ac185f8a0e1d5f84f88bc887fd67b143732c304cc5fa9ad8e6f57f50028a8ff',
  }),
  defineFunction({
    name: 'SHA2',
    family: 'hash',
    signature: 'SHA2(value, bits)',
    doc: 'The SHA-2 hash of 224, 256, 384 or 512 bits in hexadecimal digits.',
    examples: [{ sql: "SHA2('test', 224)", result: '90a3ed9e32b2aaf4c61c410eb925426119e1a9dc53d4286ade99a809' }],
    overloads: [
      { parameters: [bytes, integer], returns: sha2Type, evaluator: pure(sha2) },
      { parameters: [text, integer], returns: sha2Type, evaluator: pure(sha2) },
    ],
  }),
];

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

function fromBase64(value: Data): string {
  const digits = typeof value === 'string' ? value : Buffer.from(value).toString('latin1');
  if (!BASE64.test(digits)) throw invalid('FROM_BASE64 got a text that is not in base 64');
  return Buffer.from(digits, 'base64').toString('utf8');
}

/** The value of the first UTF-8 byte, signed as in Java; 0 for the empty text. */
function ascii(value: string): number {
  return value === '' ? 0 : new Int8Array(Buffer.from(value.slice(0, 2)))[0]!;
}

function chr(code: number | bigint): string {
  return code < 0 ? '' : String.fromCharCode(Number(BigInt(code) & 0xffn));
}

/** Node's names of the character sets. UTF-16 is big-endian, with a mark at the start when encoding. */
const CHARSETS: Readonly<Record<string, BufferEncoding | 'utf16be'>> = {
  'US-ASCII': 'ascii',
  'ISO-8859-1': 'latin1',
  'UTF-8': 'utf8',
  'UTF-16LE': 'utf16le',
  'UTF-16BE': 'utf16be',
  'UTF-16': 'utf16be',
};

function charset(name: string): BufferEncoding | 'utf16be' {
  const found = CHARSETS[name.toUpperCase()];
  if (found === undefined) throw invalid(`there is no character set "${name}"; there are ${Object.keys(CHARSETS).join(', ')}`);
  return found;
}

function encode(value: string, name: string): Uint8Array {
  const encoding = charset(name);
  if (encoding !== 'utf16be')
    return new Uint8Array(Buffer.from(encoding === 'ascii' ? value.replace(/[^\0-\x7f]/g, '?') : value, encoding));
  const marked = name.toUpperCase() === 'UTF-16' ? `\ufeff${value}` : value;
  return new Uint8Array(Buffer.from(marked, 'utf16le').swap16());
}

function decode(value: Uint8Array, name: string): string {
  const encoding = charset(name);
  if (encoding !== 'utf16be') return Buffer.from(value).toString(encoding);
  const even = Buffer.from(value.subarray(0, value.length - (value.length % 2)));
  return even
    .swap16()
    .toString('utf16le')
    .replace(/^\ufeff/, '');
}

function urlDecode(value: string): string | null {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** As Java's URLEncoder: spaces are `+`, and only letters, digits and `.-*_` stay. */
function urlEncode(value: string): string {
  return encodeURIComponent(value)
    .replace(/[!'()~]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

const textTo = (returns: DataType, call: (value: string) => string | number): Overload => ({
  parameters: [text],
  returns,
  evaluator: pure(call),
});

/** Functions between texts, bytes and their encodings. */
export const encodingFunctions: readonly ScalarFunction[] = [
  defineFunction({
    name: 'ASCII',
    family: 'string',
    signature: 'ASCII(string)',
    doc: 'The number of the first character, for ASCII; 0 for the empty text.',
    examples: [{ sql: "ASCII('abc')", result: '97' }],
    overloads: [textTo(INT, ascii)],
  }),
  defineFunction({
    name: 'CHR',
    family: 'string',
    signature: 'CHR(integer)',
    doc: 'The character with a number, of which the lowest 8 bits count.',
    examples: [
      { sql: 'CHR(97)', result: 'a' },
      { sql: 'CHR(353)', result: 'a' },
    ],
    overloads: [{ parameters: [integer], returns: STRING, evaluator: pure(chr) }],
  }),
  defineFunction({
    name: 'TO_BASE64',
    family: 'string',
    signature: 'TO_BASE64(value)',
    doc: "A text's UTF-8 bytes, or bytes, in base 64.",
    examples: [{ sql: "TO_BASE64('hello world')", result: 'aGVsbG8gd29ybGQ=' }],
    overloads: [
      { parameters: [bytes], returns: STRING, evaluator: pure((value: Uint8Array) => Buffer.from(value).toString('base64')) },
      textTo(STRING, value => Buffer.from(value).toString('base64')),
    ],
  }),
  defineFunction({
    name: 'FROM_BASE64',
    family: 'string',
    signature: 'FROM_BASE64(value)',
    doc: 'The text that stands in base 64.',
    examples: [{ sql: "FROM_BASE64('aGVsbG8gd29ybGQ=')", result: 'hello world' }],
    overloads: [
      { parameters: [bytes], returns: STRING, evaluator: pure(fromBase64) },
      { parameters: [text], returns: STRING, evaluator: pure(fromBase64) },
    ],
  }),
  defineFunction({
    name: 'ENCODE',
    family: 'string',
    signature: 'ENCODE(string, charset)',
    doc: 'The bytes of a text in a character set.',
    examples: [{ sql: "HEX(DECODE(ENCODE('ab', 'UTF-16LE'), 'UTF-8'))", result: '61006200' }],
    overloads: [{ parameters: [text, text], returns: { kind: 'VARBINARY', length: MAX_LENGTH, nullable: true }, evaluator: pure(encode) }],
  }),
  defineFunction({
    name: 'DECODE',
    family: 'string',
    signature: 'DECODE(bytes, charset)',
    doc: 'The text of bytes in a character set.',
    examples: [{ sql: "DECODE(X'616263', 'UTF-8')", result: 'abc' }],
    overloads: [{ parameters: [bytes, text], returns: STRING, evaluator: pure(decode) }],
  }),
  defineFunction({
    name: 'UNHEX',
    family: 'string',
    signature: 'UNHEX(string)',
    doc: 'The bytes that hexadecimal digits stand for; NULL for other texts.',
    examples: [{ sql: "DECODE(UNHEX('4D696C6C'), 'UTF-8')", result: 'Mill' }],
    overloads: [{ parameters: [text], returns: BYTES, returnsNull: true, evaluator: pure(unhex) }],
  }),
  defineFunction({
    name: 'URL_ENCODE',
    family: 'string',
    signature: 'URL_ENCODE(string)',
    doc: 'The text as it stands in a form field of a URL.',
    examples: [{ sql: "URL_ENCODE('a b&c')", result: 'a+b%26c' }],
    overloads: [textTo(STRING, urlEncode)],
  }),
  defineFunction({
    name: 'URL_DECODE',
    family: 'string',
    signature: 'URL_DECODE(string)',
    doc: 'The text that a form field of a URL stands for; NULL where it is malformed.',
    examples: [{ sql: "URL_DECODE('a+b%26c')", result: 'a b&c' }],
    overloads: [{ parameters: [text], returns: STRING, returnsNull: true, evaluator: pure(urlDecode) }],
  }),
];

function unhex(value: string): Uint8Array | null {
  if (!/^[0-9a-fA-F]*$/.test(value)) return null;
  return new Uint8Array(Buffer.from(value.length % 2 === 0 ? value : `0${value}`, 'hex'));
}
